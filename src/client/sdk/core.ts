import { computed, effect, type ReadonlySignal, signal, type Signal } from "@preact/signals-core";

import { pause, waitAfter } from "./backoff.ts";
import type { Caller } from "./calls.ts";
import { Encryption } from "./encryption.ts";
import type { Environment } from "./environment.ts";
import { maySucceedLater, type ParleyError } from "./errors.ts";
import { Outbox } from "./outbox/outbox.ts";
import { numbersAnew } from "./outbox/restored.ts";
import type { Begun } from "./outbox/wishes.ts";
import { Presences } from "./presence.ts";
import { type Bounds, forgetSome } from "./replica/bounds.ts";
import type { ChatState } from "./replica/chat-state.ts";
import { loadAll } from "./replica/load.ts";
import { Recounts } from "./replica/recounts.ts";
import type { Replica } from "./replica/replica.ts";
import { hasUnjudged, isUnopened } from "./replica/opened.ts";
import type { Change } from "./replica/rows.ts";
import { Sync } from "./replica/sync.ts";
import { type ChatView, markerIn, viewChat } from "./replica/views.ts";
import { Windows } from "./replica/windows.ts";
import { storeMoved } from "./replica/writer.ts";
import { Socket } from "./socket.ts";
import { type Store, StoreMoved } from "./store/store.ts";
import { report, set } from "./told.ts";
import type { Identity } from "./tokens.ts";
import type { Chat, Info, ServerFrame } from "./wire.ts";

export interface CoreParts {
  caller: Caller;
  environment: Environment;
  identity: Identity;
  replica: Replica;
  store: Store;
  cursor: string | undefined;
  bounds: Bounds;
}

/** Until the server has said from how many members on a chat is large. */
const usuallyLarge = 200;
/** People asked for at once. */
const peopleAtOnce = 100;

/** The parts of a session, put together. */
export class Core {
  readonly caller: Caller;
  readonly environment: Environment;
  readonly identity: Identity;
  readonly replica: Replica;
  readonly store: Store;
  readonly bounds: Bounds;
  readonly socket: Socket;
  readonly sync: Sync;
  readonly outbox: Outbox;
  readonly windows: Windows;
  readonly presences: Presences;
  readonly encryption: Encryption;
  readonly info: Signal<Info | undefined> = signal(undefined);
  /** False when the store has failed: it goes on in memory. */
  readonly isKept: ReadonlySignal<boolean>;
  readonly #isStored: Signal<boolean> = signal(true);
  readonly ended: ReadonlySignal<ParleyError | undefined>;
  readonly listeners = new Set<(event: ServerFrame) => void>();
  readonly isClosed: Signal<boolean> = signal(false);
  /** Behind another program on the store. */
  readonly #behind: Signal<ParleyError | undefined> = signal(undefined);
  readonly #views = new WeakMap<ChatState, ReadonlySignal<ChatView>>();
  readonly #stopLive: () => void;
  readonly #stopOpening: () => void;
  #closing: Promise<void> | undefined;
  /** Ends all pauses. */
  readonly #ending = new AbortController();

