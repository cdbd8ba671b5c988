import type { Chat, Counts } from "../wire.ts";
import type { ChatState } from "./chat-state.ts";
import type { Replica } from "./replica.ts";

/** A chat as it stands now: `Chat` of the protocol, with counts and last message kept up to date, without its members. */
export type ChatView = Omit<Chat, "members">;

/** Whether the markers of all members are known: they are not told of large chats that nobody looks at. */
export type HasMarkers = (state: ChatState) => boolean;

/** My marker, as it will be. */
export function markerIn(replica: Replica, state: ChatState): number {
  const pending = replica.outbox.get(`read:${state.id}`);
  return Math.max(state.row.last_read_message_id ?? 0, pending?.kind === "read" ? pending.message_id : 0);
}

export function memberCount({ row, members }: ChatState): number {
  return row.has_members ? members.size : row.member_count;
}

export function viewChat(replica: Replica, state: ChatState, hasMarkers: HasMarkers): ChatView {
  const { counted: _, is_stale: __, has_members: ___, gone: ____, ...row } = state.row;
  const marker = markerIn(replica, state);
  const { newest } = state;
  return {
    ...row,
    member_count: memberCount(state),
    last_read_message_id: marker || null,
    unread_count: state.unread.count(marker, replica.myId),
    unread_mentions: mentionsIn(replica, state.id, marker),
    last_message: newest
      ? { ...state.shown(newest), status: state.timeline.statusOf(newest, hasMarkers(state)) }
      : null,
  };
}

/** Last activity first: by the newest message, or by when it was made where it has none. */
export function byActivity(a: ChatView, b: ChatView): number {
  if (a.last_message && b.last_message) return b.last_message.id - a.last_message.id;
  const at = (one: ChatView) => one.last_message?.created_at ?? one.created_at;
  return at(a) < at(b) ? 1 : at(a) > at(b) ? -1 : b.id - a.id;
}

export function mentionsIn({ notices }: Replica, chatId: number, marker: number): number {
  let count = 0;
  for (const one of notices.values()) {
    if (one.is_mention && one.chat_id === chatId && (one.message_id ?? 0) > marker) count += 1;
  }
  return count;
}

export function viewCounts(replica: Replica): Counts {
  const counts = { unread_notifications: replica.notices.size, unread_mentions: 0, unread_messages: 0 };
  for (const state of replica.chats.values()) {
    const marker = markerIn(replica, state);
    counts.unread_messages += state.unread.count(marker, replica.myId);
    counts.unread_mentions += mentionsIn(replica, state.id, marker);
  }
  return counts;
}
