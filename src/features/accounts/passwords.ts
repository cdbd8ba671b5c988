import { ChatError } from "../../core/errors.ts";
import { commonPasswords } from "./common-passwords.ts" with { type: "macro" };

const weak = new Set<string>(commonPasswords(8));

export interface PasswordCost {
  memoryKib: number;
  iterations: number;
  /** Hashes under way at once; each holds `memoryKib`. */
  concurrency: number;
  /** How many may wait; one more is told to come back. */
  queue: number;
}

/** Argon2id (RFC 9106) with bounded concurrency. Errors: `overloaded` when too many wait. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  /** A hash of nothing, at today's cost. */
  readonly #decoy: string;

  constructor(private readonly cost: PasswordCost) {
    const random = () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(32)))
        .toString("base64")
        .slice(0, -1);
    this.#decoy = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.iterations},p=1$${random()}$${random()}`;
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() =>
      Bun.password.hash(password.normalize("NFKC"), {
        algorithm: "argon2id",
        memoryCost: this.cost.memoryKib,
        timeCost: this.cost.iterations,
      }),
    );
  }

  verify(password: string, hash: string): Promise<boolean> {
    return this.#inTurn(() => Bun.password.verify(password.normalize("NFKC"), hash));
  }

  /** Takes as long as `verify` and is never true: for a user who does not exist. */
  async verifyNobody(password: string): Promise<false> {
    await this.verify(password, this.#decoy);
    return false;
  }

  /** True when `hash` was made at another cost than today's. */
  isOutdated(hash: string): boolean {
    return !hash.includes(`$m=${this.cost.memoryKib},t=${this.cost.iterations},`);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.cost.concurrency) {
      if (this.#waiting.length >= this.cost.queue) {
        throw new ChatError("overloaded", "Too many people are signing in.", { retryAfter: 5 });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** Refuses one of the 10,000 commonest passwords. */
export function refuseWeak(password: string): void {
  if (weak.has(password.normalize("NFKC").toLowerCase())) throw new ChatError("weak_password");
}
