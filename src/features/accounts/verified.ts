import type { Actor } from "../../core/actor.ts";
import { keepNewest } from "../../core/newest.ts";

interface Known {
  actor: Actor;
  /** Milliseconds since the epoch. */
  until: number;
}

const most = 10_000;

/**
 * Access tokens whose signature has been checked: the answer stays the same. It saves more time than all else that is
 * done before a call, and a call whose caller is known at once is refused before more of its body comes.
 */
export class VerifiedTokens {
  readonly #known = new Map<string, Known>();

  get(token: string): Known | undefined {
    return this.#known.get(token);
  }

  add(token: string, known: Known): void {
    this.#known.set(token, known);
    keepNewest(this.#known, most);
  }
}
