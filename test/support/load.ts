import type { Running } from "./executable.ts";
import type { Person } from "./person.ts";
import type { Chance } from "./random.ts";
import { Conversation, Talker } from "./talker.ts";

export interface Acknowledged {
  id: number;
  chatId: number;
  seq: number;
  /** When the client had it, in milliseconds since the epoch. */
  at: number;
}

export interface LoadOptions {
  people: number;
  chats: number;
  /** Messages of one person that may be without an acknowledgement. */
  window: number;
  chance: Chance;
  /** Bytes of some messages; the others are short. */
  longest?: number;
  /** A refusal that is no problem: the message stays open until it is repeated. */
  expected?: string;
}

/** Many people who talk in a few chats, as fast as they are answered. */
export class Load {
  readonly acknowledged = new Map<string, Acknowledged>();
  readonly conversations = new Map<number, Conversation>();
  /** Milliseconds from sending to the acknowledgement, of what was sent once. */
  readonly waits: number[] = [];
  /** What should never have come. */
  readonly problems: string[] = [];
  resent = 0;
  /** Refusals that were expected. */
  refused = 0;
  talking = false;
  #talkers: Talker[] = [];
  #watchers: (() => void)[] = [];

  private constructor(readonly options: LoadOptions) {}

  /** Makes the people and their chats; each person is in two of them. Nobody is connected yet. */
  static async prepare(server: Running, options: LoadOptions): Promise<Load> {
    const load = new Load(options);
    const names = Array.from({ length: options.people }, (_, i) => `person${i}`);
    const people = await Promise.all(names.map((name) => server.register(name)));
    for (let n = 0; n < options.chats; n++) {
      const [owner, ...others] = people.filter((_, i) => isIn(n, i, options.chats));
      const chatId = await owner!.group(`chat ${n}`, ...others);
      const conversation = new Conversation(chatId);
      for (const message of await owner!.history(chatId)) conversation.hear(message);
      load.conversations.set(chatId, conversation);
    }
    const chatIds = [...load.conversations.keys()];
    load.#talkers = people.map((person, i) => {
      const mine = chatIds.filter((_, n) => isIn(n, i, options.chats));
      return new Talker(load, person, mine);
    });
    return load;
  }

  get people(): Person[] {
    return this.#talkers.map((one) => one.person);
  }

  /** Everybody comes (back), and repeats what was not acknowledged. */
  async connect(url: string): Promise<void> {
    await Promise.all(this.#talkers.map((one) => one.connect(url)));
  }

  /** Everybody begins to talk. */
  talk(): void {
    this.talking = true;
    for (const one of this.#talkers) one.speak();
  }

  /** Settles when every socket is closed; answers the close codes that came. */
  async closed(): Promise<Set<number>> {
    return new Set(await Promise.all(this.#talkers.map((one) => one.closed)));
  }

  /** Settles when it is so, or nobody is connected. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && this.#talkers.some((one) => one.connected)) await this.#change();
  }

  /** Settles when this many messages have been acknowledged in all, or nobody is connected. */
  untilAcknowledged(count: number): Promise<void> {
    return this.until(() => this.acknowledged.size >= count);
  }

  /** Nobody begins anything new; settles when everybody has heard everything that was acknowledged. */
  async finish(): Promise<void> {
    this.talking = false;
    const done = () => this.#talkers.every((one) => one.isDone || !one.connected);
    while (!done()) await this.#change();
    for (const one of this.#talkers) {
      if (!one.isDone) this.problems.push(`${one.person.username} was cut off`);
    }
  }

  /** Everybody sends once more what was not acknowledged. */
  repeat(): void {
    for (const one of this.#talkers) one.repeat();
  }

  changed(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watch of watchers) watch();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }
}

function isIn(chat: number, person: number, chats: number): boolean {
  return person % chats === chat || (person + 1) % chats === chat;
}
