/** How much may be sent, kept and spent on looking into it. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "../support/clock.ts";
import { bytesOf, longNote, note, picture } from "../support/files.ts";
import { burning, jpegWithManyScans } from "../support/hostile.ts";
import { kept, usage } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { formOf, RawUpload } from "../support/raw-upload.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(20_000);

const megabyte = 1024 * 1024;

/** How a form with such a file begins, for which so many bytes are announced that it never ends. */
async function beginning(file: File): Promise<Buffer> {
  return (await formOf([file])).subarray(0, -40);
}

/** A file that begins as the fixture and has this many bytes. */
async function padded(name: string, size: number, type = ""): Promise<File> {
  const bytes = new Uint8Array(size).fill(32);
  bytes.set(new Uint8Array(await Bun.file(fixture(name)).slice(0, size).bytes()));
  return bytesOf(bytes, name, type);
}

/** Bytes of no kind, as what is encrypted. */
function sealed(size: number): File {
  return bytesOf(
    new Uint8Array(size).map((_, i) => (i * 7919) % 251),
    "sealed",
  );
}

/** Waits until so many uploads are being received. */
async function underWay({ dataDir }: TestServer, count: number): Promise<void> {
  const now = () => kept(dataDir).unfinished.length;
  await until(
    () => now() === count,
    5000,
    () => `there are ${now()} uploads under way`,
  );
}

test("a file is refused as soon as it is too large for its kind, before all of it has come", async () => {
  const config = {
    maxImageBytes: 10_000,
    maxDocumentBytes: 40_000,
    maxAudioBytes: 50_000,
    maxVideoBytes: 60_000,
  };
  await using server = await TestServer.start({ config });
  const alice = await server.register("alice");
  const kinds = [
    ["image", 10_000, (size: number) => padded("plain.jpg", size)],
    ["document", 40_000, async (size: number) => longNote(size)],
    ["audio", 50_000, (size: number) => padded("song.mp3", size)],
    ["video", 60_000, (size: number) => padded("h264-high.mp4", size)],
  ] as const;
  // The smallest kind is smaller than what it takes to know a file, which is not known before its end then.
  for (const [kind, most, make] of kinds) {
    const exact = await alice.upload([await make(most)]);
    expect([kind, exact.status, exact.body.media?.[0].media_type]).toEqual([kind, 201, kind]);
    expectRefused(await alice.upload([await make(most + 1)]), 413, "file_too_large");
    const early = new RawUpload(alice, 100_000_000);
    await early.send(await beginning(await make(most + 10_000)));
    const { status, body } = await early.answer;
    expect([kind, status, JSON.parse(body).code]).toEqual([kind, 413, "file_too_large"]);
    early.cut();
  }
  // What is encrypted may be of any kind.
  const send = (size: number) => alice.upload([sealed(size)], undefined, { encrypted: "true" });
  expect((await send(60_000)).status).toBe(201);
  expectRefused(await send(60_001), 413, "file_too_large");
  // Also when by chance it begins like something that may not be so large.
  const alike = await padded("song.mp3", 60_000);
  expect((await alice.upload([alike], undefined, { encrypted: "true" })).status).toBe(201);
  // Each file for itself.
  const many = await alice.upload([longNote(40_000, "a"), longNote(40_000, "b"), longNote(40_000, "c")]);
  expect(many.status).toBe(201);
  await server.settled();
  expect(kept(server.dataDir)).toMatchObject({ unfinished: [], strays: [] });
  expect(kept(server.dataDir).media).toHaveLength(9);
});

