import { ChatError, type ErrorCode } from "../../core/errors.ts";
import { BadObject } from "../../e2ee/bad-object.ts";

const codes: Record<BadObject["code"], ErrorCode> = {
  bad_object: "bad_object",
  unsigned: "unsigned_key",
  bad_algorithm: "bad_algorithm",
  private_key_material: "private_key_material",
  duplicate_recipient: "bad_object",
};

/** Reads an object of encryption that was sent as `field`, and refuses a bad one with the code and the reason. */
export async function readObject<T>(field: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof BadObject
      ? new ChatError(codes[error.code], `${field}: ${error.message}.`)
      : error;
  }
}
