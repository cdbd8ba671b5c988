import type { Entry, SendEntry } from "../outbox/entry.ts";
import type { Me, Member, Message } from "../wire.ts";
import type { ChatRows } from "./chat-rows.ts";
import type { MessageEncryption } from "./opened.ts";
import { nothing, Progress, type Range } from "./status.ts";

/** How far a message has come, from being written to being read. */
export type MessageState = "waiting" | "sending" | "asks" | "failed" | "sent" | "delivered" | "read";

/** A message in a timeline. */
export interface Shown {
  kind: "message";
  /** Stays the same from being written on. */
  key: string;
  /** As it will be: with the text of an edit and the reactions that are under way. `id` and `seq` are 0 until it is sent. */
  message: Message;
  state: MessageState;
  /** Of the outbox: it is being sent, or an edit or deletion of it is, or was refused. */
  entry: Entry | undefined;
  /** How much of its files has been sent, from 0 to 1, while they are. */
  progress: number | undefined;
  /** Whether it could be opened, and what is wrong with it; undefined where it is not encrypted. */
  encryption: MessageEncryption | undefined;
}

/** Messages that are on the server and not here, between two that are. */
export interface Gap {
  kind: "gap";
  /** The id of the message before it; undefined at the beginning. */
  after: number | undefined;
  /** The id of the message behind it. */
  before: number;
  /** How many are missing. */
  count: number;
}

export type Item = Shown | Gap;

/** Who looks, and what they have asked for. */
export interface Mine {
  readonly me: { readonly value: Me };
  readonly outbox: ReadonlyMap<string, Entry>;
  readonly progress: ReadonlyMap<string, number>;
}

/**
 * What is shown of a chat. Worked out anew only from the first message on of which something has changed; what stands before
 * that is taken over as it was.
 */
export class Timeline {
  /** Of the messages that are here; what is being sent comes behind. */
  #items: Item[] = [];
  #changedFrom = 0;
  /** Messages that others have received or read since, or whose sender has come or gone. */
  #further: Range = nothing;
  #progress: Progress | undefined;
  #isProgressOld = true;

  constructor(private readonly rows: ChatRows) {}

  /** Something about this message, or behind it, has changed. */
  changed(messageId: number): void {
    this.#changedFrom = Math.min(this.#changedFrom, messageId);
  }

