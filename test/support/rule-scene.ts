/** Where people try what the rule table says, and who is there. */
import { ManualClock } from "./clock.ts";
import { makePair } from "./e2ee/people.ts";
import { confirm, keychain, publish, rotate, unlock } from "./e2ee/published.ts";
import type { Person } from "./person.ts";
import { picture } from "./files.ts";
import type { Place } from "./rule-table.ts";
import { password, TestServer } from "./server.ts";
import type { Frame, Socket } from "./socket.ts";

export interface Scene {
  people: Record<string, Person>;
  /** The chat that it is about, and what each of those in it wrote there. */
  chat: number;
  wrote: Record<string, number>;
  /** The file in each of these messages, where it is about files. */
  sent: Record<string, number>;
  /** The first thing in a group, which nobody wrote. */
  systemMessage: number;
  /** The ids of what is somebody's own. */
  own: Record<string, Own>;
  /** A place in the order of events. */
  cursor: string;
  /** Everything that a refused try could change, as it was; and as it is. */
  seen: unknown;
  look: () => Promise<unknown>;
  /** Of somebody whose account was disabled: open since before. */
  socket?: Socket;
}

/** Keys of a browser (RFC 8291, 5); no endpoint below `invalid` is ever reached (RFC 2606). */
export const subscription = {
  keys: {
    p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth: "BTBZMqHH6r4Tts7J_aSIgg",
  },
};

interface Own {
  session_id: number;
  notification_id: number;
  mention_id: number;
  device_id: number;
  subscription_id: number;
  media_id: number;
  avatar_id: number;
  /** Where it is about keys: what somebody who has some may send next. */
  keys?: Keys;
}

interface Keys {
  next: Record<string, unknown>;
  reset: Record<string, unknown>;
  keychain: Record<string, unknown>;
  confirmation: Record<string, unknown>;
}

/** A server with people who stay, and a scene that stays until somebody has changed something. */
export class Stage {
  #count = 0;
  #place: Place | undefined;
  #scene: Scene | undefined;
  #cast: Promise<Record<string, Person>> | undefined;
  #hasFiles = false;
  #hasKeys = false;
  /** User names. */
  readonly #disabled = new Set<string>();
  readonly #sockets = new Map<Person, Promise<Socket>>();

  private constructor(readonly server: TestServer) {}

  static async open(): Promise<Stage> {
    return new Stage(await TestServer.start({ clock: new ManualClock() }));
  }

  /** Somebody's socket; the same every time. */
  socketOf(person: Person): Promise<Socket> {
    const socket = this.#sockets.get(person) ?? person.connect();
    this.#sockets.set(person, socket);
    return socket;
  }

