import type { ServerWebSocket } from "bun";

import { isChat, lookingAt, typingIn } from "../events/event.ts";

/**
 * What one socket listens to: its user, their chats, and more of those that it looks at. One that has never
 * looked at any chat is told of typing in all of them, one that has only where it looks.
 */
export class Listening {
  #looking: Set<string> | undefined;

  constructor(
    private readonly ws: ServerWebSocket<unknown>,
    /** Called when it begins or ceases to look at a chat. */
    private readonly looks: (chat: string, looks: boolean) => void,
  ) {}

  hears(topic: string): boolean {
    return this.ws.isSubscribed(topic);
  }

  hear(topic: string): void {
    this.ws.subscribe(topic);
    if (!isChat(topic)) return;
    if (this.#looking?.has(topic)) this.ws.subscribe(lookingAt(topic));
    if (!this.#looking || this.#looking.has(topic)) this.ws.subscribe(typingIn(topic));
  }

  unhear(topic: string): void {
    this.ws.unsubscribe(topic);
    this.ws.unsubscribe(typingIn(topic));
    this.lookAway(topic);
  }

  /** Whoever is no longer in the chat cannot look at it. */
  lookAt(chat: string): void {
    if (!this.hears(chat)) return;
    if (!this.#looking) this.#hearNoTyping();
    this.#looking ??= new Set();
    this.#looking.add(chat);
    this.looks(chat, true);
    this.hear(chat);
  }

  lookAway(chat: string): void {
    if (!this.#looking?.delete(chat)) return;
    this.looks(chat, false);
    this.ws.unsubscribe(lookingAt(chat));
    this.ws.unsubscribe(typingIn(chat));
  }

  /** Runs `work` while this socket does not hear `topic`. */
  without(topic: string, work: () => void): void {
    this.ws.unsubscribe(topic);
    work();
    this.ws.subscribe(topic);
  }

  /** Hears nothing until it is told again what it hears; it goes on looking where it looked. */
  pause(): void {
    for (const topic of this.ws.subscriptions) this.ws.unsubscribe(topic);
  }

  /** It has been told all that it hears: it looks at nothing else. */
  resumed(): void {
    for (const chat of this.#looking ?? []) if (!this.hears(chat)) this.lookAway(chat);
  }

  /** The socket is closed. */
  end(): void {
    for (const chat of this.#looking ?? []) this.looks(chat, false);
    this.#looking = undefined;
  }

  #hearNoTyping(): void {
    for (const topic of this.ws.subscriptions) this.ws.unsubscribe(typingIn(topic));
  }
}
