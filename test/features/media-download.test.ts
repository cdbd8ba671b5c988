import { expect, setDefaultTimeout, test } from "bun:test";

import { bytesOf, note, picture } from "../support/files.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

async function withNote() {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await TestServer.start());
  const alice = await server.register("alice");
  const [file] = (await alice.upload([note("0123456789")])).body.media;
  const { move } = stack;
  return { server, alice, file, stack: move.call(stack) };
}

test("a file comes whole, and says what may be done with it", async () => {
  const { alice, file, stack } = await withNote();
  await using _ = stack;
  const { status, headers, bytes } = await alice.download(file.url);
  expect([status, Buffer.from(bytes).toString()]).toEqual([200, "0123456789"]);
  expect(Object.fromEntries(headers)).toMatchObject({
    "content-length": "10",
    "content-type": "text/plain",
    "accept-ranges": "bytes",
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-site",
    "cache-control": "private, no-cache",
    "content-disposition": 'attachment; filename="note.txt"',
  });
  expect(headers.get("etag")).toMatch(/^"[0-9a-f]{32}"$/);
});

test("a part of a file comes as it was asked for (RFC 9110, 14)", async () => {
  const { alice, file, stack } = await withNote();
  await using _ = stack;
  const ask = async (range: string) => {
    const { status, headers, bytes } = await alice.download(file.url, { Range: range });
    return [status, Buffer.from(bytes).toString(), headers.get("content-range")];
  };
  expect(await ask("bytes=0-0")).toEqual([206, "0", "bytes 0-0/10"]);
  expect(await ask("bytes=3-5")).toEqual([206, "345", "bytes 3-5/10"]);
  expect(await ask("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
  expect(await ask("bytes=-2")).toEqual([206, "89", "bytes 8-9/10"]);
  expect(await ask("bytes=-100")).toEqual([206, "0123456789", "bytes 0-9/10"]);
  expect(await ask("bytes=8-100")).toEqual([206, "89", "bytes 8-9/10"]);
  // What is no single range of bytes is answered with everything.
  for (const range of ["bytes=5-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=1-2-3"]) {
    expect(await ask(range)).toEqual([200, "0123456789", null]);
  }
  for (const range of ["bytes=10-", "bytes=100-200", "bytes=-0"]) {
    const refused = await alice.download(file.url, { Range: range });
    expectRefused(refused, 416, "range_not_satisfiable");
    expect(refused.headers.get("content-range")).toBe("bytes */10");
  }
});

test("whoever has it already is not sent it again, and a part is only of the same bytes", async () => {
  const { alice, file, stack } = await withNote();
  await using _ = stack;
  const etag = (await alice.download(file.url)).headers.get("etag")!;
  for (const given of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const { status, bytes, headers } = await alice.download(file.url, { "If-None-Match": given });
    expect([status, bytes.length, headers.get("etag")]).toEqual([304, 0, etag]);
  }
  expect((await alice.download(file.url, { "If-None-Match": '"other"' })).status).toBe(200);
  const part = (ifRange: string) => alice.download(file.url, { Range: "bytes=2-3", "If-Range": ifRange });
  expect((await part(etag)).status).toBe(206);
  const stale = await part('"other"');
  expect([stale.status, Buffer.from(stale.bytes).toString()]).toEqual([200, "0123456789"]);
});

test("HEAD tells the size and nothing more", async () => {
  const { server, alice, file, stack } = await withNote();
  await using _ = stack;
  const headers = { Authorization: `Bearer ${alice.accessToken}` };
  const answer = await fetch(server.url + file.url, { method: "HEAD", headers });
  expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "10"]);
  expect((await answer.bytes()).length).toBe(0);
});

test("whether somebody may have a file is asked each time", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.group("Team", bob);
  const [file] = (await alice.upload([note("hello")])).body.media;
  const message = await alice.say(chat, "", { media_ids: [file.id] });
  const { headers, status } = await bob.download(file.url);
  expect(status).toBe(200);
  await alice.delete(`/api/chats/${chat}/members/${bob.id}`);
  const again = await bob.download(file.url, { "If-None-Match": headers.get("etag")! });
  expectRefused(again, 404, "not_found");
  expectRefused(await bob.get(`${file.url}/info`), 404, "not_found");
  // Its sender can have it for as long as it is there.
  expect((await alice.download(file.url)).status).toBe(200);
  await alice.delete(`/api/messages/${message.id}`);
  expectRefused(await alice.download(file.url), 404, "not_found");
});

test("only what cannot run is shown in place; everything else is saved", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const how = async (file: File) => {
    const [sent] = (await alice.upload([file])).body.media;
    const { headers } = await alice.download(sent.url);
    return [headers.get("content-type"), headers.get("content-disposition")!.split(";")[0]];
  };
  expect(await how(picture())).toEqual(["image/png", "inline"]);
  expect(await how(bytesOf("<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml"))).toEqual([
    "image/svg+xml",
    "attachment",
  ]);
  const page = "<!doctype html><script>alert(1)</script>";
  expect(await how(bytesOf(page, "a.html", "text/html"))).toEqual(["text/html", "attachment"]);
  expect(await how(bytesOf("<?xml version='1.0'?><a/>", "a.xml", "text/xml"))).toEqual([
    "text/xml",
    "attachment",
  ]);
  expect(await how(bytesOf("%PDF-1.7\n", "a.pdf", "application/pdf"))).toEqual([
    "application/pdf",
    "attachment",
  ]);
});
