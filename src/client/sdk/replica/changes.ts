/** Changes that several events and answers have in common. */
import type { DeleteEntry, EditEntry, Entry, SendEntry } from "../outbox/entry.ts";
import type { Chat, Member, Message } from "../wire.ts";
import type { ChatState } from "./chat-state.ts";
import type { Replica } from "./replica.ts";
import type { Change, ChatRow } from "./rows.ts";

export function toRow(chat: Chat, before?: ChatRow): ChatRow {
  const { members: _, last_message, unread_count, unread_mentions: __, ...row } = chat;
  const counted = {
    unread: unread_count,
    marker: chat.last_read_message_id ?? 0,
    seq: last_message?.seq ?? 0,
  };
  return {
    ...row,
    counted,
    is_stale: false,
    has_members: before?.has_members ?? false,
    gone: before?.gone ?? [],
  };
}

/** A chat as it is answered, with its last message. */
export function chatAnew(replica: Replica, chat: Chat, before?: ChatRow): Change[] {
  const { last_message } = chat;
  const row = putRow(toRow(chat, before));
  if (!last_message) return [row];
  return [
    row,
    { kind: "message", at: [chat.id, last_message.id], value: last_message },
    ...arrived(replica, last_message),
  ];
}

export function putRow(row: ChatRow): Change {
  return { kind: "chat", at: [row.id], value: row };
}

export function putEntry(value: Entry): Change {
  return { kind: "entry", at: [value.key], value };
}

export function dropEntry(key: string): Change {
  return { kind: "entry", at: [key], value: undefined };
}

/** A message as the server has it, and what follows for replies to it and for the outbox. */
export function putMessage(replica: Replica, state: ChatState, message: Message): Change[] {
  return [
    { kind: "message", at: [state.id, message.id], value: message },
    ...quotedAnew(state, message),
    ...arrived(replica, message),
  ];
}

/** Replies show what they reply to as it is now; the server sends no event for them. */
export function quotedAnew(
  state: ChatState,
  {
    id,
    content,
    encrypted,
    media,
    is_deleted,
  }: Pick<Message, "id" | "content" | "encrypted" | "media" | "is_deleted">,
): Change[] {
  const file = media[0];
  const now = {
    content: encrypted ? "" : content,
    media_type: file?.media_type ?? null,
    original_filename: file?.original_filename ?? null,
    is_deleted,
  };
  return [...(state.replies.get(id) ?? [])].flatMap((replyId): Change[] => {
    const reply = state.message(replyId);
    if (!reply?.reply_to) return [];
    const value = { ...reply, reply_to: { ...reply.reply_to, ...now } };
    return [{ kind: "message", at: [state.id, replyId], value }];
  });
}

/** The first sight of one's own `client_id`, by whatever way, is what takes a message out of the outbox. */
export function arrived(replica: Replica, { id, sender_id, client_id, content }: Message): Change[] {
  if (client_id === null || sender_id !== replica.myId) return [];
  const entry = replica.outbox.get(client_id);
  if (entry?.kind !== "send") return [];
  const { sealed } = entry;
  return [
    dropEntry(client_id),
    ...counted(entry),
    ...repliesTo(replica, client_id, id),
    ...changedMeanwhile(entry, id, sealed?.content === content ? sealed.text : content),
  ];
}

/** What this device wrote was acknowledged: the next one goes on from it. */
export function counted({ chat_id, sealed }: Pick<Entry, "chat_id" | "sealed">): Change[] {
  if (!sealed) return [];
  const { device, ctr, hash } = sealed;
  return [{ kind: "counter", at: [chat_id], value: { device, ctr, hash } }];
}

/** Replies to it that wait in the outbox as well. */
function repliesTo(replica: Replica, key: string, id: number): Change[] {
  return [...replica.outbox.values()].flatMap((one): Change[] =>
    one.kind === "send" && one.reply_to === key ? [putEntry({ ...one, reply_to: id })] : [],
  );
}

/** It was edited or deleted after it had gone out. */
function changedMeanwhile(entry: SendEntry, messageId: number, content: string): Change[] {
  const common = {
    chat_id: entry.chat_id,
    created_at: entry.created_at,
    order: entry.order,
    state: "waiting",
    was_sent: false,
    message_id: messageId,
  } as const;
  if (entry.is_removed) {
    const value: DeleteEntry = { ...common, kind: "delete", key: `delete:${messageId}` };
    return [putEntry(value)];
  }
  if (entry.first_content === undefined || entry.content === content) return [];
  const value: EditEntry = {
    ...common,
    kind: "edit",
    key: `edit:${messageId}`,
    content: entry.content,
    client_id: `${entry.key}.edit`,
  };
  return [putEntry(value)];
}

interface Markers {
  last_read_message_id: number | null;
  last_delivered_message_id: number | null;
}

/** Markers never go back. */
export function moveMarkers(replica: Replica, state: ChatState, userId: number, to: Markers): Change[] {
  const changes: Change[] = [];
  const read = to.last_read_message_id ?? 0;
  const delivered = Math.max(read, to.last_delivered_message_id ?? 0);
  if (userId === replica.myId && read > (state.row.last_read_message_id ?? 0)) {
    const is_stale = state.row.is_stale || state.unread.behind(read, userId) === undefined;
    changes.push(putRow({ ...state.row, last_read_message_id: read, is_stale }));
  }
  const member = state.members.get(userId);
  if (member) {
    const moved: Member = {
      ...member,
      last_read_message_id: Math.max(read, member.last_read_message_id ?? 0) || null,
      last_delivered_message_id: Math.max(delivered, member.last_delivered_message_id ?? 0) || null,
    };
    changes.push({ kind: "member", at: [state.id, userId], value: moved });
  }
  return changes;
}

/** Leaves a tombstone, and quotes without the text. `content`: a JWE that says who deleted it. */
export function erase(state: ChatState, id: number, content?: string): Change[] {
  const nothing = { media: [], mentions: [], mentions_all: false, reactions: [] };
  const tombstone = { content: content ?? "", encrypted: content !== undefined, is_deleted: true };
  const known = state.message(id);
  const value = known && { ...known, ...nothing, ...tombstone };
  return [
    ...(value ? [{ kind: "message", at: [state.id, id], value } as const] : []),
    ...quotedAnew(state, { id, content: "", encrypted: false, media: [], is_deleted: true }),
  ];
}

/** The chat itself, too. */
export function removeChat(state: ChatState): Change[] {
  return [...forget(state), { kind: "chat", at: [state.id], value: undefined }];
}

/** All rows of a chat's messages and members. */
export function forget(state: ChatState): Change[] {
  return [
    ...state.messages.map(({ id }): Change => ({ kind: "message", at: [state.id, id], value: undefined })),
    ...[...state.members.keys()].map((id): Change => ({
      kind: "member",
      at: [state.id, id],
      value: undefined,
    })),
  ];
}
