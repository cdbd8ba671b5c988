import { Caller } from "../../src/client/sdk/calls.ts";
import { environmentWith } from "../../src/client/sdk/environment.ts";
import { ParleyError } from "../../src/client/sdk/errors.ts";
import type { ChatState } from "../../src/client/sdk/replica/chat-state.ts";
import { loadAll } from "../../src/client/sdk/replica/load.ts";
import { Replica as SdkReplica } from "../../src/client/sdk/replica/replica.ts";
import { Sync } from "../../src/client/sdk/replica/sync.ts";
import { viewChat } from "../../src/client/sdk/replica/views.ts";
import { Recounts } from "../../src/client/sdk/replica/recounts.ts";
import { Windows } from "../../src/client/sdk/replica/windows.ts";
import { memoryStore } from "../../src/client/sdk/store/memory.ts";
import type { ServerFrame } from "../../src/client/sdk/wire.ts";
import type { Person } from "./person.ts";
import type { Frame, Socket } from "./socket.ts";
import { until } from "./until.ts";

type Json = Record<string, any>;

/**
 * What the client library makes of the events that come on a socket of the tests, each of which is checked against the
 * documents: everything is loaded once, and from then on only events change it. `snapshot` says what it shows.
 */
export class Replica {
  /** Where it was when it was left. */
  cursor: string | undefined;
  readonly #replica: SdkReplica;
  readonly #sync: Sync;
  readonly #windows: Windows;
  /** Whom it was told are online, where it looks. */
  readonly #online = new Map<number, Set<number>>();

