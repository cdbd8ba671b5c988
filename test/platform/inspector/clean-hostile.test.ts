import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { Chance } from "../../support/random.ts";
import { Laundry, readFixture, secretsIn, typeOf } from "../../support/cleaning.ts";

const folder = join(import.meta.dir, "../../fixtures/clean");
const names = readdirSync(folder).filter((one) => !one.endsWith(".ts"));
/** Where a loop without bounds would take minutes. */
const long = 2000;

/** The reason it was refused with, or nothing. */
async function reason(laundry: Laundry, file: Uint8Array, type: string): Promise<string | undefined> {
  const began = performance.now();
  const error: unknown = await laundry.clean(file, type).then(
    () => undefined,
    (one: unknown) => one,
  );
  expect(performance.now() - began).toBeLessThan(long);
  if (error === undefined) return undefined;
  // A RangeError or TypeError would be a read that nobody thought of.
  expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  expect(error).not.toHaveProperty("code");
  return (error as Error).message;
}

test.each(names)("%s, cut off or with wrong bytes, is cleaned or refused, at once", async (name) => {
  using laundry = new Laundry();
  const file = readFixture(name);
  const type = typeOf(name);
  for (let length = 0; length < file.length; length += 37)
    await reason(laundry, file.subarray(0, length), type);
  const chance = new Chance(1);
  for (let i = 0; i < 200; i++) {
    const wrong = Buffer.from(file);
    wrong[chance.below(file.length)]! ^= 1 + chance.below(255);
    await reason(laundry, wrong, type);
  }
});

test("what it does not know stays as it is", async () => {
  using laundry = new Laundry();
  for (const type of ["audio/mpeg", "audio/flac", "text/plain", "constructor", ""]) {
    expect(await laundry.clean(readFixture("photo.jpg"), type)).toBeUndefined();
  }
});

test.each(names)("%s is refused when it is called something else", async (name) => {
  using laundry = new Laundry();
  const families = [/jpeg/, /png/, /webp/, /gif/, /avif|heic/, /mp4|quicktime|3gpp/, /webm|matroska/];
  const others = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/avif",
    "video/mp4",
    "video/webm",
  ];
  for (const [i, other] of others.entries()) {
    // A film without a picture of its own is allowed as a moving AVIF.
    if (families[i]!.test(typeOf(name)) || (other === "image/avif" && families[5]!.test(typeOf(name))))
      continue;
    expect(await reason(laundry, readFixture(name), other)).toBeString();
  }
});

// Files made to hurt

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number) =>
  Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const full = u32(0);

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, "latin1"), body]);
}

/** A film with one track of measurements. */
function measured(stsz: Buffer, stsc: Buffer, stco: Buffer): Buffer {
  const tables = box("stbl", box("stsz", full, stsz), box("stsc", full, stsc), box("stco", full, stco));
  const handler = box("hdlr", full, full, Buffer.from("meta"));
  const moov = box("moov", box("trak", box("mdia", handler, box("minf", tables))));
  return Buffer.concat([moov, box("mdat", Buffer.from("0123456789"))]);
}

const one = u32(1);
const most = u32(0xffffffff);
const run = (samples: Buffer) => Buffer.concat([one, one, samples, one]);

