/** Photos of phones: what is read of them before anything is decoded, and that nothing in one does harm. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readStill, type Still } from "../../../src/platform/inspector/heic/still.ts";
import { Source } from "../../../src/platform/inspector/source.ts";
import { fixture } from "../../fixtures/media/expected.ts";
import { changed } from "../../support/heic.ts";
import { Chance } from "../../support/random.ts";

setDefaultTimeout(30_000);

const directory = mkdtempSync(join(tmpdir(), "parley-heic-"));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, "photo");

const grid = readFileSync(fixture("grid.heic"));
const turned = readFileSync(fixture("turned.heic"));

function readBytes(file: Uint8Array): Still | undefined {
  writeFileSync(path, file);
  using source = Source.open(path);
  return readStill(source);
}

const u32 = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];

test("a photo says how large it is, as people see it", () => {
  expect(readBytes(grid)).toMatchObject({ codec: "hevc", width: 1100, height: 700 });
  for (const [angle, width, height] of [
    [0, 280, 160],
    [1, 160, 280],
    [2, 280, 160],
    [3, 160, 280],
  ] as const) {
    expect(readBytes(changed(turned, "irot", 0, angle))).toMatchObject({ width, height });
  }
});

test("of a picture in another codec the size is known, and of a film alone nothing", () => {
  const renamed = (type: string) => Buffer.from(grid.toString("latin1").replaceAll("hvc1", type), "latin1");
  const size = { width: 1100, height: 700 };
  expect(readBytes(renamed("vvc1"))).toEqual({ ...size, codec: "other" });
  const avif = { width: 640, height: 480, codec: "av1" };
  expect(readBytes(readFileSync(fixture("still.avif")))).toMatchObject(avif);
  const mixed = Buffer.from(grid);
  mixed.write("av01", grid.indexOf("hvc1"));
  expect(readBytes(mixed)).toEqual({ ...size, codec: "other" });
  // A second configuration, for the second tile.
  const two = changed(turned, "clap", -4, ...Buffer.from("hvcC"));
  const second = two.indexOf(Buffer.from([0, 2, 2, 0x81, 2]));
  two[second + 3] = 0x84;
  expect(readBytes(two)).toEqual({ width: 200, height: 300, codec: "other" });
  expect(readBytes(readFileSync(fixture("hevc.mp4")))).toBeUndefined();
});

// What could hurt

function reasonOf(file: Uint8Array): string | undefined {
  try {
    readBytes(file);
    return undefined;
  } catch (error) {
    // A RangeError or TypeError would be a read that nobody thought of.
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    return (error as Error).message;
  }
}

test("photos that lie about themselves are refused", () => {
  const lies: [Buffer, string][] = [
    [changed(grid, "idat", 4, 0xff, 0xff, 0xff, 0xff), "do not fill"],
    [changed(grid, "idat", 4, 6, 1), "do not fill"],
    [changed(grid, "idat", 4, 0, 0), "without size"],
    [changed(grid, "idat", 2, 255, 255), "other tiles"],
    [changed(grid, "idat", 0, 1), "unknown form"],
    [changed(grid, "ispe", 4, 0, 0, 0, 0), "without size"],
    [changed(grid, "pitm", 4, 0, 9), "not listed"],
    [changed(grid, "pitm", -4, ...Buffer.from("none")), "without pitm"],
    [changed(grid, "dimg", 2, 255, 255), "cut off"],
    [changed(grid, "ipma", 4, 255, 255, 255, 255), "cut off"],
    [changed(grid, "ipma", 11, 0x8f), "not there"],
    [changed(grid, "hvcC", -4, ...Buffer.from("none")), "how it is coded"],
    [changed(grid, "iloc", 16, ...u32(grid.length - 5)), "outside the file"],
    [changed(grid, "iloc", 8, 0, 9), "nowhere"],
    [
      changed(grid, "iloc", 4, 1, 0, 0, 1, 0, 7, 0, 0, 0, 0, 0, 17, ...Array<number>(17).fill(1)),
      "too many extents",
    ],
    [changed(turned, "clap", 0, ...u32(400)), "not in the picture"],
    [changed(turned, "clap", 4, ...u32(0)), "not in the picture"],
  ];
  for (const [file, why] of lies)
    expect({ why, said: reasonOf(file) }).toEqual({ why, said: expect.stringContaining(why) });
});

test("tiles that are all the same large piece of the file are refused", () => {
  const file = Buffer.from(grid);
  const [first, media] = [file.indexOf("iloc") + 12, file.indexOf("mdat") + 4];
  for (let i = 0; i < 6; i++) file.set([...u32(media), ...u32(file.length - media)], first + i * 16 + 8);
  expect(reasonOf(file)).toContain("overlap");
});

test("photos that are cut off or have wrong bytes are read or refused, at once", async () => {
  const chance = new Chance(1);
  let [read, refused] = [0, 0];
  const look = (file: Uint8Array) => {
    const began = performance.now();
    if (reasonOf(file) === undefined) read++;
    else refused++;
    expect(performance.now() - began).toBeLessThan(2000);
  };
  for (const file of [grid, turned, readFileSync(fixture("photo.heic"))]) {
    const head = file.indexOf("mdat");
    for (let length = 0; length < file.length; length += 41) look(file.subarray(0, length));
    for (let i = 0; i < 400; i++) {
      const wrong = Buffer.from(file);
      wrong[chance.below(head)]! ^= 1 + chance.below(255);
      look(wrong);
    }
  }
  expect(Math.min(read, refused)).toBeGreaterThan(100);
});
