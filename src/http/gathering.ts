/** So many bytes are worth a look at once. */
const worthALook = 4096;

/**
 * To be awaited after a piece of a request's body. Behind a small one, what comes until the event loop has turned
 * gathers in the runtime and is the next piece: in chunks of a byte each, a byte would cost as much as a kilobyte.
 */
export async function gather(piece: Uint8Array): Promise<void> {
  if (piece.byteLength < worthALook) await new Promise(setImmediate);
}
