import type { Person } from "./person.ts";
import type { Frame, Socket } from "./socket.ts";

type Json = Record<string, any>;

interface ChatState {
  chat: Json;
  members: Map<number, Json>;
  messages: Map<number, Json>;
  /** Whom it was told are online, where it looks. */
  online: Set<number> | undefined;
}

/**
 * What a client makes of the events it hears: everything is loaded once, over REST, and from then on only events
 * change it. `snapshot` says what it shows; `load` says what a client shows that has loaded everything anew.
 */
export class Replica {
  readonly chats = new Map<number, ChatState>();
  /** Mentions and their notifications, by the notification's id. */
  readonly mentions = new Map<number, { messageId: number; chatId: number; isRead: boolean }>();
  /** Ids of notifications that have not been read, mentions among them. */
  readonly notices = new Set<number>();
  /** Where it was when it was left. */
  cursor: string | undefined;
  /** Of chats that are being loaded: what has come of them meanwhile. */
  readonly #waiting = new Map<number, Frame[]>();
  #loading: Promise<void> = Promise.resolve();

  constructor(readonly person: Person) {}

  /** Loads everything; a chat of `looks` is looked at as well. */
  async load(): Promise<void> {
    const { chats } = (await this.person.get("/api/chats?limit=100")).body;
    for (const chat of chats) await this.#loadChat(chat.id);
    for (const { id, notification_type, data } of await loadNotices(this.person)) {
      this.notices.add(id);
      const mention = { messageId: data.message_id, chatId: data.chat_id, isRead: false };
      if (notification_type === "mention") this.mentions.set(id, mention);
    }
  }

  /** Takes every event that comes on this socket from now on, and all that have come. */
  follow(socket: Socket): void {
    for (const frame of socket.frames) this.apply(frame);
    socket.onFrame = (frame) => this.apply(frame);
  }

  async look(socket: Socket, chatId: number): Promise<void> {
    const { online } = await socket.ask({ type: "join_chat", chat_id: chatId });
    this.chats.get(chatId)!.online = new Set(online);
  }

  /** Settles when chats that were entered meanwhile are loaded. */
  settled(): Promise<void> {
    return this.#loading;
  }

  apply(frame: Frame): void {
    if (frame.type === "chat_created") {
      const { id } = frame["chat"];
      this.#waiting.set(id, []);
      this.#loading = this.#loading.then(() => this.#loadChat(id));
    } else if (frame.type === "chat_removed") {
      this.chats.delete(frame["chat_id"]);
      this.#waiting.delete(frame["chat_id"]);
    } else if (frame.type === "mention_notification") this.#mentioned(frame);
    else if (frame.type === "notification") this.notices.add(frame["notification"].id);
    else if (frame.type === "notifications_read") this.#notificationsRead(frame);
    else if (frame.type === "user_status") this.#comesOrGoes(frame);
    else {
      const id = frame["chat_id"] ?? frame["message"]?.chat_id ?? frame["chat"]?.id;
      const state = this.chats.get(id);
      const waiting = this.#waiting.get(id);
      if (waiting) waiting.push(frame);
      else if (state) applyTo(state, frame, this.person.id);
    }
  }

