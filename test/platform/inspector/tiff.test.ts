import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";

import { cleanTiff } from "../../../src/platform/inspector/image.ts";
import { pixels, several } from "../../support/pictures.ts";

const directory = mkdtempSync(join(tmpdir(), "parley-tiff-"));
const source = join(directory, "source.tiff");
const result = join(directory, "result.tiff");
afterAll(() => rmSync(directory, { recursive: true }));

/** What people see of each page. */
async function pagesOf(file: string): Promise<string[]> {
  const { pages = 1 } = await sharp(file).metadata();
  const all = Array.from({ length: pages }, (_, page) => sharp(file, { page }).raw().toBuffer());
  return (await Promise.all(all)).map((page) => Bun.hash(page).toString());
}

test("a TIFF loses camera, place and author, and keeps pages, pixels, orientation and colours", async () => {
  const secret = "Camera-of-Ann";
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/">${secret}</x:xmpmeta>`;
  const exif = { IFD0: { Model: secret, Artist: secret }, IFD3: { GPSLatitude: "51/1 30/1 0/1" } };
  for (const options of [
    { compression: "lzw" },
    { compression: "jpeg" },
    { compression: "deflate", tile: true, tileWidth: 16, tileHeight: 16 },
    { compression: "none", bitdepth: 1 },
  ] as const) {
    await several()
      .withMetadata({ orientation: 6, icc: "p3" })
      .withExifMerge(exif)
      .withXmp(xmp)
      .tiff(options)
      .toFile(source);
    expect(readFileSync(source).includes(secret)).toBe(true);
    await cleanTiff(source, result);
    expect(readFileSync(result).includes(secret)).toBe(false);
    const before = await sharp(source).metadata();
    const { exif: noExif, xmp: noXmp, iptc, ...after } = await sharp(result).metadata();
    expect({ noExif, noXmp, iptc }).toEqual({ noExif: undefined, noXmp: undefined, iptc: undefined });
    expect(after.icc).toEqual(before.icc!);
    expect([after.orientation, after.pages, after.compression]).toEqual([6, 3, before.compression]);
    expect(await pagesOf(result)).toEqual(await pagesOf(source));
  }
});

type Entry = [tag: number, type: number, count: number, value: number];

/** A TIFF of one grey page of 2 by 2, in the other order of bytes. */
function motorola(entries: Entry[], next = 0): Buffer {
  const file = Buffer.alloc(8 + 4 + 2 + entries.length * 12 + 4);
  file.write("MM\0*", "latin1");
  file.writeUInt32BE(12, 4);
  file.set([10, 20, 30, 40], 8);
  file.writeUInt16BE(entries.length, 12);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 14 + i * 12;
    file.writeUInt16BE(tag, at);
    file.writeUInt16BE(type, at + 2);
    file.writeUInt32BE(count, at + 4);
    if (type === 3) file.writeUInt16BE(value, at + 8);
    else file.writeUInt32BE(value, at + 8);
  });
  file.writeUInt32BE(next, file.length - 4);
  return file;
}

const page: Entry[] = [
  [256, 3, 1, 2],
  [257, 3, 1, 2],
  [258, 3, 1, 8],
  [259, 3, 1, 1],
  [262, 3, 1, 1],
  [273, 3, 1, 8],
  [277, 3, 1, 1],
  [278, 3, 1, 2],
  [279, 3, 1, 4],
];

test("a TIFF in the other order of bytes keeps its pixels", async () => {
  const author: Entry = [315, 2, 4, 0x416e6e00];
  writeFileSync(source, motorola([...page, author]));
  expect(readFileSync(source).includes("Ann")).toBe(true);
  await cleanTiff(source, result);
  expect(readFileSync(result).includes("Ann")).toBe(false);
  const { data, info } = await sharp(result).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, ...data]).toEqual([2, 2, 10, 20, 30, 40]);
});

test("a damaged TIFF is refused", async () => {
  const without = (tag: number) => page.filter(([one]) => one !== tag);
  const profiles = Array.from({ length: 40 }, (): Entry => [34675, 7, 400, 0]);
  const broken: [RegExp, Buffer][] = [
    [/no TIFF/, Buffer.from("no image at all")],
    [/no TIFF/, Buffer.from("II+\0\x08\0\0\0", "latin1")],
    [/no page/, Buffer.from("II*\0\0\0\0\0", "latin1")],
    [/circle/, motorola(page, 12)],
    [/no pixels/, motorola(without(273))],
    [/where its pixels are/, motorola(without(279))],
    [/no value/, motorola([...without(256), [256, 99, 1, 2]])],
    [/ends before/, motorola([...without(279), [279, 4, 1, 4000]])],
    [/ends before/, motorola([...page, [34675, 7, 100, 0xffffff00]])],
    [/overlap/, motorola([...page, ...profiles])],
    [/out of range/, motorola(page).subarray(0, 30)],
    [/out of range/, motorola(page, 4_000_000)],
  ];
  for (const [why, file] of broken) {
    writeFileSync(source, file);
    await expect(cleanTiff(source, result)).rejects.toThrow(why);
  }
});

test("no cut of a TIFF makes anything but an error or a TIFF", async () => {
  const { data, ...raw } = pixels();
  await sharp(data, { raw }).tiff({ compression: "lzw" }).toFile(source);
  const whole = readFileSync(source);
  for (let length = 0; length < whole.length; length += 7) {
    writeFileSync(source, whole.subarray(0, length));
    const outcome = await cleanTiff(source, result).then(
      () => "written",
      (error: unknown) => (error instanceof Error ? "refused" : "lost"),
    );
    expect(outcome).toBe("refused");
  }
});
