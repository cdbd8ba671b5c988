import { ChatError } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { readBox } from "../../../e2ee/box.ts";

/** Errors: `not_encrypted` for what `POST /api/encryption/encrypt` does not make. */
export async function requireBox(content: string): Promise<void> {
  try {
    readBox(content);
  } catch (error) {
    if (!(error instanceof BadObject)) throw error;
    throw new ChatError(
      "not_encrypted",
      `This chat is not end-to-end encrypted, and this is no sealed box (${error.message}).`,
    );
  }
}
