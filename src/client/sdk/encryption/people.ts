/** Others' keys: looked at, pinned at first sight, and compared ever after. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { safetyNumber } from "../crypto/safety-number.ts";
import type { PublicKey } from "../wire.ts";
import { headOf, readChain, seenOf, troubleIn } from "./chain.ts";
import { codeOf, type Desk } from "./desk.ts";
import type { Own } from "./own.ts";
import type { Ring } from "./ring.ts";
import type { Chain, Looked } from "./part-types.ts";
import type { PersonKeys } from "./types.ts";

/** People asked for at once. */
const atOnce = 512;

export class People {
  constructor(
    private readonly desk: Desk,
    private readonly ring: Ring,
    private readonly own: Own,
  ) {}

  /** Those who have keys, in this order. Errors: `keys_locked`. */
  async keysOf(userIds: readonly number[]): Promise<PersonKeys[]> {
    const looked = await this.look(userIds);
    const { local, problems } = this.desk.requireDevice();
    return looked.flatMap(({ userId, chain, isConfirmed }) => {
      if (!chain) return [];
      const { sigKid, encKid, custody } = headOf(chain);
      return {
        user_id: userId,
        fingerprint: sigKid,
        kid: encKid,
        custody,
        is_confirmed: isConfirmed,
        is_verified: local.pins[userId]?.ik === sigKid && local.pins[userId].verified,
        problem: problems.find((one) => one.user_id === userId),
      };
    });
  }

  /** Asks for people's chains and compares them; who is seen for the first time is pinned. Errors: `keys_locked`. */
  async look(userIds: readonly number[]): Promise<Looked[]> {
    const { iss } = this.desk.requireDevice();
    const shown = new Map((await this.#ask(userIds)).map((one) => [one.user_id, one]));
    const looked: Looked[] = [];
    for (const id of new Set(userIds)) {
      const one = await this.#judge(iss, id, shown.get(id));
      if (one) looked.push(one);
    }
    await this.#remember(looked);
    return looked;
  }

  /** Somebody has other keys. Who was never looked at is nobody's concern. */
  async changed(userId: number): Promise<void> {
    const { device } = this.desk;
    if (device?.state === "ready" && device.local.pins[userId]) await this.look([userId]);
  }

  /** Errors: `no_keys`, `keys_changed` where what is shown is no chain. */
  async safetyNumber(userId: number): Promise<string> {
    const { iss } = this.desk.requireDevice();
    const [theirs, shown] = await Promise.all([this.#chain(userId), this.desk.shown()]);
    if (!shown) throw this.desk.ports.error("no_keys", "You have no keys yet.");
    const mine = await this.own.chainOf(iss, shown);
    return safetyNumber(
      iss,
      { user: this.desk.userId, key: headOf(mine).sig },
      { user: userId, key: headOf(theirs).sig },
    );
  }

  /** Errors: `safety_number_changed` where it is another one by now. */
  async verify(userId: number, compared: string): Promise<void> {
    const digits = (text: string) => text.replace(/\D/g, "");
    if (digits(await this.safetyNumber(userId)) !== digits(compared))
      throw this.desk.ports.error(
        "safety_number_changed",
        "The safety number is another one by now. Compare it again.",
      );
    await this.#pin(userId, true);
  }

  acknowledge(userId: number): Promise<void> {
    return this.#pin(userId, false);
  }

  async #pin(userId: number, verified: boolean): Promise<void> {
    const { desk } = this;
    const chain = await this.#chain(userId);
    const { local, seen } = desk.requireDevice();
    await desk.keep({
      local: { ...local, pins: { ...local.pins, [userId]: { ik: headOf(chain).sigKid, verified } } },
      seen: { ...seen, [userId]: seenOf(chain) },
      problems: desk.problemsWith(userId),
    });
    await this.ring.push();
  }

  async #chain(userId: number): Promise<Chain> {
    const { error } = this.desk.ports;
    const [looked] = await this.look([userId]);
    if (!looked) throw error("no_keys", `${this.desk.nameOf(userId)} has no keys yet.`);
    if (!looked.chain) throw error("keys_changed", this.desk.problem("forged", userId).text);
    return looked.chain;
  }

  async #ask(userIds: readonly number[]): Promise<PublicKey[]> {
    const { call } = this.desk.ports;
    const all: PublicKey[] = [];
    for (let left = [...new Set(userIds)]; left.length > 0;) {
      const body = { user_ids: left.slice(0, atOnce) };
      const { public_keys } = await call("POST /api/encryption/public-keys", { query: { log: "1" }, body });
      const whole = public_keys.filter((one) => one.log);
      all.push(...whole);
      // The answer would have been too long: some are asked for again.
      const missing = new Set(public_keys.filter((one) => !one.log).map((one) => one.user_id));
      left = [...(whole.length > 0 ? missing : []), ...left.slice(atOnce)];
    }
    return all;
  }

  async #judge(iss: string, userId: number, shown: PublicKey | undefined): Promise<Looked | undefined> {
    const { local, seen } = this.desk.requireDevice();
    const pin = local.pins[userId];
    if (!shown) {
      const isHidden = pin && (await this.#isThere(userId));
      return isHidden ? { userId, chain: undefined, isConfirmed: false, trouble: "rolled_back" } : undefined;
    }
    try {
      const chain = await readChain(iss, shown);
      return { userId, chain, isConfirmed: shown.confirmed, trouble: troubleIn(chain, seen[userId], pin) };
    } catch (error) {
      if (!(error instanceof BadObject)) throw error;
      return { userId, chain: undefined, isConfirmed: false, trouble: "forged" };
    }
  }

  /** Of a closed account, or one that one may not see, nothing is shown, and that is no lie. */
  async #isThere(userId: number): Promise<boolean> {
    const path = { user_id: userId };
    try {
      await this.desk.ports.call("GET /api/encryption/public-key/{user_id}", { path });
      return true;
    } catch (error) {
      if (codeOf(error) === "no_keys") return true;
      if (codeOf(error) === "not_found") return false;
      throw error;
    }
  }

  async #remember(looked: readonly Looked[]): Promise<void> {
    const { desk } = this;
    const before = desk.requireDevice();
    const pins = { ...before.local.pins };
    const seen = { ...before.seen };
    let { problems } = before;
    for (const { userId, chain, isConfirmed, trouble } of looked) {
      const known = problems.find((one) => one.user_id === userId);
      if (trouble && known?.kind !== trouble)
        problems = [...problems.filter((one) => one !== known), desk.problem(trouble, userId)];
      // One's own keys are compared with the keychain, and need no pin.
      if (trouble || !chain || !isConfirmed || userId === desk.userId) continue;
      pins[userId] = { ik: headOf(chain).sigKid, verified: pins[userId]?.verified ?? false };
      seen[userId] = seenOf(chain);
    }
    await desk.keep({ local: { ...before.local, pins }, seen, problems });
    await this.ring.push();
  }
}
