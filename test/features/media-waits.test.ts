/** Asking for a file that is just being looked at. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "../support/clock.ts";
import { bytesOf } from "../support/files.ts";
import { hold } from "../support/held.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(20_000);

const clock = new ManualClock();
const server = await TestServer.start({ clock });
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");
const bob = await server.register("bob");

const full = "You are waiting for 2 files already.";
let photos = 0;

/** A photo that nobody has sent before, in a new group of two, and nobody looks at it until it is let go. */
async function heldPhoto(other: Person, at = server, from = alice) {
  const letGo = await hold(at);
  const bytes = Buffer.from(await Bun.file(fixture("photo.jpg")).bytes());
  const photo = new Uint8Array(Buffer.concat([bytes, Buffer.from(`photo ${++photos}`)]));
  const chat = await from.group("Team", other);
  const [file] = (await from.upload([bytesOf(photo, "photo.jpg")])).body.media;
  const message = await from.say(chat, "", { media_ids: [file.id] });
  return { letGo, url: file.url as string, chat, message };
}

/** Asks so often that one is refused, which shows that the others wait. */
async function fillPlaces(person: Person, url: string) {
  const asked = Array.from({ length: 3 }, () => ask(person, url));
  const refused = await Promise.race(asked.map(async (one) => (await one.answer, one)));
  expectRefused(await refused.answer, 409, "media_not_ready");
  return { refused: await refused.answer, waiting: asked.filter((one) => one !== refused) };
}

/** They have no place left to wait at. */
async function expectFull(person: Person, url: string): Promise<void> {
  expect((await ask(person, url).answer).body).toMatchObject({ detail: full });
}

function ask(person: Person, url: string) {
  const leaving = new AbortController();
  const headers = { Authorization: `Bearer ${person.accessToken}` };
  const answer = fetch(person.url + url, { headers, signal: leaving.signal }).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    body: response.ok ? undefined : ((await response.json()) as any),
  }));
  answer.catch(() => {});
  return { answer, hangUp: () => leaving.abort() };
}

test("whoever asks for a photo that is being looked at has it as soon as it is ready", async () => {
  const { letGo, url } = await heldPhoto(bob);
  const whole = bob.download(url);
  const part = bob.download(url, { Range: "bytes=0-2" });
  // What is known of it is told at once, and its sender has no reason to wait.
  expect((await bob.get(`${url}/info`)).body.state).toBe("pending");
  expect((await alice.download(url)).status).toBe(200);
  letGo();
  const { status, headers, bytes } = await whole;
  expect([status, headers.get("content-type")]).toEqual([200, "image/jpeg"]);
  expect(Buffer.from(bytes).includes("Camera One")).toBe(false);
  expect([(await part).status, (await part).bytes]).toEqual([206, bytes.slice(0, 3)]);
});

test("of one person's requests two wait, and others' have places of their own", async () => {
  const { letGo, url, chat } = await heldPhoto(bob);
  const carol = await server.register("carol");
  await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  const { refused, waiting } = await fillPlaces(bob, url);
  expect(refused.body).toMatchObject({ detail: full, retry_after: 1 });
  expect(refused.headers.get("retry-after")).toBe("1");
  const others = await fillPlaces(carol, url);
  letGo();
  for (const one of [...waiting, ...others.waiting]) expect((await one.answer).status).toBe(200);
});

test("only its head, and its thumbnail, nobody waits for", async () => {
  const { letGo, url } = await heldPhoto(bob);
  const headers = { Authorization: `Bearer ${bob.accessToken}` };
  const head = await fetch(server.url + url, { method: "HEAD", headers });
  expect([head.status, head.headers.get("retry-after")]).toEqual([409, "1"]);
  const thumbnail = await bob.download(`${url}/thumbnail`);
  expectRefused(thumbnail, 409, "media_not_ready");
  expect(thumbnail.body.retry_after).toBe(1);
  letGo();
  await server.settled();
  expect((await fetch(server.url + url, { method: "HEAD", headers })).status).toBe(200);
  expect((await bob.download(`${url}/thumbnail`)).status).toBe(200);
});

