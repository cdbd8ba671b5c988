import { type ReadonlySignal, signal } from "@preact/signals-core";

import type { Caller } from "./calls.ts";
import type { Part, Signals } from "./encryption/part-types.ts";
import type {
  EncryptionProblem,
  EncryptionState,
  PersonKeys,
  RecoveryKey,
  Unlock,
} from "./encryption/types.ts";
import type { Environment } from "./environment.ts";
import { messageOf, noAnswer, ParleyError } from "./errors.ts";
import type { FileOpener } from "./files/download.ts";
import type { Sealer } from "./outbox/sealing.ts";
import type { Replica } from "./replica/replica.ts";
import type { Sync } from "./replica/sync.ts";
import type { Store } from "./store/store.ts";
import { change, set } from "./told.ts";
import type { ServerFrame } from "./wire.ts";

interface Parts {
  caller: Caller;
  environment: Environment;
  replica: Replica;
  store: Store;
  sync: Sync;
  /** Somebody wants to know how it stands. */
  wanted(): unknown;
}

/**
 * One's keys for end-to-end encryption, and what is known of others'. Whoever never uses it loads nothing of it. Errors of all that it does:
 * `no_answer`; `keys_changed` where the server shows something that it cannot honestly show; `keys_locked` where this device has not
 * unlocked the keys.
 *
 * @example
 * const { encryption } = session;
 * const stop = encryption.problems.subscribe((all) => {
 *   for (const { text } of all) console.log(text);
 * });
 * stop();
 */
export class Encryption {
  /**
   * How it stands with one's keys: `unknown`, `none`, `unconfirmed`, `locked`, `ready`, `changed`. It is asked for as soon as somebody wants to know.
   *
   * @example
   * if (session.encryption.state.value === "locked") console.log("Type your recovery key.");
   */
  get state(): ReadonlySignal<EncryptionState> {
    if (!this.#isWanted) {
      this.#isWanted = true;
      this.#parts.wanted();
    }
    return this.#signals.state;
  }
  /**
   * Who has made one's keys, once this device has them: what the server has made, it could read.
   *
   * @example
   * if (session.encryption.custody.value === "server") console.log("The server has made your keys.");
   */
  readonly custody: ReadonlySignal<"client" | "server" | undefined>;
  /**
   * What is wrong with one's own keys or with others', until it is dealt with. To be shown, and not to be overlooked.
   *
   * @example
   * for (const { user_id, text } of session.encryption.problems.value) console.log(user_id, text);
   */
  readonly problems: ReadonlySignal<readonly EncryptionProblem[]>;
  /** What is wrong with chats, by their id. @internal */
  readonly chatProblems: ReadonlySignal<ReadonlyMap<number, string>>;

