/** Chats that are encrypted as far as the path of messages knows: a stand-in decides what is of the current epoch. */
import { chatEncryption } from "../../../src/features/chat/encryption.ts";
import { findState } from "../../../src/features/chat/groups/store.ts";
import { ChatError } from "../../../src/core/errors.ts";
import type { MessageHeader } from "../../../src/client/sdk/crypto/message.ts";
import { isHash, isId, isText } from "../../../src/e2ee/json.ts";
import { readHeader, seal as sealUnder, type SealedHeader } from "../../../src/e2ee/sealed.ts";
import { readObject } from "../../../src/features/encryption/read-object.ts";
import type { Person, Reply } from "../person.ts";
import type { TestServer } from "../server.ts";
import { openBeside } from "../written.ts";

/** The thumbprint of the key of all epochs here. */
const epochKid = "A".repeat(43);
const epochKey = new Uint8Array(32).fill(7);

const checks = { kid: isHash, chat: isId, n: isId, from: isId, mid: isText(64) };

chatEncryption
  .with({
    readChange: () => Promise.reject(new Error("nobody changes the membership of such a chat")),
    async requireCurrent(kit, read, { chatId, senderId, clientId, content }) {
      const header = await readObject("content", () =>
        readHeader<MessageHeader>(content, "chat-msg+jwe", checks, kit.settings.maxEncryptedBytes),
      );
      const { chat, from, mid, n, kid } = header;
      if (chat !== chatId || from !== senderId || mid !== clientId) throw new ChatError("bad_object");
      const epoch = (await findState(read, chatId))?.encryptionEpoch;
      if (n !== epoch || kid !== epochKid) throw new ChatError("stale_epoch");
    },
  })
  .add();

/** The chat is encrypted from now on, under this epoch. */
export function turnOn({ dataDir }: TestServer, chatId: number, epoch = 1): void {
  using db = openBeside(dataDir);
  db.run("UPDATE chats SET encryption_epoch = ? WHERE id = ?", [epoch, chatId]);
}

export interface ToSeal extends Partial<Omit<MessageHeader, keyof SealedHeader>> {
  text?: string;
  typ?: string;
}

/** What a device of `person` makes for a chat: the fields of a call. */
export async function seal(
  { id }: Person,
  chat: number,
  { text = "hello", ...outside }: ToSeal = {},
): Promise<{ content: string; client_id: string }> {
  const mid = outside.mid ?? crypto.randomUUID();
  const header = { typ: "chat-msg+jwe", kid: epochKid, chat, n: 1, from: id, mid, ...outside };
  const content = await sealUnder(header as SealedHeader, epochKey, new TextEncoder().encode(text));
  return { content, client_id: mid };
}

/** Sends a message; `more` are fields of the call. */
export async function sendSealed(
  person: Person,
  chat: number,
  { text, ...more }: { text?: string; [field: string]: unknown } = {},
): Promise<Reply> {
  const sealed = await seal(person, chat, text === undefined ? {} : { text });
  return person.post(`/api/messages/${chat}`, { ...sealed, encrypted: true, ...more });
}

/** The same; answers the message. */
export async function saySealed(person: Person, chat: number, more: object = {}): Promise<any> {
  return (await sendSealed(person, chat, { ...more })).body;
}
