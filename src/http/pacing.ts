/** From this size on a chunk is worth the fixed cost of each chunk. */
const worthwhileBytes = 4096;
/** Bytes of all bodies together that are processed in one turn of the event loop: some milliseconds of work. */
const bytesPerTurn = 1_048_576;

let bytesInThisTurn = 0;

/**
 * Pacing, to be awaited before each chunk of a request's body is processed. After a small chunk one turn of the event
 * loop passes, in which the runtime coalesces what comes into the next chunk; otherwise a byte would cost as much as a
 * kilobyte. Large chunks share a number of bytes per turn, so that many uploads that begin at once hold up nobody.
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
