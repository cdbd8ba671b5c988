import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import { ChatError } from "../core/errors.ts";
import { describeError, type Log } from "../core/log.ts";
import { chatAudience } from "../events/event.ts";
import type { Presence } from "../platform/presence/presence.ts";
import type { Watermarks } from "./proving.ts";

/** A device of somebody's session has received a chat up to and including this message. */
export interface Proof {
  actor: Actor;
  chatId: number;
  messageId: number;
}

/** A socket, as far as deliveries need it. */
export interface Receiver {
  /** Whether it has heard live what was told at this position. */
  hasHeard(position: number): boolean;
  /** It has been sent a chat up to this message. */
  isToProve(chatId: number, messageId: number): void;
  /**
   * Pings if a proof is due at `now`, in monotonic milliseconds; answers when it will be, if it is to be asked then.
   */
  askForProof(now: number): number | undefined;
}

export interface DeliveriesDeps {
  clock: Clock;
  log: Log;
  presence: Presence;
  /** The open sockets of a user. */
  socketsOf(userId: number): readonly Receiver[];
  /** Those that look at a chat. */
  lookingIn(chatId: number): Iterable<Receiver & { readonly userId: number }>;
  /** Those chats with so many members that only who looks at them is pinged for their messages. */
  largeAmong(chatIds: number[]): Promise<Set<number>>;
  /** Writes down what has been proved, as far as it counts. */
  arrived(proofs: Proof[]): Promise<void>;
}

/** A message that everybody in its chat has been told of. */
interface Told {
  id: number;
  senderId: number;
  /** Its event's position. */
  position: number;
}

/** What has been sent to a chat since its members were last pinged. */
interface News {
  last: Told;
  /** The last one that was not written by the author of `last`. */
  others: Told | undefined;
  isNew: boolean;
  lookedAt: number;
}

/** How soon after the first message of a quiet chat its members are pinged, for what came meanwhile, too. */
const soonMilliseconds = 50;
const everyMilliseconds = 1000;
/** Proofs are written in batches: those of so many milliseconds, and at most so many in a transaction. */
const batchMilliseconds = 20;
const proofsAtOnce = 100;

const none: ReadonlySet<number> = new Set();

/**
 * Delivery: which messages have arrived on whose devices. A message costs an entry in memory; at most once a second the
 * sockets of those in its chat are pinged, and their pongs prove that everything before has arrived.
 */
export class Deliveries {
  readonly #news = new Map<number, News>();
  #proved = new Map<string, Proof>();
  /** Sockets to be pinged at the next round, or later if their last ping was less than a second ago. */
  readonly #waiting = new Set<Receiver>();
  #lookAt = Infinity;
  #cancelLook = () => {};
  #cancelWrite: (() => void) | undefined;
  #isLooking = false;

  constructor(private readonly deps: DeliveriesDeps) {}

  /** A message has just been dispatched, at this position. */
  told(chatId: number, message: Told): void {
    const news = this.#news.get(chatId);
    if (news?.isNew) {
      if (news.last.senderId !== message.senderId) news.others = news.last;
      news.last = message;
      return;
    }
    const lookedAt = news?.lookedAt ?? -Infinity;
    this.#news.set(chatId, { last: message, others: undefined, isNew: true, lookedAt });
    const soon = this.deps.clock.monotonic() + soonMilliseconds;
    this.#setTimer(Math.max(soon, lookedAt + everyMilliseconds));
  }

  /** All this has been sent to a socket that had been away. */
  async replayed(receiver: Receiver, marks: Watermarks): Promise<void> {
    const large = await this.#largeAmong([...marks.keys()]);
    for (const [chatId, messageId] of marks) if (!large.has(chatId)) receiver.isToProve(chatId, messageId);
    this.#ask(receiver);
  }