test("ten seconds is the most that somebody waits", async () => {
  const { letGo, url } = await heldPhoto(bob);
  const { waiting } = await fillPlaces(bob, url);
  clock.turn(9_999);
  await expectFull(bob, url);
  clock.turn(1);
  for (const one of waiting) {
    expectRefused(await one.answer, 409, "media_not_ready");
    const { body } = await one.answer;
    expect([body.retry_after, body.detail === full]).toEqual([1, false]);
  }
  letGo();
  await server.settled();
  expect((await bob.download(url)).status).toBe(200);
});

test("somebody who hangs up leaves their place to the next one", async () => {
  const { letGo, url } = await heldPhoto(bob);
  const { waiting } = await fillPlaces(bob, url);
  waiting[0]!.hangUp();
  // The refused one, and the one that nobody listens to.
  await server.logged(new RegExp(`"GET".*"${url}".*409`), 2);
  const next = [ask(bob, url), ask(bob, url)];
  const first = await Promise.race(next.map(async (one) => (await one.answer, one)));
  expect((await first.answer).status).toBe(409);
  letGo();
  const second = next.find((one) => one !== first)!;
  expect((await second.answer).status).toBe(200);
  expect((await waiting[1]!.answer).status).toBe(200);
});

test("what happens to those who wait, or to what they wait for, they hear at once", async () => {
  const dora = await server.register("dora");
  const removed = await heldPhoto(dora);
  const before = await fillPlaces(dora, removed.url);
  await alice.delete(`/api/chats/${removed.chat}/members/${dora.id}`);
  for (const { answer } of before.waiting) expectRefused(await answer, 404, "not_found");
  removed.letGo();

  const deleted = await heldPhoto(dora);
  const early = await fillPlaces(dora, deleted.url);
  await alice.delete(`/api/messages/${deleted.message.id}`);
  for (const { answer } of early.waiting) expectRefused(await answer, 404, "not_found");
  deleted.letGo();

  const taken = await heldPhoto(dora);
  const soon = await fillPlaces(dora, taken.url);
  await alice.delete(taken.url);
  for (const { answer } of soon.waiting) expectRefused(await answer, 404, "not_found");
  taken.letGo();

  const ended = await heldPhoto(dora);
  const last = await fillPlaces(dora, ended.url);
  await dora.post("/api/auth/logout");
  for (const { answer } of last.waiting) expectRefused(await answer, 401, "unauthorized");
  ended.letGo();
});

test("an edit of its message changes nothing for those who wait", async () => {
  const { letGo, url, message } = await heldPhoto(bob);
  const { waiting } = await fillPlaces(bob, url);
  await alice.put(`/api/messages/${message.id}`, { content: "look" });
  await expectFull(bob, url);
  letGo();
  for (const one of waiting) expect((await one.answer).status).toBe(200);
});

test("the server stops without waiting for them", async () => {
  await using stopping = await TestServer.start({ clock: new ManualClock() });
  const [ann, ben] = [await stopping.register("ann"), await stopping.register("ben")];
  const { letGo, url } = await heldPhoto(ben, stopping, ann);
  const { waiting } = await fillPlaces(ben, url);
  const stopped = stopping.app.stop();
  for (const { answer } of waiting) expectRefused(await answer, 409, "media_not_ready");
  letGo();
  await stopped;
  await stopping.open();
});

test("the operator says how many wait", async () => {
  await using strict = await TestServer.start({ config: { mediaWaitsPerUser: 1 } });
  const [ann, ben] = [await strict.register("ann"), await strict.register("ben")];
  const { letGo, url } = await heldPhoto(ben, strict, ann);
  const two = [ask(ben, url), ask(ben, url)];
  const first = await Promise.race(two.map(({ answer }) => answer));
  expect(first.body).toMatchObject({ code: "media_not_ready", detail: expect.stringContaining("1 file") });
  letGo();
  const statuses = await Promise.all(two.map(async ({ answer }) => (await answer).status));
  expect(statuses.toSorted()).toEqual([200, 409]);
});

test("nobody waits where the operator has said 0 seconds", async () => {
  await using quick = await TestServer.start({ clock: new ManualClock(), config: { mediaWaitSeconds: 0 } });
  const [ann, ben] = [await quick.register("ann"), await quick.register("ben")];
  const { letGo, url } = await heldPhoto(ben, quick, ann);
  expectRefused(await ben.download(url), 409, "media_not_ready");
  letGo();
  await until(async () => (await ben.download(url)).status === 200);
});
