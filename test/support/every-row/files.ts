/** Files of every kind, in every state and place. */
import { bytesOf, longNote, note, picture } from "../files.ts";
import type { Person } from "../person.ts";
import { childrenOf } from "../processes.ts";
import { until } from "../until.ts";
import { done } from "./asked.ts";
import type { Cast } from "./cast.ts";

async function fixture(name: string, type: string): Promise<File> {
  return bytesOf(
    await Bun.file(new URL(`../../fixtures/clean/${name}`, import.meta.url)).bytes(),
    name,
    type,
  );
}

/** It ends before its first line of pixels. */
async function broken(): Promise<File> {
  return bytesOf((await picture().bytes()).slice(0, 40), "broken.png", "image/png");
}

export interface Sent {
  /** Two messages of Bob's with the same bytes. */
  twice: [number, number];
  /** A file of Carol's that is in no message. */
  waiting: number;
}

export async function sendFiles({ alice, bob, carol }: Cast, chat: number): Promise<Sent> {
  const [sound, film] = [await fixture("sound.wav", "audio/wav"), await fixture("live.webm", "video/webm")];
  const secret = note("opaque", "secret.bin", "application/octet-stream");
  await sendWith(alice, chat, [picture(), note("The hatter is late.")], { content: "Two at once" });
  await sendWith(bob, chat, [sound], { content_type: "audio" });
  await sendWith(alice, chat, [film], { content: "Look" });
  await sendWith(carol, chat, [bytesOf("\0\x01 nobody knows", "thing.bin")], { content_type: "file" });
  await sendWith(bob, chat, [await broken()]);
  await sendWith(carol, chat, [secret], {}, { encrypted: "true" });
  const twice: Sent["twice"] = [
    await sendWith(bob, chat, [picture()], { content: "The same" }),
    await sendWith(bob, chat, [picture("again.png")], { content: "The same again" }),
  ];
  await takeAway(bob, chat);
  await fill(alice, chat);
  const later = await done(carol.upload([note("For a message that is not written yet.", "later.txt")]));
  return { twice, waiting: later.body.media[0].id };
}

/** The last file first; `fields` are those of the upload. Answers the id of the message. */
async function sendWith(
  person: Person,
  chat: number,
  files: File[],
  message: object = {},
  fields: Record<string, string> = {},
): Promise<number> {
  const { body } = await done(person.upload(files, undefined, fields));
  const media_ids = body.media.map((one: { id: number }) => one.id).toReversed();
  return (await done(person.post(`/api/messages/${chat}`, { ...message, media_ids }))).body.id;
}

/** One file of two, the only file of a message, and a message with its file. */
async function takeAway(person: Person, chat: number): Promise<void> {
  const messages = [
    await sendWith(person, chat, [note("stays", "stays.txt"), note("goes", "goes.txt")]),
    await sendWith(person, chat, [longNote(100)], { content: "Only words are left" }),
    await sendWith(person, chat, [longNote(200)]),
  ];
  const page = await person.history(chat, `?around=${messages[2]}`);
  const last = (id: number) => page.find((one) => one.id === id).media.at(-1).id;
  await done(person.delete(`/api/media/${last(messages[0]!)}`));
  await done(person.delete(`/api/media/${last(messages[1]!)}`));
  await done(person.delete(`/api/messages/${messages[2]}`));
}

/**
 * Messages that are sent ahead of their files: one of them has its file by now, a picture with something behind its end
 * that nobody here knows.
 */
async function fill(person: Person, chat: number): Promise<void> {
  const filled = await person.say(chat, "", { content_type: "image" });
  await person.say(chat, "", { content_type: "video" });
  await done(person.upload([new File([picture(), "more"], "filled.png", { type: "image/png" })], filled));
}

/** What looks into files stands still until the server ends; so this one stays as it comes. */
export async function sendPending({ server, home, alice, bob }: Cast, chat: number): Promise<void> {
  // So that it is there: what has nothing to do ends after a while.
  await done(alice.setPicture("/api/auth/me/avatar", picture()));
  const [child] = childrenOf(server.pid, `${home.dataDir}/cache`);
  if (child === undefined) throw new Error("nothing looks into files");
  process.kill(child, "SIGSTOP");
  const id = await sendWith(alice, chat, [await fixture("simple.webp", "image/webp")]);
  // Bob, who is here, has it: from now on nothing changes any more.
  const receipts = () => alice.get(`/api/messages/${id}/receipts`);
  await until(async () => (await receipts()).body.delivered.includes(bob.id));
}
