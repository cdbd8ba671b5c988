/** What the server says to somebody who loads everything anew, and what of it has to be so at everybody. */
import { password } from "../server.ts";
import type { Stored, Truth } from "./check.ts";
import { Reader } from "./reader.ts";
import type { World } from "./world.ts";

type Json = Record<string, any>;

/** All that one person sees. Chats are in the order of their last activity, messages in that of `seq`. */
export interface View {
  chats: { info: Json; members: Json[]; messages: Json[] }[];
  counts: Json;
}

/** What a client shows, and what it should show no more. */
export interface Shows extends View {
  oddities: string[];
}

/** From how many members on a chat is large (LARGE_CHAT_MEMBERS). */
const largeChatMembers = 200;

/** Everything anew, for each of the people. */
export class FreshLoads {
  readonly #accounts: Account[];
  readonly #readers: Promise<Reader | undefined>[];
  #views: View[] = [];

  constructor(
    url: string,
    private readonly world: World,
  ) {
    this.#accounts = world.people.map(({ username }) => new Account(url, username));
    this.#readers = world.people.map(({ username }, i) => Reader.of(url, username, world.recoveryKeys[i]));
  }

  async load(): Promise<void> {
    this.#views = await Promise.all(
      this.#accounts.map(async (one, i) => {
        const view = await loadView(one);
        await (await this.#readers[i])?.open(view);
        return view;
      }),
    );
  }

  /** What somebody sees. */
  view(userId: number): View {
    return this.#views[this.world.people.findIndex((one) => one.id === userId)]!;
  }

  /** All there is, from those who see all of it. */
  truth(): Truth {
    const { people, chats, guests, door } = this.world;
    const messages: Stored[] = [];
    const read: Truth["read"] = new Map();
    for (const [i, { id }] of people.entries()) {
      for (const { info, messages: all } of this.#views[i]!.chats) {
        read.set(`${id}/${info["id"]}`, info["last_read_message_id"] ?? 0);
        const isWitness = chats.some((one) => one.id === info["id"] && one.witness === i);
        if (isWitness) messages.push(...(all as Stored[]));
      }
    }
    return { messages, read, guests: new Set(guests.map((one) => `${people[one]!.id}/${door}`)) };
  }
}

/** One's own calls, past everything that lies between; signs in again when the token is over. */
class Account {
  #token = "";

  constructor(
    readonly url: string,
    readonly username: string,
  ) {}

  async get(path: string): Promise<Json> {
    const answer = await fetch(this.url + path, { headers: { Authorization: `Bearer ${this.#token}` } });
    if (answer.status === 401) {
      await this.#signIn();
      return this.get(path);
    }
    if (!answer.ok) throw new Error(`${this.username}: ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Json;
  }

  async #signIn(): Promise<void> {
    const body = JSON.stringify({ username: this.username, password });
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${this.url}/api/auth/login`, { method: "POST", headers, body });
    this.#token = ((await answer.json()) as Json)["access_token"];
  }
}

async function loadView(account: Account): Promise<View> {
  const infos = await pages(account, "/api/chats", "chats");
  const chats: View["chats"] = [];
  for (const info of infos) {
    const members = await pages(account, `/api/chats/${info["id"]}/members`, "members");
    chats.push({ info, members, messages: await loadMessages(account, info["id"]) });
  }
  return { chats, counts: await account.get("/api/notifications/count") };
}