test("nobody's files become more than they may be, and the others' have room all the same", async () => {
  await using server = await TestServer.start({ config: { userQuotaMb: 1 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const [first] = (await alice.upload([longNote(600_000, "a")])).body.media;
  expectRefused(await alice.upload([longNote(600_000, "b")]), 507, "quota_exceeded");
  // The same again is kept once, and counts twice.
  expectRefused(await alice.upload([longNote(600_000, "a")]), 507, "quota_exceeded");
  expectRefused(await alice.upload([note("fine"), longNote(600_000, "b")]), 507, "quota_exceeded");
  const early = new RawUpload(alice, 100_000_000);
  await early.send(await beginning(longNote(500_000, "b")));
  expect((await early.answer).status).toBe(507);
  early.cut();
  expect((await bob.upload([longNote(600_000, "a")])).status).toBe(201);
  await alice.delete(first.url);
  expect((await alice.upload([longNote(megabyte, "b")])).status).toBe(201);
  expectRefused(await alice.upload([note("x")]), 507, "quota_exceeded");
  expect(usage(server.dataDir)[alice.id]).toEqual({ files: 1, bytes: megabyte });
  expect(kept(server.dataDir).unfinished).toEqual([]);
});

test("the files of all become no more than the server may have", async () => {
  await using server = await TestServer.start({ config: { serverQuotaMb: 1 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const [first] = (await alice.upload([longNote(600_000, "a")])).body.media;
  expectRefused(await bob.upload([longNote(600_000, "b")]), 507, "quota_exceeded");
  expect((await bob.upload([longNote(400_000, "b")])).status).toBe(201);
  expectRefused(await alice.upload([longNote(100_000, "c")]), 507, "quota_exceeded");
  await alice.delete(first.url);
  expect((await bob.upload([longNote(600_000, "c")])).status).toBe(201);
});

test("uploads at once do not become more together than they may be", async () => {
  const config = { userQuotaMb: 2, uploadsPerUser: 20, longBodiesPerAddress: 100 };
  await using server = await TestServer.start({ config });
  const alice = await server.register("alice");
  // One that began when there was room, and ends when another one has taken it.
  const form = await formOf([longNote(1.5 * megabyte, "slow")]);
  const slow = new RawUpload(alice, form.length);
  await slow.send(form.subarray(0, 300_000));
  await underWay(server, 1);
  const quick = () => alice.upload([longNote(1.5 * megabyte, "quick")]);
  const [first] = (await quick()).body.media;
  await alice.delete(first.url);
  expect((await quick()).status).toBe(201);
  await slow.send(form.subarray(300_000));
  const { status, body } = await slow.answer;
  expect([status, JSON.parse(body).code]).toEqual([507, "quota_exceeded"]);
  slow.cut();
  // Many that each would fit.
  const many = Array.from({ length: 20 }, (_, i) => alice.upload([longNote(200_000, `${i}`)]));
  const statuses = (await Promise.all(many)).map((one) => one.status);
  expect(statuses.filter((one) => one !== 201 && one !== 507)).toEqual([]);
  expect(statuses).toContain(507);
  expect(usage(server.dataDir)[alice.id]!.bytes).toBeLessThanOrEqual(2 * megabyte);
  // What was refused has given its room back.
  const left = 2 * megabyte - usage(server.dataDir)[alice.id]!.bytes;
  expect((await alice.upload([longNote(left, "rest")])).status).toBe(201);
  await server.settled();
  expect(kept(server.dataDir)).toMatchObject({ unfinished: [], strays: [] });
});

test("somebody has so many uploads at a time, and the next one when one of them has ended", async () => {
  await using server = await TestServer.start({ config: { uploadsPerUser: 2 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const form = await beginning(note("x".repeat(1000)));
  const begin = async () => {
    const upload = new RawUpload(alice, 100_000);
    await upload.send(form);
    return upload;
  };
  const two = [await begin(), await begin()];
  await underWay(server, 2);
  const refused = await alice.upload([note("third")]);
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(5);
  expectRefused(await alice.setPicture("/api/auth/me/avatar", picture()), 429, "rate_limited");
  expect((await bob.upload([note("mine")])).status).toBe(201);
  two[0]!.cut();
  await underWay(server, 1);
  await server.logged(/"path":"\/api\/media\/upload","status":400/);
  expect((await alice.upload([note("third")])).status).toBe(201);
  expect((await alice.setPicture("/api/auth/me/avatar", picture())).status).toBe(200);
  expect((await alice.upload([note("fourth")])).status).toBe(201);
  two[1]!.cut();
});

test("files leave the disk room for messages", async () => {
  await using server = await TestServer.start({ config: { diskReserveMb: 1_000_000_000 } });
  const alice = await server.register("alice");
  const chat = await alice.group("Team");
  expectRefused(await alice.upload([note("hello")]), 507, "storage_full");
  expectRefused(await alice.setPicture("/api/auth/me/avatar", picture()), 507, "storage_full");
  expect((await alice.say(chat, "hello")).content).toBe("hello");
  expect(kept(server.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  await server.restart({ diskReserveMb: 0 });
  expect((await (await server.login("alice")).upload([note("hello")])).status).toBe(201);
});

test("the status tells how many files are kept and how large they are", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const told = async (person: Person) => {
    await server.settled();
    // Counted once for all who ask within five seconds.
    clock.turn(5000);
    const { media_files, media_bytes } = (await person.get("/api/status")).body;
    return [media_files, media_bytes];
  };
  expect(await told(alice)).toEqual([0, 0]);
  const [hello] = (await alice.upload([note("hello")])).body.media;
  expect(await told(bob)).toEqual([1, 5]);
  const [again] = (await bob.upload([note("hello")])).body.media;
  expect(await told(bob)).toEqual([2, 10]);
  const [twice] = (await bob.upload([note("hello")])).body.media;
  expect(await told(bob)).toEqual([2, 10]);
  const [photo] = (await alice.upload([await padded("photo.jpg", 15_876)])).body.media;
  await server.settled();
  const size = (await alice.get(`${photo.url}/info`)).body.file_size;
  expect(size).toBeLessThan(15_876);
  expect((await alice.download(photo.url)).bytes.length).toBe(size);
  expect(await told(alice)).toEqual([3, size + 10]);
  await alice.delete(hello.url);
  expect(await told(alice)).toEqual([2, size + 5]);
  await bob.delete(twice.url);
  expect(await told(alice)).toEqual([2, size + 5]);
  await bob.delete(again.url);
  expect(await told(alice)).toEqual([1, size]);
  await alice.delete(photo.url);
  expect(await told(alice)).toEqual([0, 0]);
});

test("what costs too much time or memory to look at is given up, and the rest is looked at", async () => {
  await using server = await TestServer.start({ config: { inspectionSeconds: 1 } });
  await server.register("alice");
  /** Sends a costly picture and another one; answers their states, and why the first one was given up. */
  const spend = async (bytes: Uint8Array) => {
    const alice = await server.login("alice");
    const other = await padded("plain.jpg", 6000 + (bytes.length % 1000));
    const { media } = (await alice.upload([bytesOf(new Uint8Array(bytes), "a.jpg"), other])).body;
    await server.settled();
    expect((await alice.download(media[0].url)).bytes.length).toBe(bytes.length);
    const states: unknown[] = [];
    for (const { url } of media) states.push((await alice.get(`${url}/info`)).body.state);
    const problems = server.log.flatMap((line) => /"problem":"([^"]+)"/.exec(line)?.[1] ?? []);
    return [...states, problems.at(-1)];
  };
  expect(await spend(burning())).toEqual(["failed", "ready", "it took longer than 1 s"]);
  await server.restart({ inspectionSeconds: 20, inspectionMb: 100 });
  // All of it has to be in memory before the first pixel is known: 49 megapixels of two bytes. Its
  // scans keep it there for many of the moments at which somebody looks.
  const large = jpegWithManyScans(100);
  expect(await spend(large)).toEqual(["failed", "ready", "it needed more than 100 MB"]);
  await server.restart({ inspectionMb: 512 });
  const [state] = await spend(jpegWithManyScans(5));
  expect(state).toBe("ready");
});