test("measurements that lie elsewhere, or overlap without end, are refused", async () => {
  using laundry = new Laundry();
  const mdat =
    measured(Buffer.concat([one, one]), run(one), Buffer.concat([one, u32(0)])).indexOf("mdat") + 4;
  const fixed = (size: number, count: Buffer) => Buffer.concat([u32(size), count]);
  const at = (offset: number) => Buffer.concat([one, u32(offset)]);
  const cases: [Buffer, string | undefined][] = [
    [measured(fixed(4, one), run(one), at(mdat)), undefined],
    [measured(fixed(4, one), run(one), at(0xfffffff0)), "past the end"],
    [measured(fixed(0xffffffff, most), run(most), at(mdat)), "past the end"],
    [measured(fixed(0, most), run(one), at(mdat)), "larger than its box"],
    [measured(fixed(4, one), run(one), Buffer.concat([most, u32(mdat)])), "larger than its box"],
    [measured(fixed(4, one), Buffer.concat([most, one]), at(mdat)), "larger than its box"],
  ];
  for (const [film, said] of cases) {
    const found = await reason(laundry, film, "video/mp4");
    if (said === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(said);
  }
  const count = 5000;
  const same = Buffer.concat([u32(count), ...Array.from({ length: count }, () => u32(8))]);
  expect(await reason(laundry, measured(fixed(20_000, most), run(one), same), "video/mp4")).toContain(
    "overlap",
  );
});

/** A picture with one EXIF item, and this list of places. */
function picture(...places: Buffer[]): Buffer {
  const info = box("infe", Buffer.from([2, 0, 0, 0]), u16(1), u16(0), Buffer.from("Exif\0"));
  const meta = box("meta", full, box("iinf", full, u16(1), info), box("iloc", full, ...places));
  return Buffer.concat([meta, box("mdat", Buffer.from("0123456789"))]);
}

test("items of a picture that lie elsewhere, or are billions in a few bytes, are refused", async () => {
  using laundry = new Laundry();
  const item = (offset: number, length: number) => [
    u16(0x4400),
    u16(1),
    u16(1),
    u16(0),
    u16(1),
    u32(offset),
    u32(length),
  ];
  expect(await reason(laundry, picture(...item(20, 5)), "image/avif")).toBeUndefined();
  expect(await reason(laundry, picture(...item(20, 5000)), "image/avif")).toContain("outside the file");
  expect(await reason(laundry, picture(...item(20, 0)), "image/avif")).toContain("outside the file");
  const rows = Array.from({ length: 60_000 }, () => [u16(1), u16(0), u16(0xffff)]).flat();
  expect(await reason(laundry, picture(u16(0), u16(60_000), ...rows), "image/avif")).toContain(
    "extents without bytes",
  );
});

test("boxes that are too small, too large or not ended are refused", async () => {
  using laundry = new Laundry();
  const film = readFixture("film.mp4");
  for (const size of [2, 7, film.length + 1, 0x7fffffff]) {
    const wrong = Buffer.from(film);
    u32(size).copy(wrong);
    expect(await reason(laundry, wrong, "video/mp4")).toContain("impossible size");
  }
  // Within the file, but beyond its parent.
  const wrong = Buffer.from(film);
  for (const size of [0, 7, 4000]) {
    u32(size).copy(wrong, film.indexOf("mvhd") - 4);
    expect(await reason(laundry, wrong, "video/mp4")).toContain("impossible size");
  }
  expect(await reason(laundry, Buffer.concat([box("ftyp", full), box("mdat", full)]), "video/mp4")).toContain(
    "moov",
  );
  expect(await reason(laundry, box("moov", box("cmov", full)), "video/mp4")).toContain("compressed");
});

test("what a camera appends to a film, which is no box, stays, and nobody knows what it says", async () => {
  using laundry = new Laundry();
  const film = readFixture("film.mp4");
  for (const trailer of ["xyz", `${"\0".repeat(5)}where`, "8db42d694ccc418790edff439fe026bf"]) {
    const cleaned = (await laundry.clean(Buffer.concat([film, Buffer.from(trailer)]), "video/mp4"))!;
    expect(cleaned.toString("latin1", film.length)).toBe(trailer);
    expect(laundry.hasUnknown).toBe(true);
    expect(secretsIn(cleaned)).toEqual([]);
  }
});

test("a film that is cut off behind its index is cleaned as far as it goes", async () => {
  using laundry = new Laundry();
  const file = readFixture("film.mp4");
  const film = Buffer.concat([boxOf(file, "ftyp"), boxOf(file, "moov"), boxOf(file, "mdat")]);
  const cut = film.subarray(0, film.length - 1000);
  const cleaned = (await laundry.clean(cut, "video/mp4"))!;
  expect(secretsIn(cut)).not.toEqual([]);
  expect(secretsIn(cleaned)).toEqual([]);
  const pictures = boxOf(file, "mdat").length - 1000;
  expect(cleaned.subarray(-pictures)).toEqual(cut.subarray(-pictures));
});

/** One of the boxes of a file itself. */
function boxOf(file: Buffer, type: string): Buffer {
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) {
    if (file.toString("latin1", at + 4, at + 8) === type)
      return file.subarray(at, at + file.readUInt32BE(at));
  }
  throw new Error(`there is no ${type}`);
}

test("a film whose measurements go on in fragments is refused", async () => {
  using laundry = new Laundry();
  const handler = box("hdlr", full, full, Buffer.from("meta"));
  const moov = box("moov", box("trak", box("mdia", handler)), box("mvex"));
  expect(await reason(laundry, moov, "video/mp4")).toContain("fragments");
});

test.each(names.filter((name) => /\.(jpg|png|webp|gif)$/.test(name)))(
  "%s, cut off anywhere, is cleaned as far as it goes",
  async (name) => {
    using laundry = new Laundry();
    const file = readFixture(name);
    const whole = (await laundry.clean(file, typeOf(name))) ?? file;
    // Behind the head of each there is enough to tell what it is.
    for (let length = Math.ceil(file.length / 3); length < file.length; length += 101) {
      const cut = file.subarray(0, length);
      const cleaned = (await laundry.clean(cut, typeOf(name)).catch(() => undefined)) ?? Buffer.alloc(0);
      // A film behind a photo that is cut off itself is unknown; its beginning is where that is.
      const own = laundry.hasUnknown ? cleaned.subarray(0, file.indexOf("ftyp")) : cleaned;
      expect(secretsIn(own)).toEqual([]);
      expect(cleaned.length).toBeLessThanOrEqual(whole.length);
    }
  },
);

test("an element with more in it than there is, is refused", async () => {
  using laundry = new Laundry();
  const webm = Buffer.from(readFixture("film.webm"));
  webm[webm.indexOf(Buffer.from("446188", "hex")) + 2] = 0xfe;
  expect(await reason(laundry, webm, "video/webm")).toContain("impossible size");
});
