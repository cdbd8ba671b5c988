import type { ChatView, Conversation, Session } from "../sdk/index.ts";
import { exitCodes, Failure, failureOf } from "./exit-codes.ts";
import { chatName } from "./show/chat.ts";
import { when, within } from "./wait.ts";

export interface Search {
  /** Whether what is here is as the server has it; else names are taken as they were last. */
  isCurrent: boolean;
  /** A direct chat that is not there is begun. */
  mayBegin: boolean;
  signal: AbortSignal;
}

/**
 * The chat that a name means: `id:12` the one with that number, `@name` a person, and anything else a person's user name or
 * a group's name. Errors: Failure, ParleyError, the signal's reason.
 */
export async function findChat(session: Session, name: string, search: Search): Promise<Conversation> {
  try {
    return session.chat(await findId(session, name.normalize("NFC"), search));
  } catch (error) {
    const failure = failureOf(error);
    if (!search.mayBegin || failure?.exitCode !== exitCodes.notNow) throw error;
    throw new Failure(exitCodes.refused, `${failure.message} Nothing was sent, and nothing is kept.`);
  }
}

async function findId(session: Session, wanted: string, search: Search): Promise<number> {
  const chats = session.chats.peek();
  if (wanted.startsWith("id:")) return (chats.find(({ id }) => wanted === `id:${id}`) ?? missing(wanted)).id;
  const username = wanted.replace(/^@/, "");
  const direct = chats.find(({ peer }) => peer && isSameUser(peer.username, username));
  const groups = wanted.startsWith("@") ? [] : chats.filter((one) => isGroupNamed(one, wanted));
  const stranger =
    direct || !search.isCurrent ? undefined : await findPerson(session, username, search.signal);
  const person = direct?.peer ?? stranger;
  const [group, ...others] = groups;
  // Anybody can give a group any name: that of a person does not take what is meant for them.
  if (group && (person || others.length > 0)) throw unclear(wanted, groups, person?.username);
  if (group) return group.id;
  if (direct) return direct.id;
  if (!search.isCurrent)
    throw new Failure(exitCodes.notNow, `No connection, and no chat ${wanted} here yet.`);
  return await begin(session, stranger ?? missing(wanted), search);
}

function isGroupNamed({ name, peer }: ChatView, wanted: string): boolean {
  return !peer && name?.normalize("NFC") === wanted;
}

/** User names are unique without regard to case. */
function isSameUser(username: string, wanted: string): boolean {
  return username.toLowerCase() === wanted.toLowerCase();
}

function missing(name: string): never {
  throw new Failure(exitCodes.refused, `There is no person and no chat named ${name}.`);
}

function unclear(name: string, groups: readonly ChatView[], username: string | undefined): Failure {
  const choices = [
    ...(username === undefined ? [] : [`  @${username}  the person ${username}`]),
    ...groups.map((one) => `  id:${one.id}  the group ${chatName(one)} (${one.member_count} members)`),
  ];
  return new Failure(exitCodes.usage, `${name} may be several chats. Say one of\n${choices.join("\n")}`);
}

interface Person {
  id: number;
  username: string;
}

/** Undefined where nobody has this user name. */
export async function findPerson(
  session: Session,
  username: string,
  signal: AbortSignal,
): Promise<Person | undefined> {
  if (!/^[A-Za-z0-9_.-]{3,32}$/.test(username)) return undefined;
  const query = { q: username, limit: 100 };
  const { users } = await within(signal, session.call("GET /api/users/search", { query }));
  return users.find((one) => isSameUser(one.username, username));
}

async function begin(session: Session, { id, username }: Person, search: Search): Promise<number> {
  if (id === session.me.peek().id) throw new Failure(exitCodes.refused, "That is you.");
  if (!search.mayBegin) throw new Failure(exitCodes.refused, `There is no chat with ${username} yet.`);
  const asked = session.call("POST /api/chats/direct", { body: { user_id: id } });
  const chat = session.chat((await within(search.signal, asked)).id);
  const known = when(chat.info, (info) => info);
  await within(search.signal, known);
  return chat.id;
}
