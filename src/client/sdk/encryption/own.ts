/** One's own keys: whether the server shows what this device knows, and how a device comes to have them. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import type { Entry } from "../../../e2ee/directory.ts";
import { sign } from "../../../e2ee/signed.ts";
import type { PublicKey } from "../wire.ts";
import { breakIn, headOf, readChain, seenOf } from "./chain.ts";
import { codeOf, type Desk, Troubled } from "./desk.ts";
import type { Device } from "./device.ts";
import { merge } from "./merge.ts";
import { findKey, signingKeyOf } from "./new-keys.ts";
import type { Ring } from "./ring.ts";
import type { Chain } from "./part-types.ts";
import type { EncryptionTrouble, Unlock } from "./types.ts";

export class Own {
  constructor(
    private readonly desk: Desk,
    private readonly ring: Ring,
  ) {}

  /** Errors: those of the calls; what the server shows wrongly is a state and a problem. */
  async look(): Promise<void> {
    if (this.desk.next?.entry !== undefined) await this.settleNext(await this.desk.shown());
    if (!this.desk.device) return this.#lookWithout();
    // What another device is just doing may be half here: it is looked at twice before anybody is alarmed.
    const kind = (await this.#troubleNow()) && (await this.#troubleNow());
    if (kind !== undefined) return this.#alarm(kind);
    await this.ring.push();
  }

  /** What was sent and not answered: the server may have it. True where it has. */
  async settleNext(shown: PublicKey | undefined): Promise<boolean> {
    const { next } = this.desk;
    if (!next?.entry || shown?.log?.at(-1) !== next.entry) return false;
    const chain = await this.chainOf(next.iss, shown);
    const keychain = await this.ring.ask();
    const device: Device = {
      iss: next.iss,
      key: next.key,
      ver: keychain.ver,
      base: next.local,
      local: next.local,
      state: "ready",
      custody: "client",
      ik: headOf(chain).sigKid,
      seen: { ...this.desk.device?.seen, [this.desk.userId]: seenOf(chain) },
      problems: this.desk.problemsWith(this.desk.userId, "recovery_key_unseen"),
    };
    await this.desk.become(device);
    // Another device may have been in between: the number outside has to be that of the server.
    await this.ring.open(next.iss, keychain, this.desk.key(next)).catch(() => this.ring.overwrite());
    return true;
  }

  /** The chain of one's own keys. Errors: Troubled. */
  async chainOf(iss: string, shown: PublicKey): Promise<Chain> {
    try {
      if (shown.user_id !== this.desk.userId) throw new BadObject("it is somebody else's");
      return await readChain(iss, shown);
    } catch (error) {
      throw error instanceof BadObject ? new Troubled("forged") : error;
    }
  }

  /** Errors: `wrong_recovery_key`, `wrong_passphrase`, `password_needed`, `keys_changed`, `no_keys`. */
  async unlock(secret: Unlock): Promise<void> {
    const { desk, ring } = this;
    const iss = await desk.serverId();
    const shown = await desk.shown();
    if (!shown) throw desk.ports.error("no_keys", "You have no keys yet.");
    const chain = await this.chainOf(iss, shown);
    const { key, shown: keychain } = await ring.keyBy(secret, iss);
    const content = await ring.open(iss, keychain, key);
    const head = headOf(chain);
    if (!(await hasKeys(content, head))) throw new Troubled("own_keys_changed");
    const before = desk.device?.iss === iss ? desk.device : undefined;
    const broken = breakIn(chain, before?.seen[desk.userId]);
    if (broken) throw new Troubled(broken);
    if (before && before.key === toBase64url(key) && keychain.ver < before.ver)
      throw new Troubled("keychain_rolled_back");
    if (!shown.confirmed) await this.#confirm(iss, content, head);
    await desk.become({
      iss,
      key: toBase64url(key),
      ver: keychain.ver,
      base: content,
      // What only this device had is not lost.
      local: before ? merge(before.base, before.local, content) : content,
      state: "ready",
      custody: head.custody,
      ik: head.sigKid,
      seen: { ...before?.seen, [desk.userId]: seenOf(chain) },
      problems: desk.problemsWith(desk.userId),
    });
    await ring.push();
  }

  /** Goes on with what the server has now, after a restore from a backup. Errors: `keys_changed` where that is not one's own. */
  async accept(): Promise<void> {
    const { desk, ring } = this;
    const device = await desk.keep({});
    const shown = await desk.shown();
    if (!shown || (await desk.serverId()) !== device.iss) throw new Troubled("own_keys_changed");
    const chain = await this.chainOf(device.iss, shown);
    if (!(await hasKeys(device.local, headOf(chain)))) throw new Troubled("own_keys_changed");
    const keychain = await ring.ask();
    const remote = await ring.open(device.iss, keychain, desk.key(device));
    await desk.keep({
      ver: keychain.ver,
      base: remote,
      local: merge(device.base, device.local, remote),
      state: "ready",
      custody: headOf(chain).custody,
      ik: headOf(chain).sigKid,
      seen: { ...device.seen, [desk.userId]: seenOf(chain) },
      problems: desk.problemsWith(desk.userId),
    });
    await ring.push();
  }

  async #lookWithout(): Promise<void> {
    const shown = await this.desk.shown();
    this.desk.lacks(!shown ? "none" : shown.confirmed ? "locked" : "unconfirmed");
  }

  async #troubleNow(): Promise<EncryptionTrouble | undefined> {
    try {
      await this.#check();
      return undefined;
    } catch (error) {
      if (error instanceof Troubled) return error.kind;
      if (codeOf(error) === "no_keys") return "own_keys_changed";
      throw error;
    }
  }

  /** Errors: Troubled. */
  async #check(): Promise<void> {
    const { desk, ring } = this;
    const device = desk.device;
    if (!device) return;
    if ((await desk.serverId()) !== device.iss) throw new Troubled("other_server");
    const shown = await desk.shown();
    if (!shown) throw new Troubled("own_keys_changed");
    const chain = await this.chainOf(device.iss, shown);
    const seen = device.seen[desk.userId];
    const broken = breakIn(chain, seen);
    if (broken) throw new Troubled(broken);
    const since = chain.slice(seen?.seq ?? 0);
    const isReset = since.some((one) => one.reason === "reset");
    const { local, problems } = await ring.pull().catch((error) => {
      const isOthers = error instanceof Troubled && error.kind === "keychain_damaged" && since.length > 0;
      throw isOthers ? new Troubled(isReset ? "own_keys_changed" : "own_keys_renewed") : error;
    });
    const head = headOf(chain);
    if (!(await hasKeys(local, head))) throw new Troubled("own_keys_changed");
    const isUnseen = problems.some(({ kind }) => kind === "recovery_key_unseen");
    await desk.keep({
      state: "ready",
      custody: head.custody,
      ik: head.sigKid,
      seen: { ...desk.device?.seen, [desk.userId]: seenOf(chain) },
      problems: desk.problemsWith(desk.userId, ...(isUnseen ? ["recovery_key_unseen" as const] : [])),
    });
  }

  async #alarm(kind: EncryptionTrouble): Promise<void> {
    const state = kind === "own_keys_renewed" ? "locked" : "changed";
    await this.desk.keep({ state, problems: this.desk.problemsWith(this.desk.userId, kind) });
  }

  /** Tells the server that the keys that it has made can be used. */
  async #confirm(iss: string, content: Device["local"], head: Entry): Promise<void> {
    const { desk } = this;
    const ik = await findKey(content.ik, head.sigKid);
    if (!ik) return;
    const { kid, privateKey } = await signingKeyOf(ik);
    const payload = { v: 1, iss, sub: desk.userId, kid: head.encKid, iat: desk.seconds() };
    const jws = await sign("chat-confirm+jws", payload, kid, privateKey);
    await desk.ports.call("POST /api/encryption/confirm", { body: { jws } });
  }
}

/** Whether a keychain has the private keys of an entry. */
async function hasKeys({ ik, ek }: Device["local"], { sigKid, encKid }: Entry): Promise<boolean> {
  return Boolean((await findKey(ik, sigKid)) && (await findKey(ek, encKid)));
}
