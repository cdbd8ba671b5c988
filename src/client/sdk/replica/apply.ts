import type { Events, Message, ServerFrame } from "../wire.ts";
import {
  chatAnew,
  erase,
  forget,
  moveMarkers,
  putMessage,
  putRow,
  quotedAnew,
  removeChat,
} from "./changes.ts";
import type { ChatState } from "./chat-state.ts";
import type { Replica } from "./replica.ts";
import type { Change, ChatRow } from "./rows.ts";

type Apply<T extends keyof Events> = (replica: Replica, event: Events[T]) => Change[];

/**
 * What an event changes. Pure: nothing happens before the changes are committed, and the same event twice is harmless,
 * because each says how something is now.
 */
export function apply(replica: Replica, event: ServerFrame): Change[] {
  const one = (functions as Record<string, Apply<never> | undefined>)[event.type];
  return one ? one(replica, event as never) : [];
}

const functions: { [T in keyof Events]?: Apply<T> } = {
  new_message: inChat((replica, state, event) => {
    const markers = {
      last_read_message_id: event.sender_last_read_message_id,
      last_delivered_message_id: event.sender_last_delivered_message_id,
    };
    return [
      ...putMessage(replica, state, event.message),
      ...moveMarkers(replica, state, event.message.sender_id, markers),
    ];
  }),
  message_updated: inChat((replica, state, { message }) =>
    state.message(message.id) ? putMessage(replica, state, message) : quotedAnew(state, message),
  ),
  message_deleted: inChat((replica, state, event) => {
    const changes = erase(state, event.message_id, event.content);
    return isMiscounted(replica, state, event) ? [...changes, stale(state)] : changes;
  }),
  reaction_updated: inChat((_, state, { message_id, reactions }) => {
    const known = state.message(message_id);
    return known ? [{ kind: "message", at: [state.id, message_id], value: { ...known, reactions } }] : [];
  }),
  message_status: inChat((replica, state, { statuses }) =>
    statuses.flatMap((one) => moveMarkers(replica, state, one.user_id, one)),
  ),
  chat_read: inChat((replica, state, { last_read_message_id }) =>
    moveMarkers(replica, state, replica.myId, {
      last_read_message_id,
      last_delivered_message_id: last_read_message_id,
    }),
  ),
  chat_updated: inChat((_, state, { chat }) => [putRow({ ...state.row, ...chat })]),
  member_added: inChat((replica, state, { member }) =>
    // How many there are is counted where they are here.
    putMember(replica, state, member, state.row.has_members ? {} : { is_stale: true }),
  ),
  member_updated: inChat((replica, state, { member }) => putMember(replica, state, member, {})),
  member_removed: inChat((_, state, { user_id }) =>
    state.row.has_members ? [{ kind: "member", at: [state.id, user_id], value: undefined }] : [stale(state)],
  ),
  user_updated: inChat((replica, state, { user }) => {
    const { is_online: _, last_seen: __, ...now } = user;
    const { username, full_name, avatar_url, is_active } = user;
    const changes: Change[] = [];
    const member = state.members.get(user.id);
    const { peer } = state.row;
    if (member) {
      const value = { ...member, username, full_name, avatar_url, is_active };
      changes.push({ kind: "member", at: [state.id, user.id], value });
    }
    if (peer?.id === user.id) changes.push(putRow({ ...state.row, peer: { ...peer, ...now } }));
    if (user.id === replica.myId) {
      changes.push({ kind: "me", at: [], value: { ...replica.me.value, ...now } });
    }
    return changes;
  }),
  chat_created(replica, { chat }) {
    const known = replica.chats.get(chat.id);
    return [...(known ? forget(known) : []), ...chatAnew(replica, chat)];
  },
  chat_removed(replica, { chat_id }) {
    const known = replica.chats.get(chat_id);
    return known ? removeChat(known) : [];
  },
  notification(_, { notification }) {
    const { id, is_read, data } = notification;
    const value = { chat_id: data.chat_id, message_id: data.message_id ?? null, is_mention: false };
    return [{ kind: "notice", at: [id], value: is_read ? undefined : value }];
  },
  mention_notification: (_, { notification_id, chat_id, message_id }) => [
    { kind: "notice", at: [notification_id], value: { chat_id, message_id, is_mention: true } },
  ],
  notifications_read: (_, { notification_ids }) =>
    notification_ids.map((id): Change => ({ kind: "notice", at: [id], value: undefined })),
};

/** Of an event that belongs to a chat; one that is not here has no part in the replica. */
function inChat<E extends { chat_id: number } | { message: Message } | { chat: { id: number } }>(
  one: (replica: Replica, state: ChatState, event: E) => Change[],
): (replica: Replica, event: E) => Change[] {
  return (replica, event) => {
    const id =
      "chat_id" in event ? event.chat_id : "message" in event ? event.message.chat_id : event.chat.id;
    const state = replica.chats.get(id);
    return state ? one(replica, state, event) : [];
  };
}

/** Whether something that was deleted may have been counted by the server as unread, and cannot be counted here. */
function isMiscounted({ myId }: Replica, state: ChatState, event: Events["message_deleted"]): boolean {
  const { sender_id, content_type, message_id } = event;
  const marker = state.row.last_read_message_id ?? 0;
  const known = state.message(message_id);
  if (message_id <= marker || state.unread.behind(marker, myId) !== undefined) return false;
  // One that is known to be deleted may have been loaded so since it was counted.
  if (known && known.seq > state.row.counted.seq) return false;
  return sender_id !== myId && content_type !== "system";
}

function stale(state: ChatState): Change {
  return putRow({ ...state.row, is_stale: true });
}

function putMember(
  replica: Replica,
  state: ChatState,
  member: Events["member_added"]["member"],
  more: Partial<ChatRow>,
): Change[] {
  const { user_id, role, is_muted = state.row.is_muted } = member;
  const known = state.members.get(user_id);
  // Events say nothing of presence.
  const { is_online, last_seen } = known ?? member;
  const value = { ...known, ...member, is_online, last_seen };
  const changes: Change[] = [];
  if (known || state.row.has_members) changes.push({ kind: "member", at: [state.id, user_id], value });
  const own = user_id === replica.myId ? { my_role: role, is_muted } : {};
  const row = { ...state.row, ...own, ...more };
  return Object.keys({ ...own, ...more }).length > 0 ? [...changes, putRow(row)] : changes;
}