  /** Where somebody of this standing may try; "disabled" is a member, or somebody like others, until then. */
  async scene(place: Place, standing: string): Promise<Scene> {
    if (this.#place !== place) this.clear();
    this.#place = place;
    this.#scene ??= await (place === "account" ? this.#setAccounts() : this.#setChat(place, "member"));
    if (standing !== "disabled") return this.#scene;
    // The disabled person's direct chat is another one.
    const scene = place === "direct chat" ? await this.#setChat(place, "disabled") : this.#scene;
    return this.#disableIn(scene);
  }

  /** The scene is no longer as it was. */
  clear(): void {
    this.#scene = undefined;
  }

  /** From now on what people write has files in it, or none. */
  useFiles(hasFiles: boolean): void {
    this.#hasFiles = hasFiles;
    this.clear();
  }

  /** From now on people have keys, or none. */
  useKeys(hasKeys: boolean): void {
    this.#hasKeys = hasKeys;
    this.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }

  async #setChat(place: Place, standing: "member" | "disabled"): Promise<Scene> {
    const people = await (this.#cast ??= this.#members());
    await this.#enableIn(people);
    const isDirect = place === "direct chat";
    const chat = isDirect ? await people[standing]!.directWith(people["other"]!) : await newGroup(people);
    const { wrote, sent } = await write(
      chat,
      people,
      isDirect ? [standing, "other"] : writers,
      this.#hasFiles,
    );
    if (!isDirect) await arrange(chat, people, place === "closed group");
    const witness = people[isDirect ? "other" : "owner"]!;
    const systemMessage = isDirect ? 0 : (await witness.history(chat))[0].id;
    await this.server.settled();
    const { cursor } = await this.socketOf(witness);
    const look = await this.#seenBy(witness, chat);
    return { people, chat, wrote, sent, systemMessage, own: {}, cursor, look, seen: await look() };
  }

  async #setAccounts(): Promise<Scene> {
    const { nobody, other, gone } = await (this.#cast ??= this.#members());
    const people = await this.#newPeople(["oneself", "another", "disabled"]);
    Object.assign(people, { nobody, other, gone });
    const { oneself, disabled } = people;
    // Somebody has called them while they were away.
    const chat = await other!.group("Friends", oneself!, disabled!);
    await other!.say(chat, `@${oneself!.username} @${disabled!.username}`);
    await this.server.settled();
    const own = { oneself: await this.#ownOf(oneself!), disabled: await this.#ownOf(disabled!) };
    const { cursor } = await this.socketOf(other!);
    const look = () => this.#seenOfAccounts(people);
    return { people, chat, wrote: {}, sent: {}, systemMessage: 0, own, cursor, look, seen: await look() };
  }

  async #ownOf(person: Person): Promise<Own> {
    const own = await ownOf(person);
    return this.#hasKeys ? { ...own, keys: await keysOf(this.server, person) } : own;
  }

  async #disableIn(scene: Scene): Promise<Scene> {
    await this.#enableIn(scene.people);
    const disabled = scene.people["disabled"]!;
    const socket = await disabled.connect();
    await this.#disable(disabled);
    scene.seen = await scene.look();
    return { ...scene, socket };
  }

  /** Back from the last time. */
  async #enableIn(people: Record<string, Person>): Promise<void> {
    const { username } = people["disabled"]!;
    if (!this.#disabled.delete(username)) return;
    await this.server.operate("user enable", { username });
    people["disabled"] = await this.server.login(username);
  }

  async #disable({ username }: Person): Promise<void> {
    await this.server.operate("user disable", { username });
    this.#disabled.add(username);
  }

  // Who is there

  async #members(): Promise<Record<string, Person>> {
    const names = ["stranger", "former", "member", "admin", "owner", "disabled"];
    const people = await this.#newPeople([...names, "other", "otherAdmin", "newcomer"]);
    return { ...people, nobody: this.#nobody(), gone: await this.#gone() };
  }

  async #newPeople(names: string[]): Promise<Record<string, Person>> {
    const people = names.map(async (name) => [name, await this.#newPerson(name)] as const);
    return Object.fromEntries(await Promise.all(people));
  }

  #newPerson(name: string): Promise<Person> {
    return this.server.register(`${name}${++this.#count}`);
  }

  #nobody(): Person {
    return this.server.as({ user: { id: 9999, username: "nobody" } });
  }

  /** Somebody's account was disabled, long ago. */
  async #gone(): Promise<Person> {
    const person = await this.#newPerson("gone");
    await this.#disable(person);
    return person;
  }

  // What a try could change

  async #seenBy(witness: Person, chat: number): Promise<Scene["look"]> {
    const socket = await this.socketOf(witness);
    const look = async () => [
      (await witness.get(`/api/messages/${chat}`)).body,
      withoutPresence((await witness.get(`/api/chats/${chat}`)).body),
    ];
    // Who sees the newest page has received it: from here on that changes nothing.
    await look();
    await this.server.settled();
    await socket.settled();
    const from = socket.frames.length;
    return async () => {
      const now = await look();
      const told = (await socket.settled()).slice(from);
      return [...now, told.filter((one) => isAbout(one, chat))];
    };
  }

  async #seenOfAccounts(people: Record<string, Person>): Promise<unknown> {
    const users: { id: number }[] = await this.server.operate("user list", {});
    const ids = Object.values(people).map((one) => one.id);
    const oneself = people["oneself"]!;
    const { sessions } = (await oneself.get("/api/auth/sessions")).body;
    const others = ["/api/chats", "/api/notifications", "/api/notifications/mentions"];
    return [
      users.length,
      withoutPresence(users.filter((one) => ids.includes(one.id))),
      sessions.map((one: { id: number }) => one.id),
      ...(await Promise.all(others.map(async (path) => withoutPresence((await oneself.get(path)).body)))),
    ];
  }
}