  readonly #parts: Parts;
  readonly #signals: Signals = {
    state: signal("unknown"),
    custody: signal(undefined),
    problems: signal([]),
    chats: signal(new Set()),
    chatProblems: signal(new Map()),
  };
  #part: Promise<Part> | undefined;
  /** Somebody wants to know how it stands. */
  #isWanted = false;

  /** @internal */
  constructor(parts: Parts) {
    this.#parts = parts;
    this.custody = this.#signals.custody;
    this.problems = this.#signals.problems;
    this.chatProblems = this.#signals.chatProblems;
  }

  /**
   * Looks at what the server has of one's keys now, and answers how it stands. Errors: `no_answer`.
   *
   * @example
   * if ((await session.encryption.check()) === "locked") console.log("Type your recovery key.");
   */
  async check(): Promise<EncryptionState> {
    this.#isWanted = true;
    await this.live();
    return this.#signals.state.value;
  }

  /**
   * Makes keys, for this person and all their devices. Answers the recovery key: to be shown once, and written down. With a passphrase, that
   * unlocks them, too. Where the answer was lost, it may be called again. Errors: `keys_exist`; `store_failed` where this device keeps nothing.
   *
   * @example
   * const { recoveryKey } = await session.encryption.setUp();
   * console.log(`Write this down: ${recoveryKey}`);
   */
  async setUp(options: { passphrase?: string } = {}): Promise<RecoveryKey> {
    return (await this.part()).setUp(options);
  }

  /**
   * Opens one's keys on this device, with the recovery key or the passphrase. A passphrase needs the account's password as well where that
   * was not given for ten minutes. Errors: `wrong_recovery_key`, `wrong_passphrase`, `password_needed`, `no_keys`.
   *
   * @example
   * const { recoveryKey } = await session.encryption.newRecoveryKey({ password });
   * await session.encryption.unlock({ recoveryKey });
   * console.log(session.encryption.state.value);
   */
  async unlock(secret: Unlock): Promise<void> {
    return (await this.part()).unlock(secret);
  }

  /**
   * Another recovery key; the one of before opens nothing any more. Errors: `password_needed`, where there is a passphrase and the password was
   * not given for ten minutes.
   *
   * @example
   * const { recoveryKey } = await session.encryption.newRecoveryKey({ password });
   * console.log(`Write this down: ${recoveryKey}`);
   */
  async newRecoveryKey(options: { password?: string } = {}): Promise<RecoveryKey> {
    return (await this.part()).newRecoveryKey(options);
  }

  /**
   * Gives one's keys a passphrase, or another one, beside the recovery key. Undefined: they have none any more. Errors: `wrong_password`.
   *
   * @example
   * await session.encryption.setPassphrase({ passphrase: "tea at six, as ever", password });
   * await session.encryption.setPassphrase({ passphrase: undefined, password });
   */
  async setPassphrase(options: { passphrase: string | undefined; password: string }): Promise<void> {
    return (await this.part()).setPassphrase(options);
  }

  /**
   * Another encryption key, as it is done once a year. Nobody has to do anything. Errors: `wrong_password`, `rate_limited`.
   *
   * @example
   * await session.encryption.rotate({ password });
   */
  async rotate(options: { password: string }): Promise<void> {
    return (await this.part()).rotate(options);
  }

  /**
   * All keys anew, after a device or a recovery key was stolen. Others trust the new ones, because the old ones vouch for them; one's other devices
   * have to be unlocked with the new recovery key. Errors: `wrong_password`, `rate_limited`; `keys_by_server` for keys that the server has
   * made: nothing of theirs vouches for anything, so `reset` them.
   *
   * @example
   * const { recoveryKey } = await session.encryption.renew({ password });
   * console.log(`Write this down: ${recoveryKey}`);
   */
  async renew(options: { password: string; passphrase?: string }): Promise<RecoveryKey> {
    return (await this.part()).renew(options);
  }

  /**
   * New keys that nothing vouches for: when all devices and the recovery key are lost, or to take over from keys that the server has made. Others
   * are told, and have to trust them anew. What this device cannot open now, nobody ever will: say so before. Errors: `wrong_password`,
   * `rate_limited`.
   *
   * @example
   * const { recoveryKey } = await session.encryption.reset({ password });
   * console.log(`Write this down: ${recoveryKey}`);
   */
  async reset(options: { password: string; passphrase?: string }): Promise<RecoveryKey> {
    return (await this.part()).reset(options);
  }

  /**
   * The keys of those who have some, checked from the first on and compared with what was seen before; what is wrong with them is also among
   * the `problems`.
   *
   * @example
   * const [his] = await session.encryption.people([bob.me.value.id]);
   * console.log(his?.is_verified, his?.problem?.text);
   */
  async people(userIds: readonly number[]): Promise<PersonKeys[]> {
    return (await this.part()).people(userIds);
  }

  /**
   * Sixty digits, the same for both. Two people who compare them over another way (a call, a meeting) know that nobody stands between them.
   * Errors: `no_keys`.
   *
   * @example
   * await bob.encryption.setUp().catch(() => {});
   * console.log(await session.encryption.safetyNumber(bob.me.value.id));
   */
  async safetyNumber(userId: number): Promise<string> {
    return (await this.part()).safetyNumber(userId);
  }

  /**
   * The safety number was compared, and is the same: their keys count as verified on all of one's devices. Errors: `safety_number_changed`, where it
   * is another one by now.
   *
   * @example
   * const number = await session.encryption.safetyNumber(bob.me.value.id);
   * await session.encryption.verify(bob.me.value.id, number);
   */
  async verify(userId: number, safetyNumber: string): Promise<void> {
    return (await this.part()).verify(userId, safetyNumber);
  }

  /**
   * Goes on with the keys that a person has now, in spite of a problem. They are not verified. With one's own id: goes on with what the
   * server has now, as after a restore from a backup, if these are one's own keys.
   *
   * @example
   * await session.encryption.acknowledge(bob.me.value.id);
   */
  async acknowledge(userId: number): Promise<void> {
    return (await this.part()).acknowledge(userId);
  }

  /**
   * The part that does it, loaded when it is first needed.
   *
   * @internal
   */
  part(): Promise<Part> {
    this.#part ??= this.#begin().catch((error) => {
      this.#part = undefined;
      throw error;
    });
    return this.#part;
  }

  /** Who has used encryption on this device before has it again, without a network. @internal */
  async start(): Promise<void> {
    if (await this.#isUsed()) await this.part();
  }

  /** Everything up to now has been applied. @internal */
  async live(): Promise<void> {
    if (await this.#isUsed()) return (await this.part()).look();
    if (!this.#isWanted) return;
    const { caller } = this.#parts;
    const keys = await caller.call("GET /api/encryption/public-key", {}).catch((error) => {
      if (error.code !== "no_keys") throw error;
    });
    if (!this.#part) set(this.#signals.state, !keys ? "none" : keys.confirmed ? "locked" : "unconfirmed");
  }

  /** What goes out into encrypted chats. @internal */
  readonly sealer: Sealer = {
    isFor: (chatId) =>
      this.#signals.chats.value.has(chatId) ||
      (this.#parts.replica.chats.get(chatId)?.row.encryption.on ?? false),
    isNeeded: async (chatId) => {
      if (await this.#isUsed()) await this.part();
      return this.sealer.isFor(chatId);
    },
    seal: async (entry) => (await this.part()).seal(entry),
    outdate: async (chatId) => (await this.part()).outdate(chatId),
    sealFiles: async (files) => (await this.part()).sealFiles(files),
  };

  /** @internal */
  async *openFile(...how: Parameters<FileOpener["openFile"]>): AsyncGenerator<Uint8Array> {
    yield* (await this.part()).openFile(...how);
  }

  /** Opens what is here of an encrypted chat, or its newest message alone, where this device has the keys. @internal */
  async open(chatId: number, how: { isNewest: boolean }): Promise<void> {
    if (await this.#isUsed()) await (await this.part()).open(chatId, how);
  }

  /** How it stands, as far as that is known without asking. @internal */
  get known(): ReadonlySignal<EncryptionState> {
    return this.#signals.state;
  }

  /** @internal */
  async heard(event: ServerFrame): Promise<void> {
    if (this.#part) await (await this.part()).heard(event);
    else if (event.type === "encryption_key_changed" && event.user_id === this.#parts.replica.myId)
      await this.live();
  }

  /** Signed out: nothing of it is left in the store. @internal */
  async forget(): Promise<void> {
    void this.close();
    const { store, sync } = this.#parts;
    await sync.write([{ kind: "device", at: [], value: undefined }]);
    await store.keepSecret(undefined);
  }

  /** Nothing is kept from now on. @internal */
  async close(): Promise<void> {
    await (await this.#part?.catch(() => undefined))?.close();
  }

  async #isUsed(): Promise<boolean> {
    return this.#part !== undefined || (await this.#parts.store.secret()) !== undefined;
  }

  async #begin(): Promise<Part> {
    if (!globalThis.crypto?.subtle)
      throw new ParleyError(
        "no_secure_context",
        "Encryption needs https: without it browsers do not offer it.",
      );
    const { begin } = await import("./encryption/part.ts").catch((error) => {
      throw noAnswer(`The part for encryption cannot be loaded (${messageOf(error)}).`);
    });
    return begin({ ...this.#parts, ParleyError, change, signals: this.#signals });
  }
}
