/** Data that something may refer to in a way that the cleaner does not know: they may be somebody's picture or sound. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

import { fixture } from "../../fixtures/media/expected.ts";
import { Laundry, readFixture } from "../../support/cleaning.ts";
import { box, codedIn, heicOf, u16, u32 } from "../../support/heic.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const secret = latin1("Geheim-7");
const full = u32(0);
const plain = readFileSync(fixture("plain.jpg"));

/** What is left, and whether something in it is unknown. */
async function cleaned(file: Uint8Array, type: string) {
  using laundry = new Laundry();
  const after = (await laundry.clean(file, type)) ?? Buffer.from(file);
  // What is clean stays as it is.
  expect(await laundry.clean(after, type)).toBeUndefined();
  return { after, hasUnknown: laundry.hasUnknown };
}

interface Odd {
  handler?: string;
  /** Further boxes in its media information, its tables, its track, the movie and the file. */
  information?: Buffer;
  tables?: Buffer;
  track?: Buffer;
  movie?: Buffer;
  file?: Buffer;
  sizes?: Buffer;
  chunks?: (at: number) => Buffer;
}

const sizesOf = (...sizes: number[]) => box("stsz", full, u32(0, sizes.length, ...sizes));
const chunksOf = (...places: number[]) => box("stco", full, u32(places.length, ...places));
const none = Buffer.alloc(0);

/** A film of one track with two samples in as many chunks, and behind their data others that no table names. */
function filmOf(odd: Odd = {}, hidden = secret): Buffer {
  const head = (at: number) => {
    const tables = [
      odd.sizes ?? sizesOf(3, 3),
      box("stsc", full, u32(1, 1, 1, 1)),
      odd.chunks?.(at) ?? chunksOf(at, at + 3),
      odd.tables ?? none,
    ];
    const handler = box("hdlr", full, full, latin1(odd.handler ?? "vide"), Buffer.alloc(13));
    const information = box("minf", odd.information ?? none, box("stbl", ...tables));
    const track = box("trak", box("mdia", handler, information), odd.track ?? none);
    return Buffer.concat([
      box("ftyp", latin1("isom"), full),
      box("moov", track, odd.movie ?? none),
      odd.file ?? none,
    ]);
  };
  const at = head(0).length + 8;
  return Buffer.concat([head(at), box("mdat", latin1("onetwo"), hidden)]);
}

const fileList = (entry: Buffer) => box("dinf", box("dref", full, u32(1), entry));
const items = box("iloc", u32(0x01000000), u16(0x4400, 0));

test.each<[string, Odd]>([
  ["a table of chunks", {}],
  ["one with long places", { chunks: (at) => box("co64", full, u32(2, 0, at, 0, at + 3)) }],
  ["samples that are said to be in this file", { information: fileList(box("url ", u32(1))) }],
  ["tables that name no places", { tables: box("stss", full, u32(0)) }],
])("with %s, data that nothing plays are emptied", async (_, odd) => {
  expect(await cleaned(filmOf(odd), "video/mp4")).toEqual({
    after: filmOf(odd, Buffer.alloc(secret.length)),
    hasUnknown: false,
  });
});

