import { expect, test } from "bun:test";

import { Laundry, readFixture, secretsIn, typeOf } from "../../support/cleaning.ts";

async function cleaned(name: string): Promise<{ before: Buffer; after: Buffer }> {
  using laundry = new Laundry();
  const before = readFixture(name);
  const after = await laundry.clean(before, typeOf(name));
  return { before, after: after! };
}

const pictures =
  "photo.jpg upright.jpg cmyk.jpg still.png moving.png still.webp alpha.webp moving.webp moving.gif";

test.each([...pictures.split(" "), "photo.avif", "photo.heic"])(
  "%s no longer says where, with what and by whom it was taken",
  async (name) => {
    using laundry = new Laundry();
    const before = readFixture(name);
    expect(secretsIn(before)).not.toEqual([]);
    const after = (await laundry.clean(before, typeOf(name)))!;
    expect(secretsIn(after)).toEqual([]);
    // What is clean stays as it is.
    expect(await laundry.clean(after, typeOf(name))).toBeUndefined();
  },
);

// JPEG

const scanStart = Buffer.from([0xff, 0xda]);
const endOfImage = Buffer.from([0xff, 0xd9]);

/** The marker segments before the first scan that hold something, by code and the beginning of it. */
function segments(jpeg: Buffer): string[] {
  const found: string[] = [];
  for (let at = 2; at < jpeg.length && jpeg[at + 1] !== 0xda; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const code = jpeg[at + 1]!;
    const body = jpeg.subarray(at + 4, at + 2 + jpeg.readUInt16BE(at + 2));
    const name = code >= 0xe0 ? body.toString("latin1", 0, 4) : "";
    if (body.some((byte) => byte !== 0)) found.push(`${code.toString(16)} ${name}`.trim());
  }
  return found;
}

/** From the first scan to the end of the first picture. */
function scans(jpeg: Buffer): Buffer {
  const from = jpeg.indexOf(scanStart, jpeg.indexOf(Buffer.from([0xff, 0xc4])));
  return jpeg.subarray(from, jpeg.indexOf(endOfImage, from) + 2);
}

test("of a turned photo there remain its data, its colours and how it is turned", async () => {
  const { before, after } = await cleaned("photo.jpg");
  expect(segments(before)).toContain("e2 MPF\0");
  expect(segments(after)).toEqual([
    "e0 JFIF",
    "e1 Exif",
    "e2 ICC_",
    "e2 MPF\0",
    "db",
    "db",
    "c0",
    "c4",
    "c4",
    "c4",
    "c4",
    "dd",
  ]);
  expect(scans(after).equals(scans(before))).toBe(true);
  expect(scans(after).includes(Buffer.from([0xff, 0xd0]))).toBe(true);
  // Orientation, SHORT, 1 value: 6.
  expect(after.includes(Buffer.from("00010112000300000001000600000000", "hex"))).toBe(true);
});

test("a photo that stands upright keeps no EXIF, and all its scans", async () => {
  const { before, after } = await cleaned("upright.jpg");
  expect(segments(after).filter((one) => one.startsWith("e"))).toEqual(["e0 JFIF"]);
  expect(scans(after).equals(scans(before))).toBe(true);
  expect(after.toString("latin1").split("\xff\xda").length).toBeGreaterThan(5);
});

test("a photo in printing colours keeps what tells them apart", async () => {
  const { before, after } = await cleaned("cmyk.jpg");
  expect(segments(after)).toContain("ee Adob");
  expect(scans(after).equals(scans(before))).toBe(true);
});

test("a photo that is cut off says nothing more either, and keeps its damaged end", async () => {
  using laundry = new Laundry();
  const before = readFixture("upright.jpg");
  const cut = before.subarray(0, before.lastIndexOf(scanStart) + 30);
  const after = (await laundry.clean(cut, "image/jpeg"))!;
  expect(secretsIn(after)).toEqual([]);
  expect(after.subarray(-30).equals(cut.subarray(-30))).toBe(true);
  const within = before.subarray(0, before.indexOf("Kamerawerk") + 5);
  const rest = (await laundry.clean(within, "image/jpeg"))!;
  expect(segments(Buffer.concat([rest, scanStart]))).toEqual(["e0 JFIF"]);
});

