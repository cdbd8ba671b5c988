/** People who use the client library. */
import { expect } from "bun:test";

import { effect } from "@preact/signals-core";

import {
  type Change,
  type ConnectOptions,
  connect,
  type Environment,
  memoryStore,
  type Move,
  type Session,
  type Shown,
  type Store,
  type Tokens,
} from "../../src/client/sdk/index.ts";
import type { ManualClock } from "./clock.ts";
import type { Person } from "./person.ts";
import { loaded, show } from "./replica.ts";
import { password } from "./server.ts";

/** Waits until something that signals say is so. */
export function sees(isSo: () => boolean, milliseconds = 10_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`it was never seen: ${isSo.toString()}`));
    }, milliseconds);
    let isOver = false;
    const stop = effect(() => {
      if (isOver || !isSo()) return;
      isOver = true;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/** The messages of a timeline. */
export function shown(session: Session, chatId: number): Shown[] {
  return session.chat(chatId).timeline.value.filter((one): one is Shown => one.kind === "message");
}

export function texts(session: Session, chatId: number): string[] {
  return shown(session, chatId).map((one) => one.message.content);
}

/** Loads all of a chat, gaps and members too. */
export async function loadWhole(session: Session, chatId: number): Promise<void> {
  const chat = session.chat(chatId);
  await chat.open();
  await chat.loadMembers();
  for (;;) {
    const gap = chat.timeline.value.findLast((one) => one.kind === "gap");
    if (gap?.kind !== "gap") return;
    await chat.fill(gap);
  }
}

/**
 * What the library shows of everything, less presence, is what the server says over REST: field for field, as soon as
 * everybody's receipts have come.
 */
export async function sameAsServer(session: Session, person: Person): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (Bun.deepEquals(await replicaOf(session), await serversOf(person))) return;
    await Bun.sleep(20);
  }
  expect(await replicaOf(session)).toEqual(await serversOf(person));
}

async function replicaOf(session: Session): Promise<object> {
  for (const { id } of session.chats.value) await loadWhole(session, id);
  const chats = session.chats.value.map((chat) => ({
    ...chat,
    members: [...session.chat(chat.id).members.value],
    messages: shown(session, chat.id).map((one) => one.message),
  }));
  return { counts: session.counts.value, ...show(chats, session.me.value.id, () => true) };
}

async function serversOf(person: Person): Promise<object> {
  return { counts: (await person.get("/api/notifications/count")).body, ...(await loaded(person)) };
}

/** A session that is closed at the end of the test. */
export type Opened = Session & AsyncDisposable;

/** Signs somebody in, or goes on with what a store has, and waits until it is live. */
export async function opened(
  url: string,
  person: Person | undefined,
  options: ConnectOptions = {},
): Promise<Opened> {
  const session = await connect(url, person && { username: person.username, password }, options);
  return Object.assign(session, { [Symbol.asyncDispose]: () => session.close() });
}

/**
 * A store of a program that can be killed: `survivor` is what the next program finds, and what the killed one still
 * writes is lost.
 */
export class MortalStore implements Store {
  #inner = memoryStore();
  #isDead = false;
  #writes = Infinity;

  /** Dies of itself after so many writes. */
  diesAfter(writes: number): void {
    this.#writes = writes;
  }

  /** SIGKILL. */
  async kill(): Promise<Store> {
    this.#isDead = true;
    const survivor = this.#inner;
    this.#inner = memoryStore();
    return survivor;
  }

  read = () => this.#inner.read();
  write = (changes: readonly Change[], move?: Move) => this.#alive(() => this.#inner.write(changes, move));
  tokens = () => this.#inner.tokens();
  keepTokens = (tokens: Tokens | undefined) => this.#alive(() => this.#inner.keepTokens(tokens));
  secret = () => this.#inner.secret();
  keepSecret = (text: string | undefined) => this.#alive(() => this.#inner.keepSecret(text));
  /** Whoever is killed holds up nobody. */
  alone = <T>(run: () => Promise<T>) => run();
  keepFile = (id: string, file: Blob) => this.#alive(() => this.#inner.keepFile(id, file));
  file = (id: string) => this.#inner.file(id);
  dropFile = (id: string) => this.#alive(() => this.#inner.dropFile(id));
  close = async () => {};

