/** Uploads that break off. ABORTS says how many, SEED repeats the same ones. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { bytesOf, note } from "../support/files.ts";
import { kept, rows } from "../support/kept.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { formOf, RawUpload } from "../support/raw-upload.ts";
import { TestServer } from "../support/server.ts";

const aborts = Number(process.env["ABORTS"] ?? 100);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
const atOnce = 8;

setDefaultTimeout(30_000 + aborts * 100);

/** One or two texts that nobody has sent before. */
function someFiles(): File[] {
  return Array.from({ length: 1 + chance.below(2) }, () => {
    const text = Buffer.alloc(chance.below(200_000), `${crypto.randomUUID()} `);
    return bytesOf(new Uint8Array(text), "a.txt", "text/plain");
  });
}

/** Sends a part of an upload, or all of it, and hangs up without a look at the answer. */
async function breakOff(person: Person, path: string, isComplete: boolean): Promise<void> {
  const body = await formOf(someFiles());
  const upload = new RawUpload(person, body.length, path);
  const end = isComplete ? body.length : chance.below(body.length);
  const middle = chance.below(end + 1);
  await upload.send(body.subarray(0, middle));
  await upload.send(body.subarray(middle, end));
  upload.cut();
}

test(`nothing is left of ${aborts} uploads that broke off, and the next one goes well`, async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { uploadsPerUser: atOnce } });
  const alice = await server.register("alice");
  const chat = await alice.group("Team");
  const requests = /"method":"POST","path":"\/api\/media\/upload/;
  for (let begun = 0; begun < aborts;) {
    const message = await alice.say(chat, "look");
    const paths = ["/api/media/upload", `/api/media/upload/${message.id}`];
    const some = Array.from({ length: Math.min(atOnce, aborts - begun) }, (_, i) =>
      breakOff(alice, chance.pick(paths), i % 2 === 0),
    );
    await Promise.all(some);
    begun += some.length;
    await server.logged(requests, begun);
    // What came whole counts, although nobody heard the answer: in the message, or for a day.
    await alice.delete(`/api/messages/${message.id}`);
  }
  const ends = (await server.logged(requests)).map((line) => JSON.parse(line).status as number);
  const counted = Object.entries(Object.groupBy(ends, String)).map(([status, all]) => [status, all!.length]);
  console.log(`seed ${chance.seed}:`, Object.fromEntries(counted));
  expect(ends).toContain(201);
  expect(ends).toContain(400);
  // 422: more than ten files in one message.
  expect(ends.filter((one) => ![201, 400, 422].includes(one))).toEqual([]);

  clock.turn(25 * 3_600_000);
  await server.settled();
  expect(kept(server.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
  expect(rows(server.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
  expect(server.log.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);

  const again = await server.login("alice");
  const all = await Promise.all(Array.from({ length: atOnce }, (_, i) => again.upload([note(`${i}`)])));
  expect(all.map((one) => one.status)).toEqual(all.map(() => 201));
  const got = await again.download(all[3]!.body.media[0].url);
  expect(Buffer.from(got.bytes).toString()).toBe("3");
  expect((await server.api.get("/health")).body.status).toBe("ok");
});
