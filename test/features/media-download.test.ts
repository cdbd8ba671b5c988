import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";

import { bytesOf, longNote, note, picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { sendRaw } from "../support/raw-http.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

let server: TestServer;
let alice: Person;
/** Ten digits. */
let file: any;

beforeAll(async () => {
  server = await TestServer.start();
  alice = await server.register("alice");
  [file] = (await alice.upload([note("0123456789")])).body.media;
});
afterAll(() => server[Symbol.asyncDispose]());

test("a file comes whole, and says what may be done with it", async () => {
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
  const ask = async (range: string) => {
    const { status, headers, bytes } = await alice.download(file.url, { Range: range });
    return [status, Buffer.from(bytes).toString(), headers.get("content-range")];
  };
  expect(await ask("bytes=0-0")).toEqual([206, "0", "bytes 0-0/10"]);
  expect(await ask("bytes=3-5")).toEqual([206, "345", "bytes 3-5/10"]);
  expect(await ask("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
  expect(await ask("bytes=-2")).toEqual([206, "89", "bytes 8-9/10"]);
  expect(await ask("bytes=-100")).toEqual([206, "0123456789", "bytes 0-9/10"]);
  for (const far of ["100", "9".repeat(16), "9".repeat(400)]) {
    expect(await ask(`bytes=8-${far}`)).toEqual([206, "89", "bytes 8-9/10"]);
    expect(await ask(`bytes=-${far}`)).toEqual([206, "0123456789", "bytes 0-9/10"]);
  }
  // What is no single range of bytes is answered with everything.
  for (const range of ["bytes=5-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes=1-2-3"]) {
    expect(await ask(range)).toEqual([200, "0123456789", null]);
  }
  for (const range of ["bytes=10-", "bytes=100-200", "bytes=-0", `bytes=${"9".repeat(400)}-`]) {
    const refused = await alice.download(file.url, { Range: range });
    expectRefused(refused, 416, "range_not_satisfiable");
    expect(refused.headers.get("content-range")).toBe("bytes */10");
  }
});

test("whoever has it already is not sent it again, and a part is only of the same bytes", async () => {
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

/** Asks for the file as it stands here: `fetch` would leave an empty header out. */
function ask(method: string, path: string, headers: string[]) {
  const { host } = new URL(server.url);
  const lines = [
    `Host: ${host}`,
    `Authorization: Bearer ${alice.accessToken}`,
    "Connection: close",
    ...headers,
  ];
  return sendRaw(server.url, `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

test("a part is only of the bytes that one knows: any other validator, an empty one too, brings all of it", async () => {
  const etag = (await alice.download(file.url)).headers.get("etag")!;
  const [part, all] = [
    [206, "23"],
    [200, "0123456789"],
  ];
  for (const [validator, expected] of [
    [etag, part],
    ["", all],
    ["  ", all],
    ['""', all],
    [`W/${etag}`, all],
    [`${etag}, "other"`, all],
    [etag.replaceAll('"', ""), all],
    ["*", all],
    ["Fri, 01 Jan 2100 00:00:00 GMT", all],
  ] as const) {
    const { status, body } = await ask("GET", file.url, ["Range: bytes=2-3", `If-Range: ${validator}`]);
    expect([validator, status, body]).toEqual([validator, ...expected!] as never);
    // Without a range it means nothing.
    expect((await ask("GET", file.url, [`If-Range: ${validator}`])).body).toBe("0123456789");
  }
  const known = await ask("GET", file.url, ["Range: bytes=2-3", "If-Range:", `If-None-Match: ${etag}`]);
  expect([known.status, known.body]).toEqual([304, ""]);
});

test("a large file comes whole, too, where a part of another one was asked for", async () => {
  const [long] = (await alice.upload([longNote(3_000_000)])).body.media;
  const headers = { Range: "bytes=0-3", "If-Range": '"other"' };
  const { status, bytes } = await alice.download(long.url, headers);
  expect([status, bytes.length]).toEqual([200, 3_000_000]);
});

test("HEAD tells of the whole file and of no part, whatever else is asked (RFC 9110, 14.2)", async () => {
  const etag = (await alice.download(file.url)).headers.get("etag")!;
  for (const headers of [
    [],
    ["Range: bytes=2-3"],
    ["Range: bytes=10-"],
    ["Range: bytes=-0"],
    ["Range: bytes=0-1,3-4"],
    ["Range: bytes=2-3", `If-Range: ${etag}`],
    ["Range: bytes=2-3", "If-Range:"],
    ["Range: bytes=2-3", 'If-Range: "other"', 'If-None-Match: "other"'],
  ]) {
    const { status, head, body } = await ask("HEAD", file.url, headers);
    expect([headers, status, body]).toEqual([headers, 200, ""]);
    expect(head).toMatch(/^content-length: 10$/im);
    expect(head).toMatch(/^accept-ranges: bytes$/im);
    expect(head).not.toMatch(/^content-range:/im);
  }
  expect((await ask("HEAD", file.url, ["Range: bytes=2-3", `If-None-Match: ${etag}`])).status).toBe(304);
});

test("an empty file has no parts, but an end", async () => {
  const sent = await alice.upload([note("")]);
  expect(sent.status).toBe(201);
  const { url } = sent.body.media[0];
  for (const range of ["bytes=0-", "bytes=0-0", "bytes=-0", "bytes=1-"]) {
    const refused = await alice.download(url, { Range: range });
    expectRefused(refused, 416, "range_not_satisfiable");
    expect(refused.headers.get("content-range")).toBe("bytes */0");
  }
  for (const headers of [{}, { Range: "bytes=-1" }, { Range: "bytes=-100" }]) {
    const { status, bytes, headers: said } = await alice.download(url, headers);
    expect([status, bytes.length, said.get("content-range")]).toEqual([200, 0, null]);
  }
});

test("whether somebody may have a file is asked each time", async () => {
  const bob = await server.register("bob");
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
