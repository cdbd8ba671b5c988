import { exitCodes, Failure } from "../exit-codes.ts";
import { typedPath } from "../files/path.ts";
import { saveFile } from "../files/save.ts";
import { fileToSend } from "../files/to-send.ts";
import { needsPerson } from "../outbox.ts";
import { loadNames, nameIn } from "../show/name-of.ts";
import * as encryption from "./encryption-commands.ts";
import { messageOf, targetOf } from "./message-of.ts";
import type { Room } from "./room.ts";
import { firstWord } from "./words.ts";

export interface SlashCommand {
  usage: string;
  about: string;
  run(room: Room, rest: string): Promise<void> | void;
}

/** `^` in place of a number is the newest message that fits. */
export const slashCommands: Record<string, SlashCommand> = {
  more: { usage: "", about: "earlier messages", run: ({ transcript }) => transcript.earlier() },
  reply: { usage: "N TEXT", about: "answer message N (^: the newest)", run: reply },
  edit: { usage: "N TEXT", about: "change your message N", run: edit },
  delete: { usage: "N", about: "delete message N, or stop sending it (^)", run: remove },
  react: { usage: "N EMOJI", about: "react to message N", run: react },
  unreact: { usage: "N EMOJI", about: "take a reaction back", run: unreact },
  file: { usage: "PATH [TEXT]", about: "send a file", run: sendFile },
  save: { usage: "N [PATH]", about: "save the files of message N", run: save },
  readers: { usage: "N", about: "who has read message N", run: readers },
  members: { usage: "", about: "who is in this chat", run: encryption.members },
  read: { usage: "", about: "mark all as read", run: ({ conversation }) => conversation.read() },
  retry: { usage: "", about: "send again what was refused or has become old", run: retry },
  drop: { usage: "", about: "give it up", run: drop },
  encrypt: {
    usage: "[yes [shared]]",
    about: "who would be in it; yes: encrypt this chat",
    run: encryption.encrypt,
  },
  safety: { usage: "[NAME]", about: "your safety number with somebody", run: encryption.safety },
  verify: { usage: "[NAME]", about: "it is the same on their side", run: encryption.verify },
  accept: {
    usage: "NAME",
    about: "go on with their new keys, and let them in again",
    run: encryption.accept,
  },
  add: { usage: "NAME [admin]", about: "add somebody (encrypted chats)", run: encryption.add },
  remove: { usage: "NAME", about: "remove somebody (encrypted chats)", run: encryption.removeMember },
  role: { usage: "NAME ROLE", about: "member, admin or owner (encrypted chats)", run: encryption.setRole },
  leave: { usage: "", about: "leave this chat for good (encrypted chats)", run: encryption.leaveChat },
  quit: { usage: "", about: "leave (Ctrl-D)", run: (room) => room.leave() },
  help: { usage: "", about: "this", run: help },
};

