import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { bytesOf, note } from "../support/files.ts";
import { hostileNames } from "../support/hostile.ts";
import { hostileTable, testSeconds } from "../support/hostile-table.ts";
import { rowsIn } from "../support/reference.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start({ config: { inspectionSeconds: testSeconds } });
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");
const bob = await server.register("bob");
const chat = await alice.directWith(bob);

test.each(hostileTable.map((one) => [one.what, one] as const))("%s harms nobody", async (_, one) => {
  const bytes = new Uint8Array(await one.make());
  const sent = await alice.upload([bytesOf(bytes, one.name, one.type)]);
  if (one.outcome === "type_not_allowed") return expectRefused(sent, 415, one.outcome);
  if (one.outcome === "type_mismatch") return expectRefused(sent, 422, one.outcome);
  const [file] = sent.body.media;
  const message = await alice.say(chat, "", { media_ids: [file.id] });
  await server.settled();
  const seen = (await bob.get(`${file.url}/info`)).body;
  const isWithheld = one.outcome === "withheld";
  const state = isWithheld ? "failed" : one.outcome;
  expect({ what: one.what, state: seen.state }).toEqual({ what: one.what, state });
  const got = await bob.download(file.url);
  if (isWithheld) {
    expect(got.status).toBe(403);
    expect((await alice.download(file.url)).bytes).toEqual(bytes);
    return;
  }
  expect(got.status).toBe(200);
  if (one.outcome === "failed") {
    expect(got.headers.get("content-type")).toBe("application/octet-stream");
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
    expectRefused(await bob.get(`${file.url}/thumbnail`), 404, "no_thumbnail");
  }
  if (seen.has_thumbnail) expect((await bob.download(seen.thumbnail_url)).status).toBe(200);
  // Whatever it was, the next file is looked at as ever, and talking goes on.
  await alice.delete(`/api/messages/${message.id}`);
});

test("after all of them the server is well", async () => {
  expect((await alice.say(chat, "still here")).content).toBe("still here");
  const { log } = server;
  expect(log.filter((line) => ["warn", "error"].includes(JSON.parse(line).level))).toEqual([]);
});

test("a name is only a name", async () => {
  for (const [i, name] of hostileNames.entries()) {
    const [file] = (await alice.upload([note(`${i}`, name)])).body.media;
    const { filename, original_filename } = file;
    const about = { name, filename };
    expect({ ...about, isSafe: !/[\p{Cc}/\\<>:"|?*\u202a-\u202e\u2066-\u2069]/u.test(filename) }).toEqual({
      ...about,
      isSafe: true,
    });
    expect({ ...about, isPath: /^\.*$/.test(filename) }).toEqual({ ...about, isPath: false });
    expect(filename.isWellFormed() && original_filename.isWellFormed()).toBe(true);
    expect(original_filename.length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(filename)).toBeLessThanOrEqual(200);
    const { headers, bytes } = await alice.download(file.url);
    expect(Buffer.from(bytes).toString()).toBe(`${i}`);
    const disposition = headers.get("content-disposition")!;
    const [, encoded] = /filename\*=UTF-8''(\S+)$/.exec(disposition) ?? [];
    const [, plain] = /filename="([^"]*)"/.exec(disposition)!;
    expect(encoded === undefined ? plain : decodeURIComponent(encoded)).toBe(filename);
    expect(headers.get("set-cookie")).toBeNull();
  }
});

test("a name that people would choose stays as it is", async () => {
  for (const name of [
    "Grüße aus Köln.jpg",
    "日本の写真.png",
    "report (final) v2.1.pdf",
    "O'Brien & sons, 50%.txt",
  ]) {
    const [file] = (await alice.upload([note(name, name)])).body.media;
    expect([file.filename, file.original_filename]).toEqual([name, name]);
  }
});

test("the table of docs/files.md is this one", async () => {
  const page = await Bun.file(join(import.meta.dir, "../../docs/files.md")).text();
  expect(rowsIn(page, "hostile").slice(1)).toEqual(
    hostileTable.map(({ what, outcome, happens }) => [what, `\`${outcome}\``, happens]),
  );
});
