/**
 * For what no event tells of: waits until it has come so far, at most `milliseconds`; then fails with what `otherwise`
 * says of it.
 */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
  otherwise: () => string = () => `it has not come so far in ${milliseconds} ms`,
): Promise<void> {
  const deadline = AbortSignal.timeout(milliseconds);
  while (!(await isSo())) {
    if (deadline.aborted) throw new Error(otherwise());
    await Bun.sleep(2);
  }
}
