/** Whoever cost much waits behind whoever cost little. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { AskedPictures } from "../../src/features/files/processing/asked.ts";
import { Costs } from "../../src/features/files/processing/costs.ts";
import { Schedule } from "../../src/features/files/processing/schedule.ts";
import type { Waiting } from "../../src/features/files/processing/fairness.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "../support/clock.ts";
import { bytesOf } from "../support/files.ts";
import { hold } from "../support/held.ts";
import { burning } from "../support/hostile.ts";
import { kept } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

const minute = 60_000;

// What somebody has cost

test("what somebody has cost is forgotten by halves, and a great many people are not remembered", () => {
  const clock = new ManualClock();
  const costs = new Costs(clock, 3);
  costs.add(1, 8000);
  expect([costs.of(1), costs.rankOf(1), costs.of(2), costs.rankOf(2)]).toEqual([8000, 3, 0, 0]);
  clock.turn(5 * minute);
  expect([costs.of(1), costs.rankOf(1)]).toEqual([4000, 2]);
  costs.add(1, 1000);
  expect(costs.of(1)).toBe(5000);
  clock.turn(60 * minute);
  expect([costs.of(1) > 0, costs.rankOf(1)]).toEqual([true, 0]);
  for (const [userId, milliseconds] of [
    [2, 900],
    [3, 300],
    [4, 600],
  ] as const)
    costs.add(userId, milliseconds);
  expect([1, 2, 3, 4].map((one) => costs.of(one))).toEqual([0, 900, 300, 600]);
  costs.add(5, 100);
  expect([2, 3, 4, 5].map((one) => costs.of(one))).toEqual([900, 300, 600, 0]);
});

/** A decoder of its own time, at which everybody's files cost as much as they say. */
class Decoder {
  readonly clock = new ManualClock();
  readonly schedule = new Schedule(this.clock, 2000);
  readonly #files: (Waiting & { needs: number })[] = [];
  #ids = 0;

  add(uploaderId: number, needs: number): number {
    this.#files.push({ id: ++this.#ids, uploaderId, needs });
    return this.#ids;
  }

  /** Of each person the first, as the tables have it. */
  get #pending() {
    return [...Map.groupBy(this.#files, (one) => one.uploaderId).values()].map(([first]) => first!);
  }

  /** One look; answers whose file it was, and the time that it took. */
  step(): { id: number; uploaderId: number; took: number; isDone: boolean } | undefined {
    const { file } = this.schedule.next([], this.#pending);
    if (!file) return undefined;
    const allowance = this.schedule.allowanceFor(file);
    const took = Math.min(file.needs, allowance.milliseconds ?? 10_000);
    this.clock.turn(took);
    allowance.took(took);
    const isDone = took === file.needs || allowance.milliseconds === undefined;
    if (isDone) this.#files.splice(this.#files.indexOf(file), 1);
    else this.schedule.askMore(file);
    return { id: file.id, uploaderId: file.uploaderId, took, isDone };
  }

  /** How long it takes until that one is done. */
  until(id: number): number {
    const began = this.clock.monotonic();
    for (;;) {
      const looked = this.step()!;
      if (looked.id === id && looked.isDone) return this.clock.monotonic() - began;
    }
  }
}

const burners = Array.from({ length: 12 }, (_, i) => 100 + i);

test("junk of twelve new accounts delays a photo by a short look at each, and of those who burnt before by none", () => {
  const decoder = new Decoder();
  for (const burner of burners) decoder.add(burner, Infinity);
  expect(decoder.until(decoder.add(1, 300))).toBe(12 * 2000 + 300);
  for (let i = 0; i < 5; i++) {
    for (const burner of burners) decoder.add(burner, Infinity);
    // Somebody's junk is under way when they come, which is not counted here.
    decoder.step();
    expect(decoder.until(decoder.add(2 + i, 300))).toBe(300);
  }
});

test("an album goes on between the junk of others, and a film that takes long gets the time it needs", () => {
  const decoder = new Decoder();
  for (const burner of burners) for (let i = 0; i < 100; i++) decoder.add(burner, Infinity);
  const film = decoder.add(1, 7000);
  // Twelve short looks and its own; then it has cost as much as each of them, and they take turns.
  expect(decoder.until(film)).toBeLessThan(13 * 2000 + 12 * 10_000 + 7000 + 1);
  const album = Array.from({ length: 60 }, () => decoder.add(2, 300));
  // Until it has cost as much as they have, nothing of theirs comes between.
  expect(decoder.until(album[19]!)).toBe(20 * 300);
  // Then it is one of thirteen.
  expect(decoder.until(album[59]!)).toBeLessThan(40 * 300 + 15 * 10_000);
});

test("whoever has a large album is not kept waiting for ever by ever new people", () => {
  const decoder = new Decoder();
  let last = 0;
  for (let i = 0; i < 20; i++) last = decoder.add(1, 300);
  let newcomer = 1000;
  let done = 0;
  const began = decoder.clock.monotonic();
  for (decoder.add(newcomer, 300); done < 20;) {
    const looked = decoder.step()!;
    if (looked.uploaderId === 1) done += 1;
    else decoder.add(++newcomer, 300);
    if (looked.id === last) break;
    expect(decoder.clock.monotonic() - began).toBeLessThan(180 * minute);
  }
  expect(done).toBe(20);
});

test("people who cost about the same take turns, and nothing is looked at when nothing waits", () => {
  const schedule = new Schedule(new ManualClock(), 2000);
  expect(schedule.next([], [])).toEqual({ file: undefined });
  const files = [
    { id: 1, uploaderId: 1 },
    { id: 9, uploaderId: 2 },
  ];
  schedule.allowanceFor(files[0]!).took(900);
  const order = [1, 2, 3, 4].map(() => schedule.next([], files).file!.uploaderId);
  expect(order).toEqual([1, 2, 1, 2]);
});

test("pictures that somebody waits for and what has been sent are in turn, and first what costs least", () => {
  const schedule = new Schedule(new ManualClock(), 2000);
  const pictures = [
    { id: -2, uploaderId: 1 },
    { id: -1, uploaderId: 2 },
  ];
  const files = [{ id: 1, uploaderId: 3 }];
  const next = () => {
    const { picture, file } = schedule.next(pictures, files);
    return (picture ?? file)!.id;
  };
  expect([next(), next(), next(), next()]).toEqual([-2, 1, -1, 1]);
  schedule.allowanceFor(files[0]!).took(2000);
  expect([next(), next(), next()]).toEqual([-2, -1, -2]);
  schedule.allowanceFor(pictures[0]!).took(10_000);
  schedule.allowanceFor(pictures[1]!).took(10_000);
  expect([next(), next(), next()]).toEqual([1, 1, 1]);
});

test("only so many pictures wait, and of more those of who cost most are sent away", async () => {
  const ranks = new Map<number, number>([[3, 2]]);
  const closing = new AbortController();
  const asked = new AskedPictures((userId) => ranks.get(userId) ?? 0, closing.signal);
  const job = { file: "", type: "", picture: { file: "", side: 1, square: false } };
  const outcomes = Array.from({ length: 16 }, (_, i) => asked.ask(i + 1, job).catch((error) => error.code));
  const late = asked.ask(17, job).catch((error) => error.code);
  expect(await outcomes[2]!).toBe("overloaded");
  // All who wait cost nothing: who comes last is told to come back.
  expect(asked.ask(18, job)).rejects.toMatchObject({ code: "overloaded", retryAfter: 5 });
  expect(asked.waiting.map((one) => one.uploaderId)).toEqual([
    1,
    2,
    ...Array.from({ length: 14 }, (_, i) => i + 4),
  ]);
  closing.abort();
  expect(await Promise.all([outcomes[0]!, late])).toEqual(["stopping", "stopping"]);
  expect(asked.ask(1, job)).rejects.toMatchObject({ code: "stopping" });
  expect(asked.waiting).toEqual([]);
});

// With real files

let sent = 0;

/** Another one each time: with a number in a comment. */
function junk(): File {
  const bytes = burning();
  const comment = Buffer.from(`\xff\xfe\0\x06${String(++sent).padStart(4)}`, "latin1");
  return bytesOf(
    new Uint8Array(Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)])),
    `${sent}.jpg`,
  );
}