const writers = ["former", "member", "admin", "owner", "other", "disabled"];

function newGroup({ former, member, admin, owner, other, otherAdmin, disabled }: Record<string, Person>) {
  return owner!.group("Team", former!, member!, admin!, other!, otherAdmin!, disabled!);
}

/** Each says something, perhaps with a picture. */
async function write(chat: number, people: Record<string, Person>, names: string[], hasFiles: boolean) {
  const said = names.map(async (name) => {
    const files = hasFiles ? (await people[name]!.upload([picture()])).body.media : [];
    const media_ids = files.map((one: { id: number }) => one.id);
    return [name, await people[name]!.say(chat, `from ${name}`, { media_ids })] as const;
  });
  const messages = await Promise.all(said);
  return {
    wrote: Object.fromEntries(messages.map(([name, message]) => [name, message.id])),
    sent: Object.fromEntries(messages.map(([name, message]) => [name, message.media[0]?.id])),
  };
}

async function arrange(chat: number, people: Record<string, Person>, isClosed: boolean): Promise<void> {
  const { former, admin, owner, otherAdmin } = people;
  const of = (one: Person) => `/api/chats/${chat}/members/${one.id}`;
  await Promise.all([
    owner!.put(of(admin!), { role: "admin" }),
    owner!.put(of(otherAdmin!), { role: "admin" }),
    former!.delete(of(former!)),
  ]);
  if (isClosed) await owner!.delete(`/api/chats/${chat}`);
}

async function ownOf(person: Person): Promise<Own> {
  const token = `token of ${person.username}`;
  const [{ sessions }, { notifications }, { mentions }, device, subscribed, uploaded, shown] =
    await Promise.all([
      person.get("/api/auth/sessions").then((reply) => reply.body),
      person.get("/api/notifications").then((reply) => reply.body),
      person.get("/api/notifications/mentions").then((reply) => reply.body),
      person.post("/api/auth/device-token", { token }).then((reply) => reply.body),
      person
        .post("/api/notifications/web-push-subscriptions", {
          ...subscription,
          endpoint: `https://push.invalid/${token}`,
        })
        .then((reply) => reply.body),
      person.upload([picture()]).then((reply) => reply.body),
      person.setPicture("/api/auth/me/avatar", picture()).then((reply) => reply.body),
    ]);
  return {
    session_id: sessions[0].id,
    notification_id: notifications[0].id,
    mention_id: mentions[0].id,
    device_id: device.id,
    subscription_id: subscribed.id,
    media_id: uploaded.media[0].id,
    avatar_id: Number(shown.avatar_url.split("/").at(-1)),
  };
}

async function keysOf(server: TestServer, person: Person): Promise<Keys> {
  const keeper = await publish(server, person);
  const sealed = { keychain: await keychain(), unlock: [await unlock()] };
  const confirmation = { jws: await confirm(keeper) };
  const next = await rotate(keeper);
  keeper.ik = await makePair("ES256");
  keeper.ek = await makePair("RSA-OAEP-256");
  const reset = await keeper.entry({ reason: "reset" });
  return {
    next: { "If-Match": '"1"', entry: next, current_password: password },
    reset: { mode: "client", entry: reset, ...sealed, replace: true, current_password: password },
    keychain: { "If-Match": '"1"', ver: 2, ...sealed },
    confirmation,
  };
}

/** That somebody was disabled for a try is told a moment later. */
function isAbout({ type, chat_id, message, chat: whole }: Frame, chat: number): boolean {
  return type !== "user_updated" && [chat_id, message?.chat_id, whole?.id].includes(chat);
}

/** Whoever tries comes and goes. */
function withoutPresence(seen: unknown): unknown {
  return JSON.parse(
    JSON.stringify(seen, (key, value) => (["is_online", "last_seen"].includes(key) ? null : value)),
  );
}
