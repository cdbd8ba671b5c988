import { afterAll, expect, test } from "bun:test";

import { download } from "../../src/client/sdk/files/download.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf, longNote } from "../support/files.ts";
import { ManualClock } from "../support/clock.ts";
import { timedBy } from "../support/client.ts";
import { hold } from "../support/held.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { calling, countedFetch, Progress } from "../support/transfers.ts";
import { FaultyProxy } from "../support/weather/proxy.ts";

const server = await shared();
/** Of its own, because what looks into files is held there. */
const looking = await TestServer.start();
afterAll(() => looking[Symbol.asyncDispose]());

const refusedWith = (code: string) => expect.objectContaining({ name: "ParleyError", code });

/** Somebody's file, a text that nobody else has sent. */
async function sent(bytes = 3_000_000) {
  const [alice] = await server.people("alice");
  const file = longNote(bytes, alice.username);
  const [media] = (await alice.upload([file])).body.media;
  return { alice, media, bytes: await file.bytes() };
}

async function all(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Response(stream).bytes();
}

async function failure(stream: ReadableStream<Uint8Array>): Promise<unknown> {
  return all(stream).then(
    () => "it went well",
    (error) => error,
  );
}

test("a file comes as it was sent, and its progress only grows, up to all of it", async () => {
  const { alice, media, bytes } = await sent();
  const progress = new Progress();
  expect(await all(download(...calling(alice), media, progress))).toEqual(bytes);
  expect(progress.last).toBe(bytes.length);
});

test("the rest of a file comes from where one is", async () => {
  const { alice, media, bytes } = await sent(100_000);
  const progress = new Progress();
  const rest = download(...calling(alice), media, { from: 99_000, ...progress });
  expect(await all(rest)).toEqual(bytes.subarray(99_000));
  expect(progress.told[0]).toBeGreaterThan(99_000);
  expect(progress.last).toBe(100_000);
});

test("of a file that is here already nothing more comes, and that is no error", async () => {
  const { alice, media, bytes } = await sent(1000);
  expect(await all(download(...calling(alice), media, { from: bytes.length }))).toEqual(new Uint8Array());
  const beyond = download(...calling(alice), media, { from: bytes.length + 1 });
  expect(await failure(beyond)).toEqual(refusedWith("range_not_satisfiable"));
});

test("when the line breaks again and again, it goes on from where it was", async () => {
  const { alice, media, bytes } = await sent();
  using proxy = await FaultyProxy.start(server.url);
  proxy.weather = () => ({ toClient: 400_000 });
  const counted = countedFetch();
  const progress = new Progress();
  const calls = calling(alice, { server: proxy.url, ...counted });
  expect(await all(download(...calls, media, progress))).toEqual(bytes);
  expect(progress.last).toBe(bytes.length);
  const ranges = counted.requests.map(({ headers }) => new Headers(headers).get("range"));
  expect(ranges[0]).toBeNull();
  expect(ranges.length).toBeGreaterThan(7);
  expect(new Set(ranges).size).toBe(ranges.length);
});

test("a proxy that ends answers early and weakens their validators is no hindrance", async () => {
  const { alice, media, bytes } = await sent(100_000);
  const early = countedFetch(async (url, init) => {
    const response = await fetch(url, init);
    const headers = new Headers(response.headers);
    headers.set("ETag", `W/${headers.get("ETag")}`);
    return new Response((await response.bytes()).subarray(0, 40_000), { status: response.status, headers });
  });
  expect(await all(download(...calling(alice, early), media))).toEqual(bytes);
  expect(early.requests).toHaveLength(3);
});

test("a proxy's error pages and a server that is away are waited for", async () => {
  const { alice, media, bytes } = await sent(200_000);
  using proxy = await FaultyProxy.start();
  let asked = 0;
  proxy.weather = () => {
    asked += 1;
    if (asked === 4) proxy.server = server.url;
    return asked % 2 === 0 ? { page: "unasked" } : {};
  };
  expect(await all(download(...calling(alice, { server: proxy.url }), media))).toEqual(bytes);
  expect(asked).toBe(5);
});

test("a line that says nothing any more is given up", async () => {
  const { alice, media, bytes } = await sent();
  using proxy = await FaultyProxy.start(server.url);
  let asked = 0;
  proxy.weather = () => (++asked < 3 ? { toClient: 400_000, silence: 600_000 } : {});
  expect(await all(download(...calling(alice, { server: proxy.url }), media))).toEqual(bytes);
  expect(asked).toBe(3);
});

