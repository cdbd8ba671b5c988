import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";

import { fixture } from "../fixtures/media/expected.ts";
import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { bytesOf, note, picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

let server: TestServer;
let alice: Person, bob: Person, stranger: Person;

beforeAll(async () => {
  server = await TestServer.start();
  [alice, bob, stranger] = [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("stranger"),
  ];
});
afterAll(() => server[Symbol.asyncDispose]());

const list = async (person: Person, chat: number, query = "") => {
  const { status, body } = await person.get(`/api/chats/${chat}/media${query}`);
  expect(status).toBe(200);
  return body as { media: any[]; has_more: boolean };
};
const idsIn = async (chat: number, query = "") => (await list(bob, chat, query)).media.map((one) => one.id);

async function send(person: Person, chat: number, ...files: File[]): Promise<any> {
  const media = (await person.upload(files)).body.media;
  return person.say(chat, "", { media_ids: media.map((one: any) => one.id) });
}

test("the files of a chat are listed newest first, as their messages have them, and no other's", async () => {
  const chat = await alice.group("Files", bob);
  const other = await alice.group("Elsewhere", bob);
  expect(await list(bob, chat)).toEqual({ media: [], has_more: false });
  await send(alice, other, note("elsewhere"));
  const first = await send(alice, chat, picture("1.png"), note("2"));
  const written = await bob.say(chat, "here it comes");
  await bob.upload([note("3", "3.txt")], written);
  // Waiting for its message, it is in none.
  const [waiting] = (await alice.upload([note("4", "4.txt")])).body.media;
  await server.settled();
  const { media, has_more } = await list(bob, chat);
  expect(media.map((one) => one.original_filename)).toEqual(["3.txt", "note.txt", "1.png"]);
  expect(has_more).toBe(false);
  const inMessages = (await bob.history(chat)).flatMap((one) => one.media);
  expect(media.toReversed()).toEqual(inMessages);
  expect(media.map((one) => one.message_id)).toEqual([written.id, first.id, first.id]);
  await alice.say(chat, "", { media_ids: [waiting.id] });
  expect((await list(alice, chat)).media[0].original_filename).toBe("4.txt");
});

test("files that are taken away, and those of deleted messages, are not there", async () => {
  const chat = await alice.group("Files", bob);
  const [one, two, three] = [
    await send(alice, chat, note("1"), note("2")),
    await send(alice, chat, note("3")),
    await send(alice, chat, note("4")),
  ];
  const ids = [three, two, one].flatMap((message) => message.media.map((item: any) => item.id).toReversed());
  expect(await idsIn(chat)).toEqual(ids);
  await alice.delete(`/api/messages/${two.id}`);
  await alice.delete(`/api/media/${ids[3]}`);
  expect(await idsIn(chat)).toEqual([ids[0], ids[2]]);
});

test("they come in pages, also when the last one that was seen goes meanwhile", async () => {
  const chat = await alice.group("Files", bob);
  const sent: number[] = [];
  for (let i = 0; i < 4; i++) {
    const { media } = await send(alice, chat, ...Array.from({ length: i + 1 }, () => note(`${i}`)));
    sent.unshift(...media.map((one: any) => one.id).toReversed());
  }
  for (const limit of [1, 3, 9, 10, 11]) {
    const seen: number[] = [];
    for (let before = ""; ;) {
      const page = await list(bob, chat, `?limit=${limit}${before}`);
      seen.push(...page.media.map((one) => one.id));
      expect(page.media.length).toBeLessThanOrEqual(limit);
      expect(page.has_more).toBe(seen.length < sent.length);
      if (!page.has_more) break;
      before = `&before=${seen.at(-1)}`;
    }
    expect(seen).toEqual(sent);
  }
  await alice.delete(`/api/media/${sent[4]}`);
  expect(await idsIn(chat, `?before=${sent[4]}&limit=2`)).toEqual(sent.slice(5, 7));
  for (const limit of ["0", "101", "x"]) {
    expectInvalid(await bob.get(`/api/chats/${chat}/media?limit=${limit}`), "query.limit");
  }
  expectInvalid(await bob.get(`/api/chats/${chat}/media?before=0`), "query.before");
});

test("they can be asked for by kind, which is what they turned out to be", async () => {
  const chat = await alice.group("Files", bob);
  const of = async (name: string) => bytesOf(new Uint8Array(await Bun.file(fixture(name)).bytes()), name);
  await send(alice, chat, picture("1.png"), note("2", "2.txt"), await of("song.mp3"), picture("3.png"));
  await send(bob, chat, await of("vp8.webm"), note("4", "4.txt"));
  const sealed = await SealedChat.on(server, chat, alice, bob);
  const [opaque] = (await bob.upload([note("x", "5.bin")], undefined, { encrypted: "true" })).body.media;
  await sealed.say(bob, { media_ids: [opaque.id] });
  await server.settled();
  const names = async (kind: string, more = "") =>
    (await list(alice, chat, `?media_type=${kind}${more}`)).media.map((one) => one.original_filename);
  expect(await names("image")).toEqual(["3.png", "1.png"]);
  expect(await names("document")).toEqual(["4.txt", "2.txt"]);
  expect(await names("audio")).toEqual(["song.mp3"]);
  expect(await names("video")).toEqual(["vp8.webm"]);
  expect(await names("other")).toEqual(["file"]);
  const page = await list(alice, chat, "?media_type=document&limit=1");
  expect([page.media.length, page.has_more]).toEqual([1, true]);
  expect(await names("document", `&before=${page.media[0].id}`)).toEqual(["2.txt"]);
  expectInvalid(await bob.get(`/api/chats/${chat}/media?media_type=film`), "query.media_type");
});

test("only members see a chat's files and messages, one by one or all", async () => {
  const chat = await alice.group("Files", bob);
  const other = await alice.group("Elsewhere", bob);
  const message = await send(alice, chat, note("1"));
  const path = `/api/chats/${chat}/messages/${message.id}`;
  expect((await bob.get(path)).body).toEqual((await bob.history(chat)).at(-1));
  for (const wrong of [
    `/api/chats/${other}/messages/${message.id}`,
    `/api/chats/${chat}/messages/999999`,
    `/api/chats/999999/messages/${message.id}`,
  ]) {
    expectRefused(await bob.get(wrong), 404, "not_found");
  }
  expectRefused(await stranger.get(path), 404, "not_found");
  expectRefused(await stranger.get(`/api/chats/${chat}/media`), 404, "not_found");
  expectInvalid(await bob.get(`/api/chats/${chat}/messages/x`), "path.message_id");

  await alice.put(`/api/messages/${message.id}`, { content: "with words" });
  expect((await bob.get(path)).body).toMatchObject({ content: "with words", is_edited: true });
  await alice.delete(`/api/messages/${message.id}`);
  expect((await bob.get(path)).body).toMatchObject({ content: "", is_deleted: true, media: [] });
  const [made] = await bob.history(chat);
  expect((await bob.get(`/api/chats/${chat}/messages/${made.id}`)).body.system.event).toBe("group_created");

  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  expectRefused(await bob.get(path), 404, "not_found");
  expectRefused(await bob.get(`/api/chats/${chat}/media`), 404, "not_found");
});
