/** Alice, whom a server or other members try to deceive, on devices of the client library; the others make everything by hand. */
import type { Conversation, Item, Session, Shown } from "../../../src/client/sdk/index.ts";
import { type Opened, sees } from "../client.ts";
import type { Person } from "../person.ts";
import type { TestServer } from "../server.ts";
import { EncryptedChat, type Peer, peers } from "./encrypted-chat.ts";
import { Liar, lookedAt, withKeys } from "./session.ts";

export class Cast {
  private constructor(
    readonly server: TestServer,
    readonly alice: Person,
    readonly recoveryKey: string,
    readonly bob: Peer,
    readonly carol: Peer,
  ) {}

  static async meet(server: TestServer): Promise<Cast> {
    const [alice] = await server.people("alice");
    const { session, recoveryKey } = await withKeys(server.url, alice);
    await session.close();
    const [bob, carol] = (await peers(server, "bob", "carol")) as [Peer, Peer];
    return new Cast(server, alice, recoveryKey, bob, carol);
  }

  /** A group of all, or of these, which Bob owns and has turned encryption on in, with an epoch of his. */
  group(others: { person: Person }[] = [this.carol, this.inChat]): Promise<EncryptedChat> {
    return EncryptedChat.on(this.server, [this.bob, ...(others as Peer[])]);
  }

  /** Alice as others' steps name her. */
  get inChat(): { person: Person } {
    return { person: this.alice };
  }

  /** A new device of Alice's, which has her keys, and whose server may lie. */
  async device(liar = new Liar()): Promise<Opened> {
    const session = await lookedAt(this.server.url, this.alice, { environment: liar.environment });
    await session.encryption.unlock({ recoveryKey: this.recoveryKey });
    return session;
  }

  /** What a new device says of a chat, whose server lies to it in this way. */
  async problemAt(chatId: number, liar: Liar): Promise<string> {
    await using session = await this.device(liar);
    return await problemOf(session.chat(chatId));
  }
}

/** What is wrong with a chat, once something is sent into it; it is not sent. */
export async function problemOf(chat: Conversation): Promise<string> {
  await chat.open();
  await chat.send("for those alone who may read it");
  await sees(() => chat.encryption.problem.value !== undefined);
  await sees(() => shownIn(chat).at(-1)?.state === "failed");
  const problem = chat.encryption.problem.value!;
  const refusal = shownIn(chat).at(-1)!.entry!.refusal!;
  if (refusal.code !== "encryption_blocked" || refusal.detail !== `${problem}.`)
    throw new Error(JSON.stringify(refusal));
  return problem;
}

export const shownIn = (chat: Conversation): Shown[] =>
  chat.timeline.value.filter((one: Item): one is Shown => one.kind === "message");

/** Messages that are encrypted or were found wanting, as soon as all are judged. */
export async function judged(session: Session, chatId: number): Promise<Shown[]> {
  const chat = session.chat(chatId);
  await chat.open();
  await (await session.encryption.part()).open(chatId, { isNewest: false });
  const all = () => shownIn(chat).filter((one) => !one.message.system || one.encryption);
  await sees(() => all().length > 0 && all().every((one) => one.encryption?.state !== "opening"));
  return all();
}

/** All that is said of messages. */
export async function saidOf(session: Session, chatId: number): Promise<string[]> {
  return (await judged(session, chatId)).flatMap((one) => one.encryption?.problems ?? []);
}
