/** The part of the library for encryption, which is loaded when somebody needs it: a file of its own. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { importPrivateKey } from "../../../e2ee/keys.ts";
import { sign, type SignedType } from "../../../e2ee/signed.ts";
import type { Sealed } from "../outbox/entry.ts";
import type { Opened } from "../replica/opened.ts";
import type { Message, ServerFrame } from "../wire.ts";
import type { FileOpener } from "../files/download.ts";
import type { FileToSend } from "../files/multipart.ts";
import type { Sealable, SealedFiles } from "../outbox/sealing.ts";
import { chatCalls } from "./chats/calls.ts";
import { EncryptedChats } from "./chats/chats.ts";
import { Face } from "./chats/face.ts";
import { openFileOf, sealFiles } from "./chats/files.ts";
import { KeysOfChats } from "./chats/keys.ts";
import { Opener } from "./chats/opener.ts";
import { sealEntry } from "./chats/sealer.ts";
import { codeOf, Desk, Troubled } from "./desk.ts";
import { signingKeyOf } from "./new-keys.ts";
import { Own } from "./own.ts";
import { People } from "./people.ts";
import { Publisher } from "./publish.ts";
import { Ring } from "./ring.ts";
import type { ChatFace, Given, KnownChat, Looked, OwnKeys, Part, Ports } from "./part-types.ts";
import type { PersonKeys, RecoveryKey, Unlock } from "./types.ts";

/** Begins with what the store has; asks the server for nothing. */
export async function begin(given: Given): Promise<Part> {
  const desk = new Desk(portsOf(given));
  await desk.read();
  desk.show();
  return new Keys(desk);
}

function portsOf({ caller, environment, replica, store, sync, ParleyError, change, signals }: Given): Ports {
  return {
    call: (name, input, options) => caller.call(name, input, options),
    store,
    replica,
    write: (changes) => sync.write(changes),
    now: () => environment.now(),
    error: (code, detail) => new ParleyError(code, detail),
    show: ({ state, custody, problems, chats }) =>
      change(() => {
        signals.state.value = state;
        signals.custody.value = custody;
        signals.problems.value = problems;
        signals.chats.value = chats;
      }),
    chatProblems: signals.chatProblems,
    change,
  };
}

/** Events after which an encrypted chat has to be looked at again. */
const tellsOfChats: ReadonlySet<string> = new Set([
  "encryption_epoch",
  "encryption_membership",
  "encryption_rekey_required",
  "encryption_grant",
  "member_removed",
]);

interface Encrypted {
  all: EncryptedChats;
  keys: KeysOfChats;
  opener: Opener;
}

class Keys implements Part {
  readonly #ring: Ring;
  readonly #own: Own;
  readonly #people: People;
  readonly #publisher: Publisher;
  #turn: Promise<unknown> = Promise.resolve();
  #chats: Promise<Encrypted> | undefined;

  constructor(private readonly desk: Desk) {
    this.#ring = new Ring(desk);
    this.#own = new Own(desk, this.#ring);
    this.#people = new People(desk, this.#ring, this.#own);
    this.#publisher = new Publisher(desk, this.#ring, this.#own);
  }

  look(): Promise<void> {
    return this.#alone(() => this.#own.look());
  }

  setUp({ passphrase }: { passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#withOtherKeys(() => this.#publisher.start({ passphrase }));
  }

  unlock(secret: Unlock): Promise<void> {
    return this.#withOtherKeys(() => this.#own.unlock(secret));
  }

  newRecoveryKey({ password }: { password?: string | undefined }): Promise<RecoveryKey> {
    return this.#alone(() => this.#publisher.newUnlocks({ password }));
  }

  setPassphrase(how: { passphrase: string | undefined; password: string }): Promise<void> {
    return this.#alone(() => this.#publisher.setPassphrase(how.passphrase, how.password));
  }

  rotate({ password }: { password: string }): Promise<void> {
    return this.#withOtherKeys(() => this.#publisher.rotate(password));
  }

  renew(how: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#withOtherKeys(() => this.#publisher.renew(how));
  }

  reset(how: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#withOtherKeys(() => this.#publisher.start(how));
  }

  people(userIds: readonly number[]): Promise<PersonKeys[]> {
    return this.#alone(() => this.#people.keysOf(userIds));
  }

  safetyNumber(userId: number): Promise<string> {
    return this.#alone(() => this.#people.safetyNumber(userId));
  }

  verify(userId: number, safetyNumber: string): Promise<void> {
    return this.#alone(() => this.#people.verify(userId, safetyNumber));
  }

  acknowledge(userId: number): Promise<void> {
    const isOwn = userId === this.desk.userId;
    return this.#withOtherKeys(() => (isOwn ? this.#own.accept() : this.#people.acknowledge(userId)), userId);
  }

  own(): Promise<OwnKeys> {
    return this.#alone(async () => {
      const { iss, local } = this.desk.requireDevice();
      const eks = await Promise.all(local.ek.map((one) => importPrivateKey(one, "RSA-OAEP-256")));
      return { iss, ik: await this.#signingKey(), eks: new Map(eks.map((one) => [one.kid, one])) };
    });
  }

