import { expect, test } from "bun:test";

import { Laundry, readFixture, secretsIn, typeOf } from "../../support/cleaning.ts";

const films = "film.mp4 film.mov film.3gp fragments.mp4 measured.mov song.m4a film.webm film.mkv live.webm";

async function cleaned(name: string): Promise<{ before: Buffer; after: Buffer }> {
  using laundry = new Laundry();
  const before = readFixture(name);
  const after = await laundry.clean(before, typeOf(name));
  return { before, after: after! };
}

test.each(films.split(" "))("%s no longer says where and with what it was filmed", async (name) => {
  using laundry = new Laundry();
  const before = readFixture(name);
  expect(secretsIn(before)).not.toEqual([]);
  const after = (await laundry.clean(before, typeOf(name)))!;
  expect(secretsIn(after)).toEqual([]);
  // Nothing has moved, and what is clean stays as it is.
  expect(after.length).toBe(before.length);
  expect(await laundry.clean(after, typeOf(name))).toBeUndefined();
});

// MP4 and QuickTime

interface Box {
  type: string;
  body: number;
  end: number;
}

function boxes(file: Buffer, from = 0, to = file.length): Box[] {
  const found: Box[] = [];
  for (let at = from; at < to; at = found.at(-1)!.end) {
    found.push({
      type: file.toString("latin1", at + 4, at + 8),
      body: at + 8,
      end: at + file.readUInt32BE(at),
    });
  }
  return found;
}

function box(file: Buffer, ...path: string[]): Box {
  let found: Box = { type: "", body: 0, end: file.length };
  for (const type of path) found = boxes(file, found.body, found.end).find((one) => one.type === type)!;
  return found;
}

const bytes = (file: Buffer, { body, end }: Box) => file.subarray(body, end);

test.each(["film.mp4", "film.mov", "film.3gp", "fragments.mp4", "song.m4a"])(
  "the pictures and sounds of %s are the same",
  async (name) => {
    const { before, after } = await cleaned(name);
    const media = box(before, "mdat");
    expect(media.end - media.body).toBeGreaterThan(1000);
    expect(bytes(after, media).equals(bytes(before, media))).toBe(true);
  },
);

test("of a film there remain its tracks, and no time of day", async () => {
  const { before, after } = await cleaned("film.mp4");
  const moov = box(after, "moov");
  expect(boxes(after, moov.body, moov.end).map((one) => one.type)).toEqual(["mvhd", "trak", "trak", "udta"]);
  const kept = ["stsd", "stts", "stsc", "stsz", "stco"];
  for (const one of kept) {
    const table = box(before, "moov", "trak", "mdia", "minf", "stbl", one);
    expect(bytes(after, table).equals(bytes(before, table))).toBe(true);
  }
  for (const path of [["mvhd"], ["trak", "tkhd"], ["trak", "mdia", "mdhd"]]) {
    const header = box(after, "moov", ...path);
    expect(before.readBigUInt64BE(header.body + 4)).toBeGreaterThan(0n);
    expect(after.readBigUInt64BE(header.body + 4)).toBe(0n);
    expect(
      after.subarray(header.body + 12, header.end).equals(before.subarray(header.body + 12, header.end)),
    ).toBe(true);
  }
});

test("a film with 64-bit times loses them too", async () => {
  using laundry = new Laundry();
  const { after } = await cleaned("film.mp4");
  const header = box(after, "moov", "mvhd");
  const film = Buffer.from(after);
  film[header.body] = 1;
  film.fill(7, header.body + 4, header.body + 20);
  const again = (await laundry.clean(film, "video/mp4"))!;
  expect(again.subarray(header.body + 4, header.body + 20).equals(Buffer.alloc(16))).toBe(true);
});

test("what a camera measured goes with its track, the pictures and sounds between it stay", async () => {
  const { before, after } = await cleaned("measured.mov");
  const moov = box(after, "moov");
  const tracks = (file: Buffer) =>
    boxes(file, moov.body, moov.end).filter((one) => one.type === "trak").length;
  expect([tracks(before), tracks(after)]).toEqual([3, 2]);
  const media = box(before, "mdat");
  const expected = Buffer.from(before);
  const measured = "Geheim-7 +48.8582+002.2945/";
  for (let at = expected.indexOf(measured); at >= 0; at = expected.indexOf(measured, at)) {
    expected.fill(0, at - 2, at + measured.length);
  }
  expect(bytes(after, media).equals(bytes(expected, media))).toBe(true);
});

