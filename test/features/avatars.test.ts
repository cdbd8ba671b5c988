import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import sharp from "sharp";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf, note, picture } from "../support/files.ts";
import { brokenPng, hugePng, svgAsPng, svgWithScript } from "../support/hostile.ts";
import { kept } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

const mine = "/api/auth/me/avatar";

let server: TestServer;
let alice: Person, bob: Person, carol: Person, stranger: Person;
let chat: number;

beforeAll(async () => {
  server = await TestServer.start({ config: { maxImageBytes: 300_000 } });
  alice = await server.register("alice");
  bob = await server.register("bob");
  carol = await server.register("carol");
  stranger = await server.register("stranger");
  chat = await alice.group("Team", bob);
});
afterAll(() => server[Symbol.asyncDispose]());

async function fileOf(name: string): Promise<File> {
  return bytesOf(new Uint8Array(await Bun.file(fixture(name)).bytes()), name);
}

/** Which picture somebody has, as a stranger sees it. */
async function pictureOf(person: Person): Promise<string | null> {
  return (await stranger.get(`/api/users/${person.id}`)).body.avatar_url;
}

/** A picture that is to be shown as it is: square, small, without a word about where it was taken. */
async function expectAvatar(person: Person, url: string): Promise<void> {
  const { status, headers, bytes } = await person.download(url);
  expect([status, headers.get("content-type")]).toEqual([200, "image/webp"]);
  expect(headers.get("content-disposition")).toBe('inline; filename="avatar.webp"');
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  const about = await sharp(bytes).metadata();
  expect(about).toMatchObject({ format: "webp", width: 256, height: 256 });
  expect([about.exif, about.xmp, about.iptc]).toEqual([undefined, undefined, undefined]);
}

test.each(["photo.jpg", "alpha.png", "moving.gif", "still.webp", "still.avif", "cmyk.jpg"])(
  "%s becomes a square picture of a person, which everybody who has signed in sees",
  async (name) => {
    const { status, body } = await alice.setPicture(mine, await fileOf(name));
    expect(status).toBe(200);
    expect(body.avatar_url).toMatch(/^\/api\/avatars\/\d+$/);
    expect((await alice.get("/api/auth/me")).body.avatar_url).toBe(body.avatar_url);
    expect(await pictureOf(alice)).toBe(body.avatar_url);
    for (const person of [alice, bob, stranger]) await expectAvatar(person, body.avatar_url);
    expectRefused(await server.api.download(body.avatar_url), 401, "unauthorized");
  },
);

test("a picture stays under its address, and a new one has a new address", async () => {
  const first = (await alice.setPicture(mine, picture())).body.avatar_url;
  const { headers } = await bob.download(first);
  const again = await bob.download(first, { "If-None-Match": headers.get("etag")! });
  expect([again.status, again.bytes.length]).toEqual([304, 0]);
  const second = (await alice.setPicture(mine, picture())).body.avatar_url;
  expect(second).not.toBe(first);
  expectRefused(await bob.download(first), 404, "not_found");
  expectRefused(await bob.download("/api/avatars/999999"), 404, "not_found");
});

test("two pictures of one person at the same time: one is set, the other is refused", async () => {
  const both = await Promise.all([
    carol.setPicture(mine, await fileOf("photo.jpg")),
    carol.setPicture(mine, await fileOf("photo.jpg")),
  ]);
  const [set, refused] = both.toSorted((a, b) => a.status - b.status);
  expect(set!.status).toBe(200);
  expectRefused(refused!, 429, "rate_limited");
  expect((await carol.get("/api/auth/me")).body.avatar_url).toBe(set!.body.avatar_url);
  expect((await carol.setPicture(mine, picture())).status).toBe(200);
});

test("a group's picture is told to its members, by a line of the chat as well", async () => {
  const sockets = [await alice.connect(), await bob.connect()];
  const { status, body } = await alice.setPicture(`/api/chats/${chat}/avatar`, await fileOf("photo.jpg"));
  expect(status).toBe(200);
  for (const socket of sockets) {
    expect((await socket.next("chat_updated"))["chat"]).toMatchObject({
      id: chat,
      avatar_url: body.avatar_url,
    });
    expect((await socket.next("new_message"))["message"]).toMatchObject({
      content: "alice changed the picture",
      system: { event: "avatar_changed" },
    });
  }
  expect((await bob.get(`/api/chats/${chat}`)).body.avatar_url).toBe(body.avatar_url);
  await expectAvatar(bob, body.avatar_url);
});

test("a group's picture is for those who are in it now", async () => {
  const group = await alice.group("Closed circle", bob, carol);
  const { avatar_url } = (await alice.setPicture(`/api/chats/${group}/avatar`, picture())).body;
  for (const person of [alice, bob, carol]) await expectAvatar(person, avatar_url);
  await carol.delete(`/api/chats/${group}/members/${carol.id}`);
  for (const person of [stranger, carol]) {
    expectRefused(await person.download(avatar_url), 404, "not_found");
  }
  // A closed one can still be looked at.
  await alice.delete(`/api/chats/${group}`);
  await expectAvatar(bob, avatar_url);
});

