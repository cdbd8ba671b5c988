/** A sound is a sound and a film a film from the first answer on, whatever container it is in and whatever it is called. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { Contents } from "../../src/features/files/uploads/contents.ts";
import { headBytes, typeOf } from "../../src/features/files/uploads/signatures.ts";
import { withTracks } from "../../src/features/files/uploads/tracks.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { hold } from "../support/held.ts";
import { pair } from "../support/pair.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const { server, alice, bob, chat } = await pair();
afterAll(() => server[Symbol.asyncDispose]());

const read = (file: string) => Bun.file(fixture(file)).bytes();
const clean = (file: string) => read(`../clean/${file}`);
const far = 1_000_000;

/** The brand of a film in place of its own (ISO/IEC 14496-12, 4.3). */
async function branded(file: string, brand: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Buffer.from(await read(file));
  bytes.write(brand, 8, "latin1");
  return new Uint8Array(bytes);
}

/** Its index stands behind so many bytes of nothing. */
async function withIndexBehind(
  file: string,
  bytes: number,
  brand?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const film = Buffer.from(brand ? await branded(file, brand) : await read(file));
  const moov = film.indexOf("moov", 0, "latin1") - 4;
  const free = Buffer.alloc(bytes);
  free.writeUInt32BE(bytes);
  free.write("free", 4, "latin1");
  return new Uint8Array(Buffer.concat([film.subarray(0, moov), free, film.subarray(moov)]));
}

/** Its second track stands first (ISO/IEC 14496-12, 8.3.1). */
async function withTracksSwapped(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const film = Buffer.from(await read(file));
  const first = film.indexOf("trak", 0, "latin1") - 4;
  const second = first + film.readUInt32BE(first);
  const end = second + film.readUInt32BE(second);
  const parts = [film.subarray(0, first), film.subarray(second, end), film.subarray(first, second)];
  return new Uint8Array(Buffer.concat([...parts, film.subarray(end)]));
}

/** The description of its tracks stands behind so many bytes of nothing (RFC 8794, 11.3.2). */
async function withTracksBehind(file: string, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const film = Buffer.from(await read(file));
  // An element of unknown size: where it begins, and not where it ends, is said.
  const start = film.indexOf("18538067", 0, "hex") + 4;
  const body = start + (film[start] === 0x01 ? 8 : 1);
  const nothing = Buffer.alloc(bytes);
  nothing.set([0xec, 0x10 | ((bytes - 5) >>> 24), (bytes - 5) >>> 16, (bytes - 5) >>> 8, bytes - 5]);
  return new Uint8Array(Buffer.concat([film.subarray(0, body), nothing, film.subarray(body)]));
}

/** It says in one byte that nobody knows where it ends (RFC 8794, 6.2). */
async function withoutEnd(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const film = Buffer.from(await read(file));
  const start = film.indexOf("18538067", 0, "hex") + 4;
  return new Uint8Array(
    Buffer.concat([film.subarray(0, start), Buffer.from([0xff]), film.subarray(start + 8)]),
  );
}

/** Two first pages of streams and nothing else (RFC 3533, 6). */
function oggOf(...codecs: string[]): Uint8Array<ArrayBuffer> {
  const pages = codecs.map((codec, i) => {
    const page = Buffer.alloc(28 + codec.length);
    page.write("OggS\0\x02", "latin1");
    page.set([i + 1], 14);
    page.set([1, codec.length], 26);
    page.write(codec, 28, "latin1");
    return page;
  });
  return new Uint8Array(Buffer.concat(pages));
}

type Case = [name: string, make: () => Promise<Uint8Array<ArrayBuffer>>, declared: string, is: string];

