import type { Actor } from "../../../core/actor.ts";
import { keepNewest } from "../../../core/newest.ts";

interface Verified {
  actor: Actor;
  /** Milliseconds since the epoch. */
  until: number;
}

const most = 10_000;

/**
 * Cache of access tokens whose signature has been checked: the answer stays the same. It saves more time than all else
 * that is done before a call, and a call whose caller is known at once is refused before more of its body comes.
 */
export class VerifiedTokens {
  readonly #verified = new Map<string, Verified>();

  get(token: string): Verified | undefined {
    return this.#verified.get(token);
  }

  add(token: string, verified: Verified): void {
    this.#verified.set(token, verified);
    keepNewest(this.#verified, most);
  }
}