async function photo(): Promise<File> {
  return bytesOf(new Uint8Array(await Bun.file(fixture("photo.jpg")).bytes()), "photo.jpg");
}

const send = async (person: Person, file: File) => (await person.upload([file])).body.media[0];

test("photos of others are looked at before the second look at anybody's junk, and their pictures, too", async () => {
  await using server = await TestServer.start({
    config: { inspectionSeconds: 2, inspectionFirstSeconds: 1 },
  });
  const [victim, other, ...burners] = await Promise.all(
    ["victim", "other", "burner1", "burner2", "burner3"].map((name) => server.register(name)),
  );
  const chat = await victim!.group("Photos", other!, ...burners);
  const socket = await other!.connect();
  const letGo = await hold(server);
  const share = async (person: Person, file: File) => {
    const one = await send(person, file);
    await person.say(chat, "", { media_ids: [one.id] });
    return one;
  };
  const burnt: { id: number; url: string }[] = [];
  for (const person of burners) burnt.push(await share(person, junk()));
  letGo();
  // The first of them has had its short look, and perhaps others have.
  const mine = await share(victim!, await photo());
  const avatar = victim!.setPicture("/api/auth/me/avatar", await photo());
  const isBurning = async () =>
    (await Promise.all(burnt.map(({ url }) => victim!.get(`${url}/info`)))).map(({ body }) => body.state);
  expect((await avatar).status).toBe(200);
  expect(await isBurning()).toEqual(["pending", "pending", "pending"]);
  await server.settled();
  const told = (await socket.settled("message_updated")).map(({ message }: any) => message.media[0]);
  expect(told.map((one) => [one.id, one.state])).toEqual([
    [mine.id, "ready"],
    ...burnt.map((one) => [one.id, "failed"]),
  ]);
});

test("a picture of somebody that takes long is no picture in the end, and does not hold up files meanwhile", async () => {
  await using server = await TestServer.start({
    config: { inspectionSeconds: 2, inspectionFirstSeconds: 1 },
  });
  const [burner, victim] = [await server.register("burner"), await server.register("victim")];
  let isSet = false;
  const setting = burner.setPicture("/api/auth/me/avatar", junk()).finally(() => (isSet = true));
  await until(() => kept(server.dataDir).media.length > 0);
  const { url } = await send(victim, await photo());
  await until(async () => (await victim.get(`${url}/info`)).body.state === "ready");
  expect(isSet).toBe(false);
  expectInvalid(await setting, "file");
});
