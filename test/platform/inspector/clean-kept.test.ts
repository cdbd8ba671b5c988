/** What cleaning leaves alone, because it is the picture, or because nobody here knows what it is. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import sharp from "sharp";

import { noPatches, planPart } from "../../../src/platform/inspector/clean/patches.ts";
import { Source } from "../../../src/platform/inspector/source.ts";
import { fixture } from "../../fixtures/media/expected.ts";
import { Laundry, readFixture, secretsIn } from "../../support/cleaning.ts";
import { box, codedIn, heicOf, u32 } from "../../support/heic.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const little = (value: number) => u32(value).reverse();

/** What is left, and whether something in it is unknown. */
async function cleaned(file: Uint8Array, type: string) {
  using laundry = new Laundry();
  const after = (await laundry.clean(file, type)) ?? Buffer.from(file);
  // What is clean stays as it is.
  expect(await laundry.clean(after, type)).toBeUndefined();
  return { after, hasUnknown: laundry.hasUnknown };
}

// JPEG

const plain = readFileSync(fixture("plain.jpg"));
const segment = (code: number, body: Buffer) =>
  Buffer.concat([Buffer.from([0xff, code]), u16(body.length + 2), body]);
/** A photo with these segments. */
const photo = (...segments: Buffer[]) =>
  Buffer.concat([plain.subarray(0, 2), ...segments, plain.subarray(2)]);
const secret = "Geheim-7";

test.each([
  ["the colours of a profile", 0xe2, "ICC_PROFILE\0\x01\x01profile"],
  ["how a gain map is used", 0xe2, "urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"],
  ["which colours the inks are", 0xee, "Adobe\0d\0\0\0\0\x02"],
  ["that it is of two views", 0xe3, "_JPSJPS_\0\0"],
])("of a photo there remains %s", async (_, code, body) => {
  const file = photo(segment(code, latin1(body)));
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: false });
});

test.each([
  ["a comment", 0xfe, `made with ${secret}`],
  ["EXIF", 0xe1, `Exif\0\0II*\0\x08\0\0\0\0\0${secret}`],
  ["XMP", 0xe1, `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>${secret}</x:xmpmeta>`],
  ["what goes on in further segments of XMP", 0xe1, `http://ns.adobe.com/xmp/extension/\0${secret}`],
  ["IPTC", 0xed, `Photoshop 3.0\x008BIM\x04\x04\0\0\0\0${secret}`],
  ["a small copy", 0xe0, `JFXX\0\x10${secret}`],
  ["who made it (C2PA)", 0xeb, `JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x18jumdc2pa${secret}`],
  ["what a helmet measured", 0xe6, `GoPro\0${secret}`],
  ["what a program saw", 0xec, `Ducky${secret}`],
])("from a photo there goes %s", async (_, code, body) => {
  expect(await cleaned(photo(segment(code, latin1(body))), "image/jpeg")).toEqual({
    after: plain,
    hasUnknown: false,
  });
});

test.each([
  ["a thermal picture", 0xe1, "FLIR\0\x01\0\0"],
  ["a picture of more brightness", 0xeb, "HDR_RI ver=11"],
  ["what nobody here knows", 0xe4, "whatever"],
])("in a photo there stays %s, and nobody says that all is out", async (_, code, body) => {
  const file = photo(segment(code, latin1(body)), segment(0xfe, latin1(secret)));
  expect(await cleaned(file, "image/jpeg")).toEqual({
    after: photo(segment(code, latin1(body))),
    hasUnknown: true,
  });
});

const xmpName = "http://ns.adobe.com/xap/1.0/\0";
const xmp = (attributes: string, elements = "") =>
  `<?xpacket begin='' id='W5M0'?><x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="${secret}"><rdf:RDF ` +
  `xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><!-- ${secret} --><rdf:Description rdf:about="${secret}" ` +
  `xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" ` +
  `xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" ` +
  `xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" ${attributes}>${elements}</rdf:Description></rdf:RDF></x:xmpmeta>`;

