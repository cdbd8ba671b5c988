import type { ChatView, Conversation, Session } from "../sdk/index.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { chatName } from "./show/chat.ts";
import { when, within } from "./wait.ts";

/**
 * The chat that a person's user name, a group's name, `@name` (only people) or `id:12` means. A direct chat that is not
 * there is begun if `mayBegin`. Errors: Failure, the signal's reason.
 */
export async function findChat(
  session: Session,
  name: string,
  signal: AbortSignal,
  mayBegin: boolean,
): Promise<Conversation> {
  const known = choose(session.chats.peek(), name);
  if (known) return session.chat(known.id);
  // It may be newer than what is kept here.
  await within(signal, session.live());
  const found =
    choose(session.chats.peek(), name) ?? (mayBegin && (await within(signal, beginDirect(session, name))));
  if (!found) throw new Failure(exitCodes.refused, `There is no person and no chat named ${name}.`);
  return session.chat(found.id);
}

function choose(chats: readonly ChatView[], name: string): ChatView | undefined {
  const fitting = chats.filter((one) => fits(one, name.normalize("NFC")));
  if (fitting.length <= 1) return fitting[0];
  const choices = fitting.map((one) => `  id:${one.id}  ${describe(one)}`).join("\n");
  throw new Failure(exitCodes.usage, `${name} may be several chats. Say one of\n${choices}`);
}

function fits({ id, name, peer }: ChatView, wanted: string): boolean {
  if (wanted === `id:${id}`) return true;
  if (peer) return sameUser(peer.username, wanted.replace(/^@/, ""));
  return name?.normalize("NFC") === wanted;
}

/** User names are unique without regard to case. */
function sameUser(username: string, wanted: string): boolean {
  return username.toLowerCase() === wanted.toLowerCase();
}

function describe(chat: ChatView): string {
  const members = chat.member_count;
  return chat.peer ? `the person ${chat.peer.username}` : `the group ${chatName(chat)} (${members} members)`;
}

/** Undefined where nobody has this user name. */
async function beginDirect(session: Session, name: string): Promise<ChatView | undefined> {
  const username = name.replace(/^@/, "");
  const { users } = await session.call("GET /api/users/search", { query: { q: username } });
  const user = users.find((one) => sameUser(one.username, username));
  if (!user) return undefined;
  if (user.id === session.me.peek().id) throw new Failure(exitCodes.refused, "That is you.");
  const chat = await session.call("POST /api/chats/direct", { body: { user_id: user.id } });
  return await when(session.chat(chat.id).info, (info) => info);
}