  constructor({ caller, environment, identity, replica, store, cursor, bounds }: CoreParts) {
    this.caller = caller;
    this.environment = environment;
    this.identity = identity;
    this.replica = replica;
    this.store = store;
    this.bounds = bounds;
    this.socket = new Socket({
      server: caller.server,
      environment,
      authorization: identity,
      cursor: () => this.sync.cursor,
      heard: (frame) => this.#heard(frame),
      lost: () => this.#lost(),
      isOver: () => identity.ended.value !== undefined,
    });
    this.sync = new Sync({
      replica,
      store,
      cursor,
      load: (isOtherDatabase, signal) => this.#load(isOtherDatabase, signal),
      applied: (event) => this.#applied(event),
      storeLost: (error) => this.#storeLost(error),
    });
    this.presences = new Presences(this.socket, environment);
    const { sync, socket } = this;
    this.windows = new Windows({ replica, caller, sync, isLarge: this.isLarge });
    new Recounts({ replica, caller, environment, sync, ending: this.#ending.signal });
    const wanted = () => this.sync.isLive.peek() && this.#look(() => this.encryption.live());
    this.encryption = new Encryption({ caller, environment, replica, store, sync, wanted });
    const { sealer } = this.encryption;
    this.outbox = new Outbox({ replica, caller, store, environment, sync, socket, sealer });
    this.isKept = computed(() => this.#isStored.value && identity.isKept.value);
    this.ended = computed(() => identity.ended.value ?? this.socket.ended.value ?? this.#behind.value);
    this.#stopLive = effect(() => {
      if (this.sync.isLive.value) queueMicrotask(() => this.#live());
    });
    this.#stopOpening = effect(() => this.#openWhatIsShown());
  }

  readonly isLarge = (memberCount: number): boolean =>
    memberCount > (this.info.value?.limits.large_chat_members ?? usuallyLarge);

  readonly hasMarkers = ({ id, row, members }: ChatState): boolean =>
    row.has_members && (!this.isLarge(members.size) || this.presences.isLookedAt(id));

  /** Loads what is shown of a chat first, and keeps it; what is encrypted is opened, also where all was here already. */
  async open(chatId: number): Promise<void> {
    const opened = this.windows.open(chatId);
    if (this.replica.chats.get(chatId)?.row.encryption.on) this.#shownAnew(chatId);
    await opened;
  }

  look(chatId: number): void {
    this.presences.look(chatId);
    this.#learnMarkers(chatId);
  }

  leave(chatId: number): void {
    this.presences.leave(chatId);
    this.#shownAnew(chatId);
  }

  /** What an entry of the outbox begins with. */
  begin(chatId: number): Begun {
    return {
      chat_id: chatId,
      created_at: this.environment.now(),
      order: this.outbox.nextOrder(),
    };
  }

  /** My marker, as it will be. */
  marker(state: ChatState): number {
    return markerIn(this.replica, state);
  }

  /** Worked out anew only when something of it has changed. */
  view(state: ChatState): ChatView {
    let view = this.#views.get(state);
    if (!view) {
      view = computed(() => {
        void state.version.value;
        void this.replica.noticesVersion.value;
        const shown = viewChat(this.replica, state, this.hasMarkers);
        if (!shown.peer) return shown;
        // Of whom nothing was heard on this line nothing is known.
        const { last_seen } = shown.peer;
        const presence = this.presences.people.value.get(shown.peer.id) ?? { is_online: null, last_seen };
        return { ...shown, peer: { ...shown.peer, ...presence } };
      });
      this.#views.set(state, view);
    }
    return view.value;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    set(this.isClosed, true);
    this.#stopLive();
    this.#stopOpening();
    this.#ending.abort();
    this.outbox.close();
    this.socket.close();
    this.presences.close();
    this.caller.close();
    await this.encryption.close();
    await this.identity.close();
    await this.sync.close();
    await this.store.close();
  }

  /** Of encrypted chats, whenever something of them has changed, or keys have been unlocked. */
  #openWhatIsShown(): void {
    void this.replica.chatsVersion.value;
    void this.encryption.known.value;
    for (const state of this.replica.chats.values()) {
      if (!this.encryption.sealer.isFor(state.id)) continue;
      void state.version.value;
      if (this.#isToOpen(state)) queueMicrotask(() => this.#open(state.id));
    }
  }

  /** What is shown of an encrypted chat: what is open, and else the newest message. */
  #isToOpen(state: ChatState): boolean {
    const { newest, row } = state;
    // It was encrypted, and the server says that it is not.
    if (!row.encryption.on) return !this.encryption.chatProblems.value.has(state.id);
    return this.windows.isOpen(state.id)
      ? hasUnjudged(state)
      : newest !== undefined && isUnopened(state, newest);
  }

  #open(chatId: number): void {
    this.#look(() => this.encryption.open(chatId, { isNewest: !this.windows.isOpen(chatId) }));
  }

  #heard(frame: ServerFrame): void {
    if (frame.type === "connected" && frame.server_version !== this.info.value?.version) {
      void this.#learn();
    }
    this.sync.heard(frame);
  }