/** Does what a line says. A line that begins with two slashes is a text that begins with one. Errors: Failure, ParleyError. */
export async function enter(room: Room, line: string): Promise<void> {
  if (!line.startsWith("/") || line.startsWith("//")) {
    if (line.trim() !== "") await room.conversation.send(line.replace(/^\/\//, "/"));
    return;
  }
  const [, name = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(line) ?? [];
  const command = Object.hasOwn(slashCommands, name) ? slashCommands[name] : undefined;
  if (!command) {
    throw new Failure(exitCodes.usage, `There is no /${name}: see /help. //${name} sends it as text.`);
  }
  const { usage, run } = command;
  if (wordsIn(rest) < leastWords(usage)) {
    throw new Failure(exitCodes.usage, `Something is missing: /${name} ${usage}`);
  }
  await run(room, rest);
}

function wordsIn(rest: string): number {
  return rest.match(/\S+/g)?.length ?? 0;
}

/** Those in brackets may be left out. */
function leastWords(usage: string): number {
  return usage.match(/(?<!\[)\b[A-Z]+/g)?.length ?? 0;
}

function help({ screen }: Room): void {
  const rows = Object.entries(slashCommands).map(
    ([name, { usage, about }]) => [`/${name} ${usage}`, about] as const,
  );
  const width = Math.max(...rows.map(([usage]) => usage.length)) + 2;
  screen.note(rows.map(([usage, about]) => usage.padEnd(width) + about).join("\n"));
}

async function reply(room: Room, rest: string): Promise<void> {
  const [word, text] = wordAndText(rest);
  await room.conversation.send(text, { replyTo: targetOf(messageOf(room.conversation, word)) });
}

async function edit(room: Room, rest: string): Promise<void> {
  const [word, text] = wordAndText(rest);
  const found = messageOf(room.conversation, word, isMine(room));
  if (!isMine(room)(found)) throw new Failure(exitCodes.refused, `Message ${word} is not yours.`);
  await room.conversation.edit(targetOf(found), text);
}

async function remove(room: Room, rest: string): Promise<void> {
  const word = rest.trim();
  const found = messageOf(room.conversation, word, isMine(room));
  // Those who lead a group may do it.
  const isLed = ["owner", "admin"].includes(room.conversation.info.peek()?.my_role ?? "");
  if (!isLed && !isMine(room)(found)) throw new Failure(exitCodes.refused, `Message ${word} is not yours.`);
  await room.conversation.remove(targetOf(found));
}

function isMine({ session }: Room): (one: { message: { sender_id: number } }) => boolean {
  return ({ message }) => message.sender_id === session.me.peek().id;
}

async function react(room: Room, rest: string): Promise<void> {
  const [word, emoji] = wordAndText(rest);
  // A reaction that the server refuses vanishes again without a word.
  if (!/[\p{Extended_Pictographic}\p{RI}\u20e3]/u.test(emoji)) {
    throw new Failure(exitCodes.usage, `${emoji} is no emoji.`);
  }
  await room.conversation.react(messageOf(room.conversation, word).message.id, emoji.trim());
}

async function unreact(room: Room, rest: string): Promise<void> {
  const [word, emoji] = wordAndText(rest);
  await room.conversation.unreact(messageOf(room.conversation, word).message.id, emoji.trim());
}

function wordAndText(rest: string): [word: string, text: string] {
  const [, word = "", text = ""] = /^(\S+)\s+([^]+)$/.exec(rest) ?? [];
  return [word, text];
}

async function sendFile({ conversation }: Room, rest: string): Promise<void> {
  const [path, text] = firstWord(rest);
  await conversation.send(text, { files: [fileToSend(path)] });
}

async function save(room: Room, rest: string): Promise<void> {
  const [word, more] = firstWord(rest);
  const { message } = messageOf(room.conversation, word, (one) => one.message.media.length > 0);
  if (message.media.length === 0) throw new Failure(exitCodes.refused, "There is no file in this message.");
  const [to] = firstWord(more);
  for (const media of message.media) {
    const name = room.style.name(media.original_filename);
    const onProgress = (share: number) => room.progress(`saving ${name}: ${Math.round(share * 100)} %`);
    const path = await saveFile(room.session, media, {
      to: typedPath(to || "."),
      onProgress,
      signal: room.left,
    }).finally(() => room.progress(undefined));
    room.screen.note(`Saved ${room.style.name(path)}`);
  }
}

async function readers(room: Room, rest: string): Promise<void> {
  const { message } = messageOf(room.conversation, rest.trim(), isMine(room));
  const path = { message_id: message.id };
  const { delivered, read } = await room.session.call("GET /api/messages/{message_id}/receipts", { path });
  await loadNames(room.conversation);
  const nameOf = nameIn(room.conversation);
  const names = (ids: number[]) => ids.map((id) => room.style.name(nameOf(id) ?? `user ${id}`)).join(", ");
  const received = delivered.filter((id) => !read.includes(id));
  room.screen.note(`[${message.seq}] read by ${names(read) || "nobody yet"}`);
  if (received.length > 0) room.screen.note(`[${message.seq}] received by ${names(received)}`);
}

async function retry(room: Room): Promise<void> {
  await room.session.retry(undecided(room));
}

async function drop(room: Room): Promise<void> {
  await room.session.drop(undecided(room));
}

/** The first that waits for a decision. Errors: Failure. */
function undecided({ session, conversation }: Room): string {
  const found = session.outbox.peek().find((one) => one.chat_id === conversation.id && needsPerson(one));
  if (found) return found.key;
  throw new Failure(exitCodes.refused, "Nothing was refused.");
}
