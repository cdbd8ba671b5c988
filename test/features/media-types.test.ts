import { afterAll, expect, test } from "bun:test";

import { headBytes, typeOf } from "../../src/features/files/uploads/signatures.ts";
import { contradicts, shownType, withKind } from "../../src/features/files/uploads/types.ts";
import { expected, fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { pair } from "../support/pair.ts";
import { Chance } from "../support/random.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const { server, alice, bob, chat } = await pair();
afterAll(() => server[Symbol.asyncDispose]());

async function headOf(file: string): Promise<Uint8Array> {
  return new Uint8Array(await Bun.file(fixture(file)).slice(0, headBytes).arrayBuffer());
}

test.each(expected.map((one) => [one.file, one] as const))("what %s is, its content says", async (_, one) => {
  const found = typeOf(await headOf(one.file));
  expect(shownType(one.mime, found)).toBe(one.mime);
  // What a system says that does not know it.
  for (const declared of [one.mime, "application/octet-stream", "", "application/x-unknown", "*/*"])
    expect({ declared, is: contradicts(declared, found) }).toEqual({ declared, is: false });
});

test("a declared type is a hint: what a file is taken as, its content says", async () => {
  const jpeg = new Uint8Array(await headOf("plain.jpg"));
  const webp = await Bun.file(fixture("still.webp")).bytes();
  const song = await Bun.file(fixture("song.mp3")).bytes();
  const cases: [
    Uint8Array<ArrayBuffer> | string,
    name: string,
    declared: string,
    is: string,
    kind: string,
  ][] = [
    [webp, "saved.jpg", "image/jpeg", "image/webp", "image"],
    [jpeg, "holiday.exe", "", "image/jpeg", "image"],
    [jpeg, "holiday.png", "image/png", "image/jpeg", "image"],
    [jpeg, "holiday.svg", "image/svg+xml", "image/jpeg", "image"],
    [jpeg, "holiday", "image/*", "image/jpeg", "image"],
    [jpeg, "holiday", "image/x-unheard-of", "image/jpeg", "image"],
    [song, "song.wav", "audio/wav", "audio/mpeg", "audio"],
    [song, "song", "video/*", "audio/mpeg", "audio"],
    ["<html>", "page", "application/pdf", "text/plain", "document"],
    ["<svg/>", "a.svg", "image/*", "text/plain", "document"],
    ["hello", "x", "video/x-unheard-of", "text/plain", "document"],
    ["#EXTM3U", "list.m3u", "audio/x-mpegurl", "text/plain", "document"],
    ["hello", "x.bat", "application/x-unknown", "text/plain", "document"],
  ];
  for (const [bytes, name, declared, mime_type, media_type] of cases) {
    const { status, body } = await alice.upload([bytesOf(bytes, name, declared)]);
    const about = { name, declared, status };
    expect({ ...about, ...body.media?.[0] }).toMatchObject({ ...about, status: 201, mime_type, media_type });
  }
});

test("another family than the content's is refused, whichever way round", async () => {
  const families = {
    picture: ["plain.jpg", "still.avif", "moving.gif"],
    "sound or film": ["song.mp3", "h264-high.mp4", "voice.webm", "voice.ogg"],
    document: ["paper.pdf", "pack.zip", "note.txt", "drawing.svg", "old.doc"],
  };
  const declared = {
    picture: ["image/jpeg", "image/heif", "image/tiff"],
    "sound or film": ["audio/mpeg", "video/mp4", "audio/x-wav", "video/*", "audio/*"],
    document: ["application/pdf", "text/csv", "application/msword", "application/x-gzip"],
  };
  for (const [family, files] of Object.entries(families)) {
    for (const file of files) {
      const found = typeOf(await headOf(file));
      for (const [other, types] of Object.entries(declared)) {
        const refused = types.filter((type) => contradicts(type, found));
        expect({ file, other, refused }).toEqual({ file, other, refused: family === other ? [] : types });
      }
    }
  }
  const send = async (file: string, type: string) =>
    alice.upload([bytesOf(await Bun.file(fixture(file)).bytes(), file, type)]);
  expectRefused(await send("plain.jpg", "application/pdf"), 422, "type_mismatch");
  expectRefused(await send("song.mp3", "image/jpeg"), 422, "type_mismatch");
  expectRefused(await send("note.txt", "video/mp4"), 422, "type_mismatch");
});

const shiftJis = [0x96, 0xbc, 0x91, 0x4f, 0x2c, 0x8f, 0x5a, 0x8f, 0x8a, 0x0d, 0x0a];
const unmarked = new Uint8Array(Buffer.from("name;city\r\nGrün;Köln\r\n", "utf16le"));
const uncommon: [what: string, bytes: Uint8Array<ArrayBuffer>, declared: string, is: string][] = [
  [
    "a table in Windows-1252",
    latin1("Stra\xdfe;K\xf6ln\r\n\x80 5;\x84M\xfcnchen\x93\r\n"),
    "text/csv",
    "text/csv",
  ],
  ["names in Shift-JIS", Uint8Array.from(shiftJis), "text/csv", "text/csv"],
  ["a text in Windows-1251", latin1("\xcf\xf0\xe8\xe2\xe5\xf2"), "", "text/plain"],
  ["UTF-16 with its mark", new Uint8Array([0xff, 0xfe, ...unmarked]), "text/csv", "text/csv"],
  ["UTF-16 without its mark", unmarked, "text/csv", "application/octet-stream"],
  [
    "a log with control characters",
    latin1("\x01\x02 done\0\x08\n"),
    "text/plain",
    "application/octet-stream",
  ],
  [
    "a bitmap that is called a JPEG",
    latin1("BM\x36\0\x0c\0\0\0\0\0"),
    "image/jpeg",
    "application/octet-stream",
  ],
  ["an AVI", latin1("RIFF\x24\0\0\0AVI LIST"), "video/mp4", "application/octet-stream"],
  ["a raw photo of Canon", latin1("\0\0\0\x18ftypcrx \0\0\0\x01"), "image/x-canon-cr3", "image/x-canon-cr3"],
  ["bytes of no kind", latin1("\0\x01\x02\x03\xff"), "application/x-unknown", "application/octet-stream"],
  ["a text that begins like a film", latin1("The wide road"), "", "text/plain"],
  ["a text about tags", latin1("ID3 tags explained"), "", "text/plain"],
];

test.each(uncommon)(
  "%s is a document, and comes out as it went in",
  async (_, bytes, declared, mime_type) => {
    const { status, body } = await alice.upload([bytesOf(bytes, "thing", declared)]);
    expect(status).toBe(201);
    const [file] = body.media;
    expect(file).toMatchObject({ mime_type, media_type: "document", state: "ready", has_thumbnail: false });
    await alice.say(chat, "", { media_ids: [file.id] });
    const got = await bob.download(file.url);
    expect([got.status, got.bytes, got.headers.get("content-type")]).toEqual([200, bytes, mime_type]);
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
    expect(got.headers.get("x-content-type-options")).toBe("nosniff");
  },
);

test("FILE_TYPES=known refuses what nobody knows, and takes everything else as ever", async () => {
  await using strict = await TestServer.start({ config: { fileTypes: "known" } });
  const ann = await strict.register("ann");
  for (const [, bytes, declared, is] of uncommon) {
    const sent = await ann.upload([bytesOf(bytes, "thing", declared)]);
    const text = new TextDecoder().decode(bytes);
    const isKnown = is !== "application/octet-stream" && (!text.includes("\ufffd") || bytes[0] === 0xff);
    if (isKnown) expect(sent.status).toBe(201);
    else expectRefused(sent, 415, "type_not_allowed");
  }
  for (const file of ["plain.jpg", "voice.webm", "paper.pdf", "old.xls", "note-utf16.txt"]) {
    const { status } = await ann.upload([bytesOf(await Bun.file(fixture(file)).bytes(), file)]);
    expect([file, status]).toEqual([file, 201]);
  }
});

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

test("a sort of picture, sound or film that nobody here knows is one all the same", async () => {
  const is = async (file: string, declared: string) => contradicts(declared, typeOf(await headOf(file)));
  const refused: [file: string, declared: string][] = [
    ["paper.pdf", "image/bmp"],
    ["plain.jpg", "audio/amr"],
    ["plain.jpg", "video/x-unheard-of"],
    ["song.mp3", "image/x-unheard-of"],
    ["pack.zip", "video/x-msvideo"],
  ];
  for (const [file, declared] of refused)
    expect({ file, declared, is: await is(file, declared) }).toEqual({ file, declared, is: true });
  const sent = await alice.upload([
    bytesOf(await Bun.file(fixture("paper.pdf")).bytes(), "x.bmp", "image/bmp"),
  ]);
  expectRefused(sent, 422, "type_mismatch");
  const taken: [file: string, declared: string][] = [
    // Playlists and many drawings are text.
    ["note.txt", "audio/x-mpegurl"],
    ["note-utf16.txt", "image/x-xfig"],
    ["plain.jpg", "image/x-unheard-of"],
    ["voice.ogg", "video/x-unheard-of"],
    // Pictures that are archives.
    ["pack.zip", "image/openraster"],
    ["plain.jpg", "application/x-unheard-of"],
    ["song.mp3", "font/x-unheard-of"],
  ];
  for (const [file, declared] of taken)
    expect({ file, declared, is: await is(file, declared) }).toEqual({ file, declared, is: false });
  expect(contradicts("image/svg+xml-compressed", typeOf(latin1("\x1f\x8b\x08\0")))).toBe(false);
  // What nobody knows may be what it is called.
  expect(contradicts("image/bmp", typeOf(latin1("BM\x36\0\x0c\0")))).toBe(false);
  expect(contradicts("audio/amr", typeOf(latin1("\0\x01\x02\x03\xff")))).toBe(false);
});

test("what systems say of files without meaning it is no contradiction", async () => {
  const says = async (file: string, declared: string) => {
    const found = typeOf(await headOf(file));
    return [contradicts(declared, found), shownType(declared, found)];
  };
  // A table on a machine with Excel, a program called film.ts, photos from old browsers, a zip by its longer name.
  expect(await says("table.csv", "application/vnd.ms-excel")).toEqual([false, "text/plain"]);
  expect(await says("note.txt", "video/mp2t")).toEqual([false, "text/plain"]);
  expect(await says("plain.jpg", "image/jpg")).toEqual([false, "image/jpeg"]);
  expect(await says("pack.zip", "application/x-zip-compressed")).toEqual([false, "application/zip"]);
  expect(await says("letter.docx", "application/zip")).toEqual([
    false,
    expect.stringContaining("wordprocessingml"),
  ]);
  expect(await says("note.txt", "application/x-unheard-of")).toEqual([false, "text/plain"]);
  // What a part of a form is that names no type.
  expect(await says("plain.jpg", "text/plain")).toEqual([false, "image/jpeg"]);
});

test("a container that holds sound alone is a sound", () => {
  expect(withKind("video/mp4", "audio")).toBe("audio/mp4");
  expect(withKind("video/quicktime", "audio")).toBe("audio/mp4");
  expect(withKind("audio/webm", "video")).toBe("video/webm");
  expect(withKind("audio/ogg", "audio")).toBe("audio/ogg");
  expect(withKind("image/png", "image")).toBe("image/png");
  expect(withKind("application/pdf", "document")).toBe("application/pdf");
});

test("no beginning of a file makes it slow or fail", async () => {
  const chance = new Chance(7);
  const heads = await Promise.all(expected.map((one) => headOf(one.file)));
  const started = performance.now();
  for (let i = 0; i < 5000; i++) {
    const head = heads[i % heads.length]!.slice(0, chance.below(headBytes + 1));
    for (let n = chance.below(4); n > 0 && head.length > 0; n--)
      head[chance.below(head.length)] = chance.below(256);
    typeOf(head);
  }
  // A fifth of a millisecond each would be slow; it takes a hundredth.
  expect(performance.now() - started).toBeLessThan(5000);
});