  #lost(): void {
    this.sync.lost();
    this.presences.lost();
  }

  #applied(event: ServerFrame): void {
    this.sync.change(forgetSome(this.replica, (chatId) => this.windows.isOpen(chatId), this.bounds));
    this.presences.heard(event);
    this.#look(() => this.encryption.heard(event));
    if (event.type === "chat_created") this.#entered(event.chat);
    else if (event.type === "chat_removed") this.presences.removed(event.chat_id);
    for (const heard of this.listeners) {
      try {
        heard(event);
      } catch (error) {
        report(error);
      }
    }
  }

  /** What one looks at is empty after one was put into it again. */
  #entered({ id, peer }: Chat): void {
    if (this.windows.isOpen(id)) this.windows.open(id).catch(() => {});
    if (this.presences.isLookedAt(id)) this.look(id);
    if (peer) void this.#askFor([peer.id]);
  }

  #live(): void {
    this.presences.live();
    this.#look(() => this.encryption.live());
    void this.#askFor([...this.replica.chats.values()].flatMap(({ row }) => row.peer?.id ?? []));
    for (const chatId of this.replica.chats.keys()) {
      if (this.windows.isOpen(chatId)) this.windows.open(chatId).catch(() => {});
      if (this.presences.isLookedAt(chatId)) this.#learnMarkers(chatId);
    }
  }

  /** In a large chat markers are told from now on: where they are has to be asked. */
  #learnMarkers(chatId: number): void {
    const state = this.replica.chats.get(chatId);
    if (!state?.row.has_members || !this.isLarge(state.members.size)) return;
    this.windows.loadMembers(chatId).then(
      () => this.#shownAnew(chatId),
      () => {},
    );
  }

  #shownAnew(chatId: number): void {
    const state = this.replica.chats.get(chatId);
    if (state) set(state.version, state.version.value + 1);
  }

  async #learn(): Promise<void> {
    try {
      set(this.info, await this.caller.call("GET /", {}));
    } catch {
      // With the next connect.
    }
  }

  /** Presence is in no event that lasts: of those with whom there is a direct chat it is asked for. */
  async #askFor(peers: number[]): Promise<void> {
    try {
      for (let i = 0; i < peers.length; i += peopleAtOnce) {
        const query = { ids: peers.slice(i, i + peopleAtOnce) };
        await this.presences.ask(async () => (await this.caller.call("GET /api/users", { query })).users);
      }
    } catch {
      // With the next connect.
    }
  }

  async #load(isOtherDatabase: boolean, signal: AbortSignal): Promise<(() => Change[]) | undefined> {
    const call: Caller["call"] = (name, input) =>
      this.#persistently(signal, () => this.caller.call(name, input, { signal }));
    try {
      const toChanges = await loadAll({ call }, this.replica, (chatId) => this.windows.isOpen(chatId));
      return () => [...(isOtherDatabase ? numbersAnew(this.replica) : []), ...toChanges()];
    } catch {
      // It was refused, or the session is over: it begins anew with the next connect.
      if (!signal.aborted) this.socket.reopen();
      return undefined;
    }
  }

  /** What a server shows of keys. That it does not answer must not keep it from being looked at. */
  #look(look: () => Promise<void>): void {
    this.#persistently(this.#ending.signal, look).catch(() => {});
  }

  /** Again and again while the line is there: on a bad one it would never come to an end in one go. */
  async #persistently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (!maySucceedLater(error) || signal.aborted) throw error;
        await pause(this.environment, waitAfter(this.environment, error, attempt), signal);
      }
    }
  }

  #storeLost(error: unknown): void {
    set(this.#isStored, false);
    if (!(error instanceof StoreMoved)) return;
    set(this.#behind, storeMoved());
    this.outbox.close();
    this.socket.close();
  }
}
