/** Those who wait for a file that is just being looked at. */
import { Bell } from "../../../core/bell.ts";
import { ChatError } from "../../../core/errors.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { sessionsEnded } from "../../accounts/index.ts";
import { memberRemoved } from "../members/events.ts";
import { messageDeleted, messageUpdated } from "../messages/events.ts";

/** Who waits, and for what. */
export interface Waiting {
  userId: number;
  sessionId: number;
  messageId: number;
}

/** In this time most files have been looked at. */
const retrySeconds = 1;

export function notReady(detail?: string): ChatError {
  return new ChatError("media_not_ready", detail, { retryAfter: retrySeconds });
}

function tooMany(perUser: number): ChatError {
  return notReady(`You are waiting for ${perUser === 1 ? "1 file" : `${perUser} files`} already.`);
}

interface Waiter {
  about: Waiting;
  bell: Bell;
  /** Does not go on after the next look. */
  isOver: boolean;
}

/** Who waits on this server. It hears what happens from the moment at which somebody may. */
export const waits = perKit((kit: Kit) => {
  const all = new Waits(kit);
  kit.dispatch.on(messageUpdated, ({ message }) => all.happened({ messageId: message.id }));
  kit.dispatch.on(messageDeleted, ({ message_id }) => all.happened({ messageId: message_id }));
  kit.dispatch.on(memberRemoved, ({ user_id }) => all.happened({ userId: user_id }));
  kit.dispatch.on(sessionsEnded, ({ sessionIds }) => {
    for (const sessionId of sessionIds) all.happened({ sessionId });
  });
  kit.closing.addEventListener("abort", () => all.end());
  return all;
});

/** Requests that wait until something has happened to what they ask for, in this process. */
class Waits {
  readonly #all = new Set<Waiter>();

  constructor(private readonly kit: Kit) {}

  /**
   * What `look` finds once `isReady` says so, looking again each time that something has happened; or what it finds when
   * the time is up, `gone` is aborted or the server stops. Errors: those of `look`, and `media_not_ready` for somebody
   * who waits for enough already.
   */
  async until<T>(
    about: Waiting,
    gone: AbortSignal,
    look: () => Promise<T>,
    isReady: (found: T) => boolean,
  ): Promise<T> {
    const { mediaWaitSeconds, mediaWaitsPerUser } = this.kit.settings;
    if (this.kit.closing.aborted || mediaWaitSeconds === 0) return look();
    if (this.#countOf(about.userId) >= mediaWaitsPerUser) throw tooMany(mediaWaitsPerUser);
    const waiter = { about, bell: new Bell(), isOver: gone.aborted };
    this.#all.add(waiter);
    const end = () => endWaiting(waiter);
    const cancel = this.kit.clock.after(mediaWaitSeconds * 1000, end);
    gone.addEventListener("abort", end);
    try {
      for (;;) {
        // Before looking, so that none is missed.
        const news = waiter.bell.next();
        const found = await look();
        if (isReady(found) || waiter.isOver) return found;
        await news;
      }
    } finally {
      gone.removeEventListener("abort", end);
      cancel();
      this.#all.delete(waiter);
    }
  }

  #countOf(userId: number): number {
    let count = 0;
    for (const { about } of this.#all) if (about.userId === userId) count += 1;
    return count;
  }

  /** Something has happened to all that this is about: a message has changed, or what somebody may see. */
  happened(to: Partial<Waiting>): void {
    const facts = Object.entries(to) as [keyof Waiting, number][];
    for (const { about, bell } of this.#all) {
      if (facts.every(([key, id]) => about[key] === id)) bell.ring();
    }
  }

  /** Nobody waits any longer. */
  end(): void {
    for (const waiter of this.#all) endWaiting(waiter);
  }
}

function endWaiting(waiter: Waiter): void {
  waiter.isOver = true;
  waiter.bell.ring();
}