test("what XMP says of a panorama and of further pictures stays, and nothing else of it", async () => {
  const packet = xmp(
    `exif:GPSLatitude="48,51.4N" hdrgm:Version="1.0" GPano:ProjectionType="equirectangular" GPano:PoseHeadingDegrees="120"`,
    `<exif:GPSLongitude>2,17E ${secret}</exif:GPSLongitude><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Seq>` +
      `<rdf:li hdrgm:Version="0">${secret}</rdf:li></rdf:Seq></dc:creator><Container:Directory><rdf:Seq>` +
      `<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Length="77" exif:Make="${secret}"/></rdf:li>` +
      `</rdf:Seq></Container:Directory>`,
  );
  const { after, hasUnknown } = await cleaned(photo(segment(0xe1, latin1(xmpName + packet))), "image/jpeg");
  const text = after.toString("latin1");
  expect([hasUnknown, secretsIn(after)]).toEqual([false, []]);
  for (const gone of [secret, "48,51", "2,17", "120", "exif:", "creator"]) {
    expect({ gone, isThere: text.includes(gone) }).toEqual({ gone, isThere: false });
  }
  for (const kept of [
    'hdrgm:Version="1.0"',
    'GPano:ProjectionType="equirectangular"',
    '<Container:Item Item:Semantic="GainMap" Item:Length="77"',
    "</Container:Directory>",
  ]) {
    expect({ kept, isThere: text.includes(kept) }).toEqual({ kept, isThere: true });
  }
  // Where it was, as long as it was: what stands behind is found.
  expect(after.length).toBe(photo(segment(0xe1, latin1(xmpName + packet))).length);
});

test("pictures that XMP has as text stay with it", async () => {
  const extension = "http://ns.adobe.com/xmp/extension/\0";
  const first = `${extension}GUID<rdf:Description xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Data="iVBOR`;
  const file = photo(segment(0xe1, latin1(first)), segment(0xe1, latin1(`${extension}GUIDw0KGgo="/>`)));
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: true });
});

test.each([
  [
    "as an attribute",
    xmp(`xmlns:GImage="http://ns.google.com/photos/1.0/image/" GImage:Data="iVBORw0KGgo="`),
  ],
  [
    "as an element",
    xmp(`xmlns:D="http://ns.google.com/photos/1.0/depthmap/"`, "<D:Data>iVBORw0KGgo=</D:Data>"),
  ],
])("a picture that XMP has as text %s stays, and nobody says that all is out", async (_, packet) => {
  const { after, hasUnknown } = await cleaned(photo(segment(0xe1, latin1(xmpName + packet))), "image/jpeg");
  expect([hasUnknown, after.includes("iVBORw0KGgo="), after.includes(secret)]).toEqual([true, true, false]);
  const inHeic = await cleaned(about("application/rdf+xml", latin1(packet)), "image/heic");
  expect([inHeic.hasUnknown, inHeic.after.includes("iVBORw0KGgo=")]).toEqual([true, true]);
});

/** A resource of Photoshop, with its name and filled up to an even place. */
const resource = (id: number, name: string, data: Buffer) =>
  Buffer.concat([
    latin1("8BIM"),
    u16(id),
    Buffer.from([name.length]),
    latin1(name.length % 2 === 0 ? `${name}\0` : name),
    u32(data.length),
    data,
    Buffer.alloc(data.length % 2),
  ]);
const photoshop = (...resources: Buffer[]) =>
  segment(0xed, Buffer.concat([latin1("Photoshop 3.0\0"), ...resources]));

test("of what Photoshop keeps in a photo its paths stay, and nothing else", async () => {
  const iptc = resource(0x0404, "", latin1(`${secret}!`));
  const paths = [resource(2000, "Path 1", Buffer.alloc(26, 1)), resource(2997, "odd", Buffer.alloc(521, 2))];
  const clipping = resource(2999, "", latin1("\x06Path 1"));
  const told = photoshop(iptc, paths[0]!, resource(0x03ed, "", latin1(secret)), paths[1]!, clipping, iptc);
  const left = photoshop(...paths, clipping);
  expect(await cleaned(photo(told), "image/jpeg")).toEqual({ after: photo(left), hasUnknown: false });
  // Where nothing may move, there is nothing behind them.
  const { after } = await cleaned(Buffer.concat([plain, photo(told)]), "image/jpeg");
  const behind = left.subarray(4);
  const padded = segment(0xed, Buffer.concat([behind, Buffer.alloc(told.length - left.length)]));
  expect(after.equals(Buffer.concat([plain, photo(padded)]))).toBe(true);
  // A list that is broken off loses what it does not have.
  const broken = photoshop(paths[0]!, paths[1]!.subarray(0, -9));
  expect((await cleaned(photo(broken), "image/jpeg")).after.equals(photo(photoshop(paths[0]!)))).toBe(true);
});

