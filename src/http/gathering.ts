/** So many bytes are worth a look at once. */
const worthALook = 4096;
/** Bytes of all bodies that are looked at in one turn of the event loop: some milliseconds of work. */
const mostInATurn = 1_048_576;

let inThisTurn = 0;

/**
 * To be awaited before a piece of a request's body is looked at. While a small one waits for the event loop to turn,
 * what comes gathers in the runtime and is the next piece: in chunks of a byte each, a byte would cost as much as a
 * kilobyte. Large ones wait for each other: many uploads that begin at once would hold up everybody else.
 */
export async function gather(piece: Uint8Array): Promise<void> {
  if (piece.byteLength < worthALook) return nextTurn();
  while (inThisTurn >= mostInATurn) await nextTurn();
  if (inThisTurn === 0) setImmediate(() => (inThisTurn = 0));
  inThisTurn += piece.byteLength;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
