/** The parts that are left of a file that is cleaned by leaving out others. */
export interface Kept {
  /** Of the file, in their order. */
  slices: Uint8Array[];
  /** There is something among them that nobody here knows, and that may say more than its sender thinks. */
  hasUnknown: boolean;
}