  constructor(private readonly person: Person) {
    const environment = environmentWith();
    const caller = new Caller(person.url, environment);
    caller.authorization = {
      token: async () => person.accessToken,
      renew: () => Promise.reject(new Error("the access token was refused")),
    };
    const replica = new SdkReplica(person.signedIn.user);
    this.#replica = replica;
    this.#sync = new Sync({
      replica,
      store: memoryStore(),
      cursor: undefined,
      load: () => loadAll(caller, replica, () => true),
      applied: (event) => this.#comesOrGoes(event),
      storeLost(error) {
        throw error;
      },
    });
    this.#windows = new Windows({ replica, caller, sync: this.#sync, isLarge });
    const { signal: ending } = new AbortController();
    new Recounts({ replica, caller, sync: this.#sync, environment, ending });
  }

  get chats(): ReadonlyMap<number, ChatState> {
    return this.#replica.chats;
  }

  /** Ids of notifications that have not been read, mentions among them. */
  get notices(): Iterable<number> {
    return this.#replica.notices.keys();
  }

  /** Takes every frame that comes on this socket from now on, and all that have come. */
  follow(socket: Socket): void {
    for (const frame of socket.frames) this.#hear(frame);
    socket.onFrame = (frame) => this.#hear(frame);
  }

  #hear(frame: Frame): void {
    if (["ack", "error", "pong"].includes(frame.type)) return;
    this.#sync.heard(frame as ServerFrame);
    // Applying twice is harmless: so it is done all the time.
    if ("cursor" in frame && frame.type !== "connected" && frame.type !== "resync") {
      this.#sync.heard(frame as ServerFrame);
    }
  }

  /** The line is gone; the next socket goes on from here. */
  leave(): void {
    this.#sync.lost();
  }

  async look(socket: Socket, chatId: number): Promise<void> {
    const { online } = await socket.ask({ type: "join_chat", chat_id: chatId });
    this.#online.set(chatId, new Set(online));
  }

  onlineIn(chatId: number): ReadonlySet<number> {
    return this.#online.get(chatId) ?? new Set();
  }

  #comesOrGoes(event: ServerFrame): void {
    if (event.type !== "user_status") return;
    for (const [chatId, online] of this.#online) {
      if (event.status === "offline") online.delete(event.user_id);
      else if (this.chats.get(chatId)?.members.has(event.user_id)) online.add(event.user_id);
    }
  }

  /** Settles when everything is here: chats that were entered meanwhile, and what has to be counted anew. */
  async settled(): Promise<void> {
    await until(() => this.#sync.isLive.value);
    await until(async () => {
      for (const id of Array.from(this.chats.keys())) await this.#loadWhole(id).catch(unlessRemoved);
      return [...this.chats.values()].every(({ row }) => row.has_members && !row.is_stale);
    });
  }

  async #loadWhole(id: number): Promise<void> {
    if (this.chats.get(id)?.row.has_members === false) await this.#windows.loadMembers(id);
    for (let state = this.chats.get(id); state; state = this.chats.get(id)) {
      const gap = state.timeline
        .items(this.#replica, hasMarkers(state))
        .findLast((one) => one.kind === "gap");
      if (gap?.kind !== "gap") return;
      await this.#windows.load(id, { before: gap.before });
    }
  }

  /** What is shown; whose markers are whose is known of chats that `looks` is true for. */
  snapshot(looks: Looks): Json {
    return show(
      [...this.chats.values()].map((state) => ({
        ...viewChat(this.#replica, state, hasMarkers),
        members: [...state.members.values()],
        messages: state.timeline
          .items(this.#replica, hasMarkers(state))
          .flatMap((one) => (one.kind === "message" ? [one.message] : [])),
      })),
      this.person.id,
      looks,
    );
  }
}

/** Whoever was taken out of a chat while it was being loaded hears of that, too. */
function unlessRemoved(error: unknown): void {
  if (!(error instanceof ParleyError) || error.code !== "not_found") throw error;
}

/** Markers are compared where somebody looks, also in large chats. */
const isLarge = () => false;
const hasMarkers = ({ row }: ChatState) => row.has_members;

/** The same of a client that has just loaded everything over REST: what a replica works out, the server says. */
export async function loaded(person: Person, looks: Looks = () => true): Promise<Json> {
  const chats = await pages(person, "/api/chats", "chats");
  for (const chat of chats) {
    chat["members"] = await pages(person, `/api/chats/${chat["id"]}/members`, "members");
    chat["messages"] = await loadMessages(person, chat["id"]);
  }
  return show(chats, person.id, looks);
}

type Looks = (chatId: number) => boolean;

/** No event that lasts says it. */
const presence = ["is_online", "last_seen"];
const markers = ["last_read_message_id", "last_delivered_message_id"];

/** The chats as they are put on the screen, by id. */
export function show(chats: Json[], me: number, looks: Looks): Json {
  const shown: Json = {};
  for (const chat of chats) {
    const isLooking = looks(chat["id"]);
    const message = (one: Json) => (isLooking ? one : omit(one, ["status"]));
    const member = (one: Json) =>
      omit(one, [
        ...presence,
        ...(isLooking ? [] : one["user_id"] === me ? ["last_delivered_message_id"] : markers),
      ]);
    shown[chat["id"]] = {
      ...chat,
      peer: chat["peer"] && omit(chat["peer"], presence),
      last_message: chat["last_message"] && message(chat["last_message"]),
      members: chat["members"].toSorted((a: Json, b: Json) => a["id"] - b["id"]).map(member),
      messages: chat["messages"].map(message),
    };
  }
  return shown;
}

/** What somebody has not read of what they were told. */
export async function loadNotices(person: Person): Promise<Json[]> {
  const notices: Json[] = [];
  for (let before: string | undefined = ""; before !== undefined;) {
    const { body } = await person.get(`/api/notifications?unread=true&limit=100${before}`);
    notices.push(...body.notifications);
    before = body.has_more ? `&before=${notices.at(-1)!["id"]}` : undefined;
  }
  return notices;
}

/** All of a list whose pages follow each other by `next_cursor`. Nothing where it is not to be seen any more. */
async function pages(person: Person, path: string, name: string): Promise<Json[]> {
  const all = new Map<number, Json>();
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await person.get(
      `${path}?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const one of body[name] ?? []) all.set(one.id, one);
    cursor = body.next_cursor ?? null;
  }
  return [...all.values()];
}

async function loadMessages(person: Person, id: number): Promise<Json[]> {
  const messages: Json[] = [];
  for (let before: string | undefined = ""; before !== undefined;) {
    const { body } = await person.get(`/api/messages/${id}?limit=100${before}`);
    messages.unshift(...(body.messages ?? []));
    before = body.has_more_before ? `&before=${body.messages[0].id}` : undefined;
  }
  return messages;
}

function omit(object: Json, names: string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