test.each<[string, Odd]>([
  ["further parts of samples", { tables: box("saio", full, u32(1, 7)) }],
  ["short sizes", { sizes: box("stz2", full, u32(8, 2), Buffer.of(3, 3)) }],
  ["a table that nobody knows", { tables: box("stxx", full) }],
  ["media information that nobody knows", { information: box("newb", full) }],
  ["samples in another file", { information: fileList(box("url ", full, latin1("file:a\0"))) }],
  ["samples in a box of their own", { information: fileList(box("imdt", u32(1), u32(1))) }],
  ["two lists of chunks", { tables: chunksOf(1) }],
  ["two lists of chunks of different width", { tables: box("co64", full, u32(0)) }],
  ["two sets of tables", { information: box("stbl") }],
  ["two media", { track: box("mdia") }],
  ["more chunks than samples", { sizes: sizesOf(3) }],
  ["more samples than chunks", { sizes: sizesOf(3, 3, 3) }],
  ["chunks outside the data", { chunks: () => chunksOf(8, 12) }],
  ["chunks that reach out of the data", { sizes: sizesOf(3, 30) }],
  ["a track box that nobody knows", { track: box("newb", full) }],
  ["a movie box that nobody knows", { movie: box("newb", full) }],
  ["a box that nobody knows", { file: box("newb", full) }],
  ["writing", { handler: "text" }],
  ["fragments to come", { movie: box("mvex") }],
  ["an index of fragments", { file: box("sidx", full) }],
  ["an index of fragments at its end", { file: box("mfra") }],
])("with %s, data of a film stay, and nobody says that all is out", async (_, odd) => {
  const file = filmOf(odd);
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
});

test.each<[string, (meta: Buffer) => Odd]>([
  ["the movie", (movie) => ({ movie })],
  ["a track", (track) => ({ track })],
  ["the file", (file) => ({ file })],
  ["the movie's user data", (meta) => ({ movie: box("udta", meta) })],
])("with items in %s, data of a film stay", async (_, odd) => {
  const meta = box("meta", full, box("hdlr", full, full, latin1("mdir"), Buffer.alloc(13)), items);
  const file = filmOf(odd(meta));
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
});

test("measurements in another file take nothing out of this one", async () => {
  const handler = box("hdlr", full, full, latin1("camm"), Buffer.alloc(13));
  const elsewhere = fileList(box("url ", full, latin1("file:a\0")));
  // From the beginning of the file, if it were in this one.
  const tables = box("stbl", sizesOf(400), box("stsc", full, u32(1, 1, 1, 1)), chunksOf(0));
  const movie = box("trak", box("mdia", handler, box("minf", elsewhere, tables)));
  const { after, hasUnknown } = await cleaned(filmOf({ movie }, none), "video/mp4");
  expect([hasUnknown, after.includes("onetwo"), after.includes("camm")]).toEqual([false, true, false]);
});

test("of films one behind the other each keeps its data, and nobody says that all is out", async () => {
  const file = Buffer.concat([filmOf({}, none), filmOf({}, none)]);
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
  const behind = Buffer.concat([plain, file]);
  expect(await cleaned(behind, "image/jpeg")).toEqual({ after: behind, hasUnknown: false });
});

// Fragments

const fragments = await cleaned(readFixture("fragments.mp4"), "video/mp4").then((one) => one.after);
const moof = (() => {
  const at = fragments.indexOf("moof") - 4;
  return fragments.subarray(at, at + fragments.readUInt32BE(at));
})();
const sound = box("mdat", latin1("the other track"));

test.each([
  ["a second mdat", [sound]],
  ["two fragments before their data", [moof, moof, sound, sound]],
  ["data before their fragment", [sound, moof]],
])("a film with %s keeps all its data, and nobody says that all is out", async (_, more) => {
  const file = Buffer.concat([fragments, ...more]);
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
});

// HEIC

const coded = codedIn(fixture("photo.heic"));
const photoWith = (...properties: Buffer[]) =>
  heicOf({ tiles: [coded.bytes], tile: coded, columns: 1, width: 320, height: 240, properties });

test("data of a HEIC stay where something in it is unknown, or a picture is outside of them", async () => {
  const hidden = box("mdat", secret);
  const known = Buffer.concat([photoWith(), hidden]);
  const { after } = await cleaned(known, "image/heic");
  expect(after.includes(secret)).toBe(false);
  const unknown = Buffer.concat([photoWith(box("xyz1", full)), hidden]);
  expect(await cleaned(unknown, "image/heic")).toEqual({ after: unknown, hasUnknown: true });
  const elsewhere = Buffer.from(known);
  elsewhere.write("emsg", elsewhere.indexOf("mdat"), "latin1");
  const left = await cleaned(elsewhere, "image/heic");
  expect([left.hasUnknown, left.after.includes(secret)]).toEqual([true, true]);
});