  #mentioned(frame: Frame): void {
    const { notification_id, message_id, chat_id } = frame;
    this.notices.add(notification_id);
    this.mentions.set(notification_id, { messageId: message_id, chatId: chat_id, isRead: false });
  }

  #notificationsRead({ notification_ids }: Frame): void {
    for (const id of notification_ids) {
      this.notices.delete(id);
      const mention = this.mentions.get(id);
      if (mention) mention.isRead = true;
    }
  }

  #comesOrGoes({ user_id, status }: Frame): void {
    for (const { online, members } of this.chats.values()) {
      if (status === "online" && members.has(user_id)) online?.add(user_id);
      if (status === "offline") online?.delete(user_id);
    }
  }

  async #loadChat(id: number): Promise<void> {
    const waiting = this.#waiting.get(id);
    const state = await loadChat(this.person, id);
    // Removed, or removed and added again meanwhile.
    if (!state || waiting !== this.#waiting.get(id)) return;
    this.#waiting.delete(id);
    this.chats.set(id, state);
    for (const frame of waiting ?? []) applyTo(state, frame, this.person.id);
  }

  /** What is shown; whose markers are whose is known of chats that `looks` is true for. */
  snapshot(looks: Looks): Json {
    return show([...this.chats.values()], this.person.id, looks, (state) => ({
      ...countedIn(state, this.person.id),
      unread_mentions: this.#unreadMentions(state),
      messages: (message, members) => ({
        quoted: state.messages.get(message["reply_to_id"])?.["content"],
        status: statusOf(message, members),
      }),
    }));
  }

  #unreadMentions({ chat, members }: ChatState): number {
    const read = members.get(this.person.id)!["last_read_message_id"] ?? 0;
    return [...this.mentions.values()].filter(
      (one) => one.chatId === chat["id"] && !one.isRead && one.messageId > read,
    ).length;
  }
}

/** The same of a client that has just loaded everything over REST: what a replica works out, the server says. */
export async function loaded(person: Person, looks: Looks): Promise<Json> {
  const { chats } = (await person.get("/api/chats?limit=100")).body;
  const states = await Promise.all(chats.map((chat: Json) => loadChat(person, chat["id"])));
  return show(states, person.id, looks, ({ chat }) => ({
    unread_count: chat["unread_count"],
    last_message_id: chat["last_message"]?.id ?? null,
    unread_mentions: chat["unread_mentions"],
    messages: (message) => ({ quoted: message["reply_to"]?.content, status: message["status"] }),
  }));
}

/** What one's own member row says, too, and what is worked out. */
const ownFields = ["my_role", "is_muted", "last_read_message_id", "last_message", "peer", "members"];

/** No event that lasts says it. */
const presence = ["is_online", "last_seen"];

type Looks = (chatId: number) => boolean;

/** What is worked out, or said by the server. */
interface Derived {
  unread_count: number;
  unread_mentions: number;
  last_message_id: number | null;
  messages(message: Json, members: Json[]): { quoted: string | undefined; status: string };
}

/** The chats as they are put on the screen, by id. */
function show(states: ChatState[], me: number, looks: Looks, derive: (state: ChatState) => Derived): Json {
  const shown: Json = {};
  for (const state of states) {
    const info = omit(state.chat, ownFields);
    const { messages, ...derived } = derive(state);
    const isLooking = looks(info["id"]);
    const own = omit(state.members.get(me)!, [
      ...presence,
      ...(isLooking ? [] : ["last_delivered_message_id"]),
    ]);
    const members = byId(state.members).map((one) => omit(one, presence));
    shown[info["id"]] = {
      ...info,
      ...derived,
      own,
      members: isLooking ? members : members.map(withoutMarkers),
      messages: byId(state.messages).map((message) => {
        const { quoted, status } = messages(message, members);
        return { ...omit(message, ["reply_to"]), quoted, status: isLooking ? status : undefined };
      }),
    };
  }
  return shown;
}

function byId(all: Map<number, Json>): Json[] {
  return [...all.values()].sort((a, b) => a["id"] - b["id"]);
}

function countedIn({ members, messages }: ChatState, me: number) {
  const member_count = members.size;
  const read = members.get(me)!["last_read_message_id"] ?? 0;
  const sorted = byId(messages);
  return {
    member_count,
    unread_count: sorted.filter((one) => one["id"] > read && isUnread(one, me)).length,
    last_message_id: sorted.at(-1)?.["id"] ?? null,
  };
}

/** What stands behind somebody's marker is so. */
function isUnread(message: Json, me: number): boolean {
  return message["content_type"] !== "system" && message["sender_id"] !== me && !message["is_deleted"];
}

/** What somebody has not read of what they were told. */
export async function loadNotices(person: Person): Promise<Json[]> {
  const notices: Json[] = [];
  for (let before: string | undefined = ""; before !== undefined;) {
    const { body } = await person.get(`/api/notifications?unread=true&limit=100${before}`);
    notices.push(...body.notifications);
    before = body.has_more ? `&before=${notices.at(-1)!["id"]}` : undefined;
  }
  return notices;
}

