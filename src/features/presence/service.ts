import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { describeError, type Log } from "../../core/log.ts";
import { toTime } from "../../core/wire.ts";
import type { Dispatch } from "../../events/dispatch.ts";
import { chatAudience } from "../../events/event.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import type { Reach } from "../../platform/fanout/fanout.ts";
import type { Presence as Here } from "../../platform/presence/presence.ts";
import { requireActor } from "../accounts/people.ts";
import { sizeOf } from "../chats/markers.ts";
import { acquainted, chatSizes, requireMember, requireOpen } from "../chats/membership.ts";
import type * as wire from "./schema.ts";
import { userStatus } from "./signals.ts";
import * as store from "./store.ts";
import { Typing } from "./typing.ts";

export interface PresenceDeps {
  db: Database;
  dispatch: Dispatch;
  clock: Clock;
  log: Log;
  here: Here;
  /** In chats with more members than this, who comes, goes and writes is told only to those who look at them. */
  largeChat: number;
}

export type Presence = ReturnType<typeof createPresence>;

const aliveEveryMilliseconds = 60_000;

/** The verbs about who is here and what they are at; and telling others when somebody comes or goes. */
export function createPresence(deps: PresenceDeps) {
  const { db, dispatch, clock, log, here } = deps;
  const typing = new Typing(dispatch, here, clock);
  let stopBeating = () => {};

  // What clients ask for

  /** Who of a chat is online from the moment of `begin`, by which one looks at it. Errors: `not_found`. */
  async function look(
    actor: Actor,
    chatId: number,
    begin: () => void,
  ): Promise<z.infer<typeof wire.Looking>> {
    const online = () => [...here.onlineIn(chatAudience(chatId))];
    const isShown = await db.read(async (read) => {
      await requireActor(read, actor);
      const { strangerId } = await requireMember(read, chatId, actor.userId);
      if (strangerId !== actor.userId) return () => true;
      const known = (await acquainted(read, actor.userId, online())).add(actor.userId);
      return (userId: number) => known.has(userId);
    });
    begin();
    return { chat_id: chatId, online: online().filter(isShown) };
  }

  /** Errors: `not_found`, `chat_inactive`, `peer_inactive`. */
  async function type(actor: Actor, chatId: number, isTyping: boolean): Promise<void> {
    const { me, isAlone, isLarge } = await db.read(async (read) => {
      const person = await requireActor(read, actor);
      const standing = await requireMember(read, chatId, actor.userId);
      await requireOpen(read, standing, actor.userId);
      const { strangerId } = standing;
      return {
        me: person,
        isAlone: strangerId !== null && strangerId !== actor.userId,
        isLarge: (await sizeOf(read, chatId)).memberCount > deps.largeChat,
      };
    });
    // With a stranger, who is not shown that somebody is here.
    if (isAlone) return;
    if (isTyping) typing.start(chatId, me, isLarge);
    else typing.stop(chatId, me);
  }

  /** Is called with each new message, once it is told. */
  function wrote(message: { chat_id: number; sender_id: number; content_type: string }): void {
    // What the chat itself says, nobody has typed.
    if (message.content_type !== "system") typing.wrote(message.chat_id, message.sender_id);
  }

  /** Is called when somebody has answered a stranger, once that is on disk. */
  async function met({ userId, strangerId }: { userId: number; strangerId: number }): Promise<void> {
    const username = await db.read((read) => store.findName(read, userId)).catch(failed);
    if (username === undefined || !here.isOnline(userId)) return;
    const to = { users: new Set([strangerId]) };
    dispatch.signal(userStatus, to, { user_id: userId, username, status: "online", last_seen: null });
  }

  // Coming and going

  /** Those who were cut off with the server have been gone since; from now on, everybody is told of comings and goings. */
  async function start(): Promise<void> {
    await db.transact(async (tx) => {
      await store.cutOff(tx);
      await store.setAlive(tx, clock.now());
    });
    here.onChange((userId, isOnline, at) => {
      void change(userId, isOnline, at).catch(failed);
    });
    stopBeating = clock.every(aliveEveryMilliseconds, () => {
      if (here.size > 0) void beat().catch(failed);
    });
  }

  /** Whoever is online now leaves with the server. */
  async function stop(): Promise<void> {
    stopBeating();
    await beat().catch(failed);
  }

  function beat(): Promise<void> {
    return db.transact((tx) => store.setAlive(tx, clock.now()));
  }

  async function change(userId: number, isOnline: boolean, at: number): Promise<void> {
    await db
      .transact((tx) => (isOnline ? come(tx, userId, at) : store.deleteOnline(tx, userId, at)))
      .catch(failed);
    const { username, to } = await db.read(async (read) => ({
      username: await store.findName(read, userId),
      to: await whoCares(read, userId),
    }));
    // Somebody who has gone or come back meanwhile: that will be told.
    if (here.isOnline(userId) !== isOnline) return;
    const status = isOnline ? "online" : "offline";
    const last_seen = isOnline ? null : toTime(at);
    dispatch.signal(userStatus, to, { user_id: userId, username, status, last_seen });
  }

  /** The server is known to run now: if it is cut off soon, they were not last seen before they came. */
  async function come(tx: Tx, userId: number, at: number): Promise<void> {
    await store.insertOnline(tx, userId);
    await store.setAlive(tx, at);
  }

  /** Everybody who shares a chat and is no stranger, each once; of large chats whoever looks at them. */
  async function whoCares(read: Read, userId: number): Promise<Reach> {
    const looking: string[] = [];
    const users = new Set<number>();
    for (const { chatId, memberCount, strangerId } of await chatSizes(read, userId)) {
      const chat = chatAudience(chatId);
      if (memberCount > deps.largeChat) looking.push(chat);
      else for (const one of here.onlineIn(chat)) if (one !== strangerId) users.add(one);
    }
    users.delete(userId);
    return { looking, users, except: userId };
  }

  /** Who is here matters less than that the server goes on. */
  function failed(error: unknown): void {
    if (error instanceof ChatError && (error.code === "stopping" || error.code === "storage_full")) return;
    log.error("presence failed", describeError(error));
  }

  return { look, type, wrote, met, start, stop };
}
