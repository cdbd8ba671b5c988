import type { Delivery, Effect } from "../platform/fanout/fanout.ts";
import type { Connection } from "./connection.ts";
import { closeCodes } from "./protocol.ts";

/** The open sockets of this node, by user. */
export class Sockets {
  readonly #byUser = new Map<number, Connection[]>();
  #size = 0;

  constructor(
    private readonly publish: (topic: string, frame: string) => void,
    private readonly perUser: number,
  ) {}

  get size(): number {
    return this.#size;
  }

  *all(): Iterable<Connection> {
    for (const connections of this.#byUser.values()) yield* connections;
  }

  /** Takes a socket in; when the user has too many, their oldest closes. */
  add(userId: number, connection: Connection): void {
    const connections = this.#byUser.get(userId);
    this.#size += 1;
    if (!connections) {
      this.#byUser.set(userId, [connection]);
      return;
    }
    connections.push(connection);
    if (connections.length > this.perUser) connections[0]!.close(closeCodes.sessionEnded, "too many sockets");
  }

  remove(userId: number, connection: Connection): void {
    const connections = this.#byUser.get(userId);
    const index = connections?.indexOf(connection) ?? -1;
    if (!connections || index < 0) return;
    this.#size -= 1;
    connections.splice(index, 1);
    if (connections.length === 0) this.#byUser.delete(userId);
  }

  /** What the fan-out brings: first the effects, then the frame. */
  apply(delivery: Delivery): void {
    for (const effect of delivery.effects) this.#affect(effect);
    if (delivery.frame !== undefined) this.publish(delivery.to.topics[0]!, delivery.frame);
  }

  #affect(effect: Effect): void {
    // A copy: closing a socket takes it out of the list.
    for (const connection of this.#byUser.get(effect.userId)?.slice() ?? []) {
      if (effect.kind !== "end") connection.affect(effect);
      else if (effect.sessionIds.includes(connection.sessionId)) {
        connection.close(closeCodes.sessionEnded, "session ended");
      }
    }
  }
}
