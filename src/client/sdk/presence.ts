import { signal, type Signal } from "@preact/signals-core";

import type { Environment } from "./environment.ts";
import type { Socket } from "./socket.ts";
import { set } from "./told.ts";
import type { ServerFrame, User } from "./wire.ts";

/** Somebody who is writing. */
export interface Typist {
  user_id: number;
  username: string;
}

/** Whether somebody is there: what no event that lasts says, and what is asked for anew after each connect. */
export type Presence = Pick<User, "is_online" | "last_seen">;

/** Typing that nobody has ended is over after this, in milliseconds; the server says so as well, unless the line is lost. */
const typingEnds = 7000;
/** How often others are told that one still types. */
const typingAgain = 4000;

/** Who is there and who types, in the chats that are looked at and in others. */
export class Presences {
  /** Of people who share a chat with me, as far as they were told. */
  readonly people: Signal<ReadonlyMap<number, Presence>> = signal(new Map());
  readonly #typing = new Map<number, Signal<readonly Typist[]>>();
  readonly #online = new Map<number, Signal<ReadonlySet<number>>>();
  readonly #ends = new Map<string, unknown>();
  readonly #looks = new Set<number>();
  /** Of each request that is under way: of whom something was told since. */
  readonly #toldMeanwhile = new Set<Set<number>>();
  /** When others were told last that I type, by chat. */
  readonly #told = new Map<number, number>();

  constructor(
    private readonly socket: Socket,
    private readonly environment: Environment,
  ) {}

  typing(chatId: number): Signal<readonly Typist[]> {
    return among(this.#typing, chatId, []);
  }

  /** Who of a chat is online, while it is looked at. */
  online(chatId: number): Signal<ReadonlySet<number>> {
    return among(this.#online, chatId, new Set<number>());
  }

  isLookedAt(chatId: number): boolean {
    return this.#looks.has(chatId);
  }

  look(chatId: number): void {
    this.#looks.add(chatId);
    void this.#join(chatId);
  }

  leave(chatId: number): void {
    if (!this.#looks.delete(chatId)) return;
    this.socket.tell("leave_chat", { chat_id: chatId });
    set(this.online(chatId), new Set());
  }

  type(chatId: number): void {
    const now = this.environment.elapsed();
    if (now - (this.#told.get(chatId) ?? -Infinity) < typingAgain) return;
    this.#told.set(chatId, now);
    this.socket.tell("typing_start", { chat_id: chatId });
  }

  stopTyping(chatId: number): void {
    if (this.#told.delete(chatId)) this.socket.tell("typing_stop", { chat_id: chatId });
  }

  /** The line is back: nobody has said meanwhile who came and went. */
  live(): void {
    for (const chatId of this.#looks) void this.#join(chatId);
  }

  lost(): void {
    for (const one of this.#typing.values()) set(one, []);
    for (const one of this.#online.values()) set(one, new Set());
    set(this.people, new Map());
    this.#told.clear();
    this.close();
  }

  close(): void {
    for (const timer of this.#ends.values()) this.environment.clearTimeout(timer);
    this.#ends.clear();
  }

  /** Of people who are asked for. What is told of somebody meanwhile is newer than the answer. */
  async ask(request: () => Promise<readonly User[]>): Promise<void> {
    const told = new Set<number>();
    this.#toldMeanwhile.add(told);
    try {
      const users = await request();
      const known = new Map(this.people.value);
      for (const { id, is_online, last_seen } of users)
        if (!told.has(id)) known.set(id, { is_online, last_seen });
      set(this.people, known);
    } finally {
      this.#toldMeanwhile.delete(told);
    }
  }

  /** I am in the chat no more. */
  removed(chatId: number): void {
    set(this.typing(chatId), []);
    set(this.online(chatId), new Set());
  }

  heard(frame: ServerFrame): void {
    if (frame.type === "typing_start") this.#starts(frame.chat_id, frame);
    else if (frame.type === "typing_stop") this.#stops(frame.chat_id, frame.user_id);
    else if (frame.type === "new_message") this.#stops(frame.message.chat_id, frame.message.sender_id);
    else if (frame.type === "user_status") {
      const { user_id, status, last_seen } = frame;
      const is_online = status === "online";
      for (const told of this.#toldMeanwhile) told.add(user_id);
      set(this.people, new Map(this.people.value).set(user_id, { is_online, last_seen }));
      for (const chatId of this.#looks) this.#comesOrGoes(chatId, user_id, is_online);
    }
  }

  async #join(chatId: number): Promise<void> {
    try {
      const { online } = await this.socket.ask("join_chat", { chat_id: chatId });
      if (this.#looks.has(chatId)) set(this.online(chatId), new Set(online));
    } catch {
      // Without a line it is asked again with the next one; of a chat that one is not in there is nothing to know.
    }
  }

  #comesOrGoes(chatId: number, userId: number, isOnline: boolean): void {
    const online = this.online(chatId);
    if (online.value.has(userId) === isOnline) return;
    const now = new Set(online.value);
    if (isOnline) now.add(userId);
    else now.delete(userId);
    set(online, now);
  }

  #starts(chatId: number, { user_id, username }: Typist): void {
    const { setTimeout, clearTimeout } = this.environment;
    const key = `${chatId} ${user_id}`;
    clearTimeout(this.#ends.get(key));
    this.#ends.set(
      key,
      setTimeout(() => this.#stops(chatId, user_id), typingEnds),
    );
    const typing = this.typing(chatId);
    if (typing.value.some((one) => one.user_id === user_id)) return;
    set(typing, [...typing.value, { user_id, username }]);
  }

  #stops(chatId: number, userId: number): void {
    const typing = this.#typing.get(chatId);
    if (!typing?.value.some((one) => one.user_id === userId)) return;
    this.environment.clearTimeout(this.#ends.get(`${chatId} ${userId}`));
    this.#ends.delete(`${chatId} ${userId}`);
    set(
      typing,
      typing.value.filter((one) => one.user_id !== userId),
    );
  }
}

function among<V>(map: Map<number, Signal<V>>, key: number, empty: V): Signal<V> {
  let found = map.get(key);
  if (!found) map.set(key, (found = signal(empty)));
  return found;
}
