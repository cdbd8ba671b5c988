/** What a person asks for, as changes of the outbox. A later wish about the same thing takes the place of the one before. */
import { randomId } from "../environment.ts";
import { ParleyError } from "../errors.ts";
import { dropEntry, putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Message } from "../wire.ts";
import type { Entry, EntryFile, SendEntry } from "./entry.ts";
import { mayHaveArrived } from "./sealing.ts";

/** What all entries begin with. */
export interface Begun {
  chat_id: number;
  created_at: number;
  order: number;
}

/** A message's id, or the key of one that is still being sent. */
export type Target = number | string;

export interface Written {
  content: string;
  content_type: SendEntry["content_type"];
  reply_to: Target | undefined;
  files: readonly EntryFile[];
}

export function wantSend(
  replica: Replica,
  begun: Begun,
  written: Written,
): { key: string; changes: Change[] } {
  const key = randomId();
  const behind = replica.chats.get(begun.chat_id)?.newest?.id ?? 0;
  const reply_to = written.reply_to === undefined ? undefined : resolve(replica, begun, written.reply_to);
  return { key, changes: [putEntry({ ...fresh(begun), ...written, reply_to, behind, kind: "send", key })] };
}

/** Of a message that may have gone out already, the new text follows as an edit. */
export function wantEdit(replica: Replica, begun: Begun, given: Target, content: string): Change[] {
  const target = resolve(replica, begun, given);
  const sending = findSending(replica, target);
  if (sending) {
    const first = sending.was_sent ? { first_content: sending.first_content ?? sending.content } : {};
    return [putEntry({ ...sending, ...first, content, ...again(sending) })];
  }
  if (typeof target === "string") throw unknown();
  const key = `edit:${target}`;
  const known = replica.outbox.get(key);
  if (known?.kind === "edit" && known.state !== "failed" && mayHaveArrived(known))
    return [putEntry({ ...known, content })];
  return [
    putEntry({ ...fresh(begun), kind: "edit", key, message_id: target, content, client_id: randomId() }),
  ];
}

/** One that may have gone out is sent to the end, and deleted then: nobody knows otherwise whether it is there. */
export function wantRemove(replica: Replica, begun: Begun, given: Target): Change[] {
  const target = resolve(replica, begun, given);
  const sending = findSending(replica, target);
  if (sending) {
    const isThere = sending.was_sent && sending.state !== "failed";
    return [isThere ? putEntry({ ...sending, is_removed: true, ...again(sending) }) : dropEntry(sending.key)];
  }
  if (typeof target === "string") throw unknown();
  const key = `delete:${target}`;
  const edit = replica.outbox.get(`edit:${target}`);
  const deletion = putEntry({ ...fresh(begun), kind: "delete", key, message_id: target });
  return edit && !mayHaveArrived(edit) ? [dropEntry(edit.key), deletion] : [deletion];
}

export function wantReaction(begun: Begun, message_id: number, emoji: string, is_on: boolean): Change[] {
  const key = `react:${message_id}:${emoji}`;
  return [putEntry({ ...fresh(begun), kind: "react", key, message_id, emoji, is_on })];
}

export function wantRead(begun: Begun, message_id: number): Change[] {
  return [putEntry({ ...fresh(begun), kind: "read", key: `read:${begun.chat_id}`, message_id })];
}

/** A person says that it is still meant. */
export function wantAgain(entry: Entry): Change[] {
  const again = { state: "waiting", refusal: undefined } as const;
  if (entry.kind !== "send") return [putEntry({ ...entry, ...again })];
  // One that may have arrived goes out with the same files.
  if (entry.sealed && entry.state !== "failed") return [putEntry({ ...entry, ...again })];
  // What the server has of its files may be what was refused: the bytes are still here.
  const files = entry.files.map(({ id, name, size, thumbnail }) => ({ id, name, size, thumbnail }));
  return [putEntry({ ...entry, ...again, files, sealed: undefined })];
}

/** The id of a message that was still being sent when somebody looked at it, and has arrived since. */
function resolve({ outbox, chats, myId }: Replica, { chat_id }: Begun, target: Target): Target {
  if (typeof target === "number" || outbox.has(target)) return target;
  const isMine = (one: Message) => one.client_id === target && one.sender_id === myId;
  return chats.get(chat_id)?.messages.findLast(isMine)?.id ?? target;
}

function unknown(): ParleyError {
  return new ParleyError("not_found", "This message is neither being sent nor among those that are here.");
}

function findSending({ outbox }: Replica, target: Target): SendEntry | undefined {
  const entry = typeof target === "string" ? outbox.get(target) : undefined;
  return entry?.kind === "send" ? entry : undefined;
}

function fresh(begun: Begun) {
  return { ...begun, state: "waiting", was_sent: false } as const;
}

/** What was refused, or asks, is meant again when somebody changes it. */
function again({ state }: SendEntry): Pick<Entry, "state" | "refusal"> {
  return { state: state === "sending" ? "sending" : "waiting", refusal: undefined };
}
