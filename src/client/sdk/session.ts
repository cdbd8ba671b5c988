import { computed, effect, type ReadonlySignal } from "@preact/signals-core";

import { type CallAnswer, type CallArguments, Caller, type CallName } from "./calls.ts";
import { Conversation } from "./conversation.ts";
import { Core } from "./core.ts";
import type { Encryption } from "./encryption.ts";
import { type Environment, environmentWith } from "./environment.ts";
import type { ParleyError } from "./errors.ts";
import { download, type DownloadOptions } from "./files/download.ts";
import type { Entry } from "./outbox/entry.ts";
import * as wishes from "./outbox/wishes.ts";
import { dropEntry } from "./replica/changes.ts";
import { type Bounds, usualBounds } from "./replica/bounds.ts";
import { ownerOf, restore } from "./replica/restore.ts";
import { closed } from "./replica/sync.ts";
import { byActivity, type ChatView, viewCounts } from "./replica/views.ts";
import { memoryStore } from "./store/memory.ts";
import type { Store } from "./store/store.ts";
import { sharedByTabs } from "./store/tabs.ts";
import { type Credentials, signIn } from "./tokens.ts";
import type { Counts, Info, Me, Media, ServerFrame } from "./wire.ts";

export interface ConnectOptions {
  /** Where everything is kept; in memory, unless given. */
  store?: Store;
  /** What the program's surroundings lack, or have otherwise. */
  environment?: Partial<Environment>;
  /** The refresh token is kept in a cookie that scripts cannot read. For pages of the server itself. */
  cookie?: boolean;
  /** The most messages and members that are kept, here and in the store. */
  bounds?: Partial<Bounds>;
}

/**
 * Signs in, or goes on with the session that the store has, and stays connected until `close`. Resolves as soon as it is known
 * who one is: a session that is kept needs no network for that. Errors: those of `POST /api/auth/login` and `register`;
 * `signed_out` where nobody is signed in; `other_person` where the store is somebody else's; `no_answer`.
 *
 * @example
 * const store = memoryStore();
 * const session = await connect(server, { username: "alice", password }, { store });
 * await session.close();
 * // The next start needs no password.
 * const again = await connect(server, undefined, { store });
 * await again.close();
 */
export async function connect(
  server: string,
  credentials?: Credentials,
  { store: own = memoryStore(), ...others }: ConnectOptions = {},
): Promise<Session> {
  const shared = others.cookie ? sharedByTabs(own) : undefined;
  try {
    const core = await begin(server, credentials, shared ?? own, others);
    // Without a network, too; what fails here is tried again with each connect.
    core.encryption.start().catch(() => {});
    core.socket.start();
    return new Session(core);
  } catch (error) {
    shared?.leave();
    throw error;
  }
}

async function begin(
  server: string,
  credentials: Credentials | undefined,
  store: Store,
  { environment: given, cookie = false, bounds }: Omit<ConnectOptions, "store">,
): Promise<Core> {
  const environment = environmentWith(given);
  const caller = new Caller(server.replace(/\/+$/, ""), environment);
  const kept = await store.read();
  const identity = await signIn({ caller, store, environment, cookie }, credentials, ownerOf(kept));
  caller.authorization = identity;
  const { replica, cursor } = restore(kept, identity.user);
  const core = new Core({
    caller,
    environment,
    identity,
    replica,
    store,
    cursor,
    bounds: { ...usualBounds, ...bounds },
  });
  // From now on the store is theirs.
  await core.sync.write([{ kind: "me", at: [], value: replica.me.value }]);
  return core;
}

/** How it stands with the line. `live`: everything up to now has been applied. */
export type Connection = "connecting" | "live" | "offline" | "ended";

/**
 * Somebody who is signed in: what they see, as signals (`value` and `subscribe`), and what they can do.
 *
 * @example
 * await session.live();
 * console.log(`${session.me.value.username} is in ${session.chats.value.length} chats`);
 */
