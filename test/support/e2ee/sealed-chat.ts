/** Encrypted chats for tests that are about what is in them, not about who may read it: people get their keys by the way. */
import type { Person, Reply } from "../person.ts";
import type { TestServer } from "../server.ts";
import { done, EncryptedChat, type Peer } from "./encrypted-chat.ts";
import { makePair, type Pair } from "./people.ts";
import { publish } from "./published.ts";

/** What is said in a call or a header that is not as it has to be, and the text inside. */
export interface ToSeal {
  text?: string;
  mid?: string;
  [header: string]: unknown;
}

/** Encryption keys, which take long to make: each server takes each of them once, the first ones first. */
const pairs: Promise<Pair>[] = [];
const peers = new WeakMap<TestServer, Map<Person, Promise<Peer>>>();

function peerOf(server: TestServer, person: Person): Promise<Peer> {
  const here = peers.get(server) ?? new Map<Person, Promise<Peer>>();
  peers.set(server, here);
  const known = here.get(person);
  if (known) return known;
  const pair = (pairs[here.size] ??= makePair("RSA-OAEP-256"));
  const made = pair.then(async (ek) => ({ person, keeper: await publish(server, person, ek) }));
  here.set(person, made);
  return made;
}

export class SealedChat {
  private constructor(
    private readonly chat: EncryptedChat,
    private readonly first: Peer,
  ) {}

  get id(): number {
    return this.chat.id;
  }

  /** The first one of its members, of whom all are named, turns encryption on in a chat. */
  static async on(
    server: TestServer,
    chatId: number,
    ...members: [Person, ...Person[]]
  ): Promise<SealedChat> {
    const sealed = await SealedChat.withoutEpoch(server, chatId, ...members);
    await sealed.chat.begin(sealed.first);
    return sealed;
  }

  static async withoutEpoch(
    server: TestServer,
    chatId: number,
    ...members: [Person, ...Person[]]
  ): Promise<SealedChat> {
    const [first] = await Promise.all(members.map((one) => peerOf(server, one)));
    const chat = new EncryptedChat((await server.api.get("/")).body.id, chatId);
    done(await chat.turnOn(first!), 201);
    return new SealedChat(chat, first!);
  }

  /** The epoch of now ends, and the next one begins. */
  async renew(): Promise<void> {
    await this.chat.begin(this.first, { reason: "repair" });
  }

  /** What a device of `person` makes: the fields of a call. */
  async seal(
    person: Person,
    { text, mid = crypto.randomUUID(), ...header }: ToSeal = {},
  ): Promise<{ content: string; client_id: string }> {
    return { content: await this.chat.seal({ person }, mid, text, header), client_id: mid };
  }

  /** Sends a message; `more` are fields of the call. */
  async send(
    person: Person,
    { text, ...more }: { text?: string; [field: string]: unknown } = {},
  ): Promise<Reply> {
    const sealed = await this.seal(person, text === undefined ? {} : { text });
    return person.post(`/api/messages/${this.id}`, { ...sealed, encrypted: true, ...more });
  }

  /** The same; answers the message. */
  async say(person: Person, more: object = {}): Promise<any> {
    return done(await this.send(person, { ...more }), 201).body;
  }
}
