import { ChatError } from "../../../core/errors.ts";
import type { Findings, Job } from "../../../platform/inspector/inspector.ts";
import type { Waiting } from "./fairness.ts";

/** A picture for which somebody waits, who has sent it in a call. */
export interface AskedPicture extends Waiting {
  job: Job;
  resolve(findings: Findings): void;
  reject(error: unknown): void;
}

/** Most take a tenth of a second. */
const mostWaiting = 16;
const retrySeconds = 5;

/** The pictures that wait for their turn. With too many, whoever cost most is sent away. */
export class AskedPictures {
  #waiting: AskedPicture[] = [];
  /** Below those of files. */
  #nextId = Number.MIN_SAFE_INTEGER;

  /** `closing`: once it is aborted nobody waits. */
  constructor(
    private readonly rankOf: (userId: number) => number,
    private readonly closing: AbortSignal,
  ) {
    closing.addEventListener("abort", () => {
      for (const one of this.#waiting.splice(0)) one.reject(stopping());
    });
  }

  get waiting(): readonly AskedPicture[] {
    return this.#waiting;
  }

  /** Errors: `overloaded`, `stopping`, those of looking. */
  ask(uploaderId: number, job: Job): Promise<Findings> {
    return new Promise((resolve, reject) => {
      this.#add({ id: this.#nextId++, uploaderId, job, resolve, reject });
      if (this.#waiting.length > mostWaiting) this.#sendAway();
    });
  }

  /** It is being looked at. */
  take(one: AskedPicture): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
  }

  /** It has to wait for another turn. */
  giveBack(one: AskedPicture): void {
    this.#add(one);
  }

  #add(one: AskedPicture): void {
    if (this.closing.aborted) one.reject(stopping());
    else this.#waiting.push(one);
  }

  /** Of those who cost most, who came last. */
  #sendAway(): void {
    const worst = this.#waiting.reduce((a, b) =>
      this.rankOf(b.uploaderId) >= this.rankOf(a.uploaderId) ? b : a,
    );
    this.take(worst);
    worst.reject(new ChatError("overloaded", undefined, { retryAfter: retrySeconds }));
  }
}

function stopping(): ChatError {
  return new ChatError("stopping", undefined, { retryAfter: retrySeconds });
}