  #alive(run: () => Promise<void>): Promise<void> {
    return this.#isDead || this.#writes-- <= 0 ? Promise.resolve() : run();
  }
}

/** Surroundings in which time stands until a test turns the clock. */
export function timedBy(clock: ManualClock): Partial<Environment> {
  return {
    now: () => clock.now(),
    elapsed: () => clock.monotonic(),
    setTimeout: (run, milliseconds) => clock.after(milliseconds, run),
    clearTimeout: (cancel) => (cancel as (() => void) | undefined)?.(),
  };
}

type Input = Parameters<typeof fetch>[0];

/** `fetch`, but for what this does instead. */
export function fetchBy(
  run: (input: Input, init: RequestInit | undefined) => Promise<Response> | undefined,
): typeof fetch {
  const own = (input: Input, init?: RequestInit) => run(input, init) ?? fetch(input, init);
  return Object.assign(own, { preconnect: fetch.preconnect });
}

/** Surroundings that count the requests to a path. */
export function counting(path: string): { environment: Partial<Environment>; count: () => number } {
  let count = 0;
  const counted = fetchBy((input) => {
    if (String(input).endsWith(path)) count += 1;
    return undefined;
  });
  return { environment: { fetch: counted }, count: () => count };
}

/** Surroundings in which nothing ever comes from a path. */
export function hanging(path: string): Partial<Environment> {
  return {
    fetch: fetchBy((input) => (String(input).endsWith(path) ? new Promise<never>(() => {}) : undefined)),
  };
}

/** Surroundings in which the first request to a path is held up until it is let go; `reached` settles when it is there. */
export function holding(path: string) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isHeld = false;
  const fetchHeld = fetchBy((input, init) => {
    if (isHeld || !String(input).includes(path)) return undefined;
    isHeld = true;
    const answer = fetch(input, init);
    reached.resolve();
    return released.promise.then(() => answer);
  });
  return { fetch: fetchHeld, reached: reached.promise, release: released.resolve };
}

/** A WebSocket that says that it is of another database as soon as `restore` is called. */
export function restorable() {
  let isRestored = false;
  class Restorable extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(isRestored ? url.replace(/since=.*$/, `since=${otherCursor}`) : url, protocols);
    }
  }
  return { WebSocket: Restorable as unknown as typeof WebSocket, restore: () => (isRestored = true) };
}

/** Of another database. */
export const otherCursor = `${"0".repeat(12)}-1`;

/** A WebSocket that writes down what is sent, what comes, and which were opened. */
export function recording() {
  const sent: string[] = [];
  const received: string[] = [];
  const opened: string[] = [];
  class Recording extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      opened.push(url);
      this.addEventListener("message", ({ data }) => received.push(String(data)));
    }
    override send(data: string): void {
      sent.push(data);
      super.send(data);
    }
  }
  return { WebSocket: Recording as unknown as typeof WebSocket, sent, received, opened };
}

/** The store of another program that has the session of this one, and rows of its own. */
export function besides(store: Store): Store {
  const own = memoryStore();
  return {
    tokens: () => store.tokens(),
    keepTokens: (tokens) => store.keepTokens(tokens),
    alone: (run) => store.alone(run),
    read: () => own.read(),
    write: (changes, move) => own.write(changes, move),
    keepFile: (id, file) => own.keepFile(id, file),
    file: (id) => own.file(id),
    dropFile: (id) => own.dropFile(id),
    secret: () => store.secret(),
    keepSecret: (text) => store.keepSecret(text),
    close: () => own.close(),
  };
}
