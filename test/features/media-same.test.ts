/** Whoever sends a file cannot tell whether somebody else has the same. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { fixture } from "../fixtures/media/expected.ts";
import { ManualClock } from "../support/clock.ts";
import { bytesOf, longNote, note } from "../support/files.ts";
import { hold } from "../support/held.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

/** Photos with a place, all of the same length. */
async function photo(number: string): Promise<File> {
  const bytes = await Bun.file(fixture("photo.jpg")).bytes();
  const comment = Buffer.from(`\xff\xfe\0\x06${number.padStart(4)}`, "latin1");
  return bytesOf(new Uint8Array(Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)])), "a.jpg");
}

/** What the answer to an upload says, but for what is another one each time. */
async function sent(person: Person, file: File): Promise<any> {
  const { status, body } = await person.upload([file]);
  expect(status).toBe(201);
  const { id: _, url: __, created_at: ___, ...said } = body.media[0];
  return { said, url: body.media[0].url };
}

async function etagOf(person: Person, url: string): Promise<string> {
  return (await person.download(url)).headers.get("etag")!;
}

test("what becomes of a file is the same, whether somebody else has its bytes or not", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await bob.group("Own");
  const { url } = await sent(alice, await photo("1"));
  const paper = await sent(alice, note("a paper"));
  await server.settled();

  const letGo = await hold(server);
  const [known, unknown] = [await sent(bob, await photo("1")), await sent(bob, await photo("2"))];
  expect(known.said).toEqual(unknown.said);
  expect(known.said).toMatchObject({ state: "pending", thumbnail_url: null });
  const socket = await bob.connect();
  for (const one of [known, unknown]) {
    await bob.say(chat, "", { media_ids: [Number(one.url.split("/").at(-1))] });
  }
  letGo();
  await server.settled();
  // Both are told of when they have been looked at.
  expect(await socket.settled("message_updated")).toHaveLength(2);
  const info = (await bob.get(`${known.url}/info`)).body;
  const hers = (await alice.get(`${url}/info`)).body;
  expect(info.thumbnail_url.split("=")[1]).not.toBe(hers.thumbnail_url.split("=")[1]);
  expect(await etagOf(bob, known.url)).not.toBe(await etagOf(alice, url));

  // Sent once more, nothing is as it was, since nobody keeps it for somebody else.
  const first = await sent(bob, note("a paper"));
  const etag = await etagOf(bob, first.url);
  expect(etag).not.toBe(await etagOf(alice, paper.url));
  await bob.delete(first.url);
  const again = await sent(bob, note("a paper"));
  expect(await etagOf(bob, again.url)).not.toBe(etag);
  expect((await bob.download(again.url, { "If-None-Match": etag })).status).toBe(200);
});

test("the totals grow by a file that somebody else has as by any other", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { serverQuotaMb: 1 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const totals = async () => {
    // They are counted every few seconds.
    clock.turn(60_000);
    const { media_files, media_bytes } = (await bob.get("/api/status")).body;
    return [media_files, media_bytes];
  };
  await alice.upload([longNote(400_000, "hers")]);
  expect(await totals()).toEqual([1, 400_000]);
  const { url } = await sent(bob, longNote(400_000, "hers"));
  expect(await totals()).toEqual([2, 800_000]);
  // The room of the server tells as little.
  for (const seed of ["hers", "new"]) {
    expectRefused(await alice.upload([longNote(400_000, seed)]), 507, "quota_exceeded");
  }
  await bob.delete(url);
  expect(await totals()).toEqual([1, 400_000]);
});

test("what two people have shared in the files of a version before is told to neither", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const hers = await sent(alice, await photo("1"));
  const his = await sent(bob, await photo("1"));
  await server.settled();
  await server.app.stop();
  {
    using db = new Database(join(server.dataDir, "db/chat.sqlite"));
    const [first, second] = [hers, his].map(({ url }) => Number(url.split("/").at(-1)));
    db.run("UPDATE media SET file_id = (SELECT file_id FROM media WHERE id = ?1) WHERE id = ?2", [
      first!,
      second!,
    ]);
  }
  await server.open();
  const [ann, ben] = [server.as(alice.signedIn), server.as(bob.signedIn)];
  expect((await ben.download(his.url)).status).toBe(200);
  await ann.delete(hers.url);
  expect((await sent(ann, await photo("1"))).said.state).toBe("pending");
  expect((await ben.download(his.url)).status).toBe(200);
  await server.settled();
});