// Films behind photos

const withXmp = (packet: string) => {
  const body = latin1(`http://ns.adobe.com/xap/1.0/\0${packet}`);
  return Buffer.concat([
    plain.subarray(0, 2),
    Buffer.of(0xff, 0xe1),
    u16(body.length + 2),
    body,
    plain.subarray(2),
  ]);
};
const microVideo = (offset: number) =>
  withXmp(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description ` +
      `xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" GCamera:MicroVideoOffset="${offset}"/>` +
      `</rdf:RDF></x:xmpmeta>`,
  );
const film = await cleaned(readFixture("film.mp4"), "video/mp4").then((one) => one.after);
const start = box("ftyp", latin1("isom"), full);

test.each([
  ["without an index", Buffer.concat([start, box("mdat", latin1("sound"))])],
  ["with measurements in fragments", filmOf({ handler: "camm", movie: box("mvex") })],
  ["with a compressed index", Buffer.concat([start, box("moov", box("cmov"))])],
  ["with a box of impossible size", Buffer.concat([start, u32(0xffff), latin1("moov and so on")])],
  ["that is broken off in the first box", latin1("\0\0\0\x90ftypisom and so on")],
  [
    "with a box of odd name before its data",
    Buffer.concat([filmOf().subarray(0, -22), box("\xa9odd"), box("mdat", secret)]),
  ],
])("behind a photo a film %s stays as it is, and nobody says that all is out", async (_, odd) => {
  for (const file of [
    Buffer.concat([plain, odd]),
    Buffer.concat([plain, odd, latin1("its end")]),
    Buffer.concat([plain, film, odd, latin1("its end")]),
  ])
    expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: true });
});

test("a film that a photo names by its distance from the end stays, whatever it begins with", async () => {
  const old = Buffer.concat([box("wide"), box("mdat", latin1("sound"))]);
  const file = Buffer.concat([microVideo(old.length), old]);
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: true });
  // What stands before it is accounted for as well; it is cleaned itself.
  const told = readFixture("film.mp4");
  const behind = (one: Buffer) => Buffer.concat([microVideo(one.length), latin1("PK and so on"), one]);
  expect(await cleaned(behind(told), "image/jpeg")).toEqual({ after: behind(film), hasUnknown: true });
  // One that is not there names nothing.
  const without = Buffer.concat([microVideo(1_000_000), secret]);
  expect(await cleaned(without, "image/jpeg")).toEqual({ after: microVideo(1_000_000), hasUnknown: false });
});

test("behind more parts than are looked at everything stays", async () => {
  const file = Buffer.concat([plain, ...Array.from({ length: 101 }, () => filmOf({}, none))]);
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: true });
});

test("what stands between such a film and blocks of Samsung stays, and the blocks are cleaned", async () => {
  const name = "MCC_Data";
  const blocks = (country: string) => {
    const block = Buffer.concat([
      Buffer.of(0, 0, 0x30, 0x0a, name.length, 0, 0, 0),
      latin1(name),
      latin1(country),
    ]);
    const row = Buffer.of(0, 0, 0x30, 0x0a, block.length, 0, 0, 0, block.length, 0, 0, 0);
    const directory = Buffer.concat([latin1("SEFHk\0\0\0\x01\0\0\0"), row]);
    return Buffer.concat([block, directory, Buffer.of(directory.length, 0, 0, 0), latin1("SEFT")]);
  };
  const odd = Buffer.concat([start, u32(0xffff), latin1("moov and so on")]);
  const file = (country: string) => Buffer.concat([plain, odd, blocks(country)]);
  expect(await cleaned(file("208"), "image/jpeg")).toEqual({ after: file("\0\0\0"), hasUnknown: true });
});
