/** Keys of one's own: made, replaced and published. */
import { toBase64url } from "../../../e2ee/bytes.ts";
import { readEntry } from "../../../e2ee/directory.ts";
import { type Keychain, makeKeychainKey, sealKeychain } from "../../../e2ee/keychain.ts";
import { headOf } from "./chain.ts";
import { codeOf, type Desk, Troubled } from "./desk.ts";
import type { Device, Next } from "./device.ts";
import { findKey, makeEncryptionKey, makePair, type PrivateJwk, signEntry } from "./new-keys.ts";
import type { Own } from "./own.ts";
import { only, type Ring } from "./ring.ts";
import type { Chain } from "./part-types.ts";
import type { RecoveryKey } from "./types.ts";

interface Fresh {
  passphrase?: string | undefined;
  /** With it, keys that have been confirmed are replaced. */
  password?: string | undefined;
}

export class Publisher {
  constructor(
    private readonly desk: Desk,
    private readonly ring: Ring,
    private readonly own: Own,
  ) {}

  /**
   * First keys; with a password, others in place of those that there are. What is sent is kept before, so that a lost answer loses nothing:
   * who asks again gets the same keys, and another recovery key. Errors: `keys_exist`, `wrong_password`.
   */
  async start({ passphrase, password }: Fresh): Promise<RecoveryKey> {
    const { desk, own } = this;
    const iss = await desk.serverId();
    const shown = await desk.shown();
    // It is there already: a look at the server may have been quicker than who asks again.
    const isThere = (await own.settleNext(shown)) || (password === undefined && this.#isUnseen());
    if (isThere) return this.newUnlocks({ passphrase });
    if (shown?.confirmed && password === undefined)
      throw desk.ports.error("keys_exist", "You have keys already: unlock them.");
    const chain = shown && (await own.chainOf(iss, shown));
    const next = (await this.#goesOn(iss, chain)) ?? (await this.#makeNext(iss, chain));
    await desk.keepNext(next);
    if (!desk.isKept)
      throw desk.ports.error("store_failed", "What unlocks your keys cannot be kept on this device.");
    try {
      return await this.#send(next, shown !== undefined, { passphrase, password });
    } catch (error) {
      const isOurs = codeOf(error) === "keys_exist" && (await own.settleNext(await desk.shown()));
      if (isOurs) return this.newUnlocks({ passphrase });
      if (codeOf(error) !== "no_answer") await desk.keepNext(undefined);
      throw error;
    }
  }

  /** Another encryption key, by the same identity. Errors: `wrong_password`. */
  async rotate(password: string): Promise<void> {
    const { desk, ring } = this;
    await desk.prove(password);
    const before = await this.#head();
    const { local } = desk.requireDevice();
    const ek = await makeEncryptionKey();
    // First into the keychain: a key that is published and that nobody has would lock one out.
    await desk.keep({ local: { ...local, ek: [ek, ...local.ek] } });
    await ring.push();
    const ik = await this.#require(local.ik, before.sigKid);
    await this.#publish(before, { ik, ek }, password);
  }

  /** Another identity, for which the old one vouches, and another key of the keychain: what somebody has stolen opens nothing new. */
  async renew({ password = "", passphrase }: Fresh): Promise<RecoveryKey> {
    const { desk, ring } = this;
    await desk.prove(password);
    const before = await this.#head();
    if (before.custody === "server")
      throw desk.ports.error("keys_by_server", "The server has made these keys: reset them instead.");
    const { local, iss } = desk.requireDevice();
    const old = await this.#require(local.ik, before.sigKid);
    const pair = await makePair();
    const key = makeKeychainKey();
    const renewed = { ...local, ik: [pair.ik, ...local.ik], ek: [pair.ek, ...local.ek] };
    const { recoveryKey, unlock } = await ring.sealAll(iss, key, passphrase);
    await desk.keepNext({ iss, key: toBase64url(key), local: renewed });
    await desk.keep({ local: renewed });
    await ring.push({ key, unlock: async () => unlock, password });
    const unseen = desk.problemsWith(desk.userId, "recovery_key_unseen");
    await desk.become({ ...desk.requireDevice(), problems: unseen });
    await this.#publish(before, pair, password, old);
    await desk.keep({ problems: desk.problemsWith(desk.userId) });
    return { recoveryKey };
  }

  /** Another recovery key in place of the one of before. Errors: `password_needed`. */
  async newUnlocks({ passphrase, password }: Fresh): Promise<RecoveryKey> {
    const { desk, ring } = this;
    const { iss, key } = desk.requireDevice();
    const made = await ring.sealAll(iss, desk.key({ key }), passphrase);
    const kept = passphrase === undefined ? only("argon2id") : () => [];
    await ring.push({ unlock: async (before) => [...made.unlock, ...kept(before)], password });
    await desk.keep({ problems: desk.problemsWith(desk.userId) });
    return { recoveryKey: made.recoveryKey };
  }

  async setPassphrase(passphrase: string | undefined, password: string): Promise<void> {
    const { desk, ring } = this;
    const { iss, key } = desk.requireDevice();
    const more = passphrase === undefined ? [] : [await ring.sealFor(passphrase, iss, desk.key({ key }))];
    const unlock = async (before: string[]) => [...only("hkdf-sha256")(before), ...more];
    await ring.push({ unlock, password });
  }

  #isUnseen(): boolean {
    return Boolean(this.desk.device?.problems.some(({ kind }) => kind === "recovery_key_unseen"));
  }

  /** What is under way, where it still follows. */
  async #goesOn(iss: string, chain: Chain | undefined): Promise<Next | undefined> {
    const { next } = this.desk;
    if (!next?.entry || next.iss !== iss) return undefined;
    const place = { iss, sub: this.desk.userId, before: chain && headOf(chain) };
    return readEntry(next.entry, place).then(
      () => next,
      () => undefined,
    );
  }

