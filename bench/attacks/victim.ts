/** A process of somebody who has nothing to do with the attack: pings, calls, and notes how long each takes. */
import sharp from "sharp";

import { encodeJson, RawSocket } from "../raw-socket.ts";
import { percentile } from "../statistics.ts";
import { Told } from "./told.ts";

export interface VictimInput {
  port: number;
  address: string;
  /** Of those who ping in turn; the first makes the calls. */
  tokens: string[];
  friendToken: string;
  friendName: string;
  name: string;
  password: string;
  /** They are all in it. */
  chatId: number;
  /** A word that is said there. */
  word: string;
  seconds: number;
  photo: boolean;
}

export interface VictimResult {
  /** Milliseconds until pongs; those that did not come count as long as they were waited for. */
  ping: { p50: number; p99: number; longest: number };
  /** The 99th percentile of how late this process itself was: where it is large the machine was busy with others. */
  lateness: number;
  asked: number;
  answered: number;
  /** Milliseconds. */
  longest: number;
  /** Of calls that were not answered as they have to be. */
  failures: [string, number][];
  /** Milliseconds from sending until the notification is there, the longest; Infinity where one was not seen. */
  notified: number;
  /** Milliseconds from sending a photo until it is ready. */
  photo: number | undefined;
}

export type VictimSays = "ready" | VictimResult;

const pingMilliseconds = 25;
const callMilliseconds = 500;
const searchMilliseconds = 1000;
const loginMilliseconds = 2000;
const notifyMilliseconds = 2000;
const pollMilliseconds = 250;
/** Until what was asked at the end is answered. */
const graceMilliseconds = 10_000;
const photoPatience = 20_000;
const photoAfterMilliseconds = 1500;
const warmUpPatience = 60_000;

interface Ping {
  sentAt: number;
  took: number | undefined;
}

class Victim {
  readonly #pings: Ping[] = [];
  readonly #lateness: number[] = [];
  readonly #sockets: RawSocket[] = [];
  /** What waits for an answer on the first socket, by request id. */
  readonly #waiting = new Map<string, (frame: Answer) => void>();
  readonly #failures = new Told();
  #asked = 0;
  #answered = 0;
  #longest = 0;
  #notified = 0;
  #isNotifying = false;
  #photo = new Uint8Array();
  #photoReady: number | undefined;
  #requests = 0;
  #isOver = false;

  constructor(private readonly input: VictimInput) {}

