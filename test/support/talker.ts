import { lineOf } from "./heard.ts";
import type { Load } from "./load.ts";
import type { Person } from "./person.ts";

/** A message as the load needs it; the rest is compared as text. */
interface Heard {
  id: number;
  chat_id: number;
  seq: number;
  client_id: string | null;
}

/** One chat as its readers heard it: what the first of them heard at each place, the others have to hear too. */
export class Conversation {
  /** By `seq`, which starts at 1. */
  readonly lines: string[] = [""];

  constructor(readonly chatId: number) {}

  /** A complaint, or undefined. */
  hear(message: Heard): string | undefined {
    const line = lineOf(message);
    const known = this.lines[message.seq];
    if (known === undefined) this.lines[message.seq] = line;
    else if (known !== line) return `chat ${this.chatId}: heard ${line}, another one heard ${known}`;
    return undefined;
  }
}

/** One person under load: keeps a cursor, what has not been acknowledged, and how far it has heard each chat. */
export class Talker {
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