  /** A reset keeps what this device can still open; of what a server could read nothing is verified. */
  async #makeNext(iss: string, chain: Chain | undefined): Promise<Next> {
    const { desk } = this;
    const pair = await makePair();
    const before = chain && headOf(chain);
    const reason = before ? "reset" : "init";
    const place = { iss, sub: desk.userId, iat: desk.seconds() };
    const entry = await signEntry(place, before, pair, { reason, custody: "client" });
    const old = desk.device?.iss === iss ? desk.device : undefined;
    const { ik = [], ek = [], pins = {}, chats = {} }: Partial<Keychain> = old?.local ?? {};
    const isTrusted = old?.custody === "client";
    const kept = Object.entries(pins).map(([user, pin]) => [
      user,
      { ...pin, verified: pin.verified && isTrusted },
    ]);
    const local = { v: 1, ik: [pair.ik, ...ik], ek: [pair.ek, ...ek], pins: Object.fromEntries(kept), chats };
    return { iss, key: toBase64url(makeKeychainKey()), local: local as Keychain, entry };
  }

  async #send(next: Next, isReplacing: boolean, { passphrase, password }: Fresh): Promise<RecoveryKey> {
    const { desk, ring, own } = this;
    const key = desk.key(next);
    const { recoveryKey, unlock } = await ring.sealAll(next.iss, key, passphrase);
    const ver = isReplacing ? (await ring.ask()).ver + 1 : 1;
    const keychain = await sealKeychain(next.local, desk.owner(next), ver, key);
    const replacing = password === undefined ? {} : { replace: true, current_password: password };
    await desk.ports.call("POST /api/encryption/generate-keys", {
      body: { mode: "client", entry: next.entry ?? "", unlock, keychain, ...replacing },
    });
    if (!(await own.settleNext(await desk.shown()))) throw new Troubled("own_keys_changed");
    await desk.keep({ problems: desk.problemsWith(desk.userId) });
    return { recoveryKey };
  }

  /** One's last entry, as long as it is what this device knows. */
  async #head() {
    const { desk, own } = this;
    await own.look();
    const { iss } = desk.requireDevice();
    const shown = await desk.shown();
    if (!shown) throw new Troubled("own_keys_changed");
    return headOf(await own.chainOf(iss, shown));
  }

  async #require(keys: readonly PrivateJwk[], kid: string): Promise<PrivateJwk> {
    const found = await findKey(keys, kid);
    if (!found) throw new Troubled("own_keys_changed");
    return found;
  }

  async #publish(
    before: Chain[0],
    pair: { ik: PrivateJwk; ek: PrivateJwk },
    password: string,
    old?: PrivateJwk,
  ): Promise<Device> {
    const { desk } = this;
    const { iss, seen } = desk.requireDevice();
    const sub = desk.userId;
    const how = { reason: "rotate", custody: before.custody, ...(old && { old }) } as const;
    const entry = await signEntry({ iss, sub, iat: desk.seconds() }, before, pair, how);
    const { seq, hash, sigKid } = await readEntry(entry, { iss, sub, before });
    await desk.ports.call(
      "PUT /api/encryption/public-key",
      { body: { entry, current_password: password } },
      { ifMatch: before.seq },
    );
    return desk.keep({ ik: sigKid, seen: { ...seen, [sub]: { seq, hash } } });
  }
}