/** What Samsung puts behind a picture. */
function samsung(...blocks: [name: string, data: Buffer][]): Buffer {
  const bodies = blocks.map(([name, data]) =>
    Buffer.concat([Buffer.from([0, 0, 0x30, 0x0a]), little(name.length), latin1(name), data]),
  );
  const total = bodies.reduce((sum, one) => sum + one.length, 0);
  let before = 0;
  const rows = bodies.map((one) => {
    before += one.length;
    return Buffer.concat([
      Buffer.from([0, 0, 0x30, 0x0a]),
      little(total - before + one.length),
      little(one.length),
    ]);
  });
  const directory = Buffer.concat([latin1("SEFH"), little(107), little(rows.length), ...rows]);
  return Buffer.concat([...bodies, directory, little(directory.length), latin1("SEFT")]);
}

test("of what Samsung puts behind a photo the film stays, and the time and the country go", async () => {
  const film = readFixture("film.mp4");
  const told = samsung(
    ["Image_UTC_Data", latin1("1714979289000")],
    ["MCC_Data", latin1("208")],
    ["MotionPhoto_Data", film],
  );
  const { after, hasUnknown } = await cleaned(Buffer.concat([plain, told]), "image/jpeg");
  expect(hasUnknown).toBe(false);
  expect(secretsIn(after)).toEqual([]);
  const expected = Buffer.concat([
    plain,
    samsung(
      ["Image_UTC_Data", Buffer.alloc(13)],
      ["MCC_Data", Buffer.alloc(3)],
      ["MotionPhoto_Data", (await cleaned(film, "video/mp4")).after],
    ),
  ]);
  expect(after.equals(expected)).toBe(true);
});

/** EXIF of a phone: turned to the right, where it was, and a small copy of the picture. */
const exif = Buffer.concat([
  latin1("Exif\0\0"),
  Buffer.from("4d4d002a00000008000101120003000000010006000000000000", "hex"),
  latin1(`GPS 48.8582 ${secret}`),
  plain,
]);
const emptied = Buffer.concat([
  latin1("Exif\0\0"),
  Buffer.from("4d4d002a000000080001011200030000000100060000", "hex"),
]);

/** What is left of a photo in a block of Samsung: as long as it was, turned as it was, and the same pixels. */
async function expectOnlyTurned(block: Buffer, before: Buffer) {
  const told = segment(0xe1, Buffer.concat([emptied, Buffer.alloc(exif.length - emptied.length)]));
  expect(block.equals(Buffer.concat([plain.subarray(0, 2), told, plain.subarray(2)]))).toBe(true);
  const { orientation, exif: left } = await sharp(block).metadata();
  expect([orientation, left!.includes(secret)]).toEqual([6, false]);
  expect((await sharp(block).raw().toBuffer()).equals(await sharp(before).raw().toBuffer())).toBe(true);
}

test("a photo in a block of Samsung keeps its pixels and how it is turned, and nothing that tells", async () => {
  const inner = photo(segment(0xe1, exif));
  const file = Buffer.concat([photo(segment(0xfe, latin1(secret))), samsung(["SingleShot_1", inner])]);
  const { after, hasUnknown } = await cleaned(file, "image/jpeg");
  expect([hasUnknown, after.length, secretsIn(after)]).toEqual([
    false,
    plain.length + samsung(["SingleShot_1", inner]).length,
    [],
  ]);
  expect(after.subarray(0, plain.length).equals(plain)).toBe(true);
  const from = plain.length + 8 + "SingleShot_1".length;
  await expectOnlyTurned(after.subarray(from, from + inner.length), inner);
});

test("so does one in a block of Samsung in a HEIC", async () => {
  const inner = photo(segment(0xe1, exif));
  const photoBytes = (await cleaned(readFixture("photo.heic"), "image/heic")).after;
  const file = Buffer.concat([photoBytes, box("sefd", samsung(["SingleShot_1", inner]))]);
  const { after, hasUnknown } = await cleaned(file, "image/heic");
  expect([hasUnknown, after.length, secretsIn(after)]).toEqual([false, file.length, []]);
  const from = photoBytes.length + 8 + 8 + "SingleShot_1".length;
  await expectOnlyTurned(after.subarray(from, from + inner.length), inner);
});

test("what would make a part of a file shorter is not done to it by halves", () => {
  using source = Source.open(fixture("plain.jpg"));
  const patches = noPatches();
  planPart(source, patches, [2, 20], (_, inner) => {
    inner.list.push({ at: 0, length: 4 });
    inner.needless.push({ at: 4, length: 4 });
  });
  expect(patches).toEqual({ list: [], hasUnknown: true, needless: [] });
});

test("behind a photo there stays a block of Samsung that nobody here knows", async () => {
  const file = Buffer.concat([plain, samsung(["DualShot_Extra", latin1("depth")])]);
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: true });
});

