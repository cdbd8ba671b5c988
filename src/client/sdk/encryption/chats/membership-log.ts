/** The membership of one chat, followed step by step. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import { type Membership, type MembershipStep, readStep } from "../../../../e2ee/membership.ts";
import { verify } from "../../../../e2ee/signed.ts";
import { chainsWith, identitiesOf, signingKeyOf } from "./identities.ts";
import type { Chain, ChatKeys } from "./ports.ts";
import { peek } from "./peek.ts";
import { orProblem } from "./problem.ts";

/** A step that was checked, and where the chain stands after it. */
export interface Followed {
  step: MembershipStep;
  after: Membership;
}

export class MembershipLog {
  readonly #followed: Followed[] = [];

  constructor(
    private readonly keys: Pick<ChatKeys, "iss" | "chains">,
    private readonly chat: number,
    private readonly isGroup: boolean,
  ) {}

  /** Undefined before the first step. */
  get now(): Membership | undefined {
    return this.#followed.at(-1)?.after;
  }

  get m(): number {
    return this.#followed.length;
  }

  /** H of the first step. */
  get create(): string | undefined {
    return this.#followed[0]?.after.hash;
  }

  /** The steps, oldest first. */
  get steps(): readonly MembershipStep[] {
    return this.#followed.map((one) => one.step);
  }

  /** Where the chain stood after that step. */
  at(m: number): Membership | undefined {
    return this.#followed[m - 1]?.after;
  }

  /** Errors: ChatProblem for a step that does not follow, or is not signed by who may do it. */
  async follow(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      this.#followed.push(await orProblem("forged_membership", () => this.#read(text)));
    }
  }

  /** Reads a step of one's own before it goes out. Errors: BadObject. */
  read(text: string): Promise<Followed> {
    return this.#read(text);
  }

  async #read(text: string): Promise<Followed> {
    const said = peek<MembershipStep>(text);
    // Whether all have lost their keys turns on what the directory has of each.
    const others = said.op === "create" && this.now ? [...this.now.members.keys()] : [];
    const chains = await chainsWith(this.keys, others, said);
    const context = { iss: this.keys.iss, chat: this.chat, isGroup: this.isGroup, before: this.now };
    const { step, after } = await readStep(text, { ...context, isIdentityOf: identitiesOf(chains) });
    const { by, by_kid } = step.payload;
    await verify(step, requireKey(chains.get(by), by_kid), by_kid);
    return { step: step.payload, after };
  }
}

/** Errors: BadObject. */
export function requireKey(chain: Chain | undefined, kid: string) {
  const key = signingKeyOf(chain, kid);
  if (!key) throw new BadObject("who signed it has no such key");
  return key;
}
