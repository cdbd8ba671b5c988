import type { Incoming } from "./commands.ts";
import type { Waiting } from "../core/fair-budget.ts";

export interface InboxLimits {
  /** Frames, and their size in UTF-16 units, that may wait for their turn. */
  inboundFrames: number;
  inboundBytes: number;
  /** Sends that may be under way at once, so that they share a commit. */
  pipelinedSends: number;
}

export interface InboxOwner {
  /** What a text asks for. Never throws. */
  read(text: string): Incoming;
  /** True when one more frame may be read now; otherwise `inbox` is told once, when it may. */
  mayRead(inbox: Waiting): boolean;
  /** `inbox` is not to be told any more. */
  waitsNoLonger(inbox: Waiting): void;
  /** The frame that answers, or undefined for none. Never throws. */
  answer(frame: Incoming): Promise<string | undefined>;
  /** Answers that belong together, in order. */
  sendAnswers(texts: string[]): void;
}

/** A slot for an answer: the answers of a socket go out in the order of the questions. */
interface Slot {
  text: string | undefined;
  done: boolean;
}

/**
 * What has arrived on one socket: frames run one after another, except that sends may share a commit. They wait as
 * they came, and each is read when its turn comes, so what waits costs no more than its bytes.
 */
export class Inbox implements Waiting {
  #waiting: string[] = [];
  #waitingSize = 0;
  /** The first of those that wait, once it has been read. */
  #head: Incoming | undefined;
  #waitsForBudget = false;
  #slots: Slot[] = [];
  #running = 0;
  /** Something runs that nothing may overtake. */
  #held = false;
  #flushing = false;

  constructor(
    private readonly limits: InboxLimits,
    private readonly owner: InboxOwner,
  ) {}

  /** False when more waits than may: nobody who takes turns with the server gets there. */
  push(text: string): boolean {
    this.#waitingSize += text.length;
    if (this.#waiting.length >= this.limits.inboundFrames) return false;
    if (this.#waitingSize > this.limits.inboundBytes) return false;
    this.#waiting.push(text);
    this.#next();
    return true;
  }

  /** Lets what arrives wait until `work`, which must not throw, is done. */
  hold(work: () => Promise<void>): void {
    this.#started(true);
    void work().then(() => this.#ended(true));
  }

  /** Forgets what waits. */
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

  /** Undefined where there is no budget for it yet. */
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
      // The answers of one commit come one after another: they leave together.
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