const lyingDirectory = samsung(["MCC_Data", latin1("208")]).fill(0xff, 30, 34);
test.each([
  ["a place", latin1("+48.8582+002.2945/")],
  ["a directory that lies", lyingDirectory.subarray(2)],
  ["a zip archive", latin1("PK\x03\x04 and so on")],
  ["a film that is none", latin1("\0\0\0\x10ftypisom\0\0\0\0what a film").subarray(3)],
  ["a picture that cannot be read", Buffer.from([0xff, 0xd8, 0xff, 0x02, 0, 4])],
])("behind a photo there goes %s", async (_, rest) => {
  expect(await cleaned(Buffer.concat([plain, rest]), "image/jpeg")).toEqual({
    after: plain,
    hasUnknown: false,
  });
  // What is found by its distance from the end keeps it.
  const behind = Buffer.concat([plain, film]);
  const { after, hasUnknown } = await cleaned(Buffer.concat([behind, rest]), "image/jpeg");
  expect([hasUnknown, after.equals(Buffer.concat([behind, Buffer.alloc(rest.length)]))]).toEqual([
    false,
    true,
  ]);
});

test("between the blocks of Samsung there is nothing", async () => {
  const blocks = samsung(["MotionPhoto_Version", latin1("mpv3")]);
  const { after, hasUnknown } = await cleaned(Buffer.concat([plain, latin1(secret), blocks]), "image/jpeg");
  expect(hasUnknown).toBe(false);
  expect(after.equals(Buffer.concat([plain, Buffer.alloc(secret.length), blocks]))).toBe(true);
});

test("a picture that a directory names stays, whatever stands before it", async () => {
  const gap = latin1(secret);
  const name = Buffer.alloc(8 + 2 + 12 + 4 + 32);
  name.write("II*\0\x08\0\0\0\x01\0\x02\xb0\x07\0", "latin1");
  name.writeUInt32LE(32, 14);
  name.writeUInt32LE(26, 18);
  const head = segment(0xe2, Buffer.concat([latin1("MPF\0"), name]));
  // From where the directory begins.
  name.writeUInt32LE(photo(head).length + gap.length - (2 + 4 + 4), 26 + 16 + 8);
  const first = photo(segment(0xe2, Buffer.concat([latin1("MPF\0"), name])));
  const { after, hasUnknown } = await cleaned(Buffer.concat([first, gap, plain, gap]), "image/jpeg");
  expect(hasUnknown).toBe(false);
  const empty = Buffer.alloc(gap.length);
  expect(after.equals(Buffer.concat([first, empty, plain, empty]))).toBe(true);
});

test("what XMP counts among the pictures stays, and nobody says that all is out", async () => {
  const packet = xmp(
    "",
    `<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Length="5" Item:Padding='3'/>` +
      "</rdf:li></rdf:Seq></Container:Directory>",
  );
  const first = (await cleaned(photo(segment(0xe1, latin1(xmpName + packet))), "image/jpeg")).after;
  const file = Buffer.concat([first, latin1("12345678"), latin1(secret)]);
  const { after, hasUnknown } = await cleaned(file, "image/jpeg");
  expect(hasUnknown).toBe(true);
  expect(after.equals(Buffer.concat([first, latin1("12345678"), Buffer.alloc(secret.length)]))).toBe(true);
});

test("a photo without its end, with another one behind it, keeps both", async () => {
  const first = plain.subarray(0, -2);
  const file = Buffer.concat([first, photo(segment(0xfe, latin1(secret)))]);
  const { after, hasUnknown } = await cleaned(file, "image/jpeg");
  expect(hasUnknown).toBe(false);
  expect(after.equals(Buffer.concat([first, photo(segment(0xfe, Buffer.alloc(8)))]))).toBe(true);
});

test("damaged data of a photo stay as they are", async () => {
  const file = Buffer.from(plain);
  file.set([0xff, 0x4d], file.length - 200);
  expect(await cleaned(file, "image/jpeg")).toEqual({ after: file, hasUnknown: false });
});

// PNG, WebP, GIF

const chunk = (type: string, data = "") => {
  const body = latin1(type + data);
  return Buffer.concat([u32(data.length), body, u32(Bun.hash.crc32(body))]);
};
const png = readFileSync(fixture("alpha.png"));
const afterHead = 33;
const withChunk = (...chunks: Buffer[]) =>
  Buffer.concat([png.subarray(0, afterHead), ...chunks, png.subarray(afterHead)]);

