import type { Clock } from "../../../core/clock.ts";
import { type Kit, perKit } from "../../../kit.ts";

const generationMilliseconds = 1_800_000;

/**
 * Up to which message the devices of a session have proved a chat, kept for half an hour at least: as long as it may
 * matter whether somebody is told of it. In memory: after a restart nobody is connected.
 */
export class SessionProofs {
  /** By session, then chat. Those of the half hour before this one are dropped at its end. */
  #young = new Map<number, Map<number, number>>();
  #old = new Map<number, Map<number, number>>();
  #bornAt: number;

  constructor(private readonly clock: Pick<Clock, "monotonic">) {
    this.#bornAt = clock.monotonic();
  }

  note(sessionId: number, chatId: number, messageId: number): void {
    this.#age();
    const chats = this.#young.get(sessionId) ?? new Map<number, number>();
    this.#young.set(sessionId, chats);
    chats.set(chatId, Math.max(messageId, chats.get(chatId) ?? 0));
  }

  /** 0 where there is no proof. */
  upTo(sessionId: number, chatId: number): number {
    this.#age();
    const [young = 0, old = 0] = [this.#young, this.#old].map((all) => all.get(sessionId)?.get(chatId));
    return Math.max(young, old);
  }

  #age(): void {
    const age = this.clock.monotonic() - this.#bornAt;
    if (age < generationMilliseconds) return;
    this.#old = age < generationMilliseconds * 2 ? this.#young : new Map();
    this.#young = new Map();
    this.#bornAt += age;
  }
}

export const sessionProofs = perKit((kit: Kit) => new SessionProofs(kit.clock));
