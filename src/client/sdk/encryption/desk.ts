/** What all of the part share: what this device keeps, the calls, and how refusals are told. */
import { fromBase64url, toBase64url } from "../../../e2ee/bytes.ts";
import type { Owner } from "../../../e2ee/keychain.ts";
import type { PublicKey } from "../wire.ts";
import { type Device, type Kept, type Next, readKept } from "./device.ts";
import type { Ports } from "./part-types.ts";
import type { EncryptionProblem, EncryptionState, EncryptionTrouble } from "./types.ts";
import { problemOf } from "./words.ts";

/** Somebody's keys are not what they should be. Its message is for people. */
export class Troubled extends Error {
  override readonly name = "Troubled";
  constructor(readonly kind: EncryptionTrouble) {
    super(kind);
  }
}

export class Desk {
  device: Device | undefined;
  next: Next | undefined;
  /** False when the store has failed: it goes on in memory. */
  isKept = true;
  #isClosed = false;
  /** As long as there is no device. */
  #state: EncryptionState = "unknown";

  constructor(readonly ports: Ports) {}

  get userId(): number {
    return this.ports.replica.myId;
  }

  /** As somebody is called in some chat. */
  nameOf(userId: number): string {
    for (const { row, members } of this.ports.replica.chats.values()) {
      const person = row.peer?.id === userId ? row.peer : members.get(userId);
      if (person) return person.username;
    }
    return `User ${userId}`;
  }

  /**
   * What this installation is called in messages; never in the keychain, because two that share one count apart. `anew`: somebody else has
   * used its name.
   */
  async deviceId(anew = false): Promise<string> {
    const { replica, write } = this.ports;
    if (replica.deviceId !== undefined && !anew) return replica.deviceId;
    const id = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
    // Nobody waits: it is stored before whatever is written under this name.
    write([{ kind: "device", at: [], value: id }]).catch(() => {});
    return id;
  }

  /** What is kept by now: another program on the store may have changed it. */
  async read(): Promise<void> {
    if (this.#isClosed) throw this.ports.error("aborted", "The session was closed.");
    if (!this.isKept) return;
    const { device, next } = readKept(await this.ports.store.secret(), this.userId);
    this.device = device;
    this.next = next;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** One that has the keys. Errors: `keys_locked`, `keys_changed`. */
  requireDevice(): Device {
    const { device, ports, userId } = this;
    if (device?.state === "ready") return device;
    const own = device?.problems.find((one) => one.user_id === userId);
    if (own && device?.state === "changed") throw ports.error("keys_changed", own.text);
    throw this.#locked();
  }

  async keep(changes: Partial<Device>): Promise<Device> {
    if (!this.device) throw this.#locked();
    this.device = { ...this.device, ...changes };
    await this.#write();
    return this.device;
  }

  /** `next` is over: this is what has come of it. */
  async become(device: Device): Promise<void> {
    this.device = device;
    await this.keepNext(undefined);
  }

  async keepNext(next: Next | undefined): Promise<void> {
    this.next = next;
    await this.#write();
  }

  /** How it stands with keys that this device does not have. */
  lacks(state: EncryptionState): void {
    this.#state = state;
    this.show();
  }

  /** Tells what there is to see; nothing of it is secret. */
  show(): void {
    const { device } = this;
    this.ports.show({
      state: device?.state ?? this.#state,
      custody: device?.custody,
      problems: device?.problems ?? [],
      chats: new Set(Object.keys(device?.local.chats ?? {}).map(Number)),
    });
  }

  problem(kind: EncryptionTrouble, userId: number): EncryptionProblem {
    return problemOf(kind, userId, userId === this.userId ? undefined : this.nameOf(userId));
  }

  /** The problems, with others of this person in place of theirs. */
  problemsWith(userId: number, ...kinds: EncryptionTrouble[]): EncryptionProblem[] {
    const others = (this.device?.problems ?? []).filter((one) => one.user_id !== userId);
    return [...others, ...kinds.map((kind) => this.problem(kind, userId))];
  }

  owner({ iss }: { iss: string }): Owner {
    return { iss, user: this.userId };
  }

  key({ key }: { key: string }): Uint8Array<ArrayBuffer> {
    return fromBase64url(key);
  }

  async serverId(): Promise<string> {
    return (await this.ports.call("GET /", {})).id;
  }

  /** What the server shows of one's own keys. */
  async shown(): Promise<PublicKey | undefined> {
    try {
      return await this.ports.call("GET /api/encryption/public-key", { query: { log: "1" } });
    } catch (error) {
      if (codeOf(error) === "no_keys") return undefined;
      throw error;
    }
  }

  /** The server gives out what a passphrase opens only after this. It is one's own address that is changed, to what it is. */
  async prove(password: string): Promise<void> {
    const body = { email: this.ports.replica.me.value.email, current_password: password };
    await this.ports.call("PUT /api/auth/me", { body });
  }

  seconds(): number {
    return Math.floor(this.ports.now() / 1000);
  }

  async #write(): Promise<void> {
    const { device, next } = this;
    const kept: Kept = { v: 1, user: this.userId, device, next };
    this.show();
    // After `close` the session may have been signed out, and nothing is to be left.
    if (this.#isClosed || !this.isKept) return;
    try {
      await this.ports.store.keepSecret(JSON.stringify(kept));
    } catch {
      this.isKept = false;
    }
  }

  #locked(): Error {
    return this.ports.error("keys_locked", "This device has not unlocked your keys.");
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code;
}
