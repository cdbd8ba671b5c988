import { ChatError } from "../../../core/errors.ts";
import type { Job } from "../../../core/job.ts";
import { describeError } from "../../../core/log.ts";
import { toTime } from "../../../core/wire.ts";
import { chatAudience } from "../../../events/event.ts";
import { type Kit, perKit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import type { Reach } from "../../../platform/fanout/fanout.ts";
import { profilesById, setLastSeen } from "../../accounts/index.ts";
import { chatSizes } from "../../chat/index.ts";
import { userStatus } from "./signals.ts";
import * as store from "./store.ts";

const aliveEveryMilliseconds = 60_000;

/** Tells others when somebody comes or goes, and keeps in the tables when somebody was last here. */
class ComingsAndGoings implements Job {
  readonly name = "presence";
  #stopBeating = () => {};

  constructor(private readonly kit: Kit) {}

  /** Those who were cut off with the server have been gone since; from now on, everybody is told of comings and goings. */
  async start(): Promise<void> {
    const { db, clock, presence } = this.kit;
    await db.transact(async (tx) => {
      const cut = await store.takeCutOff(tx);
      if (cut) await setLastSeen(tx, cut.userIds, cut.at);
      await store.setAlive(tx, clock.now());
    });
    presence.onChange((userId, isOnline, at) => {
      void this.#changed(userId, isOnline, at).catch((error: unknown) => this.#failed(error));
    });
    this.#stopBeating = clock.every(aliveEveryMilliseconds, () => {
      if (presence.size > 0) void this.#beat();
    });
  }

  async settled(): Promise<void> {}

  /** Whoever is online now leaves with the server. */
  async stop(): Promise<void> {
    this.#stopBeating();
    await this.#beat();
  }

  /** Somebody has answered a stranger, which is on disk: from now on the one is shown the other. */
  async met({ userId, strangerId }: { userId: number; strangerId: number }): Promise<void> {
    const { db, presence } = this.kit;
    const username = await db
      .read((read) => usernameOf(read, userId))
      .catch((error: unknown) => this.#failed(error));
    if (username === undefined || !presence.isOnline(userId)) return;
    this.#tell({ users: new Set([strangerId]) }, userId, username, undefined);
  }

  async #beat(): Promise<void> {
    const { db, clock } = this.kit;
    await db.transact((tx) => store.setAlive(tx, clock.now())).catch((error: unknown) => this.#failed(error));
  }

  async #changed(userId: number, isOnline: boolean, at: number): Promise<void> {
    const { db, presence } = this.kit;
    await db
      .transact((tx) => (isOnline ? come(tx, userId, at) : go(tx, userId, at)))
      .catch((error: unknown) => this.#failed(error));
    const { username, to } = await db.read(async (read) => ({
      username: await usernameOf(read, userId),
      to: await this.#whoCares(read, userId),
    }));
    // Somebody who has gone or come back meanwhile: that will be told.
    if (username === undefined || presence.isOnline(userId) !== isOnline) return;
    this.#tell(to, userId, username, isOnline ? undefined : at);
  }

  /** `goneAt`: undefined for who is online. */
  #tell(to: Reach, userId: number, username: string, goneAt: number | undefined): void {
    this.kit.dispatch.signal(userStatus, to, {
      user_id: userId,
      username,
      status: goneAt === undefined ? "online" : "offline",
      last_seen: goneAt === undefined ? null : toTime(goneAt),
    });
  }

  /** Everybody who shares a chat and is no stranger, each once; of large chats whoever looks at them. */
  async #whoCares(read: Read, userId: number): Promise<Reach> {
    const looking: string[] = [];
    const users = new Set<number>();
    for (const { chatId, memberCount, strangerId } of await chatSizes(read, userId)) {
      const chat = chatAudience(chatId);
      if (memberCount > this.kit.settings.largeChatMembers) looking.push(chat);
      else for (const one of this.kit.presence.onlineIn(chat)) if (one !== strangerId) users.add(one);
    }
    users.delete(userId);
    return { looking, users, except: userId };
  }

  /** Who is here matters less than that the server goes on. */
  #failed(error: unknown): undefined {
    if (error instanceof ChatError && (error.code === "stopping" || error.code === "storage_full")) return;
    this.kit.log.error("presence failed", describeError(error));
  }
}

/** The server is known to run now: if it is cut off soon, they were not last seen before they came. */
async function come(tx: Tx, userId: number, at: number): Promise<void> {
  await store.insertOnline(tx, userId);
  await store.setAlive(tx, at);
}

async function go(tx: Tx, userId: number, at: number): Promise<void> {
  await store.deleteOnline(tx, userId);
  await setLastSeen(tx, [userId], at);
}

async function usernameOf(read: Read, userId: number): Promise<string | undefined> {
  return (await profilesById(read, [userId])).get(userId)?.username;
}

/** Those of this server. */
export const comingsAndGoings = perKit((kit: Kit) => new ComingsAndGoings(kit));