test("whoever reads slowly is not taken for a dead line", async () => {
  const { alice, media, bytes } = await sent();
  const counted = countedFetch();
  const slow = new TransformStream<Uint8Array, Uint8Array>({
    async transform(piece, controller) {
      if (piece.length > 0 && slowly-- > 0) await Bun.sleep(250);
      controller.enqueue(piece);
    },
  });
  let slowly = 3;
  expect(await all(download(...calling(alice, counted), media).pipeThrough(slow))).toEqual(bytes);
  expect(counted.requests).toHaveLength(1);
});

/** Somebody's photo, at which nobody looks until it is let go; bob is in the chat. */
async function heldPhoto() {
  const letGo = await hold(looking);
  const [alice, bob] = await looking.people("alice", "bob");
  const photo = Buffer.concat([await Bun.file(fixture("photo.jpg")).bytes(), Buffer.from(alice.username)]);
  const [media] = (await alice.upload([bytesOf(new Uint8Array(photo), "photo.jpg")])).body.media;
  await alice.say(await alice.directWith(bob), "", { media_ids: [media.id] });
  return { letGo, alice, bob, media };
}

test("of another file than the one that was begun no part comes", async () => {
  const { letGo, alice, media } = await heldPhoto();
  using proxy = await FaultyProxy.start(looking.url);
  proxy.weather = () => ({ toClient: 8000 });
  const reader = download(...calling(alice, { server: proxy.url }), media).getReader();
  expect((await reader.read()).done).toBe(false);
  // Its location and camera data are taken out meanwhile.
  letGo();
  await looking.settled();
  const error = await restOf(reader).catch((error) => error);
  expect(error).toEqual(refusedWith("file_changed"));
});

async function restOf(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

test("a file that is not ready yet is waited for", async () => {
  const { letGo, bob, media } = await heldPhoto();
  // More than two requests of one person may not wait at the server.
  const refused = Promise.withResolvers<void>();
  const counted = countedFetch(async (url, init) => {
    const response = await fetch(url, init);
    if (response.status === 409) refused.resolve();
    return response;
  });
  const some = Array.from({ length: 3 }, () => all(download(...calling(bob, counted), media)));
  await refused.promise;
  letGo();
  const [first, ...others] = await Promise.all(some);
  for (const one of others) expect(one).toEqual(first!);
  expect(counted.requests.length).toBeGreaterThan(3);
  expect((await bob.download(media.url)).bytes).toEqual(first!);
});

test("a refusal that is final is an error of the stream", async () => {
  const { media } = await sent(10);
  const [carol] = await server.people("carol");
  const counted = countedFetch();
  expect(await failure(download(...calling(carol, counted), media))).toEqual(refusedWith("not_found"));
  expect(counted.requests).toHaveLength(1);
});

test("nothing is asked for before somebody reads, and nothing any more when they stop", async () => {
  const { alice, media } = await sent();
  const counted = countedFetch();
  const stream = download(...calling(alice, counted), media);
  await new Promise(setImmediate);
  expect(counted.requests).toHaveLength(0);
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  expect(counted.requests.map(({ signal }) => signal!.aborted)).toEqual([true]);
});

test("who stops while the line is away stops at once", async () => {
  const { alice, media } = await sent(10);
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  using proxy = await FaultyProxy.start(server.url);
  const waiting = timedBy(clock);
  const environment = {
    ...waiting,
    setTimeout: (run: () => void, milliseconds: number) => {
      // Behind the time limit of the request comes the wait for the next one.
      if (milliseconds === 500) asked.resolve();
      return waiting.setTimeout!(run, milliseconds);
    },
  };
  proxy.weather = () => ({ page: "unasked" });
  const stream = download(...calling(alice, { server: proxy.url, ...environment }), media).getReader();
  const reading = stream.read();
  await asked.promise;
  await stream.cancel();
  expect(await reading).toEqual({ done: true, value: undefined });
});

test("who stops while the line is silent stops at once", async () => {
  const { alice, media } = await sent(10);
  using proxy = await FaultyProxy.start(server.url);
  const asked = Promise.withResolvers<void>();
  proxy.weather = () => {
    asked.resolve();
    return { toClient: 0, silence: 600_000 };
  };
  const calls = calling(alice, { server: proxy.url, ...timedBy(new ManualClock()) });
  const stream = download(...calls, media).getReader();
  const reading = stream.read();
  await asked.promise;
  await stream.cancel();
  expect(await reading).toEqual({ done: true, value: undefined });
});

test("the caller's signal ends it, in the middle or before it has begun", async () => {
  const { alice, media } = await sent();
  const cancel = new AbortController();
  const options = { signal: cancel.signal };
  const reader = download(...calling(alice), media, options).getReader();
  await reader.read();
  cancel.abort();
  expect(await restOf(reader).catch((error) => error)).toEqual(refusedWith("aborted"));
  const counted = countedFetch();
  expect(await failure(download(...calling(alice, counted), media, options))).toEqual(refusedWith("aborted"));
});
