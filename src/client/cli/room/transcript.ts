import type { Conversation, Gap, Item, Message, Shown } from "../../sdk/index.ts";
import { Days } from "../show/days.ts";
import { messageText, numberText, reactionsText } from "../show/message.ts";
import { nameIn } from "../show/name-of.ts";
import type { Style } from "../text/style.ts";
import type { Screen } from "./screen.ts";

export interface TranscriptOptions {
  conversation: Conversation;
  screen: Screen;
  style: Style;
  /** How many messages to begin with, and to go back at a time. */
  page: number;
}

/** Prints a conversation as it goes on. What has been printed stays; what changes is printed again. */
export class Transcript {
  readonly #days = new Days();
  /** What was printed last of each message that is loaded, by its id. */
  #printed = new Map<number, Message>();
  /** Numbers of the newest and the oldest that were printed. */
  #newest = 0;
  #oldest = Infinity;
  #isFilling = false;

  constructor(private readonly options: TranscriptOptions) {}

  /** Prints what is new, and what has changed of what was printed. */
  update(): void {
    const items = this.options.conversation.timeline.peek();
    if (this.#newest === 0) return this.#begin();
    const loaded = new Map<number, Message>();
    for (const { message } of items.filter(isSent)) {
      const before = this.#printed.get(message.id);
      if (!before) continue;
      loaded.set(message.id, message);
      if (before !== message) this.#printChange(before, message);
    }
    this.#printed = loaded;
    this.#goOn(items);
  }

  /** Loads what is to be shown first, where there is so much. Errors: ParleyError. */
  async prepare(): Promise<void> {
    await this.#loadUntil(() => this.#run().length >= this.options.page);
  }

  /** Prints a page of what was before the oldest that was printed. Errors: ParleyError. */
  async earlier(): Promise<void> {
    const { page, screen, style } = this.options;
    const loaded = this.#loadUntil(() => this.#above().length >= page);
    // Without a connection, what is here.
    await loaded.catch((error) => this.#above().length > 0 || Promise.reject(error));
    const messages = this.#above().slice(-page);
    if (messages.length === 0) return screen.note("There is nothing before.");
    const days = new Days();
    for (const one of messages) this.#print(one, days);
    screen.note(style.aside("-- end of the earlier messages --"));
  }

  async #loadUntil(isEnough: () => boolean): Promise<void> {
    while (!isEnough() && (await this.options.conversation.older()));
  }

  /** Up to the newest, without a gap. */
  #run(): Shown[] {
    const items = this.options.conversation.timeline.peek();
    return items.slice(items.findLastIndex(isGap) + 1).filter(isSent);
  }

  /** The newest `page` messages; more, where more are unread. */
  #begin(): void {
    const { conversation, page, style } = this.options;
    const run = this.#run();
    const read = conversation.info.peek()?.last_read_message_id ?? 0;
    const firstUnread = run.findIndex((one) => one.message.id > read);
    const last = run.length - page;
    const first = Math.max(0, firstUnread === -1 ? last : Math.min(last, firstUnread));
    for (const [index, { message }] of run.entries()) {
      if (index > first && index === firstUnread) this.options.screen.print(style.aside("-- unread --"));
      if (index >= first) this.#print(message, this.#days);
    }
    this.#read();
  }

  /** What comes after the newest that was printed; what is missing in between is loaded first. */
  #goOn(items: readonly Item[]): void {
    const first = items.findIndex((one) => isSent(one) && one.message.seq > this.#newest);
    if (first === -1) return;
    const between = items[first - 1];
    if (between?.kind === "gap") return void this.#fill(between);
    for (const one of items.slice(first)) {
      if (one.kind === "gap") break;
      if (isSent(one)) this.#print(one.message, this.#days);
    }
    this.#read();
  }

  /** The next update shows what has come; where the line is broken, the one after it is back. */
  async #fill(gap: Gap): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    await this.options.conversation.fill(gap).catch(() => {});
    this.#isFilling = false;
  }

  #above(): Message[] {
    const items = this.options.conversation.timeline.peek();
    const end = items.findIndex((one) => isSent(one) && one.message.seq >= this.#oldest);
    const above = items.slice(0, Math.max(0, end));
    return above
      .slice(above.findLastIndex(isGap) + 1)
      .filter(isSent)
      .map((one) => one.message);
  }

  #print(message: Message, days: Days): void {
    const { screen, style } = this.options;
    const day = days.above(message, style);
    if (day !== undefined) screen.print(day);
    screen.print(messageText(message, style, this.#nameOf));
    this.#printed.set(message.id, message);
    this.#newest = Math.max(this.#newest, message.seq);
    this.#oldest = Math.min(this.#oldest, message.seq);
  }

  #printChange(before: Message, now: Message): void {
    const { screen, style } = this.options;
    if (
      before.content !== now.content ||
      before.is_deleted !== now.is_deleted ||
      names(before) !== names(now)
    ) {
      screen.print(messageText(now, style, this.#nameOf));
    } else if (JSON.stringify(before.reactions) !== JSON.stringify(now.reactions)) {
      const reactions = reactionsText(now.reactions, style, this.#nameOf);
      screen.print(`${numberText(now, style)} ${reactions || style.aside("(no reactions)")}`);
    }
  }

  /** All that was printed counts as read, where somebody sees it. */
  #read(): void {
    const { conversation, screen } = this.options;
    const newest = Math.max(0, ...this.#printed.keys());
    if (!screen.isSeen || newest <= (conversation.info.peek()?.last_read_message_id ?? 0)) return;
    void conversation.read(newest).catch(() => {});
  }

  get #nameOf() {
    return nameIn(this.options.conversation);
  }
}

function isGap(one: Item): one is Gap {
  return one.kind === "gap";
}

function isSent(one: Item): one is Shown {
  return one.kind === "message" && one.message.id > 0;
}

function names({ media }: Message): string {
  return media.map((one) => one.id).join();
}
