import type { ChatState } from "./chat-state.ts";
import type { Replica } from "./replica.ts";
import { memberCount } from "./views.ts";
import type { Change } from "./rows.ts";
import { putRow } from "./changes.ts";

/** The most that is kept, in memory and in the store: some 15 MB of messages, and people of a few large chats. */
export const usualBounds = { messages: 20_000, members: 20_000 };
export type Bounds = typeof usualBounds;

/** Forgotten at once, so that it is not looked for with every message. */
const atOnce = 500;

/**
 * What to forget when there is too much, which is looked at after each event: of chats that are not open everything but the last message, those first in which nothing
 * has happened for longest; then the oldest messages of the largest.
 */
export function forgetSome(replica: Replica, isOpen: (chatId: number) => boolean, most: Bounds): Change[] {
  const { messages, members } = replica.size;
  if (messages <= most.messages && members <= most.members) return [];
  let tooMany = Math.max(0, messages - most.messages + atOnce);
  let tooManyMembers = Math.max(0, members - most.members);
  const changes: Change[] = [];
  for (const state of closedFirst(replica, isOpen)) {
    if (tooMany <= 0 && tooManyMembers <= 0) break;
    const isShown = isOpen(state.id);
    const all = Math.max(0, state.messages.length - 1);
    const count = tooMany <= 0 ? 0 : isShown ? Math.min(tooMany, all) : all;
    const people = isShown || tooManyMembers <= 0 ? 0 : state.members.size;
    tooMany -= count;
    tooManyMembers -= people;
    changes.push(...forgetOldest(replica, state, count, people > 0));
  }
  return changes;
}

function closedFirst(replica: Replica, isOpen: (chatId: number) => boolean): ChatState[] {
  const lastOf = (state: ChatState) => state.newest?.id ?? 0;
  const [open, closed] = [true, false].map((is) =>
    [...replica.chats.values()].filter((state) => isOpen(state.id) === is),
  );
  return [
    ...(closed ?? []).toSorted((a, b) => lastOf(a) - lastOf(b)),
    ...(open ?? []).toSorted((a, b) => b.messages.length - a.messages.length),
  ];
}

function forgetOldest(replica: Replica, state: ChatState, count: number, members: boolean): Change[] {
  const { row, newest } = state;
  if (count === 0 && !members) return [];
  const marker = row.last_read_message_id ?? 0;
  const { unread, isSure } = state.unread.estimate(marker, replica.myId);
  const counted = { unread, marker, seq: newest?.seq ?? 0 };
  // Messages that are still under way to here would not be counted when they come.
  const is_stale = row.is_stale || !isSure;
  const people = members ? { member_count: memberCount(state), has_members: false } : {};
  return [
    ...state.messages
      .slice(0, count)
      .map(({ id }): Change => ({ kind: "message", at: [state.id, id], value: undefined })),
    ...[...(members ? state.members.keys() : [])].map((id): Change => ({
      kind: "member",
      at: [state.id, id],
      value: undefined,
    })),
    putRow({ ...row, counted, is_stale, ...people }),
  ];
}
