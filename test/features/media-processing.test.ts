/** What becomes of a file after it has been sent: looked at, cleaned, shown. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";

import { fixture } from "../fixtures/media/expected.ts";
import { Home } from "../support/executable.ts";
import { bytesOf, picture } from "../support/files.ts";
import { brokenPng, burning } from "../support/hostile.ts";
import { kept, rows, tries } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { hold } from "../support/held.ts";
import { childrenOf } from "../support/processes.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(30_000);

let server: TestServer;
let alice: Person, bob: Person, carol: Person;

beforeAll(async () => {
  server = await TestServer.start();
  alice = await server.register("alice");
  bob = await server.register("bob");
  carol = await server.register("carol");
});
afterAll(() => server[Symbol.asyncDispose]());

let photos = 0;

/** A photo that nobody has sent before: with a place, a camera, and `photo n` behind its end. */
async function photo(): Promise<File> {
  const bytes = Buffer.from(await Bun.file(fixture("photo.jpg")).bytes());
  return bytesOf(new Uint8Array(Buffer.concat([bytes, Buffer.from(`photo ${++photos}`)])), "photo.jpg");
}

/** One that takes longer than it may, with a comment that is to be taken out. */
function burningPhoto(): File {
  const bytes = burning();
  const comment = Buffer.from(`\xff\xfe\0\x0cParis ${String(++photos).padStart(4)}`, "latin1");
  const told = Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]);
  return bytesOf(new Uint8Array(told), "burning.jpg");
}

const secretsIn = (bytes: Uint8Array) =>
  ["Camera One", "Paris", "GPS"].filter((one) => Buffer.from(bytes).includes(one));

/** Sends one file, ahead of a message. */
async function send(person: Person, file: File): Promise<any> {
  const { status, body } = await person.upload([file]);
  expect(status).toBe(201);
  return body.media[0];
}

async function share(person: Person, chat: number, file: { id: number }): Promise<any> {
  return person.say(chat, "", { media_ids: [file.id] });
}

