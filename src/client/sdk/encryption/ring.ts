/** One's keychain: brought up to date from the server, and sent to it. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { toBase64url } from "../../../e2ee/bytes.ts";
import { type Keychain, openKeychain, openUnlock, sealKeychain, sealUnlock } from "../../../e2ee/keychain.ts";
import { isKdfParameters } from "../../../e2ee/passphrase.ts";
import { makeRecoveryKey, readRecoveryKey, writeRecoveryKey } from "../../../e2ee/recovery-key.ts";
import { readSealed } from "../../../e2ee/sealed.ts";
import { argon2id } from "../crypto/argon2id.ts";
import type { Keychain as Shown } from "../wire.ts";
import { codeOf, type Desk, Troubled } from "./desk.ts";
import type { Device } from "./device.ts";
import { isSame, merge } from "./merge.ts";
import type { Unlock } from "./types.ts";

type Key = Uint8Array<ArrayBuffer>;
type Kdf = "hkdf-sha256" | "argon2id";

/** How often a change is tried that another device was quicker than. */
const attempts = 5;
const mostUnlockBytes = 2048;

export class Ring {
  constructor(private readonly desk: Desk) {}

  /** Errors: `no_keys`. */
  ask(): Promise<Shown> {
    return this.desk.ports.call("GET /api/encryption/keychain", {});
  }

  /** The keychain, with what is under a passphrase. Errors: `password_needed`. */
  async askForAll(password: string | undefined): Promise<Shown> {
    const shown = await this.ask();
    if (!shown.withheld) return shown;
    if (password === undefined)
      throw this.desk.ports.error("password_needed", "Type your password, too: the server asks for it.");
    await this.desk.prove(password);
    return this.ask();
  }

  /**
   * Takes over what other devices have changed. Errors: Troubled where the server gives out an older one, or one that this device's key does
   * not open.
   */
  async pull(shown?: Shown): Promise<Device> {
    const { ver, keychain } = shown ?? (await this.ask());
    const { device } = this.desk;
    if (!device) throw new Troubled("keychain_damaged");
    if (ver < device.ver) throw new Troubled("keychain_rolled_back");
    const remote = await this.#open(device, ver, keychain);
    if (ver === device.ver && !isSame(remote, device.base)) throw new Troubled("keychain_damaged");
    if (ver === device.ver) return device;
    return this.desk.keep({ ver, base: remote, local: merge(device.base, device.local, remote) });
  }

  /** Sends what has been changed here. `unlock`: what is to be in place of what is there, given that. */
  async push(
    how: { key?: Key; unlock?: (before: string[]) => Promise<string[]>; password?: string | undefined } = {},
  ) {
    for (let attempt = 1; ; attempt++) {
      const shown = await (how.unlock ? this.askForAll(how.password) : this.ask());
      const device = await this.pull(shown);
      if (!how.unlock && isSame(device.local, device.base)) return device;
      const unlock = await how.unlock?.(shown.unlock);
      try {
        return await this.#put(device, how.key ?? this.desk.key(device), unlock);
      } catch (error) {
        if (codeOf(error) !== "precondition_failed" || attempt === attempts) throw error;
      }
    }
  }

  /** Sends the keychain of this device, whatever is there. */
  async overwrite(): Promise<void> {
    const device = this.desk.requireDevice();
    await this.#put(device, this.desk.key(device), undefined);
  }