  /** Connects and does everything once, so that nothing is done for the first time later. */
  async warmUp(): Promise<void> {
    for (const token of this.input.tokens) this.#sockets.push(await this.#connect(token));
    if (this.input.photo) this.#photo = await makePhoto();
    const calls = [...this.#calls, () => this.#search(), () => this.#login(), () => this.#notification()];
    const until = performance.now() + warmUpPatience;
    for (const call of calls) {
      for (;;) {
        this.#failures.counts.clear();
        await call();
        if (this.#failures.counts.size === 0) break;
        const [failure] = [...this.#failures.counts.keys()];
        if (performance.now() > until) throw new Error(`before the attack there was ${failure}`);
        await Bun.sleep(pollMilliseconds);
      }
    }
    this.#asked = this.#answered = this.#longest = this.#notified = 0;
  }

  async measure(): Promise<VictimResult> {
    const { seconds, photo } = this.input;
    const end = performance.now() + seconds * 1000;
    const all = [
      this.#keepPinging(end),
      this.#keepStarting(end, callMilliseconds, (n) => this.#calls[n % this.#calls.length]!()),
      this.#keepStarting(end, searchMilliseconds, () => this.#search()),
      this.#keepStarting(end, loginMilliseconds, () => this.#login()),
      this.#keepNotifying(end),
      photo ? this.#sendPhoto() : undefined,
    ];
    await Promise.race([Promise.all(all), Bun.sleep(seconds * 1000 + graceMilliseconds)]);
    if (photo) await all.at(-1);
    return this.#result();
  }

  #result(): VictimResult {
    this.#isOver = true;
    const now = performance.now();
    const times = this.#pings.map((one) => one.took ?? now - one.sentAt);
    if (this.#asked > this.#answered) {
      const known = [...this.#failures.counts.values()].reduce((sum, one) => sum + one, 0);
      const missing = this.#asked - this.#answered - known;
      if (missing > 0) this.#failures.add("no answer", missing);
    }
    return {
      ping: { p50: percentile(times, 50), p99: percentile(times, 99), longest: Math.max(...times) },
      lateness: percentile(this.#lateness, 99),
      asked: this.#asked,
      answered: this.#answered,
      longest: this.#longest,
      failures: [...this.#failures.counts],
      notified: this.#isNotifying ? Infinity : this.#notified,
      photo: this.#photoReady,
    };
  }

  async #connect(token: string): Promise<RawSocket> {
    const { port, address } = this.input;
    const greeted = Promise.withResolvers<void>();
    const socket = await RawSocket.connect({
      port,
      token,
      from: address,
      frame: (bytes, start, end) => {
        greeted.resolve();
        this.#heard(JSON.parse(bytes.toString("utf8", start, end)) as Answer);
      },
      closed: (code) => {
        if (this.#isOver) return;
        this.#asked += 1;
        this.#failures.add(`socket closed ${code}`);
      },
    });
    await greeted.promise;
    return socket;
  }

  #heard(frame: Answer): void {
    const id = frame.request_id;
    if (id === undefined) return;
    if (frame.type === "pong") {
      const ping = this.#pings[Number(id)]!;
      ping.took = performance.now() - ping.sentAt;
    } else {
      this.#waiting.get(id)?.(frame);
      this.#waiting.delete(id);
    }
  }

  async #keepPinging(end: number): Promise<void> {
    const started = performance.now();
    for (let n = 0; ; n++) {
      const due = started + n * pingMilliseconds;
      if (due > end) break;
      await sleepUntil(due);
      const sentAt = performance.now();
      this.#lateness.push(sentAt - due);
      this.#pings.push({ sentAt, took: undefined });
      const ping = { type: "ping", request_id: String(n) };
      this.#sockets[n % this.#sockets.length]!.send(encodeJson(ping));
    }
    while (this.#pings.some((one) => one.took === undefined)) await Bun.sleep(pingMilliseconds);
  }

  /** One each so many milliseconds, whether or not the last one was answered. */
  async #keepStarting(end: number, milliseconds: number, work: (n: number) => Promise<void>): Promise<void> {
    const all: Promise<void>[] = [];
    for (let n = 0; performance.now() < end; n++) {
      all.push(work(n));
      await sleepUntil(Math.min(end, performance.now() + milliseconds));
    }
    await Promise.all(all);
  }

  async #keepNotifying(end: number): Promise<void> {
    while (performance.now() < end) {
      const next = performance.now() + notifyMilliseconds;
      await this.#notification();
      await sleepUntil(Math.min(end, next));
    }
  }

  readonly #calls: (() => Promise<void>)[] = [
    () => this.#call("chats", "/api/chats"),
    async () => void (await this.#say("hello")),
    () => this.#call("me", "/api/auth/me"),
  ];

  async #call(what: string, path: string): Promise<void> {
    await this.#fetch(what, path, this.input.tokens[0]!);
  }

  async #search(): Promise<void> {
    await this.#call("search", `/api/messages/search?q=${this.input.word}`);
  }

