import type { Caller } from "../calls.ts";
import { ParleyError } from "../errors.ts";
import type { Chat, Member, Message, Notification } from "../wire.ts";
import { arrived, chatAnew, forget, putMessage, putRow, removeChat, toRow } from "./changes.ts";
import type { ChatState } from "./chat-state.ts";
import type { Replica } from "./replica.ts";
import type { Change } from "./rows.ts";

/** Who makes the calls. */
export type Calling = Pick<Caller, "call">;

const page = 100;

/**
 * Everything that is told about without being asked for: the chats, oneself, what is unread; and of the chats that are
 * `opened`, what they show. The changes are worked out when they are made, from what is here by then.
 */
export async function loadAll(
  caller: Calling,
  replica: Replica,
  opened: (chatId: number) => boolean,
): Promise<() => Change[]> {
  const me = await caller.call("GET /api/auth/me", {});
  const chats = await allChats(caller);
  const notifications = await unreadNotifications(caller);
  const shown: Loaded[] = [];
  for (const chat of chats) {
    if (!opened(chat.id)) continue;
    const { messages } = await loadMessages(caller, chat.id, {});
    shown.push({ chat, messages, members: await loadMembers(caller, chat.id) });
  }
  const ids = new Set(chats.map((one) => one.id));
  return () => [
    ...[...replica.chats.values()].flatMap((state) =>
      ids.has(state.id) ? forget(state) : removeChat(state),
    ),
    ...[...replica.notices.keys()].map((id): Change => ({ kind: "notice", at: [id], value: undefined })),
    { kind: "me", at: [], value: me },
    ...chats.flatMap((chat) => chatAnew(replica, chat)),
    ...notifications.map(toNotice),
    ...shown.flatMap((one) => shownAnew(replica, one)),
  ];
}

/** The newest messages of a chat, and its members. */
interface Loaded {
  chat: Chat;
  messages: Message[];
  members: Member[];
}

function shownAnew(replica: Replica, { chat, messages, members }: Loaded): Change[] {
  return [
    ...messages.flatMap((value): Change[] => [
      { kind: "message", at: [chat.id, value.id], value },
      ...arrived(replica, value),
    ]),
    ...members.map((value): Change => ({ kind: "member", at: [chat.id, value.user_id], value })),
    putRow({ ...toRow(chat), has_members: true }),
  ];
}

async function allChats(caller: Calling): Promise<Chat[]> {
  const found = new Map<number, Chat>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: page, ...(cursor !== undefined && { cursor }) };
    const answer = await caller.call("GET /api/chats", { query });
    // One that moves meanwhile comes twice.
    for (const chat of answer.chats) found.set(chat.id, chat);
    cursor = answer.next_cursor;
  }
  return [...found.values()];
}

async function unreadNotifications(caller: Calling): Promise<Notification[]> {
  const found: Notification[] = [];
  for (let hasMore = true; hasMore;) {
    const last = found.at(-1);
    const query = { limit: page, unread: true, ...(last && { before: last.id }) };
    const answer = await caller.call("GET /api/notifications", { query });
    found.push(...answer.notifications);
    hasMore = answer.has_more;
  }
  return found;
}

function toNotice({ id, notification_type, data }: Notification): Change {
  const value = {
    chat_id: data.chat_id,
    message_id: data.message_id ?? null,
    is_mention: notification_type === "mention",
  };
  return { kind: "notice", at: [id], value };
}

/** Undefined where one is in the chat no more. */
export async function loadChat(caller: Calling, id: number): Promise<Chat | undefined> {
  try {
    return await caller.call("GET /api/chats/{chat_id}", { path: { chat_id: id } });
  } catch (error) {
    if (error instanceof ParleyError && error.code === "not_found") return undefined;
    throw error;
  }
}

export async function loadMembers(caller: Calling, id: number): Promise<Member[]> {
  const found = new Map<number, Member>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: page, ...(cursor !== undefined && { cursor }) };
    const answer = await caller.call("GET /api/chats/{chat_id}/members", { path: { chat_id: id }, query });
    for (const one of answer.members) found.set(one.user_id, one);
    cursor = answer.next_cursor;
  }
  return [...found.values()];
}

/** All members, in place of those that were known. */
export function membersAnew(state: ChatState, members: Member[]): Change[] {
  const now = new Set(members.map((one) => one.user_id));
  return [
    ...[...state.members.keys()]
      .filter((id) => !now.has(id))
      .map((id): Change => ({ kind: "member", at: [state.id, id], value: undefined })),
    ...members.map((value): Change => ({ kind: "member", at: [state.id, value.user_id], value })),
    putRow({ ...state.row, has_members: true }),
  ];
}

/** Which messages of a chat: the newest, or those next to one, by its id. */
export type Anchor = {} | { before: number } | { after: number } | { around: number };

export const messagesAtOnce = 50;

export async function loadMessages(caller: Calling, id: number, anchor: Anchor) {
  const query = { limit: messagesAtOnce, ...anchor };
  return caller.call("GET /api/messages/{id}", { path: { id }, query });
}

/** What was asked for and was not among it is no longer on the server. */
export function messagesAnew(
  replica: Replica,
  state: ChatState,
  answer: { messages: Message[]; has_more_before: boolean },
  anchor: Anchor,
): Change[] {
  const { messages } = answer;
  const changes = messages.flatMap((message) => putMessage(replica, state, message));
  const end = "before" in anchor ? state.message(anchor.before)?.seq : undefined;
  const seqs = messages.map((one) => one.seq).concat(end ?? []);
  const from = answer.has_more_before ? seqs[0] : 1;
  const missing = missingAmong(from === undefined ? seqs : [from - 1, ...seqs]);
  const known = state.row.gone;
  const added = missing.filter(([first]) => !known.some(([from, to]) => from <= first && first <= to));
  return added.length === 0 ? changes : [...changes, putRow({ ...state.row, gone: [...known, ...added] })];
}

function missingAmong(seqs: number[]): (readonly [number, number])[] {
  return seqs.flatMap((seq, i) => {
    const before = seqs[i - 1];
    return before !== undefined && seq > before + 1 ? [[before + 1, seq - 1] as const] : [];
  });
}
