import type { ChatPreview, Member } from "../../sdk/index.ts";
import { isReady, stateWords } from "../encryption/keys-state.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { findPerson } from "../find-chat.ts";
import { loadNames, nameIn } from "../show/name-of.ts";
import { plainMembers } from "./members.ts";
import type { Room } from "./room.ts";

/** Who would be in it; with `yes` it is turned on, for those who were shown. */
export async function encrypt(room: Room, rest: string): Promise<void> {
  const { conversation, screen } = room;
  const words = rest.trim().toLowerCase();
  if (!["", "yes", "yes shared"].includes(words))
    throw new Failure(exitCodes.usage, "Say /encrypt, /encrypt yes or /encrypt yes shared.");
  if (conversation.info.peek()?.encryption.on)
    throw new Failure(exitCodes.refused, "This chat is encrypted already. /members tells who is in it.");
  await requireKeys(room);
  if (words === "" || !room.preview) await showPreview(room);
  if (words === "" || !room.preview) return;
  const missing = withoutKeys(room, room.preview);
  if (missing !== "")
    throw new Failure(exitCodes.refused, `${missing} have no keys yet. Nothing was changed.`);
  const history = words === "yes shared" ? "shared" : "none";
  // What somebody agrees to once more has to be looked at anew.
  const { preview } = room;
  room.preview = undefined;
  await conversation.encryption.turnOn(preview, { history });
  screen.note("This chat is encrypted from now on. What was written before stays as it is.");
}

async function showPreview(room: Room): Promise<void> {
  const { conversation, screen } = room;
  const preview = await conversation.encryption.preview();
  room.preview = preview;
  const lines = preview.members.map((one) => memberLine(room, one, roleOf(room, one)));
  screen.note(["In this chat, once it is encrypted:", ...lines].join("\n"));
  const missing = withoutKeys(room, preview);
  screen.note(
    missing === ""
      ? "/encrypt yes turns it on, for good. /encrypt yes shared also lets whoever adds somebody hand them what was written before."
      : `It can be encrypted when ${missing} have keys, too (parley chat keys setup).`,
  );
}

function withoutKeys(room: Room, { members }: ChatPreview): string {
  const names = members
    .filter((one) => one.fingerprint === undefined)
    .map((one) => nameOf(room, one.user_id));
  return names.join(", ");
}

/** The safety number with somebody, and whether it was compared. */
export async function safety(room: Room, rest: string): Promise<void> {
  const { session, screen } = room;
  const { user_id, username } = await personFor(room, rest);
  await requireKeys(room);
  const number = await session.encryption.safetyNumber(user_id);
  room.safetyNumbers.set(user_id, number);
  const [keys] = await session.encryption.people([user_id]);
  const groups = number.replace(/\D/g, "").match(/\d{5}/g) ?? [];
  const rows = [0, 4, 8].map((row) => `    ${groups.slice(row, row + 4).join(" ")}`);
  const name = room.style.name(username);
  const state = keys?.is_verified
    ? "You have compared it."
    : `Compare it with what ${name} sees, in a call or face to face. If it is the same: /verify ${name}`;
  screen.note([`Your safety number with ${name}:`, ...rows, state].join("\n"));
  if (keys?.custody === "server")
    room.tellTrouble(
      `The server has made the keys of ${username}, and could read what is encrypted for them.`,
    );
  if (keys?.problem) room.tellTrouble(keys.problem.text);
}

/** The safety number that was shown here is the same on their side. */
export async function verify(room: Room, rest: string): Promise<void> {
  const { user_id, username } = await personFor(room, rest);
  const number = room.safetyNumbers.get(user_id);
  const name = room.style.name(username);
  if (number === undefined) throw new Failure(exitCodes.usage, `Compare it before: /safety ${name}`);
  await room.session.encryption.verify(user_id, number);
  room.screen.note(`The keys of ${name} are verified, on all your devices.`);
}

/** Goes on with the keys that somebody has now, and lets them in again where that is possible. */
export async function accept(room: Room, rest: string): Promise<void> {
  const { session, conversation, screen, style } = room;
  const { user_id, username } = await memberNamed(room, rest);
  const name = style.name(username);
  await session.encryption.acknowledge(user_id);
  screen.note(`You go on with the keys that ${name} has now. They are not compared: /safety ${name}`);
  const info = conversation.info.peek();
  // In a direct chat this happens before the next message.
  if (!info?.encryption.on || info.peer || user_id === session.me.peek().id) return;
  const { members } = await conversation.encryption.view();
  if (members.find((one) => one.user_id === user_id)?.is_current !== false) return;
  await conversation.encryption.add(user_id);
  screen.note(`${name} is in this chat again.`);
}

export async function add(room: Room, rest: string): Promise<void> {
  requireEncrypted(room);
  const [word = "", role = "member", ...more] = rest.trim().split(/\s+/);
  if (more.length > 0 || (role !== "member" && role !== "admin"))
    throw new Failure(exitCodes.usage, "Say /add NAME or /add NAME admin.");
  const username = word.replace(/^@/, "");
  const person = await findPerson(room.session, username, room.left);
  if (!person) throw new Failure(exitCodes.refused, `There is no person named ${username}.`);
  const { members: present } = await room.conversation.encryption.view();
  if (present.find((one) => one.user_id === person.id)?.is_current)
    throw new Failure(exitCodes.refused, `${person.username} is in this chat already.`);
  await room.conversation.encryption.add(person.id, role);
  room.screen.note(`${room.style.name(person.username)} is in this chat.`);
}