test("a song keeps its tags", async () => {
  const { before, after } = await cleaned("song.m4a");
  for (const tag of ["Song", "Singer", "\xa9nam", "\xa9ART"].map((one) => Buffer.from(one, "latin1"))) {
    expect(before.includes(tag)).toBe(true);
    expect(after.includes(tag)).toBe(true);
  }
});

test("an encoder that says which camera it is in is no longer named, another is", async () => {
  using laundry = new Laundry();
  const { after } = await cleaned("film.mp4");
  expect(after.includes("SoundHandler")).toBe(true);
  const film = Buffer.from(after);
  // After the entry's size, 46 bytes before the name, which has its length before it.
  const name = film.indexOf("avc1", film.indexOf("stsd")) + 46;
  film.fill(0, name, name + 32).write("\x0eKamerawerk AVC", name);
  const again = (await laundry.clean(film, "video/mp4"))!;
  expect(secretsIn(again)).toEqual([]);
  film.fill(0, name, name + 32).write("\x0cLavc libx264", name);
  expect(await laundry.clean(film, "video/mp4")).toBeUndefined();
});

test("what was only hidden before is taken out as well", async () => {
  using laundry = new Laundry();
  const { after } = await cleaned("film.mp4");
  const hidden = Buffer.from("\0\0\0\x10freeGeheim-7", "latin1");
  const film = Buffer.concat([after, hidden]);
  expect(secretsIn((await laundry.clean(film, "video/mp4"))!)).toEqual([]);
});

// Matroska

const tags = Buffer.from("1254c367", "hex");
const cluster = Buffer.from("1f43b675", "hex");

test.each(["film.webm", "film.mkv", "live.webm"])("%s keeps its clusters and its title", async (name) => {
  const { before, after } = await cleaned(name);
  const first = before.indexOf(cluster);
  const tagsAt = before.lastIndexOf(tags);
  const end = tagsAt > first ? tagsAt : before.length;
  expect(end - first).toBeGreaterThan(1000);
  expect(after.subarray(first, end).equals(before.subarray(first, end))).toBe(true);
  expect(after.includes("Holiday")).toBe(true);
  expect(after.includes(tags)).toBe(false);
  expect(after.includes(Buffer.from("446188", "hex"))).toBe(false);
});

test("tags behind a recording without sizes are found", async () => {
  using laundry = new Laundry();
  const { after } = await cleaned("live.webm");
  expect(after[after.indexOf(cluster) + 5]).toBe(0xff);
  const film = Buffer.concat([after, tags, Buffer.from("\x88Geheim-7", "latin1")]);
  const again = (await laundry.clean(film, "video/webm"))!;
  expect(again.subarray(0, after.length).equals(after)).toBe(true);
  expect(again.toString("hex", after.length)).toBe("ec0100000000000004" + "00".repeat(4));
});

test("a recording that broke off stays as far as it came", async () => {
  using laundry = new Laundry();
  const film = readFixture("live.webm");
  const cut = film.subarray(0, -100);
  const after = (await laundry.clean(cut, "video/webm"))!;
  expect(secretsIn(after)).toEqual([]);
  const first = cut.indexOf(cluster);
  expect(after.subarray(first).equals(cut.subarray(first))).toBe(true);
});

test("checksums of what was changed go as well, those of what was not stay", async () => {
  const { before, after } = await cleaned("film.mkv");
  /** The first six bytes in an element; where it begins its id stands for the last time. */
  const checksum = (file: Buffer, id: string) => {
    const at = before.lastIndexOf(Buffer.from(id, "hex")) + 4;
    const body = at + Math.clz32(before[at]!) - 23;
    return file.toString("hex", body, body + 6);
  };
  for (const changed of ["114d9b74", "1549a966"]) {
    expect(checksum(before, changed)).toStartWith("bf84");
    expect(checksum(after, changed)).toBe("ec8400000000");
  }
  expect(checksum(before, "1654ae6b")).toStartWith("bf84");
  expect(checksum(after, "1654ae6b")).toBe(checksum(before, "1654ae6b"));
});
