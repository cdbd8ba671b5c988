import type { Actor } from "../../../core/actor.ts";
import type { Clock } from "../../../core/clock.ts";
import { BadToken } from "../../../core/errors.ts";
import { randomToken } from "./hashes.ts";

const milliseconds = 30_000;
const most = 100_000;

interface Ticket {
  actor: Actor;
  /** By the monotonic clock. */
  until: number;
}

/** Tickets, each of which opens one WebSocket within 30 seconds. They do not outlive the process. */
export class Tickets {
  /** Oldest first. */
  readonly #tickets = new Map<string, Ticket>();
  /** The same by user, oldest first. */
  readonly #ofUser = new Map<number, Set<string>>();

  constructor(
    private readonly clock: Clock,
    private readonly perUser: number,
  ) {}

  /** Of somebody's that are too many the oldest is forgotten, and nobody else's. */
  issue(actor: Actor): string {
    const now = this.clock.monotonic();
    for (const [ticket, { until }] of this.#tickets) {
      if (until > now && this.#tickets.size < most) break;
      this.#forget(ticket);
    }
    const own = this.#ofUser.get(actor.userId) ?? new Set();
    for (const oldest of own) {
      if (own.size < this.perUser) break;
      this.#forget(oldest);
    }
    const ticket = randomToken();
    this.#tickets.set(ticket, { actor, until: now + milliseconds });
    this.#ofUser.set(actor.userId, own.add(ticket));
    return ticket;
  }

  /** Whose ticket this is; it is used up. Errors: `unauthorized`. */
  take(ticket: string): Actor {
    const found = this.#forget(ticket);
    if (!found || found.until < this.clock.monotonic()) throw new BadToken();
    return found.actor;
  }

  #forget(ticket: string): Ticket | undefined {
    const found = this.#tickets.get(ticket);
    if (!found) return undefined;
    this.#tickets.delete(ticket);
    const own = this.#ofUser.get(found.actor.userId);
    own?.delete(ticket);
    if (own?.size === 0) this.#ofUser.delete(found.actor.userId);
    return found;
  }
}