export async function removeMember(room: Room, rest: string): Promise<void> {
  requireEncrypted(room);
  const { user_id, username } = await memberNamed(room, rest);
  await room.conversation.encryption.remove(user_id);
  room.screen.note(
    `${room.style.name(username)} is out of this chat, and cannot read what is written from now on.`,
  );
}

export async function setRole(room: Room, rest: string): Promise<void> {
  requireEncrypted(room);
  const [word = "", role = ""] = rest.trim().split(/\s+/);
  if (role !== "member" && role !== "admin" && role !== "owner")
    throw new Failure(exitCodes.usage, "A role is member, admin or owner.");
  const { user_id, username } = await memberNamed(room, word);
  await room.conversation.encryption.setRole(user_id, role);
  room.screen.note(`${room.style.name(username)} is ${role}.`);
}

export async function leaveChat(room: Room): Promise<void> {
  requireEncrypted(room);
  await room.conversation.encryption.leave();
  room.screen.note("You have left this chat.");
  room.leave();
}

/** In an encrypted chat what its members have signed, not the server's word. */
export async function members(room: Room): Promise<void> {
  const { conversation, session, screen } = room;
  await loadNames(conversation);
  if (!conversation.info.peek()?.encryption.on) return screen.note(plainMembers(room));
  if (!isReady(session)) {
    screen.note(`By the server's word:\n${plainMembers(room)}`);
    return room.tellTrouble(stateWords[session.encryption.state.peek()]);
  }
  const view = await conversation.encryption.view();
  const signed = new Set(view.members.map((one) => one.user_id));
  const others = conversation.members.peek().filter((one) => !signed.has(one.user_id));
  const lines = view.members.map((one) => memberLine(room, one, one.role));
  const unsigned = others.map(
    ({ username }) =>
      `${room.style.name(username)}: by the server's word alone; nothing is encrypted for them`,
  );
  const history = view.history === "shared" ? "Newcomers may be handed what was written before." : "";
  screen.note([...lines, ...unsigned, history].filter((one) => one !== "").join("\n"));
}

interface Shown {
  user_id: number;
  fingerprint: string | undefined;
  is_verified: boolean;
  is_current?: boolean;
  problem: string | undefined;
}

function memberLine(room: Room, one: Shown, role: string): string {
  const name = nameOf(room, one.user_id);
  const isMe = one.user_id === room.session.me.peek().id;
  const compared = isMe ? "you" : one.is_verified ? "compared" : "not compared";
  const keys = one.fingerprint === undefined ? "has no keys yet" : `${one.fingerprint}, ${compared}`;
  const away = isMe ? "somebody has to let you in again" : `has other keys by now: /accept ${name}`;
  const facts = [
    keys,
    ...(one.is_current === false ? [away] : []),
    ...(one.problem ? [`!! ${one.problem}`] : []),
  ];
  return `${name} (${role}): ${facts.join("; ")}`;
}

function roleOf({ conversation }: Room, { user_id }: { user_id: number }): string {
  return conversation.members.peek().find((one) => one.user_id === user_id)?.role ?? "member";
}

function nameOf({ conversation, style }: Room, userId: number): string {
  return style.name(nameIn(conversation)(userId) ?? `user ${userId}`);
}

/** Errors: Failure where this device cannot encrypt. */
async function requireKeys({ session }: Room): Promise<void> {
  const state = await session.encryption.check();
  if (state !== "ready") throw new Failure(exitCodes.keys, stateWords[state]);
}

function requireEncrypted({ conversation }: Room): void {
  if (!conversation.info.peek()?.encryption.on)
    throw new Failure(exitCodes.refused, "That is for encrypted chats, and this is none.");
}

/** Who is named; the other one of a direct chat, where nobody is. */
async function personFor(room: Room, rest: string): Promise<Pick<Member, "user_id" | "username">> {
  const peer = room.conversation.info.peek()?.peer;
  if (rest.trim() === "" && peer) return { user_id: peer.id, username: peer.username };
  return await memberNamed(room, rest);
}

async function memberNamed(
  { conversation }: Room,
  rest: string,
): Promise<Pick<Member, "user_id" | "username">> {
  const wanted = rest.trim().replace(/^@/, "").toLowerCase();
  if (wanted === "") throw new Failure(exitCodes.usage, "Who? Say a user name.");
  await loadNames(conversation);
  const { peer } = conversation.info.peek() ?? {};
  if (peer?.username.toLowerCase() === wanted) return { user_id: peer.id, username: peer.username };
  const found = conversation.members.peek().find((one) => one.username.toLowerCase() === wanted);
  if (!found) throw new Failure(exitCodes.refused, `There is no ${wanted} in this chat.`);
  return found;
}