export class Session {
  /**
   * The address of the server, without a slash at its end.
   *
   * @example
   * console.log(session.server);
   */
  readonly server: string;
  /**
   * Oneself.
   *
   * @example
   * console.log(session.me.value.username);
   */
  readonly me: ReadonlySignal<Me>;
  /**
   * How it stands with the line: `connecting`, `live` (everything up to now has been applied), `offline` (it is tried again by itself),
   * `ended` (`ended` says why).
   *
   * @example
   * const stop = session.connection.subscribe((now) => console.log(now));
   * stop();
   */
  readonly connection: ReadonlySignal<Connection>;
  /**
   * Why `connection` is `ended`: `invalid_refresh_token` (sign in again), `signed_out`, `other_person`, `store_moved`, `replaced` (`wake`
   * comes back). Undefined as long as it is not.
   *
   * @example
   * if (session.ended.value?.code === "invalid_refresh_token") console.log("Please sign in again.");
   */
  readonly ended: ReadonlySignal<ParleyError | undefined>;
  /**
   * False when the store has failed: nothing is kept then, and all goes on in memory.
   *
   * @example
   * if (!session.isKept.value) console.log("What you write is lost if you close this before it is sent.");
   */
  readonly isKept: ReadonlySignal<boolean>;
  /**
   * What the server says of itself: its limits and features. Undefined until it has answered.
   *
   * @example
   * console.log(session.info.value?.limits.content_bytes);
   */
  readonly info: ReadonlySignal<Info | undefined>;
  /**
   * All chats, last activity first, with counts and last messages that are kept up to date.
   *
   * @example
   * for (const one of session.chats.value) console.log(one.name ?? one.peer?.username, one.unread_count);
   */
  readonly chats: ReadonlySignal<readonly ChatView[]>;
  /**
   * What is unread in all: messages, mentions, notifications.
   *
   * @example
   * console.log(`${session.counts.value.unread_messages} unread`);
   */
  readonly counts: ReadonlySignal<Counts>;
  /**
   * What has been asked for and not been acknowledged, oldest first.
   *
   * @example
   * for (const entry of session.outbox.value) console.log(entry.kind, entry.state, entry.refusal?.detail);
   */
  readonly outbox: ReadonlySignal<readonly Entry[]>;
  /**
   * One's keys for end-to-end encryption, and what is known of others'.
   *
   * @example
   * console.log(session.encryption.state.value);
   */
  readonly encryption: Encryption;
  readonly #conversations = new Map<number, Conversation>();

  readonly #core: Core;

  /** @internal */
  constructor(core: Core) {
    this.#core = core;
    const { replica, sync, socket } = core;
    this.server = core.caller.server;
    this.me = replica.me;
    this.encryption = core.encryption;
    this.ended = core.ended;
    this.isKept = core.isKept;
    this.info = core.info;
    this.connection = computed(() => {
      if (core.ended.value || core.isClosed.value) return "ended";
      if (sync.isLive.value) return "live";
      return socket.state.value === "waiting" ? "offline" : "connecting";
    });
    this.chats = computed(() => {
      void replica.chatsVersion.value;
      return [...replica.chats.values()].map((state) => core.view(state)).toSorted(byActivity);
    });
    this.counts = computed(() => {
      void replica.noticesVersion.value;
      void this.chats.value;
      return viewCounts(replica);
    });
    this.outbox = computed(() => {
      void replica.outboxVersion.value;
      return [...replica.outbox.values()].toSorted((a, b) => a.order - b.order);
    });
  }

  /**
   * One chat; the same object for the same id. There need not be such a chat.
   *
   * @example
   * const { id } = await session.call("POST /api/chats/direct", { body: { user_id: bob.me.value.id } });
   * await session.chat(id).send("Hello Bob");
   */
  chat(id: number): Conversation {
    let found = this.#conversations.get(id);
    if (!found) this.#conversations.set(id, (found = new Conversation(this.#core, id)));
    return found;
  }

  /**
   * A REST call by its name, with what goes into its path, query and body. A token that has expired is renewed, and the call is made
   * again. Errors: what the server refuses with; `no_answer` after 30 seconds or on a broken line; `aborted`.
   *
   * @example
   * const { users } = await session.call("GET /api/users/search", { query: { q: "bob" } });
   * const group = await session.call("POST /api/chats/group", {
   *   body: { name: "Tea party", member_ids: users.map((one) => one.id) },
   * });
   * console.log(group.id);
   */
  call<K extends CallName>(name: K, ...[input, options]: CallArguments<K>): Promise<CallAnswer<K>> {
    return this.#core.caller.call(name, (input ?? {}) as never, options);
  }

