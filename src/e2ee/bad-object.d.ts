/** What is wrong with an object of encryption, in words that name no secret. */
export declare class BadObject extends Error {
  /** `unsigned`: what should be signed is not. */
  readonly code: "bad_object" | "unsigned" | "bad_algorithm" | "private_key_material" | "duplicate_recipient";
  readonly name = "BadObject";
  constructor(
    why: string,
    /** `unsigned`: what should be signed is not. */
    code?: "bad_object" | "unsigned" | "bad_algorithm" | "private_key_material" | "duplicate_recipient",
  );
}
/** What reads a header: whatever is wrong there is `bad_algorithm`. `what`: which header, for people. */
export declare function readingHeader<T>(what: string, read: () => T): T;
