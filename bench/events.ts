/** What the library's replica takes: events that are applied to it, without a server. */
import { computed, effect } from "@preact/signals-core";

import { forgetSome, usualBounds } from "../src/client/sdk/replica/bounds.ts";
import type { ChatState } from "../src/client/sdk/replica/chat-state.ts";
import { Replica } from "../src/client/sdk/replica/replica.ts";
import { Sync } from "../src/client/sdk/replica/sync.ts";
import { viewChat } from "../src/client/sdk/replica/views.ts";
import { memoryStore } from "../src/client/sdk/store/memory.ts";
import type { Chat, Member, Message, ServerFrame } from "../src/client/sdk/wire.ts";

export interface EventsInput {
  /** Members of the chat. */
  members: number;
  /** Events: three messages, then somebody has read. */
  events: number;
  /** The screen shows the list of chats and the chat's timeline, and is drawn after each event. */
  isWatched: boolean;
  /** Messages that are there before. */
  messages: number;
}

export interface EventsOutput {
  /** Microseconds of CPU for an event, with parsing it. */
  applied: number;
  /** The same for parsing alone. */
  parsed: number;
  eventsPerSecond: number;
}

export interface MemoryInput {
  chats: number;
  messages: number;
}

const atOnce = 32;
const time = "2026-12-01T12:00:00.000Z";
const nobody = { last_read_message_id: null, last_delivered_message_id: null };

export async function measureEvents(input: EventsInput): Promise<EventsOutput> {
  const { members, events, isWatched, messages } = input;
  const { replica, sync } = replicaWith(1, members);
  const state = replica.chats.get(1)!;
  replica.commit(
    Array.from({ length: messages }, (_, i) => ({
      kind: "message",
      at: [1, i + 1],
      value: message(i + 1, 1, i + 1),
    })),
  );
  const frames = framesFrom(messages, events, members);
  const stop = isWatched ? watch(replica, state) : undefined;
  const parsed = await timed(frames, (frame) => void JSON.parse(frame));
  const applied = await timed(frames, (frame) => sync.heard(JSON.parse(frame) as ServerFrame));
  stop?.();
  return { applied, parsed, eventsPerSecond: 1e6 / applied };
}

export interface MemoryOutput {
  /** By how many bytes the heap has grown with them. */
  first: number;
  /** The same when four times as many more have gone through, and the oldest were forgotten. */
  later: number;
}

/** So many messages, which are parsed and in the replica. */
export function measureMemory({ chats, messages }: MemoryInput): MemoryOutput {
  const before = heap();
  const { replica } = replicaWith(chats, 20);
  const hear = (from: number, to: number) => {
    for (let id = from; id <= to; id++) {
      const chatId = 1 + (id % chats);
      const text = JSON.stringify(message(id, chatId, Math.ceil(id / chats)));
      const value = JSON.parse(text) as Message;
      replica.commit([{ kind: "message", at: [chatId, id], value }]);
      replica.commit(forgetSome(replica, (one) => one === 1, { ...usualBounds, messages }));
    }
    return heap() - before;
  };
  const first = hear(1, messages);
  const later = hear(messages + 1, 5 * messages);
  if (replica.size.messages < messages / 2) throw new Error("messages are missing");
  return { first, later };
}

function heap(): number {
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

/** Microseconds of CPU for each; some at a time, as they come from a socket. */
async function timed(frames: string[], run: (frame: string) => void): Promise<number> {
  const begun = process.cpuUsage();
  for (const [i, frame] of frames.entries()) {
    run(frame);
    if (i % atOnce === 0) await Bun.sleep(0);
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / frames.length;
}

function watch(replica: Replica, state: ChatState): () => void {
  const hasMarkers = () => true;
  const info = computed(() => (void state.version.value, viewChat(replica, state, hasMarkers)));
  const timeline = computed(() => (void state.version.value, state.timeline.items(replica, true)));
  return effect(() => void [info.value, timeline.value]);
}

function replicaWith(chats: number, members: number) {
  const replica = new Replica({ id: 1, username: "me" } as never);
  const sync = new Sync({
    replica,
    store: memoryStore(),
    cursor: undefined,
    load: async () => undefined,
    applied() {},
    storeLost(error) {
      throw error;
    },
  });
  for (let chatId = 1; chatId <= chats; chatId++) {
    const counted = { unread: 0, marker: 0, seq: 0 };
    const value = { ...chat(chatId, members), counted, is_stale: false, has_members: true, gone: [] };
    replica.commit([{ kind: "chat", at: [chatId], value }]);
    for (let userId = 1; userId <= members; userId++) {
      replica.commit([{ kind: "member", at: [chatId, userId], value: member(chatId, userId) }]);
    }
  }
  return { replica, sync };
}

function framesFrom(last: number, count: number, members: number): string[] {
  let id = last;
  return Array.from({ length: count }, (_, i) => {
    const user_id = 2 + (i % (members - 1));
    const cursor = `epoch.${i}`;
    if (i % 4 < 3) {
      id += 1;
      const written = { ...message(id, 1, id), sender_id: user_id };
      return JSON.stringify({ type: "new_message", message: written, ...sendersMarkers(id), cursor });
    }
    const statuses = [{ user_id, last_delivered_message_id: id, last_read_message_id: id }];
    return JSON.stringify({ type: "message_status", chat_id: 1, statuses, cursor });
  });
}

function sendersMarkers(id: number) {
  return { sender_last_read_message_id: id, sender_last_delivered_message_id: id };
}

function chat(id: number, member_count: number): Omit<Chat, "last_message"> {
  return {
    id,
    chat_type: "group",
    name: `Chat ${id}`,
    description: null,
    avatar_url: null,
    is_active: true,
    created_at: time,
    member_count,
    encryption: { on: false, epoch: 0 },
    my_role: "member",
    is_muted: false,
    unread_count: 0,
    unread_mentions: 0,
    last_read_message_id: null,
    peer: null,
  };
}

function member(chat_id: number, user_id: number): Member {
  return {
    id: chat_id * 10_000 + user_id,
    chat_id,
    user_id,
    username: `user-${user_id}`,
    full_name: null,
    avatar_url: null,
    is_active: true,
    is_online: null,
    last_seen: null,
    role: "member",
    nickname: null,
    joined_at: time,
    ...nobody,
  };
}

function message(id: number, chat_id: number, seq: number): Message {
  return {
    id,
    chat_id,
    seq,
    client_id: `0b9f5c1e2a674f439f0e6a1c6f${id.toString(16).padStart(6, "0")}`,
    sender_id: 2,
    sender_username: "user-2",
    reply_to_id: null,
    reply_to: null,
    content: `Message ${id}, which is about as long as what people write to each other in a chat.`,
    content_type: "text",
    status: "sent",
    is_edited: false,
    edited_at: null,
    is_deleted: false,
    created_at: time,
    media: [],
    mentions: [],
    mentions_all: false,
    encrypted: false,
    system: null,
    reactions: [],
  };
}

if (import.meta.main) {
  const input = JSON.parse(await Bun.stdin.text()) as EventsInput | MemoryInput;
  process.send!("chats" in input ? measureMemory(input) : await measureEvents(input));
}
