import type { Conversation, Gap, Item, MessageEncryption, Message, Shown } from "../../sdk/index.ts";
import { Days } from "../show/days.ts";
import { problemsOf } from "../show/encryption.ts";
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
  /** Whether what is being opened will be, soon: then it is waited for. */
  mayOpen(): boolean;
  /** Resolves when that is over. */
  opened(): Promise<void>;
  /** Something is wrong with a message that was printed. */
  troubled(number: string, problems: readonly string[]): void;
}

/** What was printed of a message. */
type Printed = Pick<Shown, "message" | "encryption">;

/** Prints a conversation as it goes on. What has been printed stays; what changes is printed again. */
export class Transcript {
  readonly #days = new Days();
  /** What was printed last of each message that is loaded, by its id. */
  #printed = new Map<number, Printed>();
  /** Numbers of the newest and the oldest that were printed. */
  #newest = 0;
  #oldest = Infinity;
  #isFilling = false;

  constructor(private readonly options: TranscriptOptions) {}

  /** Prints what is new, and what has changed of what was printed. */
  update(): void {
    const items = this.options.conversation.timeline.peek();
    if (this.#newest === 0) return this.#begin();
    const loaded = new Map<number, Printed>();
    for (const one of items.filter(isSent)) {
      const before = this.#printed.get(one.message.id);
      if (!before) continue;
      const now = this.#isOpening(one) ? before : one;
      loaded.set(one.message.id, now);
      if (before.message !== now.message || before.encryption !== now.encryption)
        this.#printChange(before, now);
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
    await this.options.opened();
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
    for (const [index, one] of run.entries()) {
      if (index >= first && this.#isOpening(one)) break;
      if (index > first && index === firstUnread) this.options.screen.print(style.aside("-- unread --"));
      if (index >= first) this.#print(one, this.#days);
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
      if (one.kind === "gap" || this.#isOpening(one)) break;
      if (isSent(one)) this.#print(one, this.#days);
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

  /** Whether nothing more is to come of what is here. */
  isSettled(): boolean {
    const items = this.options.conversation.timeline.peek();
    return !items.some((one) => one.kind === "message" && this.#isOpening(one));
  }

  #isOpening({ encryption }: Pick<Shown, "encryption">): boolean {
    return encryption?.state === "opening" && this.options.mayOpen();
  }

  #above(): Shown[] {
    const items = this.options.conversation.timeline.peek();
    const end = items.findIndex((one) => isSent(one) && one.message.seq >= this.#oldest);
    const above = items.slice(0, Math.max(0, end));
    return above.slice(above.findLastIndex(isGap) + 1).filter(isSent);
  }

  #print({ message, encryption }: Printed, days: Days): void {
    const { screen, style } = this.options;
    const day = days.above(message, style);
    if (day !== undefined) screen.print(day);
    this.#printText(message, encryption);
    this.#printed.set(message.id, { message, encryption });
    this.#newest = Math.max(this.#newest, message.seq);
    this.#oldest = Math.min(this.#oldest, message.seq);
  }

  #printText(message: Message, encryption: MessageEncryption | undefined): void {
    const { screen, style, troubled } = this.options;
    screen.print(messageText(message, style, this.#nameOf, encryption));
    const problems = problemsOf(encryption);
    if (problems.length > 0) troubled(numberText(message, style), problems);
  }

  #printChange({ message: before, encryption: was }: Printed, { message: now, encryption }: Printed): void {
    const { screen, style } = this.options;
    if (
      before.content !== now.content ||
      before.is_deleted !== now.is_deleted ||
      names(before) !== names(now) ||
      saidOf(was) !== saidOf(encryption)
    ) {
      this.#printText(now, encryption);
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

/** `opened` is what is expected. */
function saidOf(encryption: MessageEncryption | undefined): string {
  const state = encryption?.state === "opened" ? undefined : encryption?.state;
  return [state, ...(encryption?.problems ?? [])].join("\n");
}

function names({ media }: Message): string {
  return media.map((one) => one.id).join();
}