test("what phones put behind a photo stays in its place, and says nothing more either", async () => {
  using laundry = new Laundry();
  const before = readFixture("photo.jpg");
  const after = (await laundry.clean(before, "image/jpeg"))!;
  expect(after.length).toBe(before.length);
  expect(laundry.hasUnknown).toBe(false);
  const [second, film] = [before.indexOf("\xff\xd8\xff", 100, "latin1"), before.indexOf("ftyp") - 4];
  expect([second, film].map((at) => at > 4000)).toEqual([true, true]);
  const part = async (from: number, to: number | undefined, type: string) =>
    (await laundry.clean(before.subarray(from, to), type))!;
  const [was, is] = [before.subarray(second, film), after.subarray(second, film)];
  expect(segments(was)).toContain("e1 Exif");
  expect(segments(is)).toEqual(segments(await part(second, film, "image/jpeg")));
  expect(scans(is).equals(scans(was))).toBe(true);
  expect(after.subarray(film).equals(await part(film, undefined, "video/mp4"))).toBe(true);
});

// PNG and WebP

/** Chunks as type and bytes, behind a head; WebP has them little-endian and filled up to even. */
function chunks(file: Buffer): [type: string, bytes: string][] {
  const found: [string, string][] = [];
  const isPng = file[0] === 0x89;
  const end = isPng ? file.indexOf("IEND") + 8 : 8 + file.readUInt32LE(4);
  for (let at = isPng ? 8 : 12; at < end;) {
    const size = isPng ? 12 + file.readUInt32BE(at) : 8 + file.readUInt32LE(at + 4);
    const next = at + size + (isPng ? 0 : size % 2);
    const type = file.toString("latin1", at + (isPng ? 4 : 0), at + (isPng ? 8 : 4));
    found.push([type, file.toString("hex", at, next)]);
    at = next;
  }
  return found;
}

const typesIn = (file: Buffer) => chunks(file).map(([type]) => type);
const only = (file: Buffer, types: RegExp) => chunks(file).filter(([type]) => types.test(type));

test("of a PNG the picture remains, and how it is turned", async () => {
  const { before, after } = await cleaned("still.png");
  expect(typesIn(before)).toEqual(expect.arrayContaining(["tEXt", "iTXt", "tIME", "eXIf"]));
  expect(typesIn(after).filter((one) => /[a-z]/.test(one) && one !== "eXIf")).toEqual(
    typesIn(before).filter((one) => /^(gAMA|cHRM|bKGD|pHYs)$/.test(one)),
  );
  expect(typesIn(after).slice(0, 2)).toEqual(["IHDR", "eXIf"]);
  expect(only(after, /^[A-Z]+$/)).toEqual(only(before, /^[A-Z]+$/));
  expect(after.subarray(-8, -4).toString()).toBe("IEND");
  // Whole, with its checksum, for 6.
  expect(only(after, /eXIf/)[0]![1]).toBe(
    "0000001a655849664d4d002a00000008000101120003000000010006000000000000d6674b69",
  );
});

test("a moving PNG moves on", async () => {
  const { before, after } = await cleaned("moving.png");
  const moving = /^(IHDR|acTL|fcTL|IDAT|fdAT|IEND)$/;
  expect(only(after, moving)).toEqual(only(before, moving));
  expect(only(after, /fdAT/).length).toBeGreaterThan(1);
  expect(typesIn(after).filter((one) => !moving.test(one) && one !== "pHYs")).toEqual([]);
});

