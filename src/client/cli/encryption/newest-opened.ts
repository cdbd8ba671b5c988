import type { MessageEncryption, Session, Shown } from "../../sdk/index.ts";
import { when, within } from "../wait.ts";

/** Of a chat's newest message. */
export type EncryptionOf = (chat: { id: number }) => MessageEncryption | undefined;

export function encryptionIn(session: Session): EncryptionOf {
  return ({ id }) => newestOf(session, id)?.encryption;
}

/** Resolves when the newest message of each encrypted chat is opened, where this device has the keys; or when the signal comes. */
export async function newestOpened(session: Session, signal: AbortSignal): Promise<void> {
  const encrypted = session.chats.peek().filter((one) => one.encryption.on);
  if (encrypted.length === 0) return;
  try {
    if ((await within(signal, session.encryption.check())) !== "ready") return;
    const opened = encrypted.map(({ id }) =>
      when(
        session.chat(id).timeline,
        () => newestOf(session, id)?.encryption?.state !== "opening" || undefined,
      ),
    );
    await within(signal, Promise.all(opened));
  } catch {
    // Then it is shown as it is.
  }
}

function newestOf(session: Session, chatId: number): Shown | undefined {
  const items = session.chat(chatId).timeline.peek();
  return items.findLast((one) => one.kind === "message" && one.message.id > 0) as Shown | undefined;
}
