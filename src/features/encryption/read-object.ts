import { ChatError, type ErrorCode } from "../../core/errors.ts";
import { BadObject } from "../../e2ee/bad-object.ts";

const codes: Record<BadObject["code"], ErrorCode> = {
  bad_object: "bad_object",
  unsigned: "unsigned_key",
  bad_algorithm: "bad_algorithm",
  private_key_material: "private_key_material",
  duplicate_recipient: "duplicate_recipient",
  membership_conflict: "membership_conflict",
  epoch_conflict: "epoch_conflict",
  roster_mismatch: "roster_mismatch",
};

/**
 * Reads an object of encryption that was sent as `field`, and refuses a bad one with the code and the reason. `unsigned`: the code for what
 * is not signed, where it is no entry of the directory.
 */
export async function readObject<T>(
  field: string,
  read: () => T | Promise<T>,
  unsigned: ErrorCode = codes.unsigned,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw refusalOf(field, error, unsigned);
  }
}

/** What an error in reading `field` is refused with; any other error as it is. */
export function refusalOf(field: string, error: unknown, unsigned: ErrorCode = codes.unsigned): unknown {
  if (!(error instanceof BadObject)) return error;
  const code = error.code === "unsigned" ? unsigned : codes[error.code];
  return new ChatError(code, `${field}: ${error.message}.`);
}