/** Undefined when they are no longer in it. */
async function loadChat(person: Person, id: number): Promise<ChatState | undefined> {
  const reply = await person.get(`/api/chats/${id}`);
  if (reply.status === 404) return undefined;
  const { members: _, ...chat } = reply.body;
  return {
    chat,
    members: await loadMembers(person, id),
    messages: await loadMessages(person, id),
    online: undefined,
  };
}

async function loadMembers(person: Person, id: number): Promise<Map<number, Json>> {
  const members = new Map<number, Json>();
  for (let cursor: string | null = "0"; cursor !== null;) {
    const { body } = await person.get(`/api/chats/${id}/members?limit=100&cursor=${cursor}`);
    for (const one of body.members ?? []) members.set(one.user_id, one);
    cursor = body.next_cursor ?? null;
  }
  return members;
}

async function loadMessages(person: Person, id: number): Promise<Map<number, Json>> {
  const messages = new Map<number, Json>();
  for (let before: string | undefined = ""; before !== undefined;) {
    const { body } = await person.get(`/api/messages/${id}?limit=100${before}`);
    for (const one of body.messages ?? []) messages.set(one.id, one);
    before = body.has_more_before ? `&before=${body.messages[0].id}` : undefined;
  }
  return messages;
}

function applyTo({ chat, members, messages }: ChatState, frame: Frame, me: number): void {
  const { type, message, member } = frame;
  if (type === "new_message") {
    messages.set(message.id, message);
    move(members.get(message.sender_id), ofSender(frame));
  } else if (type === "message_updated") messages.set(message.id, message);
  else if (type === "message_deleted") erase(messages, frame);
  else if (type === "message_status") {
    for (const one of frame["statuses"]) move(members.get(one.user_id), one);
  } else if (type === "chat_read") {
    const { last_read_message_id } = frame;
    move(members.get(me), { last_read_message_id, last_delivered_message_id: last_read_message_id });
  } else if (type === "chat_updated") Object.assign(chat, frame["chat"]);
  else if (type === "member_added" || type === "member_updated") {
    const known = members.get(member.user_id);
    members.set(member.user_id, { ...known, ...member });
    if (member.user_id === me) Object.assign(chat, { my_role: member.role });
  } else if (type === "member_removed") members.delete(frame["user_id"]);
  else if (type === "user_updated") {
    const { username, full_name, avatar_url, is_active } = frame["user"];
    Object.assign(members.get(frame["user"].id) ?? {}, { username, full_name, avatar_url, is_active });
  }
}

/** Markers never go back. */
function move(member: Json | undefined, to: Json): void {
  if (!member) return;
  for (const name of ["last_read_message_id", "last_delivered_message_id"]) {
    if ((to[name] ?? 0) > (member[name] ?? 0)) member[name] = to[name];
  }
}

function ofSender(frame: Frame): Json {
  return {
    last_read_message_id: frame["sender_last_read_message_id"],
    last_delivered_message_id: frame["sender_last_delivered_message_id"],
  };
}

/** Leaves the tombstone, and quotes without the text. */
function erase(messages: Map<number, Json>, { message_id }: Frame): void {
  const message = messages.get(message_id);
  if (message) Object.assign(message, { content: "", is_deleted: true, mentions: [], mentions_all: false });
}

function withoutMarkers(member: Json): Json {
  return omit(member, ["last_read_message_id", "last_delivered_message_id"]);
}

function omit(object: Json, names: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function statusOf(message: Json, members: Json[]): string {
  const everybody = members.filter((one) => one["user_id"] !== message["sender_id"]);
  const open = everybody.filter((one) => one["is_active"]);
  const others = open.length > 0 ? open : everybody;
  const all = (marker: string) => others.every((one) => (one[marker] ?? 0) >= message["id"]);
  if (others.length === 0) return "sent";
  return all("last_read_message_id") ? "read" : all("last_delivered_message_id") ? "delivered" : "sent";
}
