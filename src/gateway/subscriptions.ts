import type { ServerWebSocket } from "bun";

import { chatAudience, lookingAt } from "../events/event.ts";
import type { Watermarks } from "./proving.ts";

/**
 * The topics that one socket is subscribed to: its user, their chats, and a second one for each chat that it looks at.
 * A socket that has never looked at a chat hears typing in all but large chats, one that has only where it looks.
 */
export class Subscriptions {
  /** The chats that it looks at, each with the message up to which it has proved to have received it. */
  #looking: Map<string, number> | undefined;

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
    this.#looking ??= new Map();
    this.#looking.set(chat, this.seen(chat));
    this.looks(chat, true);
    this.add(chat);
  }

  lookAway(chat: string): void {
    if (!this.#looking?.delete(chat)) return;
    this.looks(chat, false);
    this.ws.unsubscribe(lookingAt(chat));
  }

  /** It has proved to have received all this: remembered of chats for as long as it looks at them. */
  proved(marks: Watermarks): void {
    if (!this.#looking) return;
    for (const [chatId, messageId] of marks) {
      const chat = chatAudience(chatId);
      if (this.#looking.has(chat)) this.#looking.set(chat, Math.max(messageId, this.seen(chat)));
    }
  }

  /** Up to which message it has proved a chat that it looks at; 0 for none. */
  seen(chat: string): number {
    return this.#looking?.get(chat) ?? 0;
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
    for (const chat of this.#looking?.keys() ?? []) if (!this.has(chat)) this.lookAway(chat);
  }

  /** The socket is closed. */
  end(): void {
    for (const chat of this.#looking?.keys() ?? []) this.looks(chat, false);
    this.#looking = undefined;
  }
}
