/** What a device has made of the encrypted messages of a chat. Not kept: it is made anew from what the server has. */
import type { Attachment } from "../files/attachment.ts";
import type { Media, Message } from "../wire.ts";

/** A version of a message, by the device that wrote it, its number there, and H. */
export type Version = [device: string, ctr: number, hash: string];

/** A file that a message names; without `media` where the server does not show it so. */
export interface ShownFile {
  named: Attachment;
  media: Media | undefined;
}

/** What stands inside of a message that was opened. */
export interface Inside {
  /** Takes the place of what stands outside. */
  shown: Pick<Message, "content" | "mentions" | "media">;
  files: readonly ShownFile[];
  version: Version;
  /** The versions that it replaces. */
  replaces: readonly Version[];
}

/** One message, opened or not, and what is to be said about it. */
export interface Opened {
  /** The content that it was made from: another one has to be opened anew. */
  from: string;
  /** Undefined where it could not be opened. */
  inside: Inside | undefined;
  encryption: MessageEncryption;
}

/**
 * How it stands with an encrypted message: `opening` (on a device that has not unlocked its keys it waits for that); `opened`: it is what
 * its sender wrote; `unreadable`: it was written when one could not read the chat, which is no fault; `failed`: it is not to be believed.
 * `problems` says why, in words for people; also what was opened may have some.
 */
export interface MessageEncryption {
  state: "opening" | "opened" | "unreadable" | "failed";
  problems: readonly string[];
}

interface Derived {
  opened: Opened | undefined;
  quoted: Opened | undefined;
  message: Message;
}

export class OpenedMessages {
  readonly #opened = new Map<number, Opened>();
  /** Stays the same object as long as nothing of it changes. */
  readonly #derived = new WeakMap<Message, Derived>();

  put(id: number, opened: Opened | undefined): void {
    if (opened) this.#opened.set(id, opened);
    else this.#opened.delete(id);
  }

  /** Undefined while it is not opened, or is another one by now. */
  of({ id, content }: Pick<Message, "id" | "content">): Opened | undefined {
    const opened = this.#opened.get(id);
    return opened?.from === content ? opened : undefined;
  }

  /** How a message is shown. */
  shown(message: Message, quotedMessage: Message | undefined): Message {
    if (!message.encrypted && this.#opened.size === 0) return message;
    const opened = this.of(message);
    const quoted = quotedMessage && this.of(quotedMessage);
    if (!message.encrypted && !quoted) return message;
    const known = this.#derived.get(message);
    if (known && known.opened === opened && known.quoted === quoted) return known.message;
    const derived = derive(message, opened, quoted);
    this.#derived.set(message, { opened, quoted, message: derived });
    return derived;
  }

  /** Undefined for a message that is not encrypted, and about which there is nothing to say. */
  encryptionOf(message: Message): MessageEncryption | undefined {
    return this.of(message)?.encryption ?? (message.encrypted ? opening : undefined);
  }
}

const opening: MessageEncryption = { state: "opening", problems: [] };
const nothing = { content: "", mentions: [], media: [] };

/** A message with what stands inside of it, in place of what stands outside. */
export function derive(message: Message, opened: Opened | undefined, quoted: Opened | undefined): Message {
  const own = message.encrypted ? (opened?.inside?.shown ?? nothing) : {};
  const { reply_to } = message;
  const content = quoted?.inside?.shown.content;
  const quote = reply_to && content !== undefined ? { ...reply_to, content } : reply_to;
  return { ...message, ...own, reply_to: quote };
}

interface Judged {
  messages: readonly Message[];
  encryptionOf(message: Message): MessageEncryption | undefined;
}

export function isUnopened(chat: Judged, message: Message): boolean {
  return chat.encryptionOf(message)?.state === "opening";
}

/** Whether something of a chat has still to be opened; or is not encrypted, among what is, and nothing was said about that. */
export function hasUnjudged(chat: Judged): boolean {
  let isAmongEncrypted = false;
  return chat.messages.some((one) => {
    isAmongEncrypted ||= one.encrypted;
    if (one.encrypted) return isUnopened(chat, one);
    return isAmongEncrypted && !chat.encryptionOf(one);
  });
}
