import type { Attachment } from "../files/attachment.ts";
import type { FieldError, MediaType, SentType } from "../wire.ts";

/** Why an entry was refused, as it is kept. */
export interface Refusal {
  code: string;
  detail: string;
  errors: readonly FieldError[];
}

/**
 * Where an entry is: `waiting` for its turn or the line, `sending` until it is answered, `failed` because it was refused for good,
 * `asks` because it is old, or the server has been restored from a backup, and a person has to say whether it is still meant.
 */
export type EntryState = "waiting" | "sending" | "failed" | "asks";

/** What goes out in place of a text, in an encrypted chat. */
export interface Sealed {
  /** The text that is in it. */
  text: string;
  content: string;
  client_id: string;
  /** Who is told that they are mentioned. */
  mentions: readonly number[];
  /** How this device has counted it. */
  device: string;
  ctr: number;
  hash: string;
}

interface Common {
  chat_id: number;
  /** Milliseconds of the wall clock; for its age, not for its place. */
  created_at: number;
  /** Its place. */
  order: number;
  state: EntryState;
  refusal?: Refusal | undefined;
  /** It may have reached the server. */
  was_sent: boolean;
  /** As it goes out, the same each time. */
  sealed?: Sealed | undefined;
}

/** A file of a message that is being sent. */
export interface EntryFile {
  /** Of its bytes in the store. */
  id: string;
  name: string;
  size: number;
  /** Uploaded, for the next 24 hours. */
  media_id?: number | undefined;
  media_type?: MediaType | undefined;
  uploaded_at?: number | undefined;
  /** Of the bytes of its thumbnail in the store. */
  thumbnail?: string | undefined;
  /** Uploaded for an encrypted chat: what its message says of it. */
  attachment?: Attachment | undefined;
}

export interface SendEntry extends Common {
  kind: "send";
  /** Its `client_id`. */
  key: string;
  content: string;
  /** The id of the newest message that was here when it was written; it can only stand behind that. */
  behind: number;
  /** Undefined until its files are known. */
  content_type: SentType | undefined;
  /** A message's id, or the key of one that is being sent as well. */
  reply_to?: number | string | undefined;
  files: readonly EntryFile[];
  /** The text that went out first, where `content` has been edited since. */
  first_content?: string | undefined;
  /** Deleted since: it goes as soon as it is there. */
  is_removed?: boolean | undefined;
}

export interface EditEntry extends Common {
  kind: "edit";
  key: string;
  message_id: number;
  content: string;
  client_id: string;
}

export interface DeleteEntry extends Common {
  kind: "delete";
  key: string;
  message_id: number;
}

export interface ReactEntry extends Common {
  kind: "react";
  key: string;
  message_id: number;
  emoji: string;
  /** False: taken back. */
  is_on: boolean;
}

export interface ReadEntry extends Common {
  kind: "read";
  key: string;
  message_id: number;
}

/** What has been asked for and not been acknowledged. */
export type Entry = SendEntry | EditEntry | DeleteEntry | ReactEntry | ReadEntry;