const sounds: Case[] = [
  ["voice.webm", () => read("voice.webm"), "audio/*", "audio/webm"],
  ["voice2.webm", () => read("voice.webm"), "video/webm", "audio/webm"],
  ["voice3.webm", () => read("voice.webm"), "audio/webm;codecs=opus", "audio/webm"],
  ["voice4.webm", () => read("voice.webm"), "", "audio/webm"],
  ["voice5.webm", () => read("voice.webm"), "application/x-unknown", "audio/webm"],
  ["endless.webm", () => withoutEnd("voice.webm"), "audio/webm", "audio/webm"],
  ["far.webm", () => withTracksBehind("voice.webm", far), "audio/webm", "audio/webm"],
  ["voice.m4a", () => read("voice.m4a"), "audio/mpeg", "audio/mp4"],
  ["voice2.m4a", () => read("voice.m4a"), "video/mp4", "audio/mp4"],
  ["voice3.m4a", () => read("voice.m4a"), "audio/x-m4a", "audio/mp4"],
  ["voice.mp4", () => branded("voice.m4a", "isom"), "audio/*", "audio/mp4"],
  ["voice2.mp4", () => branded("voice.m4a", "mp42"), "video/mp4", "audio/mp4"],
  ["voice.3gp", () => branded("voice.m4a", "3gp4"), "audio/*", "audio/3gpp"],
  ["voice2.3gp", () => branded("voice.m4a", "3gp5"), "video/3gpp", "audio/3gpp"],
  ["voice.mov", () => branded("voice.m4a", "qt  "), "video/quicktime", "audio/mp4"],
  ["far.m4a", () => withIndexBehind("voice.m4a", far), "video/mp4", "audio/mp4"],
  ["voice.ogg", () => read("voice.ogg"), "application/ogg", "audio/ogg"],
  ["voice2.ogg", () => read("vorbis.ogg"), "video/*", "audio/ogg"],
];

const films: Case[] = [
  ["film.mp4", () => read("h264-high.mp4"), "audio/mp4", "video/mp4"],
  ["sound-first.mp4", () => withTracksSwapped("h264-high.mp4"), "video/mp4", "video/mp4"],
  ["far.mp4", () => withIndexBehind("h264-high.mp4", far), "audio/*", "video/mp4"],
  ["pieces.mp4", () => read("fragmented.mp4"), "video/mp4", "video/mp4"],
  ["film.mov", () => read("h264.mov"), "audio/mp4", "video/mp4"],
  ["film.3gp", () => clean("film.3gp"), "audio/3gpp", "video/3gpp"],
  ["film.webm", () => read("vp9.webm"), "audio/webm", "video/webm"],
  ["far-film.webm", () => withTracksBehind("vp8.webm", far), "video/webm", "video/webm"],
  ["film.mkv", () => read("h264.mkv"), "audio/x-matroska", "video/x-matroska"],
];

test("it is told before anybody has looked into it, and nothing else is found out then", async () => {
  const letGo = await hold(server);
  const sent: { name: string; kind: string; mime_type: string; url: string }[] = [];
  for (const [kind, cases] of Object.entries({ audio: sounds, video: films })) {
    for (const [name, make, declared, mime_type] of cases) {
      const { status, body } = await alice.upload([bytesOf(await make(), name, declared)]);
      const about = { name, declared, status, ...body.media?.[0] };
      expect(about).toMatchObject({ name, declared, status: 201, media_type: kind, mime_type });
      const { url } = body.media[0];
      // Where bytes were put in, an index leads to the wrong places; films are looked at in media-formats.test.ts.
      const isLookedAt = kind === "audio" || name === "sound-first.mp4";
      if (name.startsWith("far") || !isLookedAt) await alice.delete(url);
      else sent.push({ name, kind, mime_type, url });
    }
  }
  letGo();
  await server.settled();
  for (const { name, kind, mime_type, url } of sent) {
    const { body } = await alice.get(`${url}/info`);
    const about = { name, state: body.state, media_type: body.media_type, mime_type: body.mime_type };
    expect(about).toEqual({ name, state: "ready", media_type: kind, mime_type });
  }
});

