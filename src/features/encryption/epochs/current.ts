/** What chats ask about encrypted messages (chat/encryption.ts). */
import { ChatError } from "../../../core/errors.ts";
import { BadObject } from "../../../e2ee/bad-object.ts";
import { isHash, isId, isText } from "../../../e2ee/json.ts";
import { readHeader, type SealedHeader } from "../../../e2ee/sealed.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import type { Ciphertext } from "../../chat/index.ts";
import { refusalOf } from "../read-object.ts";
import { dueNow } from "./due.ts";
import { findCurrent } from "./store.ts";

/** What stands outside of a message. */
interface MessageHeader extends SealedHeader {
  kid: string;
  chat: number;
  n: number;
  from: number;
  mid: string;
}

/**
 * That something is encrypted for the epoch of now, and says of itself what its call says. It is not opened, and its length is checked by
 * whoever takes it. Errors: `bad_object`, `bad_algorithm`, `stale_epoch`.
 */
export async function requireCurrent(
  kit: Pick<Kit, "clock" | "settings">,
  read: Read,
  ciphertext: Ciphertext,
): Promise<void> {
  const header = readOutside(ciphertext);
  const epoch = await findCurrent(read, ciphertext.chatId);
  if (!epoch) throw new Error(`chat ${ciphertext.chatId} is encrypted, and has no chains`);
  if (header.n !== epoch.n || header.kid !== epoch.epochKid)
    throw new ChatError("stale_epoch", `The current epoch is ${epoch.n}; encrypt it again for that.`);
  const due = await dueNow(kit, read, ciphertext.chatId, epoch);
  if (due !== null)
    throw new ChatError(
      "stale_epoch",
      `A new epoch is due (${due}): begin one, and encrypt it again for that.`,
    );
}

/** Nothing to wait for: a transaction waits for the database alone. */
function readOutside({ chatId, senderId, clientId, content }: Ciphertext): MessageHeader {
  try {
    const checks = { kid: isHash, chat: isId, n: isId, from: isId, mid: isText(64) };
    const header = readHeader<MessageHeader>(content, "chat-msg+jwe", checks, content.length);
    const { chat, from, mid } = header;
    if (chat !== chatId) throw new BadObject("it is of another chat");
    if (from !== senderId) throw new BadObject("it is from somebody else");
    if (mid !== clientId) throw new BadObject("its mid is not the client_id");
    return header;
  } catch (error) {
    throw refusalOf("content", error);
  }
}