  async #put(device: Device, key: Key, unlock: string[] | undefined): Promise<Device> {
    const ver = device.ver + 1;
    const { local } = device;
    const keychain = await sealKeychain(local, this.desk.owner(device), ver, key);
    const body = { ver, keychain, ...(unlock && { unlock }) };
    await this.desk.ports.call("PUT /api/encryption/keychain", { body }, { ifMatch: device.ver });
    return this.desk.keep({ ver, base: local, key: toBase64url(key) });
  }

  /** A new recovery key, as people write it, and what it opens. */
  async seal(iss: string, key: Key): Promise<{ recoveryKey: string; unlock: string }> {
    const made = makeRecoveryKey();
    const unlock = await sealUnlock(key, this.desk.owner({ iss }), { recoveryKey: made });
    return { recoveryKey: writeRecoveryKey(made), unlock };
  }

  sealFor(passphrase: string, iss: string, key: Key): Promise<string> {
    return sealUnlock(key, this.desk.owner({ iss }), { passphrase, argon2id });
  }

  /** All that is to unlock a new key: a recovery key, and a passphrase where there is to be one. */
  async sealAll(
    iss: string,
    key: Key,
    passphrase: string | undefined,
  ): Promise<{ recoveryKey: string; unlock: string[] }> {
    const { recoveryKey, unlock } = await this.seal(iss, key);
    const more = passphrase === undefined ? [] : [await this.sealFor(passphrase, iss, key)];
    return { recoveryKey, unlock: [unlock, ...more] };
  }

  /** The keychain's key. Errors: `wrong_recovery_key`, `wrong_passphrase`, `password_needed`, `keys_changed`. */
  async keyBy(
    { recoveryKey, passphrase, password }: Unlock,
    iss: string,
  ): Promise<{ key: Key; shown: Shown }> {
    const { error } = this.desk.ports;
    if (recoveryKey !== undefined) {
      const secret = { recoveryKey: this.#typed(recoveryKey) };
      const shown = await this.ask();
      const key = await this.#tryAll(shown, "hkdf-sha256", iss, secret);
      if (!key) throw error("wrong_recovery_key", "This recovery key does not open your keys.");
      return { key, shown };
    }
    const shown = await this.askForAll(password);
    const key = await this.#tryAll(shown, "argon2id", iss, { passphrase: passphrase ?? "", argon2id });
    if (!key) throw error("wrong_passphrase", "This passphrase does not open your keys.");
    return { key, shown };
  }

  /** Errors: Troubled. */
  async open(iss: string, { ver, keychain }: Shown, key: Key): Promise<Keychain> {
    try {
      return await openKeychain(keychain, this.desk.owner({ iss }), ver, key);
    } catch (error) {
      throw error instanceof BadObject ? new Troubled("keychain_damaged") : error;
    }
  }

  /** By the key that this device has, or the one that was under way to the server. */
  async #open(device: Device, ver: number, text: string): Promise<Keychain> {
    const shown = { ver, keychain: text, unlock: [], withheld: false };
    try {
      return await this.open(device.iss, shown, this.desk.key(device));
    } catch (error) {
      const { next } = this.desk;
      if (!next || next.entry !== undefined) throw error;
      const opened = await this.open(device.iss, shown, this.desk.key(next));
      const problems = this.desk.problemsWith(this.desk.userId, "recovery_key_unseen");
      await this.desk.become({ ...device, key: next.key, problems });
      return opened;
    }
  }

  #typed(recoveryKey: string): Key {
    try {
      return readRecoveryKey(recoveryKey);
    } catch {
      throw this.desk.ports.error(
        "wrong_recovery_key",
        "This recovery key has a mistake. Look at each symbol.",
      );
    }
  }

  async #tryAll(
    { unlock }: Shown,
    kdf: Kdf,
    iss: string,
    secret: Parameters<typeof openUnlock>[2],
  ): Promise<Key | undefined> {
    for (const one of unlock.filter((text) => kdfOf(text) === kdf)) {
      if (kdf === "argon2id" && !isKdfParameters(headerOf(one)?.["params"]))
        throw this.desk.ports.error(
          "keys_changed",
          "What the server gives out for passphrases is too weak or too slow. It is not tried.",
        );
      const key = await openUnlock(one, this.desk.owner({ iss }), secret).catch(() => undefined);
      if (key) return key;
    }
    return undefined;
  }
}

/** What is under a recovery key, or under a passphrase. */
export function only(kdf: Kdf): (texts: string[]) => string[] {
  return (texts) => texts.filter((one) => kdfOf(one) === kdf);
}

function kdfOf(text: string): unknown {
  return headerOf(text)?.["kdf"];
}

function headerOf(text: string): Record<string, unknown> | undefined {
  try {
    return readSealed(text, "chat-unlock+jwe", mostUnlockBytes);
  } catch {
    return undefined;
  }
}
