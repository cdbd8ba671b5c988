/** What goes into an encrypted chat is sealed just before it goes out, so that it is for everybody who may read it then. */
import type { Attachment } from "../files/attachment.ts";
import { randomId } from "../environment.ts";
import type { FileToSend } from "../files/multipart.ts";
import { dropEntry, putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Media } from "../wire.ts";
import type { DeleteEntry, EditEntry, Entry, Sealed, SendEntry } from "./entry.ts";

/** What can be sealed. */
export type Sealable = SendEntry | EditEntry | DeleteEntry;

/** The part for encryption, as the outbox sees it. */
export interface Sealer {
  /** Whether nothing may go into a chat as it is: the server says so, or this person knows it. */
  isFor(chatId: number): boolean;
  /** The same, after what this person knows has been loaded. */
  isNeeded(chatId: number): Promise<boolean>;
  /**
   * Undefined for what goes out as it is. Errors: `encryption_blocked`, with words for people, where somebody has to decide first; those of
   * the calls.
   */
  seal(entry: Sealable): Promise<Sealed | undefined>;
  /** The server wants another epoch. */
  outdate(chatId: number): Promise<void>;
  /** A file, and its thumbnail where it has one. Errors: `file_missing` where one cannot be read any more. */
  sealFiles(files: readonly FileToSend[]): Promise<SealedFiles>;
}

/** A file as it is uploaded. */
export interface SealedFiles {
  files: FileToSend[];
  /** What its message says of it, once it is uploaded. Errors: `no_answer` where the server does not say what it has. */
  named(media: readonly Pick<Media, "id">[]): Attachment;
}

export function isSealable(entry: Entry): entry is Sealable {
  return entry.kind === "send" || entry.kind === "edit" || entry.kind === "delete";
}

/** One after the other: each names the one before it. */
export function waitsForOthers(sealer: Sealer, entry: Entry): boolean {
  return entry.kind === "send" || (isSealable(entry) && sealer.isFor(entry.chat_id));
}

/** An entry as it goes out. One that may have arrived goes out as it did. */
export async function sealed<E extends Sealable>(sealer: Sealer, entry: E): Promise<E> {
  if (entry.sealed || !(await sealer.isNeeded(entry.chat_id))) return entry;
  return { ...entry, sealed: await sealer.seal(entry) };
}

/** Nothing of it was taken: it is sealed anew, at once. */
export function sealAnew({ outbox }: Replica, entry: Entry): Change[] {
  const now = outbox.get(entry.key);
  return now ? [putEntry({ ...now, state: "waiting", sealed: undefined })] : [];
}

/** After an entry was answered: an edit that has got another text meanwhile goes out with that. */
export function whatIsLeft(answered: Entry, now: Entry | undefined): Change {
  const isOld = now?.kind === "edit" && answered.sealed && answered.sealed.text !== now.content;
  if (!isOld) return dropEntry(answered.key);
  return putEntry({ ...now, client_id: randomId(), state: "waiting", was_sent: false, sealed: undefined });
}

/** What may have arrived has used its number: it goes on until it is answered. */
export function mayHaveArrived(entry: Entry | undefined): entry is Sealable {
  return entry !== undefined && isSealable(entry) && entry.was_sent && entry.sealed !== undefined;
}