  sign(typ: SignedType, payload: object): Promise<string> {
    return this.#alone(async () => {
      const { kid, privateKey } = await this.#signingKey();
      return sign(typ, payload, kid, privateKey);
    });
  }

  chains(userIds: readonly number[]): Promise<Looked[]> {
    return this.#alone(() => this.#people.look(userIds));
  }

  knownChat(chatId: number): Promise<KnownChat | undefined> {
    return this.#alone(async () => this.desk.requireDevice().local.chats[chatId]);
  }

  rememberChat(chatId: number, known: KnownChat): Promise<void> {
    return this.#alone(async () => {
      const { local } = this.desk.requireDevice();
      const before = local.chats[chatId];
      if (before && before.create !== known.create)
        throw this.desk.ports.error(
          "keys_changed",
          "The server shows another beginning of this chat than it did.",
        );
      const m = Math.max(before?.m ?? 0, known.m);
      const n = Math.max(before?.n ?? 0, known.n);
      if (before?.m === m && before.n === n) return;
      await this.desk.keep({
        local: { ...local, chats: { ...local.chats, [chatId]: { create: known.create, m, n } } },
      });
      await this.#ring.push();
    });
  }

  async chat(chatId: number): Promise<ChatFace> {
    const { all, keys } = await this.#encrypted();
    return new Face(all, keys, chatId);
  }

  async seal(entry: Sealable): Promise<Sealed | undefined> {
    return sealEntry((await this.#encrypted()).all, entry);
  }

  sealFiles(files: readonly FileToSend[]): Promise<SealedFiles> {
    return sealFiles(files, this.desk.ports.error);
  }

  openFile(...[media, options, read]: Parameters<FileOpener["openFile"]>): AsyncGenerator<Uint8Array> {
    return openFileOf(media, options, read, this.desk.ports.error);
  }

  async open(chatId: number, { isNewest }: { isNewest: boolean }): Promise<void> {
    const { all, opener } = await this.#encrypted();
    // The server says that it is plain: there is nothing to be opened.
    if (!this.desk.ports.replica.chats.get(chatId)?.row.encryption.on) return all.look(chatId);
    await (isNewest ? opener.openNewest(chatId) : opener.open(chatId));
  }

  async read(chatId: number, messages: readonly Message[]): Promise<ReadonlyMap<number, Opened>> {
    return (await this.#encrypted()).opener.read(chatId, messages);
  }

  deviceId(anew?: boolean): Promise<string> {
    return this.desk.deviceId(anew);
  }

  async outdate(chatId: number): Promise<void> {
    const begun = await this.#chats?.catch(() => undefined);
    begun?.all.outdate(chatId);
    begun?.opener.outdate(chatId);
  }

  async heard(event: ServerFrame): Promise<void> {
    if (event.type === "encryption_key_changed") await this.#changed(event.user_id);
    else if (tellsOfChats.has(event.type) && "chat_id" in event) await this.outdate(event.chat_id);
  }

  async close(): Promise<void> {
    // At once: what is under way keeps nothing any more.
    this.desk.close();
    await this.#turn;
  }

  async #changed(userId: number): Promise<void> {
    const isOwn = userId === this.desk.userId;
    await this.#alone(() => (isOwn ? this.#own.look() : this.#people.changed(userId)));
    await this.#outdateAll(userId);
  }

  async #encrypted(): Promise<Encrypted> {
    this.#chats ??= this.#beginChats().catch((error) => {
      this.#chats = undefined;
      throw error;
    });
    return this.#chats;
  }

  async #beginChats(): Promise<Encrypted> {
    const { ports } = this.desk;
    const keys = await KeysOfChats.of(this, this.desk, await this.desk.deviceId());
    const all = new EncryptedChats({
      keys,
      replica: ports.replica,
      callsOf: (chatId) => chatCalls(ports.call, chatId),
      now: ports.now,
      isRefusal: (error, code) => codeOf(error) === code,
      put: (state, opened) =>
        ports.change(() => {
          for (const [id, one] of opened) state.putOpened(id, one);
          state.version.value += 1;
        }),
      renameDevice: () => this.desk.deviceId(true),
      showProblem: (chatId, problem) => this.#showProblem(chatId, problem),
      blocked: (detail) =>
        ports.error("encryption_blocked", `${detail[0]?.toUpperCase()}${detail.slice(1)}.`),
    });
    return { all, keys, opener: new Opener(all) };
  }

  #showProblem(chatId: number, problem: string | undefined): void {
    const { chatProblems, change } = this.desk.ports;
    if (chatProblems.value.get(chatId) === problem) return;
    const problems = new Map(chatProblems.value);
    if (problem === undefined) problems.delete(chatId);
    else problems.set(chatId, problem);
    change(() => (chatProblems.value = problems));
  }

  /** Does something after which one's own keys, or another's, are others. */
  async #withOtherKeys<T>(run: () => Promise<T>, userId = this.desk.userId): Promise<T> {
    const done = await this.#alone(run);
    await this.#outdateAll(userId);
    return done;
  }

  /** What was known of somebody's keys is old. */
  async #outdateAll(userId: number): Promise<void> {
    const begun = await this.#chats?.catch(() => undefined);
    begun?.keys.outdate(userId);
    begun?.all.outdate();
    for (const id of this.desk.ports.replica.chats.keys()) begun?.opener.outdate(id);
  }

  /** The one that the directory names. */
  async #signingKey() {
    const { local, ik } = this.desk.requireDevice();
    const keys = await Promise.all(local.ik.map(signingKeyOf));
    const current = keys.find((one) => one.kid === ik);
    if (!current) throw new Troubled("own_keys_changed");
    return current;
  }

  /** One thing at a time, with what the store has by now. What is wrong is refused in words for people. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      await this.desk.read();
      return run();
    });
    this.#turn = turn.catch(() => {});
    return turn.catch((error) => {
      const { ports } = this.desk;
      if (error instanceof Troubled)
        throw ports.error("keys_changed", this.desk.problem(error.kind, this.desk.userId).text);
      if (error instanceof BadObject)
        throw ports.error("keys_changed", `What the server has answered cannot be used: ${error.message}.`);
      throw error;
    });
  }
}