test("of a PNG there remain colours, movement, layers and a gain map; texts and who made it go", async () => {
  const shows = ["sRGB", "cICP", "mkBT", "gdAT", "oFFs"].map((type) => chunk(type, "data"));
  const texts = ["tEXt", "zTXt", "iTXt"].map((type) => chunk(type, `Comment\0${secret}`));
  const tells = [...texts, ...["tIME", "caBX"].map((type) => chunk(type, secret))];
  expect(await cleaned(withChunk(...shows, ...tells), "image/png")).toEqual({
    after: withChunk(...shows),
    hasUnknown: false,
  });
  const odd = withChunk(chunk("OdDc", "critical"));
  expect(await cleaned(odd, "image/png")).toEqual({ after: odd, hasUnknown: false });
});

test.each(
  (
    "Title|Author|Description|Copyright|Creation Time|Software|Disclaimer|Warning|Source|Comment|comment|Collection|" +
    "Artist|Make|Model|create-date|Location|GPSLatitude|XML:com.adobe.xmp|Raw profile type exif|date:create|" +
    "exif:GPSInfo|Thumb::URI"
  ).split("|"),
)("from a PNG there goes what it says as %s", async (keyword) => {
  for (const type of ["tEXt", "zTXt", "iTXt"]) {
    const { after, hasUnknown } = await cleaned(withChunk(chunk(type, `${keyword}\0${secret}`)), "image/png");
    expect([hasUnknown, after.equals(png)]).toEqual([false, true]);
  }
});

test.each(["mxfile", "application/vnd.excalidraw+json", "workflow", "Modelling", "a Comment", ""])(
  "in a PNG there stays what a program keeps as '%s', and nobody says that all is out",
  async (keyword) => {
    for (const type of ["tEXt", "zTXt", "iTXt"]) {
      const drawing = withChunk(chunk(type, `${keyword}\0%3Cmxfile%3E`));
      expect(await cleaned(drawing, "image/png")).toEqual({ after: drawing, hasUnknown: true });
    }
  },
);

test("what nobody knows in a PNG, or behind it, stays", async () => {
  for (const file of [withChunk(chunk("teSt", "data")), Buffer.concat([png, latin1("PK and so on")])]) {
    expect(await cleaned(file, "image/png")).toEqual({ after: file, hasUnknown: true });
  }
  // Texts behind the end are texts.
  expect(await cleaned(Buffer.concat([png, chunk("tEXt", `Comment\0${secret}`)]), "image/png")).toEqual({
    after: png,
    hasUnknown: false,
  });
});

test("what nobody knows in a WebP, or behind it, stays", async () => {
  const webp = readFixture("simple.webp");
  const longer = Buffer.concat([webp, latin1("TeSt"), little(4), latin1("data")]);
  longer.writeUInt32LE(longer.length - 8, 4);
  for (const file of [longer, Buffer.concat([webp, latin1("more")])]) {
    expect(await cleaned(file, "image/webp")).toEqual({ after: file, hasUnknown: true });
  }
});

test("a GIF keeps its colours and what nobody knows, also behind its end", async () => {
  const gif = readFileSync(fixture("moving.gif"));
  const application = (name: string) => latin1(`!\xff\x0b${name}\x04data\0`);
  const first = 13 + (3 << ((gif[10]! & 7) + 1));
  const withBlock = (block: Buffer) => Buffer.concat([gif.subarray(0, first), block, gif.subarray(first)]);
  const coloured = withBlock(application("ICCRGBG1012"));
  expect(await cleaned(coloured, "image/gif")).toEqual({ after: coloured, hasUnknown: false });
  expect((await cleaned(withBlock(application("MGKIPTC0000")), "image/gif")).after.equals(gif)).toBe(true);
  for (const file of [withBlock(application("fractint012")), Buffer.concat([gif, latin1("more")])]) {
    expect(await cleaned(file, "image/gif")).toEqual({ after: file, hasUnknown: true });
  }
});

// HEIC

const coded = codedIn(fixture("photo.heic"));
const about = (kind: string, bytes: Buffer) =>
  heicOf({
    tiles: [coded.bytes],
    tile: coded,
    columns: 1,
    width: 320,
    height: 240,
    descriptions: [{ kind, bytes }],
  });

