/** What is wrong with an object of encryption, in words that name no secret. */
export class BadObject extends Error {
  override readonly name = "BadObject";

  constructor(
    why: string,
    /**
     * `unsigned`: what should be signed is not. `membership_conflict` and `epoch_conflict`: it does not follow what is there now;
     * `roster_mismatch`: it is for others than those who are there now. What was right a moment ago may be made anew then.
     */
    readonly code:
      | "bad_object"
      | "unsigned"
      | "bad_algorithm"
      | "private_key_material"
      | "duplicate_recipient"
      | "membership_conflict"
      | "epoch_conflict"
      | "roster_mismatch" = "bad_object",
  ) {
    super(why);
  }
}

/** What reads a header: whatever is wrong there is `bad_algorithm`. `what`: which header, for people. */
export function readingHeader<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadObject ? new BadObject(`${what}: ${error.message}`, "bad_algorithm") : error;
  }
}
