/** What is wrong with an object of encryption, in words that name no secret. */
export class BadObject extends Error {
  override readonly name = "BadObject";

  constructor(
    why: string,
    /** `unsigned`: what should be signed is not. */
    readonly code:
      | "bad_object"
      | "unsigned"
      | "bad_algorithm"
      | "private_key_material"
      | "duplicate_recipient" = "bad_object",
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