test("a photo is its sender's alone until it has been cleaned; then every chat that has it is told", async () => {
  const letGo = await hold(server);
  const same = await photo();
  const original = await same.bytes();
  expect(secretsIn(original)).toEqual(["Camera One", "Paris", "GPS"]);
  const [first, second] = [await send(alice, same), await send(alice, same)];
  const chats = [await alice.group("One", bob), await alice.group("Two", carol)] as const;
  const sockets = [await bob.connect(), await carol.connect(), await alice.connect()] as const;
  const messages = [await share(alice, chats[0], first), await share(alice, chats[1], second)];

  expect(first).toMatchObject({ state: "pending", width: null, has_thumbnail: false, thumbnail_url: null });
  const early = bob.download(first.url);
  expectRefused(await bob.download(`${first.url}/thumbnail`), 409, "media_not_ready");
  expect((await alice.download(first.url)).bytes).toEqual(original);

  letGo();
  expect([(await early).status, secretsIn((await early).bytes)]).toEqual([200, []]);
  for (const [i, socket] of sockets.slice(0, 2).entries()) {
    const { message } = await socket.next("message_updated");
    expect(message).toMatchObject({ id: messages[i].id, is_edited: false, edited_at: null });
    expect(message.media).toEqual([
      expect.objectContaining({ state: "ready", width: 480, height: 640, has_thumbnail: true }),
    ]);
    expect(message.media[0].file_size).toBeLessThan(original.length);
  }
  const told = [await sockets[2].next("message_updated"), await sockets[2].next("message_updated")];
  expect(told.map((one) => one["message"].id)).toEqual(messages.map((one) => one.id));

  for (const [person, file] of [
    [bob, first],
    [carol, second],
    [alice, first],
  ] as const) {
    const got = await person.download(file.url);
    expect([got.status, got.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(secretsIn(got.bytes)).toEqual([]);
    const thumbnail = await person.download(`${file.url}/thumbnail`);
    expect(thumbnail.headers.get("content-type")).toBe("image/webp");
    expect(Buffer.from(thumbnail.bytes).toString("latin1", 8, 12)).toBe("WEBP");
  }
  expectRefused(await bob.download(second.url), 404, "not_found");
  await server.settled();
  for (const socket of sockets) {
    expect(await socket.settled("message_updated")).toHaveLength(socket === sockets[2] ? 2 : 1);
  }
});

test("a damaged picture is cleaned as well, and goes to others as bytes to be saved", async () => {
  const damaged = bytesOf(new Uint8Array(brokenPng("Camera One")), "half.png", "image/png");
  expect(secretsIn(await damaged.bytes())).toContain("Camera One");
  const chat = await alice.group("Damaged", bob);
  const socket = await bob.connect();
  const [file] = (await alice.upload([damaged], await alice.say(chat, "look"))).body.media;
  const isLookedAt = ({ message }: any) => message.media[0].state !== "pending";
  const { message } = await socket.next("message_updated", isLookedAt);
  expect(message.media[0]).toMatchObject({ state: "failed", width: 7, has_thumbnail: false });
  for (const person of [bob, alice]) {
    const got = await person.download(file.url);
    expect(got.status).toBe(200);
    expect(got.headers.get("content-type")).toBe("application/octet-stream");
    expect(got.headers.get("content-disposition")).toStartWith("attachment;");
    expect(secretsIn(got.bytes)).toEqual([]);
    expectRefused(await person.download(`${file.url}/thumbnail`), 404, "no_thumbnail");
  }
});

test("of files that are deleted while one is looked at nothing is left", async () => {
  await using burner = await TestServer.start({ config: { inspectionSeconds: 1 } });
  const ann = await burner.register("ann");
  const [underWay, waiting] = [await send(ann, burningPhoto()), await send(ann, await photo())];
  // It has been cleaned, and is being made into a thumbnail.
  await until(() => kept(burner.dataDir).unfinished.length > 0);
  for (const one of [underWay, waiting]) expect((await ann.delete(one.url)).status).toBe(204);
  await burner.settled();
  expect(kept(burner.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  expect(rows(burner.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
});

test("the end of the process that looks into files is the end of one file and of nothing else", async () => {
  await using burner = await TestServer.start();
  const ann = await burner.register("ann");
  const [file, next] = [await send(ann, burningPhoto()), await send(ann, await photo())];
  await until(() => kept(burner.dataDir).unfinished.length > 0);
  const [child] = childrenOf(process.pid, `${burner.dataDir}/cache`);
  process.kill(child!, "SIGKILL");
  await burner.settled();
  expect((await ann.get(`${file.url}/info`)).body.state).toBe("failed");
  expect((await ann.get(`${next.url}/info`)).body).toMatchObject({ state: "ready", width: 480 });
  expect((await burner.api.get("/health")).body.status).toBe("ok");
});

test("FILE_METADATA=keep leaves every byte, and nobody has to wait", async () => {
  await using keeping = await TestServer.start({ config: { fileMetadata: "keep" } });
  const [ann, ben] = [await keeping.register("ann"), await keeping.register("ben")];
  const chat = await ann.group("Team", ben);
  const letGo = await hold(keeping);
  const sent = await photo();
  const file = await send(ann, sent);
  await share(ann, chat, file);
  expect((await ben.get(`${file.url}/info`)).body.state).toBe("pending");
  expect((await ben.download(file.url)).bytes).toEqual(await sent.bytes());
  letGo();
  await keeping.settled();
  expect((await ben.get(`${file.url}/info`)).body).toMatchObject({ state: "ready", width: 480 });
  const got = await ben.download(file.url);
  expect([got.bytes, got.headers.get("content-type")]).toEqual([await sent.bytes(), "image/jpeg"]);
  expect((await ben.download(`${file.url}/thumbnail`)).status).toBe(200);
  expect(rows(keeping.dataDir).files).toBe(kept(keeping.dataDir).media.length);
});

test("what was let through as it was is cleaned before others have it, once that is asked for", async () => {
  await using lax = await TestServer.start({ config: { fileMetadata: "keep" } });
  const [ann, ben] = [await lax.register("ann"), await lax.register("ben")];
  const chat = await ann.directWith(ben);
  const file = await send(ann, await photo());
  await share(ann, chat, file);
  const damaged = await send(ann, bytesOf(new Uint8Array(brokenPng("Camera One")), "half.png", "image/png"));
  await share(ann, chat, damaged);
  await lax.settled();
  expect(secretsIn((await ben.download(file.url)).bytes)).toEqual(["Camera One", "Paris", "GPS"]);
  expect(secretsIn((await ben.download(damaged.url)).bytes)).toContain("Camera One");

  await lax.restart({ fileMetadata: "strip" });
  const again = lax.as(ben.signedIn);
  const early = await again.download(file.url);
  expect([early.status, secretsIn(early.bytes)]).toEqual([200, []]);
  await lax.settled();
  const got = await again.download(file.url);
  expect([got.status, secretsIn(got.bytes)]).toEqual([200, []]);
  expect((await again.download(`${file.url}/thumbnail`)).status).toBe(200);
  const half = await again.download(damaged.url);
  expect([half.status, secretsIn(half.bytes)]).toEqual([200, []]);
  expect(kept(lax.dataDir)).toMatchObject({
    media: [expect.any(String), expect.any(String)],
    thumbnails: [expect.any(String)],
    strays: [],
  });
});

test("a photo with stray bytes between its parts is cleaned like any other", async () => {
  const bytes = Buffer.from(await (await photo()).bytes());
  // Behind the first segment, which is JFIF's.
  const at = 4 + bytes.readUInt16BE(4);
  const odd = Buffer.concat([bytes.subarray(0, at), Buffer.from("?"), bytes.subarray(at)]);
  const chat = await alice.group("Odd", bob);
  const file = await send(alice, bytesOf(new Uint8Array(odd), "odd.jpg"));
  await share(alice, chat, file);
  await server.settled();
  const got = await bob.download(file.url);
  expect([got.status, secretsIn(got.bytes)]).toEqual([200, []]);
});

test("a film whose data cannot be taken out stays with its sender, who has been told", async () => {
  const film = Buffer.from(await Bun.file(fixture("h264-location.mp4")).bytes());
  const moov = film.indexOf("moov") - 4;
  expect(moov + film.readUInt32BE(moov)).toBe(film.length);
  // A box that says that the rest is compressed: players pass it over.
  const odd = Buffer.concat([film, Buffer.from([0, 0, 0, 8]), Buffer.from("cmov")]);
  odd.writeUInt32BE(film.readUInt32BE(moov) + 8, moov);
  const chat = await alice.group("Films", bob);
  const file = await send(alice, bytesOf(new Uint8Array(odd), "odd.mp4"));
  await share(alice, chat, file);
  await server.settled();
  expect((await alice.get(`${file.url}/info`)).body).toMatchObject({ state: "failed", width: 180 });
  const refused = await bob.download(file.url);
  expectRefused(refused, 403, "forbidden");
  expect(refused.body.detail).toContain("Location");
  expect((await alice.download(file.url)).status).toBe(200);
});

test("every chat is told once, however many messages have the same picture", async () => {
  const letGo = await hold(server);
  const same = await photo();
  const chat = await alice.group("Same", bob);
  const files: any[] = [];
  for (let i = 0; i < 12; i++)
    files.push(...(await alice.upload(Array.from({ length: 10 }, () => same))).body.media);
  for (const file of files) await share(alice, chat, file);
  const socket = await bob.connect();
  letGo();
  await server.settled();
  const told = await socket.settled("message_updated");
  expect(told.map((one) => one["message"].media[0].id)).toEqual(files.map((one) => one.id));
  expect(new Set(told.map((one) => one["message"].media[0].state))).toEqual(new Set(["ready"]));
});

test("whoever sends much does not hold up what others send", async () => {
  const letGo = await hold(server);
  const many: any[] = [];
  for (let i = 0; i < 5; i++) many.push(await send(alice, await photo()));
  const one = await send(bob, await photo());
  const chat = await alice.group("Turns", bob);
  for (const file of many) await share(alice, chat, file);
  await share(bob, chat, one);
  const socket = await carol.connect();
  await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  await socket.next("chat_created");
  letGo();
  await server.settled();
  const order = (await socket.settled("message_updated")).map((told) => told["message"].media[0].id);
  expect(order).toHaveLength(6);
  // One of hers was under way; then it is his turn, or after one more of hers.
  expect(order.indexOf(one.id)).toBeLessThanOrEqual(2);
});

test("what waits when the server stops is looked at after the next start, and the stop is not its fault", async () => {
  await using slow = await TestServer.start({ config: { inspectionSeconds: 600 } });
  const ann = await slow.register("ann");
  const [first, second] = [await send(ann, burningPhoto()), await send(ann, await photo())];
  await until(() => kept(slow.dataDir).unfinished.length > 0);
  expect(tries(slow.dataDir)).toEqual([1, 0]);
  await slow.restart();
  await until(() => kept(slow.dataDir).unfinished.length > 0);
  expect(tries(slow.dataDir)).toEqual([1, 0]);
  await slow.restart({ inspectionSeconds: 1 });
  await slow.settled();
  const again = await slow.login("ann");
  expect((await again.get(`${first.url}/info`)).body.state).toBe("failed");
  expect((await again.get(`${second.url}/info`)).body).toMatchObject({ state: "ready", width: 480 });
  expect(slow.log.filter((line) => line.includes("could not be processed"))).toHaveLength(1);
  const { media, thumbnails, unfinished, strays } = kept(slow.dataDir);
  expect([media.length, thumbnails.length, unfinished, strays]).toEqual([2, 1, [], []]);
});

test("a file during which the server ended three times is not begun again", async () => {
  await using home = new Home();
  const settings = { INSPECTION_SECONDS: "600", INSPECTION_FIRST_SECONDS: "600" };
  let running = await home.start({ settings });
  const ann = await running.register("ann");
  const [file, other] = [await send(ann, burningPhoto()), await send(ann, picture())];
  for (let i = 1; i <= 3; i++) {
    const hasBegun = () =>
      `${tries(home.dataDir)}` === `${[i, 0]}` && kept(home.dataDir).unfinished.length > 0;
    await until(hasBegun);
    await running.kill("SIGKILL");
    running = await home.start({ settings });
  }
  await running.caller();
  const again = running.as(ann.signedIn);
  await until(async () => (await again.get(`${other.url}/info`)).body.state === "ready");
  expect((await again.get(`${file.url}/info`)).body.state).toBe("failed");
  expect((await again.download(file.url)).status).toBe(200);
  await until(() => kept(home.dataDir).strays.length === 0);
  const { media, thumbnails, unfinished } = kept(home.dataDir);
  expect([media.length, thumbnails.length, unfinished]).toEqual([2, 1, []]);
});