  async #login(): Promise<void> {
    const { name, password } = this.input;
    const body = JSON.stringify({ username: name, password });
    await this.#fetch("login", "/api/auth/login", undefined, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
  }

  /** Calls the friend, and looks until they are told. */
  async #notification(): Promise<void> {
    const started = performance.now();
    const id = await this.#say(`@${this.input.friendName} look`);
    if (id === undefined) return;
    this.#isNotifying = true;
    while (!this.#isOver) {
      const path = "/api/notifications?limit=10";
      const answer = await this.#fetch("notifications", path, this.input.friendToken);
      const { notifications = [] } = (answer ?? {}) as { notifications?: Notification[] };
      if (notifications.some((one) => one.notification_type === "mention" && one.data.message_id === id)) {
        this.#notified = Math.max(this.#notified, performance.now() - started);
        this.#isNotifying = false;
        return;
      }
      await Bun.sleep(pollMilliseconds);
    }
  }

  /** Answers the id of the message, or undefined when it was refused. */
  async #say(content: string): Promise<number | undefined> {
    const requestId = `call-${++this.#requests}`;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(requestId, resolve));
    const message = { type: "send_message", chat_id: this.input.chatId, content, request_id: requestId };
    this.#sockets[0]!.send(encodeJson(message));
    return this.#timed("message", async () => {
      const { type, code, message: sent } = await answer;
      return { refusal: type === "ack" ? undefined : String(code), value: sent?.id };
    });
  }

  /** Answers the body, or undefined when it was refused. */
  #fetch(what: string, path: string, token?: string, init: RequestInit = {}): Promise<unknown> {
    const headers = {
      "x-forwarded-for": this.input.address,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string>),
    };
    return this.#timed(what, async () => {
      const response = await fetch(`http://127.0.0.1:${this.input.port}${path}`, { ...init, headers });
      const value = await response.json();
      return { refusal: response.ok ? undefined : String(response.status), value };
    });
  }

  async #timed<T>(
    what: string,
    work: () => Promise<{ refusal: string | undefined; value: T }>,
  ): Promise<T | undefined> {
    const started = performance.now();
    this.#asked += 1;
    const { refusal, value } = await work().catch(() => ({ refusal: "cut", value: undefined }));
    this.#longest = Math.max(this.#longest, performance.now() - started);
    if (refusal === undefined) this.#answered += 1;
    else this.#failures.add(`${what} ${refusal}`);
    return refusal === undefined ? value : undefined;
  }

  async #sendPhoto(): Promise<void> {
    await Bun.sleep(photoAfterMilliseconds);
    const body = new FormData();
    body.append("files", new File([this.#photo], "photo.jpg", { type: "image/jpeg" }));
    const started = performance.now();
    const [token] = this.input.tokens;
    const sent = await this.#fetch("photo", "/api/media/upload", token, { method: "POST", body });
    const [media] = (sent as { media: { id: number }[] } | undefined)?.media ?? [];
    this.#photoReady = Infinity;
    while (media && performance.now() < started + photoPatience) {
      const known = await this.#fetch("photo", `/api/media/${media.id}/info`, token);
      if ((known as { state: string } | undefined)?.state === "ready") {
        this.#photoReady = performance.now() - started;
        return;
      }
      await Bun.sleep(pollMilliseconds);
    }
  }
}

/** Not a part of a millisecond less, which timers do not know. */
function sleepUntil(time: number): Promise<void> {
  return Bun.sleep(Math.max(0, Math.ceil(time - performance.now())));
}

async function makePhoto(): Promise<Uint8Array<ArrayBuffer>> {
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const plain = sharp({ create: { width: 1200, height: 900, channels: 3, background: "#888", noise } });
  return Uint8Array.from(await plain.jpeg().toBuffer());
}

interface Notification {
  notification_type: string;
  data: { message_id?: number };
}

interface Answer {
  type: string;
  request_id?: string;
  code?: string;
  message?: { id: number };
}

const victim = new Victim(JSON.parse(await Bun.stdin.text()) as VictimInput);
await victim.warmUp();
process.once("message", () => {
  void victim.measure().then((result) => {
    process.send!(result satisfies VictimSays);
    process.exit(0);
  });
});
process.send!("ready" satisfies VictimSays);
