import { chatAudience, lookingAt } from "../events/event.ts";
import type { Delivery, Effect, Reach } from "../platform/fanout/fanout.ts";
import type { Presence } from "../platform/presence/presence.ts";
import type { Connection } from "./connection.ts";
import { closeCodes } from "./protocol.ts";

const none: readonly Connection[] = [];
const nobody: ReadonlySet<number> = new Set();

/** Sends a frame to all subscribers of a topic: Bun's server. */
interface Publisher {
  publish(topic: string, frame: string): unknown;
}

/** The open sockets of this node, by user, and which of them look at which chat. */
export class Sockets {
  readonly #byUser = new Map<number, Connection[]>();
  readonly #looking = new Map<string, Set<Connection>>();
  #size = 0;

  #publisher: Publisher | undefined;

  constructor(
    private readonly presence: Presence,
    private readonly perUser: number,
  ) {}

  /** Sets the publisher, before the first socket opens. */
  publishBy(publisher: Publisher): void {
    this.#publisher = publisher;
  }

  get size(): number {
    return this.#size;
  }

  *all(): Iterable<Connection> {
    for (const connections of this.#byUser.values()) yield* connections;
  }

  /** The sessions that have an open socket. */
  sessionIds(): number[] {
    return [...new Set(Array.from(this.all(), (one) => one.sessionId))];
  }

  /** Up to which message sockets of a user that look at a chat have proved it, each by itself; 0 for none. */
  seenLooking(userId: number, chatId: number): number {
    const chat = chatAudience(chatId);
    return Math.max(0, ...this.of(userId).map((one) => one.subscriptions?.seen(chat) ?? 0));
  }

  /** Those that look at a chat. */
  lookingIn(chatId: number): Iterable<Connection> {
    return this.#looking.get(lookingAt(chatAudience(chatId))) ?? none;
  }

  of(userId: number): readonly Connection[] {
    return this.#byUser.get(userId) ?? none;
  }

  /** Adds a socket; when the user has too many, the oldest one is closed. */
  add(userId: number, connection: Connection): void {
    const connections = this.#byUser.get(userId);
    this.#size += 1;
    if (!connections) {
      this.#byUser.set(userId, [connection]);
      return;
    }
    connections.push(connection);
    if (connections.length <= this.perUser) return;
    const [oldest] = connections;
    oldest?.close(closeCodes.replaced, "replaced by a newer socket");
  }

  remove(userId: number, connection: Connection): void {
    const connections = this.#byUser.get(userId);
    const index = connections?.indexOf(connection) ?? -1;
    if (!connections || index < 0) return;
    this.#size -= 1;
    connections.splice(index, 1);
    if (connections.length === 0) this.#byUser.delete(userId);
  }

  /** A socket looks at a chat, or no longer. */
  looks(connection: Connection, chat: string, looks: boolean): void {
    const topic = lookingAt(chat);
    const looking = this.#looking.get(topic) ?? new Set();
    if (looks) looking.add(connection);
    else looking.delete(connection);
    if (looking.size > 0) this.#looking.set(topic, looking);
    else this.#looking.delete(topic);
  }

  /** Applies a delivery of the fan-out: first the effects, then the frame. */
  apply(delivery: Delivery): void {
    for (const effect of delivery.effects) this.#affect(effect);
    if (delivery.frame !== undefined) this.#send(delivery.to, delivery.frame);
  }

  /** Publishes to the first topic natively, and sends to other sockets one by one unless they have got it that way. */
  #send({ topic, looking = [], users = nobody, unlessLooking, except }: Reach, frame: string): void {
    const chats = looking.map(lookingAt);
    const first = topic ?? chats.shift();
    if (first !== undefined) this.#publish(first, frame, except);
    for (const userId of users) {
      if (userId === except) continue;
      for (const one of this.#byUser.get(userId) ?? []) {
        if (unlessLooking && one.subscriptions?.hasLooked) continue;
        if (first === undefined || !one.subscriptions?.has(first)) one.tell(frame);
      }
    }
    if (first === undefined || chats.length === 0) return;
    const reached = new Set<Connection>();
    for (const chat of chats) for (const one of this.#looking.get(chat) ?? []) reached.add(one);
    for (const one of reached) {
      const hasIt = users.has(one.userId) || one.subscriptions?.has(first);
      if (!hasIt && one.userId !== except) one.tell(frame);
    }
  }

  /** Publishes natively; the sockets of `except` are unsubscribed while it does. */
  #publish(topic: string, frame: string, except: number | undefined): void {
    const send = () => void this.#publisher?.publish(topic, frame);
    if (except === undefined) return send();
    const leftOut = this.#byUser.get(except) ?? [];
    const publish = leftOut.reduce<() => void>(
      (next, { subscriptions }) =>
        subscriptions?.has(topic) ? () => subscriptions.without(topic, next) : next,
      send,
    );
    publish();
  }

  #affect(effect: Effect): void {
    if (effect.kind === "join") this.presence.joined(effect.userId, effect.topic);
    if (effect.kind === "leave") this.presence.left(effect.userId, effect.topic);
    // A copy, because closing a socket removes it from the list.
    for (const connection of this.#byUser.get(effect.userId)?.slice() ?? []) {
      if (effect.kind !== "end") connection.affect(effect);
      else if (effect.sessionIds.includes(connection.sessionId)) {
        connection.close(closeCodes.sessionEnded, "session ended");
      }
    }
  }
}