  /** A socket of `actor` has received all this. */
  proved(receiver: Receiver, actor: Actor, marks: Watermarks): void {
    for (const [chatId, messageId] of marks) {
      const key = `${actor.sessionId} ${chatId}`;
      if ((this.#proved.get(key)?.messageId ?? 0) >= messageId) continue;
      this.#proved.set(key, { actor, chatId, messageId });
    }
    this.#cancelWrite ??= this.deps.clock.after(batchMilliseconds, () => void this.#write());
    this.#ask(receiver);
  }

  /** Writes down what has been proved so far. */
  async stop(): Promise<void> {
    this.#cancelLook();
    this.#cancelWrite?.();
    await this.#write();
  }

  /** Sets the next round to this time, unless it is due sooner. */
  #setTimer(at: number): void {
    if (at >= this.#lookAt) return;
    this.#cancelLook();
    this.#lookAt = at;
    const wait = Math.max(0, at - this.deps.clock.monotonic());
    this.#cancelLook = this.deps.clock.after(wait, () => void this.#look());
  }

  /** One round at a time, because the disk may be slow. */
  async #look(): Promise<void> {
    this.#lookAt = Infinity;
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#askAll();
    } finally {
      this.#isLooking = false;
    }
  }

  /** Pings the sockets in chats with new messages, and those whose next ping is due. */
  async #askAll(): Promise<void> {
    const due = this.#takeDue(this.deps.clock.monotonic());
    const large = due.size > 0 ? await this.#largeAmong([...due.keys()]) : none;
    for (const [chatId, news] of due) {
      news.isNew = false;
      if (large.has(chatId)) this.#collectLooking(chatId, news);
      else this.#collect(chatId, news);
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const receiver of waiting) this.#ask(receiver);
    for (const { isNew, lookedAt } of this.#news.values()) {
      if (isNew) this.#setTimer(lookedAt + everyMilliseconds);
    }
  }

  /** Pings it now, or a second after its last ping. */
  #ask(receiver: Receiver): void {
    const dueAt = receiver.askForProof(this.deps.clock.monotonic());
    if (dueAt === undefined) return;
    this.#waiting.add(receiver);
    this.#setTimer(dueAt);
  }

  /** The chats with new messages that were not asked within a second. Forgets the quiet ones. */
  #takeDue(now: number): Map<number, News> {
    const due = new Map<number, News>();
    for (const [chatId, news] of this.#news) {
      if (now - news.lookedAt < everyMilliseconds) continue;
      if (!news.isNew) {
        this.#news.delete(chatId);
        continue;
      }
      news.lookedAt = now;
      due.set(chatId, news);
    }
    return due;
  }

  /** Notes for all sockets in a chat what they have to prove; nobody has to prove their own messages. */
  #collect(chatId: number, news: News): void {
    for (const userId of this.deps.presence.onlineIn(chatAudience(chatId))) {
      for (const one of this.deps.socketsOf(userId)) this.#toProve(one, userId, chatId, news);
    }
  }

  #toProve(receiver: Receiver, userId: number, chatId: number, { last, others }: News): void {
    const told = userId === last.senderId ? others : last;
    if (!told || !receiver.hasHeard(told.position)) return;
    receiver.isToProve(chatId, told.id);
    this.#waiting.add(receiver);
  }

  /** The same for those that look at a chat: whether somebody sees it at this moment decides if they are told otherwise. */
  #collectLooking(chatId: number, news: News): void {
    for (const one of this.deps.lookingIn(chatId)) this.#toProve(one, one.userId, chatId, news);
  }

  /** When the sizes cannot be read, all chats count as large, so that nobody is pinged. */
  async #largeAmong(chatIds: number[]): Promise<ReadonlySet<number>> {
    try {
      return await this.deps.largeAmong(chatIds);
    } catch (error) {
      this.#failed(error);
      return new Set(chatIds);
    }
  }

  async #write(): Promise<void> {
    this.#cancelWrite = undefined;
    const proofs = [...this.#proved.values()];
    this.#proved.clear();
    try {
      for (let at = 0; at < proofs.length; at += proofsAtOnce) {
        await this.deps.arrived(proofs.slice(at, at + proofsAtOnce));
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A proof that could not be written is made up for by the chat's next message. */
  #failed(error: unknown): void {
    if (error instanceof ChatError && (error.code === "stopping" || error.code === "storage_full")) return;
    this.deps.log.error("delivery was not noted", describeError(error));
  }
}
