import { systemClock } from "../../src/core/clock.ts";
import type { Running } from "./executable.ts";
import type { Person } from "./person.ts";
import type { Chance } from "./random.ts";

/** A message as the load needs it; the rest is compared as text. */
interface Heard {
  id: number;
  chat_id: number;
  seq: number;
  client_id: string | null;
}

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

/** Lets a part of a second pass, for those who come at a moment that nobody expects. */
export function moment(milliseconds: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(milliseconds, resolve));
}

/** One chat as its readers heard it: what the first of them heard at each place, the others have to hear too. */
class Conversation {
  /** By `seq`, which starts at 1. */
  readonly lines: string[] = [""];

  constructor(readonly chatId: number) {}

  /** A complaint, or undefined. */
  hear(message: Heard): string | undefined {
    const line = JSON.stringify(message);
    const known = this.lines[message.seq];
    if (known === undefined) this.lines[message.seq] = line;
    else if (known !== line) return `chat ${this.chatId}: heard ${line}, another one heard ${known}`;
    return undefined;
  }
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

/** One of them: keeps a cursor, what has not been acknowledged, and how far it has heard each chat. */
class Talker {
  closed: Promise<number> = Promise.resolve(0);
  connected = false;
  #ws: WebSocket | undefined;
  #cursor: string | undefined;
  #said = 0;
  readonly #unacknowledged = new Map<string, { text: string; sentAt: number }>();
  readonly #heard = new Map<number, number>();

  constructor(
    private readonly load: Load,
    readonly person: Person,
    private readonly chatIds: number[],
  ) {
    for (const id of chatIds) this.#heard.set(id, load.conversations.get(id)!.lines.length - 1);
  }

  /** Nothing of its own is open, and it has heard as much as anybody. */
  get isDone(): boolean {
    if (this.#unacknowledged.size > 0) return false;
    return this.chatIds.every(
      (id) => this.#heard.get(id) === this.load.conversations.get(id)!.lines.length - 1,
    );
  }

  connect(url: string): Promise<void> {
    const since = this.#cursor === undefined ? "" : `?since=${encodeURIComponent(this.#cursor)}`;
    const headers = { Authorization: `Bearer ${this.person.accessToken}` };
    const ws = new WebSocket(`${url.replace(/^http/, "ws")}/ws${since}`, { headers } as never);
    this.#ws = ws;
    this.connected = true;
    ws.onmessage = (event) => this.#take(JSON.parse(event.data as string));
    this.closed = new Promise((resolve) => {
      ws.onclose = (event) => {
        this.connected = false;
        resolve(event.code);
        this.load.changed();
      };
    });
    return new Promise((resolve) => {
      ws.onopen = () => {
        this.repeat();
        this.speak();
        resolve();
      };
      // Killed meanwhile: the next start is another chance.
      ws.onerror = () => resolve();
    });
  }

  /** Sends once more what was not acknowledged. */
  repeat(): void {
    for (const one of this.#unacknowledged.values()) {
      this.#ws!.send(one.text);
      one.sentAt = NaN;
    }
    this.load.resent += this.#unacknowledged.size;
  }

  /** Sends until the window is full. */
  speak(): void {
    const { chance, window, longest = 4000 } = this.load.options;
    while (this.load.talking && this.connected && this.#unacknowledged.size < window) {
      const client_id = `${this.person.id}-${++this.#said}`;
      const length = chance.below(50) === 0 ? longest : 10 + chance.below(200);
      const content = `${client_id} `.padEnd(length, "la ");
      const frame = {
        type: "send_message",
        request_id: client_id,
        chat_id: chance.pick(this.chatIds),
        content,
        client_id,
      };
      const text = JSON.stringify(frame);
      this.#unacknowledged.set(client_id, { text, sentAt: performance.now() });
      this.#ws!.send(text);
    }
  }

  #take(frame: any): void {
    if (frame.type === "new_message") this.#hear(frame.message);
    else if (frame.type === "ack") this.#acknowledge(frame.request_id, frame.message);
    else if (frame.type === "error") this.#refused(frame);
    else if (frame.type === "resync") this.#complain(frame);
    if (typeof frame.cursor === "string") this.#cursor = frame.cursor;
    this.load.changed();
  }

  #hear(message: Heard): void {
    const before = this.#heard.get(message.chat_id);
    if (message.seq !== before! + 1)
      this.#complain(`heard ${message.seq} of ${message.chat_id} after ${before}`);
    this.#heard.set(message.chat_id, message.seq);
    const complaint = this.load.conversations.get(message.chat_id)!.hear(message);
    if (complaint) this.#complain(complaint);
  }

  #acknowledge(clientId: string, message: Heard): void {
    if (message.client_id !== clientId) this.#complain(`${clientId} was answered with ${message.client_id}`);
    const waited = performance.now() - (this.#unacknowledged.get(clientId)?.sentAt ?? NaN);
    if (!Number.isNaN(waited)) this.load.waits.push(waited);
    this.#unacknowledged.delete(clientId);
    this.load.acknowledged.set(clientId, {
      id: message.id,
      chatId: message.chat_id,
      seq: message.seq,
      at: Date.now(),
    });
    this.speak();
  }

  #refused(frame: { code: string }): void {
    if (frame.code === this.load.options.expected) this.load.refused += 1;
    // Refused because the server stops: it stays open, and is repeated after the next start.
    else if (frame.code !== "stopping") this.#complain(frame);
  }

  #complain(what: unknown): void {
    this.load.problems.push(
      `${this.person.username}: ${typeof what === "string" ? what : JSON.stringify(what)}`,
    );
  }
}