test("the picture of somebody who has left is for those who still see them", async () => {
  const leaver = await server.register("leaver");
  await leaver.directWith(bob);
  const { avatar_url } = (await leaver.setPicture(mine, picture())).body;
  for (const person of [bob, stranger]) await expectAvatar(person, avatar_url);
  await server.operate("user disable", { username: "leaver" });
  await expectAvatar(bob, avatar_url);
  expectRefused(await stranger.download(avatar_url), 404, "not_found");
  expectInvalid(await stranger.put("/api/auth/me", { avatar_url }), "avatar_url");
  await server.operate("user enable", { username: "leaver" });
  await expectAvatar(stranger, avatar_url);
});

test("the address of a picture here is taken from those who may see that picture now, and from nobody else", async () => {
  const own = (await alice.setPicture(mine, picture())).body.avatar_url;
  const group = await alice.group("Inner circle", bob, carol);
  const { avatar_url } = (await alice.setPicture(`/api/chats/${group}/avatar`, picture())).body;
  const theirs = await carol.group("Theirs");
  const everywhere = async (person: Person, chat: number, address: string) => [
    await person.put("/api/auth/me", { avatar_url: address }),
    await person.put(`/api/chats/${chat}`, { avatar_url: address }),
    await person.post("/api/chats/group", { name: "Copy", avatar_url: address }),
  ];
  await carol.delete(`/api/chats/${group}/members/${carol.id}`);
  for (const address of [avatar_url, "/api/avatars/999999"]) {
    for (const reply of await everywhere(carol, theirs, address)) expectInvalid(reply, "avatar_url");
    // Nor does it open the picture.
    expectRefused(await carol.download(address), 404, "not_found");
  }
  expect((await alice.put(`/api/chats/${group}`, { avatar_url })).body.avatar_url).toBe(avatar_url);
  expect((await bob.post("/api/chats/group", { name: "Copy", avatar_url })).body.avatar_url).toBe(avatar_url);
  // What somebody has already, and what everybody sees.
  const taken = [
    ...(await everywhere(carol, theirs, own)),
    await alice.put("/api/auth/me", { avatar_url: own }),
    await bob.post("/api/chats/group", { name: "Copy", avatar_url: own }),
  ];
  for (const reply of taken) expect(reply.body.avatar_url).toBe(own);
});

test("a group's picture is for its admins to change, and a direct chat has none", async () => {
  const path = `/api/chats/${chat}/avatar`;
  expectRefused(await bob.setPicture(path, picture()), 403, "forbidden");
  expectRefused(await stranger.setPicture(path, picture()), 404, "not_found");
  const direct = await alice.directWith(bob);
  expectRefused(await alice.setPicture(`/api/chats/${direct}/avatar`, picture()), 409, "direct_chat_fixed");
  await alice.put(`/api/chats/${chat}/members/${bob.id}`, { role: "admin" });
  expect((await bob.setPicture(path, picture())).status).toBe(200);
});

test("what is no picture, none that can be read, or too large changes nothing and leaves nothing", async () => {
  const before = (await bob.setPicture(mine, picture())).body.avatar_url;
  await server.settled();
  const files = kept(server.dataDir);
  const set = (file: File) => bob.setPicture(mine, file);
  for (const other of [
    note("hello"),
    await fileOf("song.mp3"),
    await fileOf("vp8.webm"),
    await fileOf("paper.pdf"),
  ])
    expectRefused(await set(other), 415, "type_not_allowed");
  const svg = bytesOf(new Uint8Array(svgWithScript()), "a.svg", "image/svg+xml");
  expectRefused(await set(svg), 415, "type_not_allowed");
  expectRefused(await set(svgAsPng()), 422, "type_mismatch");
  expectRefused(await set(await fileOf("program.exe")), 415, "type_not_allowed");
  expectRefused(await set(await fileOf("random.bin")), 415, "type_not_allowed");
  const large = Buffer.concat([Buffer.from(await picture().bytes()), Buffer.alloc(300_000)]);
  expectRefused(await set(bytesOf(new Uint8Array(large), "large.png")), 413, "file_too_large");
  expectInvalid(await set(bytesOf(new Uint8Array(brokenPng("Camera One")), "half.png")), "file");
  expectInvalid(await set(bytesOf(new Uint8Array(hugePng()), "huge.png")), "file");
  expectInvalid(
    await set(bytesOf(new Uint8Array(Buffer.from("\x89PNG\r\n\x1a\n", "latin1")), "empty.png")),
    "file",
  );
  expectInvalid(await bob.put(mine, undefined, { raw: new FormData() }), "file");
  const two = new FormData();
  for (const file of [picture(), picture()]) two.append("file", file);
  expectInvalid(await bob.put(mine, undefined, { raw: two }), "file");
  expect(await pictureOf(bob)).toBe(before);
  await expectAvatar(stranger, before);
  await server.settled();
  expect(kept(server.dataDir)).toEqual(files);
});
