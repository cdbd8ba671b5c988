/** From this size on a chunk is worth the work that each one makes. */
const worthwhileBytes = 4096;
/** Bytes of all bodies that are looked at in one turn of the event loop: some milliseconds of work. */
const bytesPerTurn = 1_048_576;

let bytesInThisTurn = 0;

/**
 * Pacing: to be awaited before a chunk of a request's body is looked at. While a small one waits for the event loop to
 * turn, what comes is coalesced in the runtime and is the next chunk: in chunks of a byte each, a byte would cost as
 * much as a kilobyte. Large ones wait for each other: many uploads that begin at once would hold up everybody else.
 */
export async function pace(chunk: Uint8Array): Promise<void> {
  if (chunk.byteLength < worthwhileBytes) return nextTurn();
  while (bytesInThisTurn >= bytesPerTurn) await nextTurn();
  if (bytesInThisTurn === 0) setImmediate(() => (bytesInThisTurn = 0));
  bytesInThisTurn += chunk.byteLength;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
