import { expect, test } from "bun:test";
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { upload } from "../../src/client/sdk/files/upload.ts";
import { longNote, note } from "../support/files.ts";
import { kept } from "../support/kept.ts";
import { Line } from "../support/line.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { calling, countedFetch, Progress } from "../support/transfers.ts";

const server = await shared();
const quiet = { signal: new AbortController().signal, onProgress() {} };
const named = (file: File) => ({ name: file.name, blob: file });
const refusedWith = (code: string) => expect.objectContaining({ name: "ParleyError", code });

/** What somebody's upload is refused with. */
async function failure(uploading: Promise<unknown>): Promise<unknown> {
  return uploading.then(
    () => "it went well",
    (error) => error,
  );
}

test("files arrive with their bytes and their names, in their order, as a browser's form would send them", async () => {
  const [alice] = await server.people("alice");
  const names = ['quote ".txt', "line\nbreak\r.txt", "naïve 日本 🎉.txt", "100%22.txt", "a; filename=b.txt"];
  const files = names.map((name, i) => ({ name, blob: note(`text number ${i}`, "another name.txt") }));
  const media = await upload(...calling(alice), files, quiet);
  for (const [i, one] of media.entries()) {
    const { bytes } = await alice.download(one.url);
    expect(Buffer.from(bytes).toString()).toBe(`text number ${i}`);
  }
  const form = await alice.upload(names.map((name, i) => note(`text ${i}`, name)));
  const formNames = form.body.media.map((one: any) => one.original_filename);
  expect(media.map((one) => one.original_filename)).toEqual(formNames);
});

test("a file on the disk is read piece by piece, and its progress only grows, up to all of it", async () => {
  const [alice] = await server.people("alice");
  const directory = mkdtempSync(join(tmpdir(), "parley-upload-"));
  const path = join(directory, "long.txt");
  const text = longNote(5_000_000, alice.username);
  writeFileSync(path, await text.bytes());
  const progress = new Progress();
  const file = { name: "long.txt", blob: await openAsBlob(path, { type: "text/plain" }) };
  const [media] = await upload(...calling(alice), [file, named(note("short"))], {
    ...quiet,
    ...progress,
  });
  expect(progress.last).toBe(5_000_005);
  expect(progress.told.length).toBeGreaterThan(10);
  expect((await alice.download(media!.url)).bytes).toEqual(await text.bytes());
  rmSync(directory, { recursive: true });
});

test("the server is told beforehand how long the body is", async () => {
  const seen = Promise.withResolvers<[string | undefined, number]>();
  const http = createServer(async (request, response) => {
    let bytes = 0;
    for await (const one of request) bytes += one.length;
    seen.resolve([request.headers["content-length"], bytes]);
    response.writeHead(201, { "Content-Type": "application/json" }).end('{"media":[]}');
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as { port: number };
  const calls = calling({ url: `http://127.0.0.1:${port}`, accessToken: "token" });
  await upload(...calls, [named(note("ä", "ü.txt")), named(longNote(200_000))], quiet);
  const [told, came] = await seen.promise;
  expect(told).toBe(`${came}`);
  http.close();
});

test("with a token that is over it begins anew with the next one, and its progress does not", async () => {
  const [alice] = await server.people("alice");
  // The server says so when all has come, as behind a proxy that sends a body on as a whole.
  const late = countedFetch(async (url, init, number) => {
    if (number === 1) await new Response(init.body).bytes();
    return fetch(url, number === 1 ? { method: "POST", headers: { Authorization: "Bearer over" } } : init);
  });
  const calls = calling(alice, late);
  let token = "over";
  calls[0].authorization = {
    token: async () => token,
    renew: async () => void (token = alice.accessToken),
  };
  const progress = new Progress();
  const file = longNote(3_000_000, alice.username);
  const [media] = await upload(...calls, [named(file)], { ...quiet, ...progress });
  expect(progress.last).toBe(file.size);
  expect(progress.told.length).toBeGreaterThan(10);
  expect((await alice.download(media!.url)).bytes).toEqual(await file.bytes());
});

test("a refusal that comes before all has been sent is heard", async () => {
  const [alice] = await server.people("alice");
  const program = new File([Buffer.from("7f454c46", "hex"), new Uint8Array(20_000_000)], "run");
  expect(await failure(upload(...calling(alice), [named(program)], quiet))).toEqual(
    refusedWith("type_not_allowed"),
  );
});

test("a line that breaks decides nothing, and all can be sent again", async () => {
  const [alice] = await server.people("alice");
  using line = await Line.to(server.url);
  const calls = calling(alice, { server: line.url });
  const file = named(longNote(20_000_000, alice.username));
  let isCut = false;
  const cut = (bytes: number) => {
    if (bytes < 1_000_000 || isCut) return;
    isCut = true;
    line.cut();
  };
  const broken = await failure(upload(...calls, [file], { ...quiet, onProgress: cut }));
  expect(broken).toEqual(refusedWith("no_answer"));
  line.mend();
  const [media] = await upload(...calls, [file], quiet);
  expect(media!.file_size).toBe(file.blob.size);
});

test("a line that says nothing any more is given up", async () => {
  const [alice] = await server.people("alice");
  using line = await Line.to(server.url);
  const calls = calling(alice, { server: line.url });
  const onProgress = () => line.loseAnswers();
  const lost = await failure(upload(...calls, [named(longNote(200_000))], { ...quiet, onProgress }));
  expect(lost).toEqual(refusedWith("no_answer"));
});

test("a slow line is not given up as long as something moves", async () => {
  const [alice] = await server.people("alice");
  const slow = countedFetch((url, init) =>
    fetch(url, { ...init, body: slowly(init.body as ReadableStream<Uint8Array>) }),
  );
  const file = longNote(400_000, alice.username);
  const [media] = await upload(...calling(alice, slow), [named(file)], quiet);
  expect(media!.file_size).toBe(file.size);
});

/** Each piece takes a good part of the time after which a line counts as dead, and all of them more than that. */
function slowly(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(piece, controller) {
        await Bun.sleep(120);
        controller.enqueue(piece);
      },
    }),
  );
}

test("nothing is left of an upload that somebody has cancelled", async () => {
  await using own = await TestServer.start();
  const alice = await own.register("alice");
  const cancel = new AbortController();
  const told: number[] = [];
  const onProgress = (bytes: number) => {
    told.push(bytes);
    if (bytes > 1_000_000) cancel.abort();
  };
  const file = named(longNote(20_000_000));
  const aborted = await failure(upload(...calling(alice), [file], { signal: cancel.signal, onProgress }));
  expect(aborted).toEqual(refusedWith("aborted"));
  const last = told.at(-1)!;
  await own.logged(/"path":"\/api\/media\/upload/);
  expect(told.at(-1)).toBe(last);
  expect(last).toBeLessThan(file.blob.size);
  expect(kept(own.dataDir)).toEqual({ media: [], thumbnails: [], unfinished: [], strays: [] });
});

test("a file that cannot be read any more is named", async () => {
  const [alice] = await server.people("alice");
  const directory = mkdtempSync(join(tmpdir(), "parley-upload-"));
  const path = join(directory, "gone.txt");
  writeFileSync(path, "soon gone");
  const file = { name: "gone.txt", blob: await openAsBlob(path) };
  rmSync(directory, { recursive: true });
  const lost = await failure(upload(...calling(alice), [named(note("here")), file], quiet));
  expect(lost).toEqual(refusedWith("file_missing"));
  expect(String(lost)).toContain("gone.txt");
});
