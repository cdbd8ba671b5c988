import {
  connect,
  type Credentials,
  type Entry,
  type Environment,
  ParleyError,
  type Session,
  type Store,
} from "../../../src/client/sdk/index.ts";
import { sqliteStore } from "../../../src/client/sdk/store/sqlite.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { moment } from "../moment.ts";
import type { Chance } from "../random.ts";
import { perform, shownIn, stir, Whims } from "./actions.ts";
import type { Shows } from "./fresh.ts";
import { type Action, type Dropped, Notes } from "./journal.ts";
import { type ClientConfig, journalFile, type ProcessConfig, viewFile } from "./config.ts";

const hour = 3_600_000;
const mostWaiting = 10;
const few = { messages: 150, members: 100 };
/** Frames about what is there already: seldom does a later one make up for a lost one. */
const changing =
  /^{"type":"(message_updated|message_deleted|reaction_updated|member_|chat_updated|notification)/;
/** Refusals of calls, which come from others having done something in between. */
const harmless = ["no_answer", "not_found", "forbidden", "already_member", "owner_must_hand_over", "aborted"];

/** A person's device, with the library, its store and a journal. */
export class Client {
  readonly notes: Notes;
  #session!: Session;
  #isActing = false;
  /** Milliseconds by which its clock is wrong. */
  #turned = 0;
  /** The last frame that came. */
  #heard = "";
  readonly #decided = new Set<string>();

  constructor(
    private readonly config: ProcessConfig,
    private readonly me: ClientConfig,
    private readonly chance: Chance,
  ) {
    this.notes = new Notes(journalFile(me.directory));
    this.#turnClock();
  }

  /** `bounds`: the most that is kept. */
  async start(bounds = this.me.isForgetful ? few : {}): Promise<void> {
    this.#session = await this.#connect(bounds);
    if (this.me.recoveryKey) await this.#unlock();
    this.#session.outbox.subscribe((entries) => {
      queueMicrotask(() => entries.forEach((one) => this.#decide(one)));
    });
    this.#session.ended.subscribe(
      (error) => error && this.notes.complain(`ended: ${error.code} ${error.message}`),
    );
    this.#session.isKept.subscribe((isKept) => isKept || this.notes.complain("the store fails"));
  }

  async #connect(bounds: Partial<typeof few>): Promise<Session> {
    let credentials: Credentials | undefined;
    for (;;) {
      const store = await sqliteStore(join(this.me.directory, "store"));
      try {
        const options = { store: this.#deadly(store), environment: this.#environment(), bounds };
        return await connect(this.config.server, credentials, options);
      } catch (error) {
        await store.close();
        if (!(error instanceof ParleyError)) throw error;
        if (error.code === "signed_out" && !credentials)
          credentials = { username: this.me.username, password: this.me.password };
        else if (error.code !== "no_answer") throw error;
        await moment(100);
      }
    }
  }

  async #unlock(): Promise<void> {
    const { encryption } = this.#session;
    for (;;) {
      try {
        await this.#session.live();
        if (encryption.state.value === "ready") return;
        await encryption.unlock({ recoveryKey: this.me.recoveryKey });
        return;
      } catch (error) {
        if (!(error instanceof ParleyError) || error.code !== "no_answer") throw error;
        await moment(100);
      }
    }
  }

  #environment(): Partial<Environment> {
    const { haste } = this.config;
    let refreshes = 0;
    return {
      now: () => Date.now() + this.#turned,
      elapsed: () => performance.now() * haste,
      setTimeout: (run, milliseconds) => setTimeout(run, milliseconds / haste),
      WebSocket: listeningTo((frame) => (this.#heard = frame)),
      random: () => this.chance.below(2 ** 32) / 2 ** 32,
      fetch: (async (url: string, init: RequestInit) => {
        if (!url.endsWith("/api/auth/refresh")) return fetch(url, init);
        refreshes += 1;
        if (refreshes > 1) this.notes.complain("two refreshes at once");
        return fetch(url, init).finally(() => (refreshes -= 1));
      }) as typeof fetch,
    };
  }

  /** Now and then the program is killed in the middle of storing something, rather what it would miss. */
  #deadly(store: Store): Store {
    const die = (often: number) => {
      if (this.#isActing && this.chance.below(this.config.storedPerKill) < often)
        process.kill(process.pid, "SIGKILL");
    };
    const own: Pick<Store, "write" | "keepTokens"> = {
      write: (changes, move) => {
        const writing = store.write(changes, move);
        // SQLite has it by now, and nothing else has happened since.
        die(move && changing.test(this.#heard) ? 20 : 1);
        return writing;
      },
      // The server has answered, and that is not stored yet.
      keepTokens: (tokens) => (die(20), store.keepTokens(tokens)),
    };
    return new Proxy(store, {
      get: (_, name) => {
        const found = Reflect.get(name in own ? own : store, name);
        return typeof found === "function" ? found.bind(store) : found;
      },
    });
  }

  /** Goes on until it is to rest. */
  async act(asked: () => void): Promise<void> {
    const whims = new Whims(this.#session, this.config, this.me, this.chance);
    this.#isActing = true;
    for (;;) {
      await moment(this.chance.below(2 * this.config.pace));
      if (!this.#isActing) return;
      // Or else nearly everything would go out when it is calm.
      if (this.#session.outbox.value.length >= mostWaiting) continue;
      if (this.chance.below(30) === 0) this.#turnClock();
      if (this.chance.below(6) === 0) void this.#stir();
      const action = whims.next(`${this.me.name}-${this.notes.asked + 1}`);
      if (!action) continue;
      void this.#do(action);
      asked();
    }
  }

  async #do(action: Action): Promise<void> {
    const number = this.notes.ask(action);
    try {
      this.notes.keep(number, await perform(this.#session, action));
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : String(error);
      if (action.kind !== "call" || !harmless.includes(code))
        this.notes.complain(`${JSON.stringify(action)}: ${code}`);
    }
  }

  async #stir(): Promise<void> {
    try {
      await stir(this.#session, this.config.late, this.chance);
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : String(error);
      if (!harmless.includes(code)) this.notes.complain(`moving about: ${code}`);
    }
  }

  #turnClock(): void {
    if (this.me.isTurned) this.#turned = (this.chance.below(100) - 50) * hour;
  }

  /** What is old is still meant, and what was refused is not. */
  #decide(entry: Entry): void {
    const { key, state } = entry;
    if ((state !== "asks" && state !== "failed") || this.#decided.has(key)) return;
    this.#decided.add(key);
    if (state === "failed") this.notes.drop(droppedOf(entry));
    const done = state === "asks" ? this.#session.retry(key) : this.#session.drop(key);
    void done.then(() => this.#decided.delete(key));
  }

  get state(): string {
    const { connection, ended, outbox } = this.#session;
    return JSON.stringify([connection.value, ended.value?.code, outbox.value]);
  }

  /** Settles when it has heard everything, and everything it was asked for has been done. */
  async rest(): Promise<void> {
    this.#isActing = false;
    this.#session.wake();
    await this.#session.live();
    await this.#session.drained();
    if (!this.me.isForgetful) return;
    // What it has kept has to do, and it has to be able to show everything in the end.
    await this.#session.close();
    await this.start({});
  }

  /** Writes down what it shows. */
  async show(): Promise<void> {
    const session = this.#session;
    await session.live();
    const view: Shows = { chats: [], counts: session.counts.value, oddities: [] };
    for (const info of session.chats.value) {
      const chat = session.chat(info.id);
      if (info.encryption.on) await this.#open(info.id);
      const shown = shownIn(chat);
      view.chats.push({ info, members: [...chat.members.value], messages: shown.map((one) => one.message) });
      for (const { message, state, entry, encryption } of shown) {
        // What the chat itself says is the server's word.
        if (message.content_type === "system") continue;
        if (encryption && (encryption.state !== "opened" || encryption.problems.length > 0))
          view.oddities.push(`${message.id} of ${info.id} is ${JSON.stringify(encryption)}`);
        if (entry) view.oddities.push(`${message.id} waits: ${JSON.stringify(entry)}`);
        if (state !== message.status) view.oddities.push(`${message.id} is ${state} and ${message.status}`);
      }
    }
    view.oddities.push(...session.outbox.value.map((one) => JSON.stringify(one)));
    writeFileSync(viewFile(this.me.directory), JSON.stringify(view));
  }

  /** All messages that are there, also of chats that are not open. */
  async #open(chatId: number): Promise<void> {
    const part = await this.#session.encryption.part();
    while (shownIn(this.#session.chat(chatId)).some((one) => one.encryption?.state === "opening")) {
      await part.open(chatId, { isNewest: false });
      await moment(10);
    }
  }

  /** Loads everything that is not there yet. */
  async load(): Promise<void> {
    for (const { id } of this.#session.chats.value) {
      const chat = this.#session.chat(id);
      await chat.open();
      if (chat.members.value.length === 0) await chat.loadMembers();
      while (await chat.older());
      if (chat.timeline.value.some((one) => one.kind === "gap")) this.notes.complain(`a gap stays in ${id}`);
    }
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** Sockets that show each frame before the library hears it. */
function listeningTo(heard: (frame: string) => void): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => heard(String(data)));
    }
  } as unknown as typeof WebSocket;
}

function droppedOf(entry: Entry): Dropped {
  const { kind, chat_id: chat, key, refusal } = entry;
  const dropped = { kind: kind === "delete" ? "remove" : kind, chat, key, code: refusal?.code ?? "" };
  if (kind === "send") return dropped;
  return { ...dropped, target: entry.message_id, ...(kind === "edit" && { text: entry.content }) };
}