test("a film in Ogg is a film, which nothing here reads, and is only saved", async () => {
  for (const bytes of [oggOf("\x80theora\x03\x02"), oggOf("\x01vorbis", "fishead\0", "OVP80\x01")]) {
    const [file] = (await alice.upload([bytesOf(bytes, "film.ogv", "video/ogg")])).body.media;
    expect(file).toMatchObject({
      media_type: "video",
      mime_type: "video/ogg",
      state: "ready",
      duration: null,
    });
    await alice.say(chat, "", { media_ids: [file.id] });
    const got = await bob.download(file.url);
    expect([got.status, got.bytes]).toEqual([200, bytes]);
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
  }
  expectRefused(await alice.upload([bytesOf(oggOf("\x80theora"), "x", "image/png")]), 422, "type_mismatch");
});

test("how large it may be follows from what it is", async () => {
  await using small = await TestServer.start({ config: { maxAudioBytes: 20_000, maxVideoBytes: 40_000 } });
  const ann = await small.register("ann");
  const send = async (file: string, bytes: number) =>
    ann.upload([bytesOf(await withIndexBehind(file, bytes, "isom"), file)]);
  expect((await send("voice.m4a", 10_000)).status).toBe(201);
  expectRefused(await send("voice.m4a", 11_000), 413, "file_too_large");
  expect((await send("h264-high.mp4", 11_000)).status).toBe(201);
  expectRefused(await send("h264-high.mp4", 26_000), 413, "file_too_large");
  // A sound may be larger than a film where the operator says so.
  await small.restart({ maxAudioBytes: 40_000, maxVideoBytes: 20_000 });
  const again = small.as(ann.signedIn);
  const long = bytesOf(await withIndexBehind("voice.m4a", 20_000, "isom"), "long.mp4");
  expect((await again.upload([long])).status).toBe(201);
  // What cannot be told is taken for what the container mostly is.
  const cut = (await read("h264-high.mp4")).slice(0, 10_000);
  const [file] = (await again.upload([bytesOf(cut, "cut.mp4")])).body.media;
  expect(file).toMatchObject({ media_type: "video", mime_type: "video/mp4" });
});

/** What it is found to be, and how often its bytes were asked for. */
async function look(bytes: Uint8Array): Promise<{ kind: string; reads: number; most: number }> {
  let [reads, most] = [0, 0];
  const head = bytes.subarray(0, headBytes);
  const file = new Contents(head, bytes.length, async (from, to) => {
    reads += 1;
    most = Math.max(most, to - from);
    return bytes.slice(from, to);
  });
  return { kind: (await withTracks(typeOf(head), file)).kind, reads, most };
}

test("no file keeps anybody busy with what it says of itself", async () => {
  const small = Buffer.alloc(8_000_000);
  small.write("\0\0\0\x18ftypisom", "latin1");
  for (let at = 24; at < small.length; at += 8) small.write("\0\0\0\x08free", at, "latin1");
  const sparse = Buffer.alloc(8_000_000);
  sparse.write("\0\0\0\x18ftypisom", "latin1");
  for (let at = 24; at < sparse.length; at += 8192) sparse.write("\0\0\x20\0free", at, "latin1");
  const tracks = await read("voice.webm");
  const boxes = [0, 1, 7, 0xffffffff].map((size) => {
    const film = Buffer.from("\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\0moov\0\0\0\0trak", "latin1");
    film.writeUInt32BE(size, 24);
    return film;
  });
  const elements = [0xff, 0, 1].map((value) => tracks.slice().fill(value, 60));
  for (const bytes of [small, sparse, ...boxes, ...elements]) {
    const { kind, reads, most } = await look(bytes);
    expect(kind).toBe("video");
    expect(reads).toBeLessThanOrEqual(256);
    expect(most).toBeLessThanOrEqual(4096);
  }
});

test("wherever a film is cut off, it is a film or a sound", async () => {
  for (const file of ["h264-high.mp4", "fragmented.mp4", "voice.m4a", "voice.webm", "vp8.webm"]) {
    const bytes = await read(file);
    for (let length = 16; length < bytes.length; length += 37) {
      const { kind } = await look(bytes.subarray(0, length));
      expect(["video", "audio"]).toContain(kind);
    }
  }
});
