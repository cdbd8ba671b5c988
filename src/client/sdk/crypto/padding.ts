/** So that its size tells less of a text: Padmé (Nikitin et al., PoPETs 2019, 4), which adds at most 12 %. */

/** The size that so many bytes are padded to. */
export function paddedSize(bytes: number): number {
  if (bytes < 2) return bytes;
  const exponent = Math.floor(Math.log2(bytes));
  const bits = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** (exponent - bits);
  return unit <= 1 ? bytes : Math.ceil(bytes / unit) * unit;
}