test("what XMP says in a HEIC about using its further pictures stays, and nothing else of it", async () => {
  const apple = `xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" HDRGainMap:HDRGainMapVersion="65536"`;
  const file = about("application/rdf+xml", latin1(xmp(`exif:GPSLatitude="48,51.4N" ${apple}`)));
  const { after, hasUnknown } = await cleaned(file, "image/heic");
  expect(hasUnknown).toBe(false);
  expect(after.length).toBe(file.length);
  expect(after.includes('HDRGainMap:HDRGainMapVersion="65536"')).toBe(true);
  expect([after.includes(secret), after.includes("48,51")]).toEqual([false, false]);
});

test("descriptions of another kind in a HEIC stay, and nobody says that all is out", async () => {
  const file = about("application/json", latin1("{}"));
  expect(await cleaned(file, "image/heic")).toEqual({ after: file, hasUnknown: true });
});

test.each(["jpeg", "rgan", "xyz1"])(
  "an item of type %s stays in a HEIC, and nobody says that all is out",
  async (type) => {
    const file = about("application/json", latin1("{}"));
    const item = file.indexOf("mime\0application/json");
    expect(item).toBeGreaterThan(0);
    file.write(type, item, "latin1");
    expect(await cleaned(file, "image/heic")).toEqual({ after: file, hasUnknown: true });
  },
);

test("properties that nobody knows stay in a HEIC, those that tell go, those of the picture are known", async () => {
  const photoWith = (...properties: Buffer[]) =>
    heicOf({ tiles: [coded.bytes], tile: coded, columns: 1, width: 320, height: 240, properties });
  const shown = photoWith(
    box("irot", Buffer.of(1)),
    box("clli", u32(7)),
    box("pixi", u32(0), Buffer.of(1, 8)),
  );
  expect(await cleaned(shown, "image/heic")).toEqual({ after: shown, hasUnknown: false });
  for (const one of [box("uuid", Buffer.alloc(16, 7), latin1("data")), box("xyz1", latin1("data"))]) {
    const file = photoWith(one);
    expect(await cleaned(file, "image/heic")).toEqual({ after: file, hasUnknown: true });
  }
  const told = await cleaned(photoWith(box("udes", u32(0), latin1(secret))), "image/heic");
  expect([told.hasUnknown, told.after.includes(secret)]).toEqual([false, false]);
});

// Films

const film = await cleaned(readFixture("film.mp4"), "video/mp4").then((one) => one.after);

test("boxes that nobody knows stay in a film, those that tell of it are emptied", async () => {
  const id = (hex: string) => Buffer.from(hex, "hex");
  const unknown = [box("newb", latin1("data")), box("uuid", Buffer.alloc(16, 7), latin1("data"))];
  for (const one of unknown) {
    const file = Buffer.concat([film, one]);
    expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
  }
  const around = Buffer.concat([film, box("uuid", id("ffcc8263f8554a938814587a02521fdd"), latin1("<rdf/>"))]);
  expect(await cleaned(around, "video/mp4")).toEqual({ after: around, hasUnknown: false });
  const xmpBox = box("uuid", id("be7acfcb97a942e89c71999491e3afac"), latin1(secret));
  for (const one of [xmpBox, box("gps ", latin1(secret)), box("udta", box("GPMF", latin1(secret)))]) {
    const { after, hasUnknown } = await cleaned(Buffer.concat([film, one]), "video/mp4");
    expect([after.includes(secret), hasUnknown]).toEqual([false, false]);
    expect(after.subarray(0, film.length).equals(film)).toBe(true);
  }
});

test("data that nothing in a film plays are emptied, wherever they stand", async () => {
  const hidden = latin1(secret);
  const data = film.indexOf("mdat") - 4;
  const end = data + film.readUInt32BE(data);
  // Behind the samples in their own box, whose place at the end of the file lets it grow.
  const isLast = end === film.length;
  const grown = isLast ? Buffer.concat([film, hidden]) : Buffer.from(film);
  if (isLast) grown.writeUInt32BE(end - data + hidden.length, data);
  for (const one of [Buffer.concat([film, box("mdat", hidden)]), grown]) {
    const { after, hasUnknown } = await cleaned(one, "video/mp4");
    expect([after.includes(secret), hasUnknown, after.length]).toEqual([false, false, one.length]);
    expect(after.subarray(0, data).equals(one.subarray(0, data))).toBe(true);
    expect(after.subarray(data + 4, end).equals(film.subarray(data + 4, end))).toBe(true);
  }
  const heic = readFixture("photo.heic");
  const still = (await cleaned(heic, "image/heic")).after;
  const { after, hasUnknown } = await cleaned(Buffer.concat([still, box("mdat", hidden)]), "image/heic");
  expect(hasUnknown).toBe(false);
  expect(after.equals(Buffer.concat([still, box("mdat", Buffer.alloc(hidden.length))]))).toBe(true);
});

