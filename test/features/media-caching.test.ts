/** What browsers keep of files, and for how long it is right. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, rmSync } from "node:fs";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf, note, picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const forGood = "private, max-age=2592000, immutable";

async function shown(server: TestServer, person: Person, file: File): Promise<any> {
  const [sent] = (await person.upload([file])).body.media;
  await server.settled();
  return (await person.get(`${sent.url}/info`)).body;
}

async function photo(more = ""): Promise<File> {
  const bytes = await Bun.file(fixture("photo.jpg")).bytes();
  return bytesOf(new Uint8Array(Buffer.concat([bytes, Buffer.from(more)])), "photo.jpg");
}

test("thumbnails and pictures of people are kept, files are asked for again, and refusals are not kept", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const file = await shown(server, alice, picture());
  const { avatar_url } = (await alice.setPicture("/api/auth/me/avatar", picture())).body;
  for (const [path, kept] of [
    [file.thumbnail_url, forGood],
    // Only the whole address stands for one picture.
    [`${file.url}/thumbnail`, "private, no-cache"],
    [`${file.url}/thumbnail?v=0badbeef`, "private, no-cache"],
    [`${file.url}/thumbnail?v=`, "private, no-cache"],
    [avatar_url, forGood],
    [file.url, "private, no-cache"],
  ]) {
    const whole = await alice.download(path);
    const etag = whole.headers.get("etag")!;
    const headers = { Authorization: `Bearer ${alice.accessToken}` };
    const answers = [
      whole,
      await alice.download(path, { Range: "bytes=0-1" }),
      await alice.download(path, { "If-None-Match": etag }),
      await fetch(server.url + path, { method: "HEAD", headers }),
    ];
    expect(answers.map((one) => one.status)).toEqual([200, 206, 304, 200]);
    for (const one of answers) {
      expect([path, one.headers.get("cache-control"), one.headers.get("etag")]).toEqual([path, kept, etag]);
    }
    // `expectRefused` looks for `no-store`.
    expectRefused(await alice.download(path, { Range: "bytes=9999999-" }), 416, "range_not_satisfiable");
    expectRefused(await server.api.download(path), 401, "unauthorized");
  }
  for (const path of [file.thumbnail_url, file.url])
    expectRefused(await bob.download(path), 404, "not_found");
  const text = await shown(server, alice, note("hello"));
  expect(text.thumbnail_url).toBeNull();
  expectRefused(await alice.download(`${text.url}/thumbnail`), 404, "no_thumbnail");
  expectRefused(await alice.download("/api/avatars/1"), 404, "not_found");
});

test("a thumbnail is the same for good, also when its file is looked at once more", async () => {
  await using server = await TestServer.start({ config: { fileMetadata: "keep" } });
  const alice = await server.register("alice");
  const before = await shown(server, alice, await photo());
  const { bytes, headers } = await alice.download(before.thumbnail_url);
  const asSent = (await alice.download(before.url)).bytes;

  await server.restart({ fileMetadata: "strip" });
  await server.settled();
  const again = server.as(alice.signedIn);
  expect((await again.download(before.url)).bytes).not.toEqual(asSent);
  const after = (await again.get(`${before.url}/info`)).body;
  expect(after).toMatchObject({ state: "ready", thumbnail_url: before.thumbnail_url });
  const thumbnail = await again.download(before.thumbnail_url);
  expect(thumbnail.bytes).toEqual(bytes);
  expect(thumbnail.headers.get("etag")).toBe(headers.get("etag"));
});

test("a backup that is put back gives no address out again that browsers keep something of", async () => {
  await using server = await TestServer.start();
  const backup = `${server.dataDir}-backup`;
  let alice = await server.register("alice");
  await server.app.stop();
  cpSync(server.dataDir, backup, { recursive: true });
  const giveOut = async () => {
    await server.open();
    alice = server.as(alice.signedIn);
    const file = await shown(server, alice, await photo(String(Math.random())));
    const { avatar_url } = (await alice.setPicture("/api/auth/me/avatar", picture())).body;
    await server.app.stop();
    return { ...file, avatar_url };
  };
  const lost = await giveOut();
  rmSync(server.dataDir, { recursive: true });
  cpSync(backup, server.dataDir, { recursive: true });
  rmSync(backup, { recursive: true });
  const anew = await giveOut();
  await server.open();
  expect(anew.id).toBe(lost.id);
  expect(anew.thumbnail_url).not.toBe(lost.thumbnail_url);
  expect(anew.avatar_url).not.toBe(lost.avatar_url);
});
