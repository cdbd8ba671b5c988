import { ChatError } from "../../../core/errors.ts";
import { commonPasswords } from "./common-passwords.ts" with { type: "macro" };
import { type Asker, PasswordQueue, type QueueSize } from "./password-queue.ts";

const weak = new Set<string>(commonPasswords(8));

export interface PasswordCost extends QueueSize {
  /** Each hash under way holds as much. */
  memoryKib: number;
  iterations: number;
}

/** Argon2id (RFC 9106), in turn. Errors: `overloaded` when too many wait. */
export class Passwords {
  readonly #queue: PasswordQueue;
  /** A hash of nothing, at today's cost. */
  readonly #decoy: string;

  constructor(private readonly cost: PasswordCost) {
    this.#queue = new PasswordQueue(cost);
    const random = () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(32)))
        .toString("base64")
        .slice(0, -1);
    this.#decoy = `$argon2id$v=19$m=${cost.memoryKib},t=${cost.iterations},p=1$${random()}$${random()}`;
  }

  hash(password: string, asker?: Asker): Promise<string> {
    return this.#queue.inTurn(asker, () =>
      Bun.password.hash(password.normalize("NFKC"), {
        algorithm: "argon2id",
        memoryCost: this.cost.memoryKib,
        timeCost: this.cost.iterations,
      }),
    );
  }

  verify(password: string, hash: string, asker: Asker): Promise<boolean> {
    return this.#queue.inTurn(asker, () => Bun.password.verify(password.normalize("NFKC"), hash));
  }

  /** Takes as long as `verify` and is never true: for a user who does not exist. */
  async verifyNobody(password: string, asker: Asker): Promise<false> {
    await this.verify(password, this.#decoy, asker);
    return false;
  }

  /** True when `hash` was made at another cost than today's. */
  isOutdated(hash: string): boolean {
    return !hash.includes(`$m=${this.cost.memoryKib},t=${this.cost.iterations},`);
  }
}

/** Refuses one of the 10,000 commonest passwords. */
export function refuseWeak(password: string): void {
  if (weak.has(password.normalize("NFKC").toLowerCase())) throw new ChatError("weak_password");
}
