/** What nobody here knows how to clean is passed on as it was sent; what is cleaned loses nothing else. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const [alice, bob] = [await server.register("alice"), await server.register("bob")];
const chat = await alice.directWith(bob);

/** What becomes of it, as Bob sees it, and what the two of them get. */
async function sent(bytes: Uint8Array, name: string, type = "") {
  const { status, body } = await alice.upload([bytesOf(new Uint8Array(bytes), name, type)]);
  expect({ name, status }).toEqual({ name, status: 201 });
  await alice.say(chat, "", { media_ids: [body.media[0].id] });
  await server.settled();
  const { url } = body.media[0];
  const seen = (await bob.get(`${url}/info`)).body;
  return { seen, own: await alice.download(url), others: await bob.download(url) };
}

const scan = readFileSync(fixture("scan.tiff"));
/** Raw photos are TIFFs, and what begins like them; others say themselves what they are. */
const begins = (start: string) => Buffer.concat([Buffer.from(start, "latin1"), scan.subarray(start.length)]);
const untouched: [name: string, type: string, bytes: Buffer][] = [
  ["photo.dng", "image/x-adobe-dng", scan],
  ["photo.nef", "image/x-nikon-nef", scan],
  ["photo.arw", "image/tiff", scan],
  ["photo.cr2", "image/x-canon-cr2", begins("II*\0\x10\0\0\0CR\x02\0")],
  ["photo.cr3", "image/x-canon-cr3", begins("\0\0\0\x18ftypcrx \0\0\0\x01crx isom\0\0\0\x08moov")],
  ["photo.orf", "image/x-olympus-orf", begins("IIRO\x08\0\0\0")],
  ["photo.rw2", "image/x-panasonic-rw2", begins("IIU\0")],
  ["photo.raf", "image/x-fuji-raf", begins("FUJIFILMCCD-RAW 0201FF393101")],
  ["big.tif", "image/tiff", begins("II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0")],
];

test.each(untouched)("%s, a %s, is a document that stays byte for byte", async (name, type, bytes) => {
  const { seen, own, others } = await sent(bytes, name, type);
  expect(seen).toMatchObject({ media_type: "document", state: "ready", metadata_removed: false });
  expect([seen.mime_type, seen.filename]).toEqual([type, name]);
  for (const got of [own, others]) {
    expect([got.status, Buffer.from(got.bytes).equals(bytes)]).toEqual([200, true]);
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
  }
});

test("photos, films and songs say that their metadata are out, everything else that they are not", async () => {
  const removed = async (file: string) =>
    (await sent(readFileSync(fixture(file)), file)).seen.metadata_removed;
  for (const file of ["photo.jpg", "plain.jpg", "photo.heic", "h264-location.mp4", "vp8.webm", "voice.m4a"]) {
    expect({ file, removed: await removed(file) }).toEqual({ file, removed: true });
  }
  for (const file of ["paper.pdf", "song.mp3", "song.flac", "note.txt"]) {
    expect({ file, removed: await removed(file) }).toEqual({ file, removed: false });
  }
});

test("a photo that is still looked at does not say so, nor does one that is kept as it is", async () => {
  await using keeping = await TestServer.start({ config: { fileMetadata: "keep" } });
  const ann = await keeping.register("ann");
  const photo = bytesOf(new Uint8Array(readFileSync(fixture("photo.jpg"))), "photo.jpg");
  const [file] = (await ann.upload([photo])).body.media;
  await keeping.settled();
  for (const one of [file, (await ann.get(`${file.url}/info`)).body])
    expect(one.metadata_removed).toBe(false);
});

test("what belongs to nothing behind a photo is not passed on, the photo is", async () => {
  const photo = readFileSync(fixture("photo.jpg"));
  const { seen, others } = await sent(
    Buffer.concat([photo, Buffer.from("PK and all its files, +48.8582+002.2945/")]),
    "photo.jpg",
  );
  expect(seen).toMatchObject({
    media_type: "image",
    state: "ready",
    has_thumbnail: true,
    metadata_removed: true,
  });
  expect(others.headers.get("content-disposition")).toStartWith("inline");
  const got = Buffer.from(others.bytes);
  expect(got.subarray(-2)).toEqual(photo.subarray(-2));
  for (const secret of ["Camera One", "Paris", "GPS", "PK", "48.8582"])
    expect(got.includes(secret)).toBe(false);
});
