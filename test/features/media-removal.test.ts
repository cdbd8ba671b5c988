/** What leaves the disk, and when. */
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { newKey } from "../../src/platform/blobs/blobs.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "../support/clock.ts";
import { crashAndRestart } from "../support/crash.ts";
import { bytesOf, note, picture } from "../support/files.ts";
import { kept, rows, usage } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

const hour = 3_600_000;

const clock = new ManualClock();
let server: TestServer;
let alice: Person, bob: Person, carol: Person;

beforeAll(async () => {
  server = await TestServer.start({ clock });
  for (const name of ["alice", "bob", "carol"]) await server.register(name);
  await signIn();
});
afterAll(() => server[Symbol.asyncDispose]());

/** They have been away for longer than a token is good for. */
async function signIn(): Promise<void> {
  alice = await server.login("alice");
  bob = await server.login("bob");
  carol = await server.login("carol");
}

// Each test takes away all that it has sent, in one way or another.
afterEach(async () => {
  await server.settled();
  expect(kept(server.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  expect(rows(server.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
  expect(usage(server.dataDir)).toEqual({});
});

async function send(person: Person, ...files: File[]): Promise<any[]> {
  const { status, body } = await person.upload(files);
  expect(status).toBe(201);
  return body.media;
}

async function photo(): Promise<File> {
  return bytesOf(new Uint8Array(await Bun.file(fixture("photo.jpg")).bytes()), "photo.jpg");
}

/** How many files and thumbnails are on disk once everything is done. */
async function onDisk(): Promise<[media: number, thumbnails: number]> {
  await server.settled();
  const { media, thumbnails, unfinished, strays } = kept(server.dataDir);
  expect([unfinished, strays]).toEqual([[], []]);
  return [media.length, thumbnails.length];
}

test("with a message its files leave the disk, thumbnails as well", async () => {
  const chat = await alice.group("Team", bob);
  const files = await send(alice, await photo(), note("hello"), picture());
  const message = await alice.say(chat, "look", { media_ids: files.map((one) => one.id) });
  expect(await onDisk()).toEqual([3, 2]);
  expect((await alice.delete(`/api/messages/${message.id}`)).status).toBe(204);
  expect(await onDisk()).toEqual([0, 0]);
  expect((await bob.history(chat)).at(-1).media).toEqual([]);
  for (const { url } of files) {
    for (const path of [url, `${url}/thumbnail`]) expectRefused(await alice.download(path), 404, "not_found");
    expectRefused(await bob.get(`${url}/info`), 404, "not_found");
  }
});

test("a file leaves its message and the disk, and the chat is told", async () => {
  const chat = await alice.group("Team", bob, carol);
  const [first, second] = await send(bob, await photo(), note("hello"));
  await bob.say(chat, "", { media_ids: [first.id, second.id] });
  expect(await onDisk()).toEqual([2, 1]);
  const socket = await carol.connect();
  expectRefused(await carol.delete(first.url), 403, "forbidden");
  expect((await bob.delete(first.url)).status).toBe(204);
  expect(await onDisk()).toEqual([1, 0]);
  const told = (await socket.next("message_updated"))["message"];
  expect(told.media.map((one: any) => one.id)).toEqual([second.id]);
  // Alice is the group's owner.
  expect((await alice.delete(second.url)).status).toBe(204);
  expect((await socket.next("message_updated"))["message"].media).toEqual([]);
  expect((await carol.history(chat)).at(-1)).toMatchObject({ is_deleted: false, media: [] });
});

test("the same bytes are on disk once for each who has sent them, as long as they have them", async () => {
  const [one, two] = [await alice.group("One", carol), await bob.group("Two")];
  const [hers, again] = await send(alice, await photo(), await photo());
  const [his] = await send(bob, await photo());
  const messages = [
    await alice.say(one, "", { media_ids: [hers.id] }),
    await alice.say(one, "", { media_ids: [again.id] }),
    await bob.say(two, "", { media_ids: [his.id] }),
  ];
  expect(await onDisk()).toEqual([2, 2]);
  expect(rows(server.dataDir)).toMatchObject({ files: 2, media: 3 });
  const size = (await photo()).size;
  expect(usage(server.dataDir)).toEqual({
    0: { files: 2, bytes: rows(server.dataDir).bytes },
    [alice.id]: { files: 2, bytes: 2 * size },
    [bob.id]: { files: 1, bytes: size },
  });
  expect((await carol.download(hers.url)).status).toBe(200);
  for (const person of [alice, carol]) expectRefused(await person.download(his.url), 404, "not_found");
  expectRefused(await bob.download(hers.url), 404, "not_found");

  await alice.delete(`/api/messages/${messages[0].id}`);
  expect(await onDisk()).toEqual([2, 2]);
  expectRefused(await carol.download(hers.url), 404, "not_found");
  expect((await carol.download(again.url)).status).toBe(200);
  await alice.delete(again.url);
  expect(await onDisk()).toEqual([1, 1]);
  expect((await bob.download(his.url)).status).toBe(200);
  expect((await bob.download(`${his.url}/thumbnail`)).status).toBe(200);
  await bob.delete(`/api/messages/${messages[2].id}`);
  expect(await onDisk()).toEqual([0, 0]);
  // Sent anew they are looked at anew.
  const [fresh] = await send(carol, await photo());
  expect(fresh.state).toBe("pending");
  expect(await onDisk()).toEqual([1, 1]);
  await carol.delete(fresh.url);
});

test("the same bytes in clear and encrypted are two files", async () => {
  const clear = await alice.upload([note("hello")]);
  const opaque = await alice.upload([note("hello")], undefined, { encrypted: "true" });
  expect(await onDisk()).toEqual([2, 0]);
  await alice.delete(clear.body.media[0].url);
  expect(await onDisk()).toEqual([1, 0]);
  await alice.delete(opaque.body.media[0].url);
});

test("what waits for a message in vain goes after a day, and what is in one stays", async () => {
  const chat = await alice.group("Team", bob);
  const [waiting, used] = await send(alice, await photo(), note("used"));
  const message = await alice.say(chat, "", { media_ids: [used.id] });
  clock.turn(23 * hour);
  const [late] = await send(await server.login("alice"), note("late"));
  clock.turn(0.9 * hour);
  expect(await onDisk()).toEqual([3, 1]);
  clock.turn(1.1 * hour);
  expect(await onDisk()).toEqual([2, 0]);
  await signIn();
  expectRefused(await alice.get(`${waiting.url}/info`), 404, "not_found");
  // One that still waits can still be used.
  expect((await alice.post(`/api/messages/${chat}`, { media_ids: [waiting.id] })).status).toBe(422);
  const other = await alice.say(chat, "", { media_ids: [late.id] });
  clock.turn(30 * hour);
  expect(await onDisk()).toEqual([2, 0]);
  await signIn();
  expect((await bob.download(used.url)).status).toBe(200);
  for (const { id } of [message, other]) await alice.delete(`/api/messages/${id}`);
});

test("more than a hundred that wait in vain go together", async () => {
  for (let i = 0; i < 11; i++) {
    await send(alice, ...Array.from({ length: 10 }, (_, j) => note(`${i} ${j}`)));
  }
  clock.turn(23.9 * hour);
  expect(await onDisk()).toEqual([110, 0]);
  // One of the hourly looks finds them, the only one that is late enough.
  clock.turn(1.2 * hour);
  expect(await onDisk()).toEqual([0, 0]);
  await signIn();
});

test("of the pictures of people and chats only the ones that are shown are kept", async () => {
  const chat = await alice.group("Team", bob, carol);
  const set = async (person: Person, path: string, file: File) => {
    const { status, body } = await person.setPicture(path, file);
    expect(status).toBe(200);
    return body.avatar_url as string;
  };
  const [mine, ofChat] = ["/api/auth/me/avatar", `/api/chats/${chat}/avatar`];
  const first = await set(alice, mine, picture());
  const others = [await set(bob, mine, picture()), await set(alice, ofChat, picture())];
  expect(await onDisk()).toEqual([3, 0]);
  const second = await set(alice, mine, await photo());
  expect(await onDisk()).toEqual([3, 0]);
  expectRefused(await bob.download(first), 404, "not_found");
  for (const url of [second, ...others]) expect((await carol.download(url)).status).toBe(200);
  const third = await set(alice, ofChat, await photo());
  expect(await onDisk()).toEqual([3, 0]);
  expectRefused(await alice.download(others[1]!), 404, "not_found");
  // Whoever takes their picture away has it gone within the hour.
  await alice.put("/api/auth/me", { avatar_url: null });
  await bob.put("/api/auth/me", { avatar_url: "https://example.org/bob.png" });
  clock.turn(hour);
  expect(await onDisk()).toEqual([1, 0]);
  await signIn();
  expect((await carol.download(third)).status).toBe(200);
  expectRefused(await carol.download(second), 404, "not_found");
  await alice.put(`/api/chats/${chat}`, { avatar_url: null });
  clock.turn(hour);
  await signIn();
});

test("what a crash left over is gone after the next start, and nothing else", async () => {
  const [file] = await send(alice, await photo());
  expect(await onDisk()).toEqual([1, 1]);
  const { media, thumbnails } = kept(server.dataDir);
  const keys = [newKey("media"), newKey("thumbnails"), newKey("media")];
  const unfinished = join(server.dataDir, "media/.incoming/half");
  await crashAndRestart(server, () => {
    // As if it had ended after a blob was made and before anything named it, and in the middle of an upload.
    using db = new Database(join(server.dataDir, "db/chat.sqlite"));
    for (const key of keys) {
      db.run("INSERT INTO stray_blobs (key, is_due) VALUES (?, 0)", [key]);
      // The last one had not been made yet.
      if (key !== keys[2]) writeFileSync(join(server.dataDir, key), "left over");
    }
    writeFileSync(unfinished, "half");
  });
  expect(existsSync(unfinished)).toBe(false);
  expect(await onDisk()).toEqual([1, 1]);
  expect(kept(server.dataDir)).toMatchObject({ media, thumbnails });
  await signIn();
  expect((await alice.download(file.url)).status).toBe(200);
  await alice.delete(file.url);
});
