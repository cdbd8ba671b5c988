/** Where people try what the rule table says, and who is there. */
import type { Person } from "./person.ts";
import type { Place } from "./rule-table.ts";
import { TestServer } from "./server.ts";
import type { Frame, Socket } from "./socket.ts";

export interface Scene {
  people: Record<string, Person>;
  /** The chat that it is about, and what each of those who ever could have written there. */
  chat: number;
  wrote: Record<string, number>;
  /** The first thing in a group, which nobody wrote. */
  systemMessage: number;
  /** Somebody's session, and a place in the order of events. */
  sessions: Record<string, number>;
  cursor: string;
  /** Of the disabled person: open since before. */
  socket: Socket | undefined;
  /** Everything that a refused try could change, as it was; and as it is. */
  seen: unknown;
  look: () => Promise<unknown>;
}

/** A server with people who stay, and a scene that stays until somebody has changed something. */
export class Stage {
  #count = 0;
  #scene: (Scene & { place: Place }) | undefined;
  readonly #sockets = new Map<Person, Promise<Socket>>();
  #cast: Promise<Record<string, Person>> | undefined;

  private constructor(private readonly server: TestServer) {}

  static async open(): Promise<Stage> {
    return new Stage(await TestServer.start());
  }

  /** Somebody's socket; the same every time. */
  socketOf(person: Person): Promise<Socket> {
    const socket = this.#sockets.get(person) ?? person.connect();
    this.#sockets.set(person, socket);
    return socket;
  }

  /** With `standing` "disabled" a new one, with somebody more whose account was disabled after all else. */
  async scene(place: Place, standing: string): Promise<Scene> {
    if (standing === "disabled") {
      if (place === "account") this.clear();
      return this.#set(place, standing);
    }
    if (this.#scene?.place !== place) this.#scene = { place, ...(await this.#set(place, standing)) };
    return this.#scene;
  }

  /** The scene is no longer as it was. */
  clear(): void {
    this.#scene = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }

  async #set(place: Place, standing: string): Promise<Scene> {
    const others = place === "account" ? await this.#accounts() : await (this.#cast ??= this.#members());
    const people = { ...others };
    if (standing === "disabled") people["disabled"] = await this.#newPerson("disabled");
    const chat = await chatFor(place, people);
    const wrote = chat ? await write(chat, people) : {};
    if (place.endsWith("group")) await arrange(chat, people, place === "closed group");
    const systemMessage = place.endsWith("group") ? (await people["owner"]!.history(chat))[0].id : 0;
    const sessions = place === "account" ? await sessionsOf(people) : {};
    const witness = people["owner"] && place !== "direct chat" ? people["owner"] : people["other"]!;
    const { cursor } = await this.socketOf(witness);
    const socket = people["disabled"] && (await people["disabled"].connect());
    if (socket) await this.#disable(people["disabled"]!);
    const look = place === "account" ? () => this.#seenOfAccounts(people) : await this.#seenBy(witness, chat);
    return { people, chat, wrote, systemMessage, sessions, cursor, socket, seen: await look(), look };
  }

  // Who is there

  async #members(): Promise<Record<string, Person>> {
    const names = ["stranger", "former", "member", "admin", "owner", "other", "otherAdmin", "newcomer"];
    return { ...(await this.#newPeople(names)), nobody: this.#nobody(), gone: await this.#gone() };
  }

  async #accounts(): Promise<Record<string, Person>> {
    const people = await this.#newPeople(["oneself", "another", "other"]);
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

  #disable({ username }: Person): Promise<unknown> {
    return this.server.operate("user disable", { username });
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
    await socket.settled();
    const from = socket.frames.length;
    return async () => {
      const now = await look();
      const told = (await socket.settled()).slice(from);
      return [...now, told.filter((one) => isAbout(one, chat))];
    };
  }

  async #seenOfAccounts(people: Record<string, Person>): Promise<unknown> {
    return [
      withoutPresence(await this.server.operate("user list", {})),
      await sessionsOf({ oneself: people["oneself"]! }),
      (await people["oneself"]!.get("/api/chats")).body,
    ];
  }
}

async function chatFor(place: Place, people: Record<string, Person>): Promise<number> {
  if (place === "account") return 0;
  const { former, member, admin, owner, other, otherAdmin, disabled } = people;
  if (place === "direct chat") return (disabled ?? member!).directWith(other!);
  const members = [former!, member!, admin!, other!, otherAdmin!];
  return owner!.group("Team", ...members, ...(disabled ? [disabled] : []));
}

async function write(chat: number, people: Record<string, Person>): Promise<Record<string, number>> {
  const wrote = ["former", "member", "admin", "owner", "other", "disabled"].map(async (name) => {
    const message = await people[name]?.say(chat, `from ${name}`);
    return [name, message?.id] as const;
  });
  return Object.fromEntries(await Promise.all(wrote));
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

async function sessionsOf(people: Record<string, Person>): Promise<Record<string, number>> {
  const sessions = Object.entries(people).map(async ([name, person]) => {
    const { body } = await person.get("/api/auth/sessions");
    return [name, body.sessions?.[0].id] as const;
  });
  return Object.fromEntries(await Promise.all(sessions));
}

function isAbout({ chat_id, message, chat: whole }: Frame, chat: number): boolean {
  return [chat_id, message?.chat_id, whole?.id].includes(chat);
}

/** Whoever tries comes and goes. */
function withoutPresence(seen: unknown): unknown {
  return JSON.parse(
    JSON.stringify(seen, (key, value) => (["is_online", "last_seen"].includes(key) ? null : value)),
  );
}
