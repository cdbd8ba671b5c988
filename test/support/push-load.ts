import type { Contract } from "./contract.ts";
import type { Running } from "./executable.ts";
import { moment } from "./moment.ts";
import { Person } from "./person.ts";
import type { PushService, Subscription } from "./push-service.ts";
import type { Chance } from "./random.ts";

/** A browser of somebody who is away. */
export interface Device {
  userId: number;
  subscription: Subscription;
}

/** Somebody's device had got so many pushes when they heard that they have read up to a message. */
export interface Reading {
  device: Device;
  chatId: number;
  messageId: number;
  received: number;
  /** How often the server had been killed. */
  round: number;
}

const writers = ["alice", "ben", "carol"];
const readers = ["dan", "eve", "frank"];
const browsersOfEach = 2;
const recentChats = 4;

/** People who write in groups, and others who are away, have browsers, and now and then read a chat. */
export class PushLoad {
  readonly devices: Device[] = [];
  readonly chatIds: number[] = [];
  readonly readings: Reading[] = [];
  /** The newest message of each chat that was acknowledged. */
  readonly newest = new Map<number, number>();
  acknowledged = 0;
  #rounds = 0;
  #isCutOff = false;
  #written = 0;
  #writers: Person[] = [];
  #readers: Person[] = [];

  private constructor(
    private readonly contract: Contract,
    private readonly chance: Chance,
  ) {}

  static async prepare(server: Running, service: PushService, chats: number, chance: Chance) {
    const { contract } = await server.caller();
    const load = new PushLoad(contract, chance);
    for (const name of writers) load.#writers.push(await server.register(name));
    for (const name of readers) load.#readers.push(await server.register(name));
    const [owner, ...others] = [...load.#writers, ...load.#readers];
    for (let n = 0; n < chats; n++) load.chatIds.push(await owner!.group(`Chat ${n}`, ...others));
    for (const name of readers) {
      for (let n = 0; n < browsersOfEach; n++) await load.#subscribe(await server.login(name), service);
    }
    return load;
  }

  async #subscribe(person: Person, service: PushService): Promise<void> {
    const { key } = (await person.get("/api/notifications/web-push-key")).body;
    const subscription = await service.subscribe(key);
    const { endpoint, keys } = subscription;
    const reply = await person.post("/api/notifications/web-push-subscriptions", { endpoint, keys });
    if (reply.status !== 200) throw new Error(`no subscription: ${JSON.stringify(reply.body)}`);
    this.devices.push({ userId: person.id, subscription });
  }

  readersAt(url: string): Person[] {
    return this.#readers.map(({ signedIn }) => new Person(url, this.contract, signedIn));
  }

  /** They write in these chats, and read in them and others, until they are cut off. */
  async talk(url: string, chatIds: number[]): Promise<void> {
    this.#isCutOff = false;
    const there = this.#writers.map(({ signedIn }) => new Person(url, this.contract, signedIn));
    await Promise.all([
      ...there.map((one) => this.#repeat(() => this.#write(one, this.chance.pick(chatIds)), 15)),
      ...this.readersAt(url).map((one) => this.#repeat(() => this.#read(one), 200)),
    ]);
    this.#rounds += 1;
  }

  /** From now on calls may fail. */
  cutOff(): void {
    this.#isCutOff = true;
  }

  async #repeat(call: () => Promise<void>, pause: number): Promise<void> {
    try {
      while (!this.#isCutOff) {
        await call();
        await moment(this.chance.below(pause));
      }
    } catch (error) {
      if (!this.#isCutOff) throw error;
    }
  }

  async #write(writer: Person, chatId: number): Promise<void> {
    const content = `message ${++this.#written}`;
    const { status, body } = await writer.post(`/api/messages/${chatId}`, { content });
    if (status !== 201) throw new Error(`${content} could not be sent: ${JSON.stringify(body)}`);
    this.newest.set(chatId, Math.max(body.id, this.newest.get(chatId) ?? 0));
    this.acknowledged += 1;
  }

  /** One of the chats that were written in last. */
  async #read(reader: Person): Promise<void> {
    const chats = [...this.newest].slice(-recentChats);
    if (chats.length === 0) return;
    const [chatId, messageId] = this.chance.pick(chats);
    const { status } = await reader.post(`/api/messages/${messageId}/read`);
    if (status !== 200) throw new Error(`${messageId} could not be read: ${status}`);
    for (const device of this.devices.filter((one) => one.userId === reader.id)) {
      const received = device.subscription.received.length;
      this.readings.push({ device, chatId, messageId, received, round: this.#rounds });
    }
  }
}
