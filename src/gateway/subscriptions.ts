import type { ServerWebSocket } from "bun";

import { lookingAt } from "../events/event.ts";

/**
 * The topics that one socket is subscribed to: its user, their chats, and a second one for each chat that it looks at.
 * A socket that has never looked at a chat hears typing in all but large chats, one that has only where it looks.
 */
export class Subscriptions {
  #looking: Set<string> | undefined;

  constructor(
    private readonly ws: ServerWebSocket<unknown>,
    /** Called when it begins or ceases to look at a chat. */
    private readonly looks: (chat: string, looks: boolean) => void,
  ) {}

  has(topic: string): boolean {
    return this.ws.isSubscribed(topic);
  }

  /** Whether it has ever looked at a chat. */
  get hasLooked(): boolean {
    return this.#looking !== undefined;
  }

  add(topic: string): void {
    this.ws.subscribe(topic);
    if (this.#looking?.has(topic)) this.ws.subscribe(lookingAt(topic));
  }

  remove(topic: string): void {
    this.ws.unsubscribe(topic);
    this.lookAway(topic);
  }

  /** Does nothing where the user is no longer in the chat. */
  lookAt(chat: string): void {
    if (!this.has(chat)) return;
    this.#looking ??= new Set();
    this.#looking.add(chat);
    this.looks(chat, true);
    this.add(chat);
  }

  lookAway(chat: string): void {
    if (!this.#looking?.delete(chat)) return;
    this.looks(chat, false);
    this.ws.unsubscribe(lookingAt(chat));
  }

  /** Runs `work` while this socket does not hear `topic`. */
  without(topic: string, work: () => void): void {
    this.ws.unsubscribe(topic);
    work();
    this.ws.subscribe(topic);
  }

  /** Unsubscribes from everything until topics are added again; remembers which chats it looks at. */
  pause(): void {
    for (const topic of this.ws.subscriptions) this.ws.unsubscribe(topic);
  }

  /** All topics are added again: stops looking at chats that are not among them. */
  resumed(): void {
    for (const chat of this.#looking ?? []) if (!this.has(chat)) this.lookAway(chat);
  }

  /** The socket is closed. */
  end(): void {
    for (const chat of this.#looking ?? []) this.looks(chat, false);
    this.#looking = undefined;
  }
}