test("a WebP keeps its picture, its flags are true, and it stays turned", async () => {
  const { before, after } = await cleaned("still.webp");
  expect(typesIn(before)).toEqual(["VP8X", "VP8 ", "EXIF", "XMP "]);
  expect(typesIn(after)).toEqual(["VP8X", "VP8 ", "EXIF"]);
  expect(only(after, /VP8 /)).toEqual(only(before, /VP8 /));
  expect(after[20]).toBe(0x08);
  expect(after.length).toBe(8 + after.readUInt32LE(4));
});

test("a WebP that stands upright keeps no EXIF, and its transparency", async () => {
  const { before, after } = await cleaned("alpha.webp");
  expect(typesIn(after)).toEqual(["VP8X", "ALPH", "VP8 "]);
  expect(only(after, /ALPH|VP8 /)).toEqual(only(before, /ALPH|VP8 /));
  expect(after[20]).toBe(0x10);
});

test("a moving WebP moves on", async () => {
  const { before, after } = await cleaned("moving.webp");
  expect(typesIn(after)).toEqual(["VP8X", "ANIM", "ANMF", "ANMF"]);
  expect(only(after, /AN/)).toEqual(only(before, /AN/));
});

test("a simple WebP stays as it is", async () => {
  using laundry = new Laundry();
  expect(await laundry.clean(readFixture("simple.webp"), "image/webp")).toBeUndefined();
  expect(laundry.hasUnknown).toBe(false);
});

// GIF

/** What stands between these, taken out everywhere. */
function without(file: Buffer, from: string, to: string): Buffer {
  const text = file.toString("latin1").split(from);
  const rest = text.slice(1).map((one) => one.slice(one.indexOf(to) + to.length));
  return Buffer.from([text[0]!, ...rest].join(""), "latin1");
}

test("a moving GIF moves on, how often it did, and runs no script", async () => {
  const { before, after } = await cleaned("moving.gif");
  expect(before.includes("XMP DataXMP")).toBe(true);
  const silent = without(before, "!\xfe", "\0");
  expect(after.equals(without(silent, "!\xff\x0bXMP DataXMP", "\x02\x01\0\0"))).toBe(true);
  expect(after.includes("NETSCAPE2.0")).toBe(true);
  expect(after.at(-1)).toBe(0x3b);
});

test("a text that is part of a GIF stays, with what is said about its display", async () => {
  using laundry = new Laundry();
  const gif = await cleaned("moving.gif").then((one) => one.after);
  const text = Buffer.from(
    "!\xf9\x04\x09\x63\0\0\0!\x01\x0c\0\0\0\0\x08\0\x08\0\x08\x08\x01\0\x05words\0",
    "latin1",
  );
  const at = gif.lastIndexOf(Buffer.from("!\xf9", "latin1"));
  const spoken = Buffer.concat([gif.subarray(0, at), text, gif.subarray(at)]);
  expect(await laundry.clean(spoken, "image/gif")).toBeUndefined();
  expect(laundry.hasUnknown).toBe(false);
});

// AVIF and HEIC

test.each(["photo.avif", "photo.heic"])("in %s nothing moves, and the picture is the same", async (name) => {
  const { before, after } = await cleaned(name);
  expect(after.length).toBe(before.length);
  const emptied = Buffer.from(before);
  // Four bytes say where in an EXIF item the TIFF begins; XMP stands behind it.
  const exif = before.indexOf("MM\0*") - 4;
  const end = "<?xpacket end='w'?>";
  emptied.fill(0, exif, before.indexOf(end) + end.length);
  const media = before.indexOf("mdat");
  const film = before.indexOf("mpvd");
  const last = film < 0 ? before.length : film - 4;
  expect(exif).toBeGreaterThan(media);
  expect(after.subarray(media, last).equals(emptied.subarray(media, last))).toBe(true);
  expect(after.includes("Exif")).toBe(false);
  expect(after.includes("application/rdf+xml")).toBe(false);
});