/** A film of one track of sound with two chunks, each of one sample as its tables say. */
function soundFilm(sizes: Buffer, ...data: Buffer[]): Buffer {
  const full = u32(0);
  const moovAt = (first: number) => {
    const tables = [
      box("stsz", full, sizes),
      box("stsc", full, u32(1), u32(1), u32(1), u32(1)),
      box("stco", full, u32(2), u32(first), u32(first + 6)),
    ];
    const handler = box("hdlr", full, full, latin1("soun"), Buffer.alloc(13));
    return box("moov", box("trak", box("mdia", handler, box("minf", box("stbl", ...tables)))));
  };
  const first = moovAt(0).length + 8;
  return Buffer.concat([moovAt(first), ...data.map((one) => box("mdat", one))]);
}

test("sound of which QuickTime does not say how long its samples are stays up to the next, and nothing behind its data", async () => {
  const alike = Buffer.concat([u32(1), u32(2)]);
  const file = soundFilm(alike, latin1("onetwothreefour"), latin1(secret));
  const { after, hasUnknown } = await cleaned(file, "video/quicktime");
  expect(hasUnknown).toBe(false);
  expect(after.equals(soundFilm(alike, latin1("onetwothreefour"), Buffer.alloc(secret.length)))).toBe(true);
  // Of others it is known.
  const known = Buffer.concat([u32(0), u32(2), u32(3), u32(4)]);
  expect(
    (await cleaned(soundFilm(known, latin1("onetwothreefour")), "video/mp4")).after.equals(
      soundFilm(known, latin1("one\0\0\0thre\0\0\0\0\0")),
    ),
  ).toBe(true);
});

test("where tables of a film cannot be read its data stay, and nobody says that all is out", async () => {
  const file = soundFilm(Buffer.concat([u32(0), u32(0xffff)]), latin1("onetwothreefour"), latin1(secret));
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: true });
});

test("data of fragments stay", async () => {
  const file = (await cleaned(readFixture("fragments.mp4"), "video/mp4")).after;
  expect(await cleaned(file, "video/mp4")).toEqual({ after: file, hasUnknown: false });
});

test("a track of a kind that nobody knows stays, with what it has", async () => {
  const file = Buffer.from(film);
  file.write("hapt", film.indexOf("soun"), "latin1");
  const { after, hasUnknown } = await cleaned(file, "video/mp4");
  expect(hasUnknown).toBe(true);
  expect(after.subarray(after.indexOf("mdat")).equals(file.subarray(file.indexOf("mdat")))).toBe(true);
  expect(after.toString("latin1").split("trak").length).toBe(3);
});

test.each(["sbtl", "subt", "text", "clcp"])(
  "a track of %s stays, and nobody says that all is out",
  async (handler) => {
    // Where a camera measured stands what a drone writes as subtitles.
    const file = readFixture("measured.mov");
    for (let at = file.indexOf("mhlrmeta"); at >= 0; at = file.indexOf("mhlrmeta"))
      file.write(`mhlr${handler}`, at, "latin1");
    const { after, hasUnknown } = await cleaned(file, "video/quicktime");
    expect([hasUnknown, after.includes("48.8582")]).toEqual([true, true]);
  },
);

test.each([
  ["pictures", 1, false],
  ["sound", 2, false],
  ["subtitles", 0x11, true],
  ["measurements", 0x21, true],
])("a track of %s stays in a Matroska", async (_, kind, hasUnknown) => {
  const webm = (await cleaned(readFixture("live.webm"), "video/webm")).after;
  const file = Buffer.from(webm);
  // TrackType of the first TrackEntry (RFC 9559, 5.1.4.1.3).
  file[file.indexOf(Buffer.from("8381", "hex"), file.indexOf(Buffer.from("1654ae6b", "hex"))) + 2] = kind;
  expect(await cleaned(file, "video/webm")).toEqual({ after: file, hasUnknown });
});

test("tracks of a Matroska that cannot be read stay, and nobody says that all is out", async () => {
  const file = Buffer.from((await cleaned(readFixture("live.webm"), "video/webm")).after);
  // Of a size that is larger than what it is in.
  file[file.indexOf(Buffer.from("8381", "hex"), file.indexOf(Buffer.from("1654ae6b", "hex"))) + 1] = 0x10;
  expect(await cleaned(file, "video/webm")).toEqual({ after: file, hasUnknown: true });
});

