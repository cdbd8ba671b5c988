/** The part of the library for encryption, which is loaded when somebody needs it: a file of its own. */
import { BadObject } from "../../../e2ee/bad-object.ts";
import { importPrivateKey } from "../../../e2ee/keys.ts";
import { sign, type SignedType } from "../../../e2ee/signed.ts";
import { Desk, Troubled } from "./desk.ts";
import { signingKeyOf } from "./new-keys.ts";
import { Own } from "./own.ts";
import { People } from "./people.ts";
import { Publisher } from "./publish.ts";
import { Ring } from "./ring.ts";
import type { KnownChat, Looked, OwnKeys, Part, Ports } from "./part-types.ts";
import type { PersonKeys, RecoveryKey, Unlock } from "./types.ts";

/** Begins with what the store has; asks the server for nothing. */
export async function begin(ports: Ports): Promise<Part> {
  const desk = new Desk(ports);
  await desk.read();
  desk.show();
  return new Keys(desk);
}

class Keys implements Part {
  readonly #ring: Ring;
  readonly #own: Own;
  readonly #people: People;
  readonly #publisher: Publisher;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly desk: Desk) {
    this.#ring = new Ring(desk);
    this.#own = new Own(desk, this.#ring);
    this.#people = new People(desk, this.#ring, this.#own);
    this.#publisher = new Publisher(desk, this.#ring, this.#own);
  }

  look(): Promise<void> {
    return this.#alone(() => this.#own.look());
  }

  changed(userId: number): Promise<void> {
    const isOwn = userId === this.desk.ports.userId;
    return this.#alone(() => (isOwn ? this.#own.look() : this.#people.changed(userId)));
  }

  setUp({ passphrase }: { passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#alone(() => this.#publisher.start({ passphrase }));
  }

  unlock(secret: Unlock): Promise<void> {
    return this.#alone(() => this.#own.unlock(secret));
  }

  newRecoveryKey({ password }: { password?: string | undefined }): Promise<RecoveryKey> {
    return this.#alone(() => this.#publisher.newUnlocks({ password }));
  }

  setPassphrase(how: { passphrase: string | undefined; password: string }): Promise<void> {
    return this.#alone(() => this.#publisher.setPassphrase(how.passphrase, how.password));
  }

  rotate({ password }: { password: string }): Promise<void> {
    return this.#alone(() => this.#publisher.rotate(password));
  }

  renew(how: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#alone(() => this.#publisher.renew(how));
  }

  reset(how: { password: string; passphrase?: string | undefined }): Promise<RecoveryKey> {
    return this.#alone(() => this.#publisher.start(how));
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
    const isOwn = userId === this.desk.ports.userId;
    return this.#alone(() => (isOwn ? this.#own.accept() : this.#people.acknowledge(userId)));
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

  chat(chatId: number): Promise<KnownChat | undefined> {
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

  async close(): Promise<void> {
    // At once: what is under way keeps nothing any more.
    this.desk.close();
    await this.#turn;
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
        throw ports.error("keys_changed", this.desk.problem(error.kind, ports.userId).text);
      if (error instanceof BadObject)
        throw ports.error("keys_changed", `What the server has answered cannot be used: ${error.message}.`);
      throw error;
    });
  }
}
