import type { Entry } from "../outbox/entry.ts";
import type { Chat, Me, Member, Message } from "../wire.ts";

/** A chat as the server described it last, less what is worked out from other rows. */
export interface ChatRow extends Omit<Chat, "members" | "last_message" | "unread_count" | "unread_mentions"> {
  /** What the server counted as unread: behind which marker, and up to which `seq`. */
  counted: { unread: number; marker: number; seq: number };
  /** Something happened that cannot be counted from here: the server has to be asked again. */
  is_stale: boolean;
  /** All members are here, and kept up to date. */
  has_members: boolean;
  /** Ranges of `seq` that the server no longer has. */
  gone: readonly (readonly [from: number, to: number])[];
}

/** An unread notification. */
export interface Notice {
  chat_id: number;
  message_id: number | null;
  is_mention: boolean;
}

/** What somebody has begun to write. */
export interface Draft {
  text: string;
  reply_to?: number | string;
  /** Set while it is the text of an edit. */
  edits?: number | string;
}

export interface DraftRow extends Draft {
  /** When it was kept, in milliseconds of the wall clock: of two programs the later one wins. */
  kept_at: number;
}

/** How far this device has counted its messages in an encrypted chat. */
export interface Counter {
  /** The installation: another one counts anew. */
  device: string;
  /** Of its last message that was acknowledged, and H of that. */
  ctr: number;
  hash: string;
}

/** What is kept, by kind. Rows are values: one that changes is replaced. */
export interface Rows {
  me: Me;
  chat: ChatRow;
  member: Member;
  message: Message;
  notice: Notice;
  entry: Entry;
  draft: DraftRow;
  counter: Counter;
  /** What this installation is called in encrypted messages. */
  device: string;
}

export type Kind = keyof Rows;

/** By which a row is found: `[]`, `[chat]`, `[chat, user]`, `[chat, message]`, `[notification]`, `[key]`, `[name]`, `[chat]`. */
export interface Keys {
  me: readonly [];
  chat: readonly [id: number];
  member: readonly [chatId: number, userId: number];
  message: readonly [chatId: number, id: number];
  notice: readonly [id: number];
  entry: readonly [key: string];
  draft: readonly [name: string];
  counter: readonly [chatId: number];
  device: readonly [];
}

/** A row that is put in place, or taken away where `value` is undefined. */
export type Change = {
  [K in Kind]: { kind: K; at: Keys[K]; value: Rows[K] | undefined };
}[Kind];