  /**
   * Calls `heard` with each event of the server, after it has been applied: frames of the AsyncAPI document, those that were replayed
   * after a broken line included. Returns how to stop.
   *
   * @example
   * const stop = session.listen((event) => {
   *   if (event.type === "new_message") console.log(event.message.content);
   * });
   * stop();
   */
  listen(heard: (event: ServerFrame) => void): () => void {
    const { listeners } = this.#core;
    // The same function may listen twice.
    const own = (event: ServerFrame) => heard(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /**
   * Resolves when everything up to now has been applied. Rejects with `ended` when the session has ended, with `aborted` when it was
   * closed.
   *
   * @example
   * await session.live();
   */
  live(): Promise<void> {
    return this.#until(() => this.connection.value === "live");
  }

  /**
   * Resolves when the outbox has nothing that is still to be sent: what was refused or asks waits for somebody, and so do the messages
   * behind it. Rejects with `ended` when the session has ended, with `aborted` when it was closed.
   *
   * @example
   * await chat.send("the last word");
   * await session.drained();
   */
  drained(): Promise<void> {
    return this.#until(() => {
      const stopped = new Set<number>();
      return this.outbox.value.every(({ kind, state, chat_id }) => {
        const isStopped = state === "failed" || state === "asks" || (kind === "send" && stopped.has(chat_id));
        if (kind === "send" && isStopped) stopped.add(chat_id);
        return isStopped;
      });
    });
  }

  /**
   * Sends an entry of the outbox that was refused, or that asks whether it is still meant.
   *
   * @example
   * for (const { key, state } of session.outbox.value) if (state === "asks") await session.retry(key);
   */
  async retry(key: string): Promise<void> {
    const entry = this.#core.replica.outbox.get(key);
    if (entry) await this.#core.sync.write(wishes.wantAgain(entry));
  }

  /**
   * Takes an entry out of the outbox. A message that may have gone out already, and was not refused, is deleted as soon as it is there.
   *
   * @example
   * for (const { key, state } of session.outbox.value) if (state === "failed") await session.drop(key);
   */
  async drop(key: string): Promise<void> {
    const { replica, sync, outbox } = this.#core;
    const entry = replica.outbox.get(key);
    if (!entry) return;
    if (entry.kind === "send") return this.chat(entry.chat_id).remove(key);
    outbox.cancel(key);
    await sync.write([dropEntry(key)]);
  }

  /**
   * The bytes of a file, as they come; it goes on by itself when the line breaks. A file of an encrypted message is opened, when it is given as
   * `message.media` has it: all that comes has been checked, but only the end of the stream says that it is whole. Errors, in the stream: what the server
   * refuses with; `file_changed`; `file_damaged`; `not_opened`; `aborted`.
   *
   * @example
   * const bytes = await new Response(session.download(media)).bytes();
   * console.log(bytes.length);
   */
  download(
    media: Pick<Media, "id"> & Partial<Media>,
    options: DownloadOptions = {},
  ): ReadableStream<Uint8Array> {
    const { caller, environment, encryption } = this.#core;
    return download(caller, environment, media, options, encryption);
  }

  /**
   * The program was asleep, or is visible again: looks at the line at once. Pages need not call it.
   *
   * @example
   * session.wake();
   */
  wake(): void {
    this.#core.socket.wake();
  }

  /**
   * Ends the session, on the server too. What has not been sent stays in the store, and nothing of one's keys. Errors: `no_answer`, and it goes on.
   *
   * @example
   * const other = await connect(server, { username: "alice", password });
   * await other.signOut();
   */
  async signOut(): Promise<void> {
    await this.#core.identity.signOut();
    await this.#core.encryption.forget();
    await this.close();
  }

  /**
   * Stops, when everything is stored. The store can be connected with again.
   *
   * @example
   * const other = await connect(server, { username: "alice", password });
   * await other.close();
   */
  close(): Promise<void> {
    return this.#core.close();
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = effect(() => {
        const isDone = isSo();
        const error = this.ended.value ?? (this.#core.isClosed.value ? closed() : undefined);
        if (!isDone && !error) return;
        queueMicrotask(() => stop());
        if (isDone) resolve();
        else reject(error);
      });
    });
  }
}