test("of what Insta360 puts behind a film the places go, lenses and movements stay", async () => {
  const record = (kind: number, data: string) =>
    Buffer.concat([latin1(data), Buffer.from([kind & 255, kind >> 8]), little(data.length)]);
  const tail = (gps: string) => {
    const records = [record(0x101, "lenses"), record(0x700, gps), record(0x300, "moves")];
    return Buffer.concat([...records, Buffer.alloc(40), latin1("8db42d694ccc418790edff439fe026bf")]);
  };
  const { after, hasUnknown } = await cleaned(Buffer.concat([film, tail("48.8582")]), "video/mp4");
  expect(hasUnknown).toBe(true);
  expect(after.equals(Buffer.concat([film, tail("\0".repeat(7))]))).toBe(true);
});

// WAV

const riff = (type: string, body: Buffer) =>
  Buffer.concat([latin1(type), little(body.length), body, Buffer.alloc(body.length % 2)]);
const format = riff("fmt ", Buffer.from("01000100401f0000401f000001000800", "hex"));
const wav = (...chunks: Buffer[]) => {
  const body = Buffer.concat([latin1("WAVE"), ...chunks]);
  return Buffer.concat([latin1("RIFF"), little(body.length), body]);
};
const sound = riff("data", latin1("sound"));

test.each(["iXML", "bext", "axml", "_PMX", "id3 ", "cart", "JUNK", "PAD "])(
  "of a recording there goes what stands in %s",
  async (type) => {
    for (const around of [
      (one: Buffer) => wav(one, format, sound),
      (one: Buffer) => wav(format, sound, one),
    ]) {
      const empty = riff(type.startsWith("PAD") ? type : "JUNK", Buffer.alloc(secret.length));
      expect(await cleaned(around(riff(type, latin1(secret))), "audio/wav")).toEqual({
        after: around(empty),
        hasUnknown: false,
      });
    }
  },
);

test("of what a recording says there stay title and artist, labels, and where to cut and loop it", async () => {
  const kept = [riff("cue ", u32(0)), riff("smpl", u32(0)), riff("LIST", latin1("adtlnote"))];
  const list = (...entries: Buffer[]) => riff("LIST", Buffer.concat([latin1("INFO"), ...entries]));
  const song = [riff("INAM", latin1("Song")), riff("IART", latin1("Singer"))];
  const told = list(song[0]!, riff("ICMT", latin1(secret)), song[1]!, riff("ICRD", latin1("2024-05-06")));
  const left = list(
    song[0]!,
    riff("JUNK", Buffer.alloc(secret.length)),
    song[1]!,
    riff("JUNK", Buffer.alloc(10)),
  );
  expect(await cleaned(wav(format, ...kept, sound, told), "audio/wav")).toEqual({
    after: wav(format, ...kept, sound, left),
    hasUnknown: false,
  });
});

test("what nobody knows in a recording, or behind it, stays", async () => {
  for (const file of [
    wav(format, riff("TeSt", latin1("data")), sound),
    wav(format, sound, riff("LIST", latin1("wxyzdata"))),
    Buffer.concat([wav(format, sound), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])]),
  ])
    expect(await cleaned(file, "audio/wav")).toEqual({ after: file, hasUnknown: true });
});

test("a recording without an end, or with an open length, is sound up to its end", async () => {
  for (const length of [0, 0xffffffff, 1000]) {
    const file = wav(format, latin1("data"), little(length), latin1("sound and more"));
    expect(await cleaned(file, "audio/wav")).toEqual({ after: file, hasUnknown: false });
  }
  const silent = (about: Buffer) => wav(format, riff("data", Buffer.of()), about);
  const told = await cleaned(silent(riff("iXML", latin1(secret))), "audio/wav");
  expect(told.after.equals(silent(riff("JUNK", Buffer.alloc(secret.length))))).toBe(true);
  const cut = wav(format, sound, riff("iXML", latin1(secret.repeat(9)))).subarray(0, -5);
  const { after, hasUnknown } = await cleaned(cut, "audio/wav");
  expect([after.length, after.includes(secret), hasUnknown]).toEqual([cut.length, false, false]);
});

test("files that are attached to a Matroska stay, and nobody says that all is out", async () => {
  const webm = await cleaned(readFixture("live.webm"), "video/webm").then((one) => one.after);
  for (const id of ["1941a469", "1a2b3c4d"]) {
    const file = Buffer.concat([webm, Buffer.from(id, "hex"), latin1("\x88Geheim-7")]);
    expect(await cleaned(file, "video/webm")).toEqual({ after: file, hasUnknown: true });
  }
});
