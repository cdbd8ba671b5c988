import type { Incoming } from "./commands.ts";
import type { Waiting } from "../core/fair-budget.ts";

export interface InboxLimits {
  /** The most frames that may wait, and their size in UTF-16 units. */
  inboundFrames: number;
  inboundBytes: number;
  /** Sends that may be under way at once, so that they share a commit. */
  pipelinedSends: number;
}

export interface InboxOwner {
  /** Parses a text frame. Never throws. */
  read(text: string): Incoming;
  /** True when one more frame may be read now; otherwise `inbox` is told once, when it may. */
  mayRead(inbox: Waiting): boolean;
  /** `inbox` waits no longer. */
  waitsNoLonger(inbox: Waiting): void;
  /** The frame that answers, or undefined for none. Never throws. */
  answer(frame: Incoming): Promise<string | undefined>;
  /** Answers that belong together, in order. */
  sendAnswers(texts: string[]): void;
}

/** A slot for an answer: answers are sent in the order of the frames. */
interface Slot {
  text: string | undefined;
  done: boolean;
}

/**
 * The queue of frames of one socket. They run one after another, except that sends may run together and share a commit
 * (pipelining). They wait as text and are parsed only when their turn comes, so they cost no more than their bytes.
 */
export class Inbox implements Waiting {
  #waiting: string[] = [];
  #waitingSize = 0;
  /** The first waiting frame, once it has been parsed. */
  #head: Incoming | undefined;
  #waitsForBudget = false;
  #slots: Slot[] = [];
  #running = 0;
  /** Something runs alone: no frame may start. */
  #held = false;
  #flushing = false;

  constructor(
    private readonly limits: InboxLimits,
    private readonly owner: InboxOwner,
  ) {}

  /** False when the limits are exceeded, which does not happen to clients that wait for answers. */
  push(text: string): boolean {
    this.#waitingSize += text.length;
    if (this.#waiting.length >= this.limits.inboundFrames) return false;
    if (this.#waitingSize > this.limits.inboundBytes) return false;
    this.#waiting.push(text);
    this.#next();
    return true;
  }

  /** Holds frames back until `work`, which must not throw, is done. */
  hold(work: () => Promise<void>): void {
    this.#started(true);
    void work().then(() => this.#ended(true));
  }

  /** Drops the frames that wait. */
  clear(): void {
    this.#waiting = [];
    this.#head = undefined;
    if (this.#waitsForBudget) this.owner.waitsNoLonger(this);
  }

  #next(): void {
    while (!this.#held) {
      const text = this.#waiting[0];
      if (text === undefined) return;
      this.#head ??= this.#read(text);
      const frame = this.#head;
      if (!frame) return;
      const pipelined = "command" in frame && frame.command.pipelined;
      const most = pipelined === "merged" ? Infinity : pipelined ? this.limits.pipelinedSends : 1;
      if (this.#running >= most) return;
      this.#waiting.shift();
      this.#waitingSize -= text.length;
      this.#head = undefined;
      this.#run(frame, !pipelined);
    }
  }

  /** Parses it; undefined while the budget is used up. */
  #read(text: string): Incoming | undefined {
    if (this.#waitsForBudget) return undefined;
    if (this.owner.mayRead(this)) return this.owner.read(text);
    this.#waitsForBudget = true;
    return undefined;
  }

  goOn(): void {
    this.#waitsForBudget = false;
    const text = this.#waiting[0];
    if (text !== undefined) this.#head = this.owner.read(text);
    this.#next();
  }

  #run(frame: Incoming, alone: boolean): void {
    const slot: Slot = { text: undefined, done: false };
    this.#slots.push(slot);
    this.#started(alone);
    void this.owner.answer(frame).then((text) => {
      slot.text = text;
      slot.done = true;
      // The answers of one commit become ready one after another: they are sent together.
      if (!this.#flushing) {
        this.#flushing = true;
        queueMicrotask(() => this.#flush());
      }
      this.#ended(alone);
    });
  }

  #started(alone: boolean): void {
    this.#running += 1;
    this.#held = alone;
  }

  #ended(alone: boolean): void {
    this.#running -= 1;
    if (alone) this.#held = false;
    this.#next();
  }

  #flush(): void {
    this.#flushing = false;
    const texts: string[] = [];
    for (let first = this.#slots[0]; first?.done; first = this.#slots[0]) {
      this.#slots.shift();
      if (first.text !== undefined) texts.push(first.text);
    }
    if (texts.length > 0) this.owner.sendAnswers(texts);
  }
}