async function pages(account: Account, path: string, name: string): Promise<Json[]> {
  const all: Json[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Json = await account.get(
      `${path}?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    all.push(...page[name]);
    cursor = page["next_cursor"];
  }
  return all;
}

async function loadMessages(account: Account, chatId: number): Promise<Json[]> {
  const all: Json[] = [];
  for (let before = ""; ; before = `&before=${all[0]!["id"]}`) {
    const { messages, has_more_before } = await account.get(`/api/messages/${chatId}?limit=100${before}`);
    all.unshift(...messages);
    if (!has_more_before) return all;
  }
}

/** Everything that is shown, by name, and as JSON of what has to be the same. */
export type Facts = Map<string, Json>;

/**
 * What no event that lasts says is left out: presence, and in large chats how far others have come, and what one has been sent
 * oneself; and in chats `withoutStatus` that of messages.
 */
export function factsOf({ chats, counts }: View, me: number, withoutStatus: Set<number>): Facts {
  const facts: Facts = new Map([
    ["counts", counts],
    ["chats", chats.map(({ info }) => info["id"])],
  ]);
  for (const { info, members, messages } of chats) {
    const { id, member_count } = info;
    const isLarge = member_count > largeChatMembers;
    const hidden = isLarge || withoutStatus.has(id) ? [...presence, "status"] : presence;
    const ofMe = isLarge ? [...presence, delivered] : presence;
    const ofOther = isLarge ? [...presence, delivered, read] : presence;
    facts.set(`chat ${id}`, without(info, hidden));
    facts.set(`${all} of ${id}`, {
      members: members.map((one) => one["user_id"]),
      messages: messages.map((one) => one["id"]),
    });
    for (const one of members) {
      const { user_id } = one;
      facts.set(`member ${user_id} of ${id}`, without(one, user_id === me ? ofMe : ofOther));
    }
    for (const one of messages) facts.set(`message ${one["id"]} of ${id}`, without(one, hidden));
  }
  return facts;
}

const all = "all";
const presence = ["is_online", "last_seen"];
const read = "last_read_message_id";
const delivered = "last_delivered_message_id";

/** At every depth without those that are left out. */
function without(value: Json, leftOut: string[]): Json {
  return JSON.parse(JSON.stringify(value, (key, inner) => (leftOut.includes(key) ? undefined : inner)));
}

/** Of chats whose members are not loaded nobody can tell how far messages have come. */
export function withoutMembers({ chats }: View): Set<number> {
  return new Set(chats.flatMap(({ info, members }) => (members.length === 0 ? [info["id"]] : [])));
}

/** As somebody can see it who quotes of encrypted messages only what is here. */
export function quotingOnly({ chats: shown }: View, { chats, counts }: View): View {
  const here = new Set(shown.flatMap(({ messages }) => messages.map((one) => one["id"])));
  const quoting = (one: Json) =>
    one["encrypted"] && one["reply_to"] && !here.has(one["reply_to_id"])
      ? { ...one, reply_to: { ...one["reply_to"], content: "" } }
      : one;
  return {
    counts,
    chats: chats.map(({ info, members, messages }) => ({
      info: info["last_message"] ? { ...info, last_message: quoting(info["last_message"]) } : info,
      members,
      messages: messages.map(quoting),
    })),
  };
}

/** What is shown and is not so. There may be more than what is shown. */
export function unfounded(shown: Facts, fresh: Facts): string[] {
  return [...shown].flatMap(([name, one]) => {
    const other = fresh.get(name);
    if (name.startsWith(all) || Bun.deepEquals(one, other)) return [];
    return [other ? `${name}: ${contrast(one, other)}` : `${name} is shown`];
  });
}

/** The same, and what is not shown or in another order. */
export function difference(shown: Facts, fresh: Facts): string[] {
  const missing = [...fresh.keys()].filter((name) => !shown.has(name)).map((name) => `${name} is not shown`);
  const others = [...fresh].flatMap(([name, one]) => {
    const other = shown.get(name);
    return name.startsWith(all) && other && !Bun.deepEquals(one, other)
      ? [`${name}: ${contrast(other, one)}`]
      : [];
  });
  return [...unfounded(shown, fresh), ...missing, ...others];
}

/** The fields that differ. */
function contrast(shown: Json, fresh: Json): string {
  const names = Object.keys({ ...shown, ...fresh }).filter(
    (name) => !Bun.deepEquals(shown[name], fresh[name]),
  );
  return names
    .map((name) => `${name} is ${JSON.stringify(shown[name])}, not ${JSON.stringify(fresh[name])}`)
    .join("; ");
}