  /** A member has come, gone or got further. */
  memberChanged(before: Member | undefined, now: Member | undefined): void {
    const isSameOne = before && now && before.is_active === now.is_active;
    if (!isSameOne || !this.#progress?.isUntouchedBy(before)) this.#isProgressOld = true;
  }

  /** `hasMarkers`: those of all members are known; else the status is what the server said last. */
  statusOf(message: Message, hasMarkers: boolean): Message["status"] {
    this.#bringUpToDate(hasMarkers);
    return this.#progress?.statusOf(message) ?? message.status;
  }

  /** Oldest first. */
  items(mine: Mine, hasMarkers: boolean): Item[] {
    this.#bringUpToDate(hasMarkers);
    const { about, sending } = entriesIn(mine, this.rows.id);
    if (this.#changedFrom < Infinity || this.#further.to >= 0) this.#workOut(mine.me.value.id, about);
    if (sending.length === 0) return this.#items;
    const unsent = sending
      .toSorted((a, b) => a.order - b.order)
      .map((entry) => showUnsent(mine, this.rows, entry));
    return [...this.#items, ...unsent];
  }

  #bringUpToDate(hasMarkers: boolean): void {
    const before = this.#progress;
    if (!hasMarkers) {
      this.#progress = undefined;
      if (before) this.changed(0);
    } else if (this.#isProgressOld || !before) {
      this.#progress = new Progress(this.rows.members);
      this.#isProgressOld = false;
      if (!before) return this.changed(0);
      const { from, to } = this.#progress.changesSince(before);
      const { from: alsoFrom, to: alsoTo } = this.#further;
      this.#further = { from: Math.min(from, alsoFrom), to: Math.max(to, alsoTo) };
    }
  }

  #workOut(me: number, about: ReadonlyMap<number, Entry[]>): void {
    const { rows } = this;
    const shown = (message: Message): Shown => {
      const status = this.#progress?.statusOf(message) ?? message.status;
      return show(me, rows, message, status, about.get(message.id));
    };
    const anew: Item[] = [];
    const first = rows.indexOf(this.#changedFrom);
    let before = rows.messages[first - 1];
    for (const message of rows.messages.slice(first)) {
      const gap = gapBetween(rows, before, message);
      if (gap) anew.push(gap);
      anew.push(shown(message));
      before = message;
    }
    const kept = this.#items.slice(0, placeOf(this.#items, this.#changedFrom));
    for (let i = placeOf(kept, this.#further.from); i < kept.length; i++) {
      const item = kept[i];
      if (item?.kind !== "message") continue;
      if (item.message.id > this.#further.to) break;
      const message = rows.message(item.message.id);
      if (message) kept[i] = shown(message);
    }
    this.#items = anew.length > 0 ? kept.concat(anew) : kept;
    this.#changedFrom = Infinity;
    this.#further = nothing;
  }
}

/** Where the first item is that belongs to this message, or to one behind it. */
function placeOf(items: readonly Item[], messageId: number): number {
  let start = 0;
  let end = items.length;
  while (start < end) {
    const middle = (start + end) >>> 1;
    const item = items[middle];
    const id = item?.kind === "gap" ? item.before : (item?.message.id ?? 0);
    if (id < messageId) start = middle + 1;
    else end = middle;
  }
  return start;
}

/** What is asked for in a chat: about which message, and what is being sent. */
function entriesIn({ outbox }: Mine, chatId: number) {
  const about = new Map<number, Entry[]>();
  const sending: SendEntry[] = [];
  for (const entry of outbox.values()) {
    if (entry.chat_id !== chatId || entry.kind === "read") continue;
    if (entry.kind !== "send") {
      about.set(entry.message_id, [...(about.get(entry.message_id) ?? []), entry]);
    } else if (!entry.is_removed) sending.push(entry);
  }
  return { about, sending };
}

function gapBetween({ row }: ChatRows, above: Message | undefined, message: Message): Gap | undefined {
  const from = (above?.seq ?? 0) + 1;
  let count = message.seq - from;
  if (count === 0) return undefined;
  for (const [first, last] of row.gone) {
    count -= Math.max(0, Math.min(last, message.seq - 1) - Math.max(first, from) + 1);
  }
  return count > 0 ? { kind: "gap", after: above?.id, before: message.id, count } : undefined;
}

/** What has been shown stays the same object as long as nothing of it changes, so that a page draws only what has. */
const shown = new WeakMap<Message, Shown>();

function show(
  me: number,
  rows: ChatRows,
  row: Message,
  status: Message["status"],
  entries: Entry[] | undefined,
): Shown {
  const message = rows.shown(row);
  const known = shown.get(message);
  const encryption = rows.encryptionOf(row);
  const isPlain = entries === undefined;
  const isSame = known?.message.status === status && known.encryption === encryption;
  if (isPlain && isSame && !known.entry) return known;
  const own = message.sender_id === me ? message.client_id : null;
  const value: Shown = {
    kind: "message",
    key: own ?? `m${message.id}`,
    message: { ...message, status },
    state: status,
    entry: undefined,
    progress: undefined,
    encryption,
  };
  if (isPlain) shown.set(message, value);
  for (const entry of entries ?? []) cover(value, entry, me);
  return value;
}

/** Shows what an entry asks for as if it were done; what was refused is told beside. */
function cover(one: Shown, entry: Entry, me: number): void {
  if (entry.kind === "react")
    one.message.reactions = react(one.message.reactions, entry.emoji, entry.is_on, me);
  else one.entry = entry;
  if (entry.state === "failed") return;
  if (entry.kind === "edit") Object.assign(one.message, { content: entry.content, is_edited: true });
  if (entry.kind === "delete") {
    Object.assign(one.message, { content: "", encrypted: false, media: [], reactions: [], is_deleted: true });
  }
}

function react(
  reactions: Message["reactions"],
  emoji: string,
  isOn: boolean,
  me: number,
): Message["reactions"] {
  const known = reactions.find((one) => one.emoji === emoji);
  if (!known) return isOn ? [...reactions, { emoji, count: 1, user_ids: [me] }] : reactions;
  if (known.user_ids.includes(me) === isOn) return reactions;
  const user_ids = isOn ? [...known.user_ids, me] : known.user_ids.filter((id) => id !== me);
  const now = { emoji, count: known.count + (isOn ? 1 : -1), user_ids };
  return reactions.flatMap((one) => (one !== known ? [one] : now.count > 0 ? [now] : []));
}

function showUnsent(mine: Mine, state: ChatRows, entry: SendEntry): Shown {
  const me = mine.me.value;
  const quoted = typeof entry.reply_to === "number" ? state.message(entry.reply_to) : undefined;
  const message: Message = {
    id: 0,
    chat_id: state.id,
    seq: 0,
    client_id: entry.key,
    sender_id: me.id,
    sender_username: me.username,
    reply_to_id: typeof entry.reply_to === "number" ? entry.reply_to : null,
    reply_to: quoted ? quote(state.shown(quoted)) : null,
    content: entry.content,
    content_type: entry.content_type ?? "file",
    status: entry.state === "failed" ? "failed" : "sent",
    is_edited: false,
    edited_at: null,
    is_deleted: false,
    created_at: new Date(entry.created_at).toISOString(),
    media: [],
    mentions: [],
    mentions_all: false,
    encrypted: false,
    system: null,
    reactions: [],
  };
  const progress = mine.progress.get(entry.key);
  return {
    kind: "message",
    key: entry.key,
    message,
    state: entry.state,
    entry,
    progress,
    encryption: undefined,
  };
}

function quote(message: Message): Message["reply_to"] {
  const { id, sender_id, sender_username, content, content_type, encrypted, media, is_deleted } = message;
  return {
    id,
    sender_id,
    sender_username,
    content: encrypted ? "" : content,
    content_type,
    media_type: media[0]?.media_type ?? null,
    original_filename: media[0]?.original_filename ?? null,
    is_deleted,
  };
}
