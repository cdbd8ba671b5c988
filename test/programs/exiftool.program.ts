/** What is cleaned, as other programs see it (`bun run test:programs`): exiftool for what is said, ffmpeg and sharp for what is shown. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

import sharp from "sharp";

import { isCleaned } from "../../src/platform/inspector/inspector.ts";
import { decodeStill } from "../../src/platform/inspector/heic/decode.ts";
import { readStill } from "../../src/platform/inspector/heic/still.ts";
import { Source } from "../../src/platform/inspector/source.ts";
import { Laundry, typeOf } from "../support/cleaning.ts";
import { madeCodecs } from "../support/decoders.ts";

const directory = mkdtempSync(join(tmpdir(), "parley-programs-"));
afterAll(() => rmSync(directory, { recursive: true }));

const folders = ["clean", "media"].map((name) => join(import.meta.dir, "../fixtures", name));
const fixtures = folders
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((path) => isCleaned(typeOf(path) ?? ""));

async function run(...command: string[]): Promise<Uint8Array> {
  const child = Bun.spawn(command, { stderr: "pipe", stdout: "pipe" });
  const [out, complaint] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`${command[0]}: ${complaint}`);
  return out;
}

/** All that exiftool finds, also in what is embedded, as `Group:Name`, for each of the files. */
async function tagsOf(paths: readonly string[]): Promise<Record<string, unknown>[]> {
  const out = await run("exiftool", "-j", "-a", "-G1", "-ee3", "-u", "-n", "-api", "RequestAll=2", ...paths);
  return JSON.parse(text(out)) as Record<string, unknown>[];
}

/** Where, when, with what and by whom. */
const telling =
  /GPS|Location|Latitude|Longitude|City|Serial|Create|Modify|DateTime|MakerNote|:(Make|Model|Software|Artist|Author|Creator|Comment|OwnerName|LensModel|(Image)?Description)$/i;
/** What is about the file on this disk, or of programs; the artist of a song stays. */
const harmless = /^((System|File|ExifTool|Composite|ICC[-_]\w+|JFIF):|ItemList:Artist)/;

function secretsIn(found: Record<string, unknown>): string[] {
  return Object.entries(found)
    .filter(([name, value]) => telling.test(name) && !harmless.test(name) && !/^[0: ]*$/.test(String(value)))
    .map(([name, value]) => `${name}=${String(value)}`);
}

/** Each fixture, and what is left of it. */
const pairs = await Promise.all(
  fixtures.map(async (before, i) => {
    using laundry = new Laundry();
    const file = readFileSync(before);
    const after = join(directory, `${i}${extname(before)}`);
    writeFileSync(after, (await laundry.clean(file, typeOf(before)!)) ?? file);
    return { name: before.split("/").slice(-2).join("/"), before, after, hasUnknown: laundry.hasUnknown };
  }),
);
const said = (await tagsOf(pairs.map((one) => one.before))).map(secretsIn);
const left = (await tagsOf(pairs.map((one) => one.after))).map(secretsIn);

test("exiftool finds nothing that tells about the sender in what is cleaned", () => {
  pairs.forEach(({ name, hasUnknown }, i) => {
    expect({ name, hasUnknown, left: left[i] }).toEqual({ name, hasUnknown: false, left: [] });
  });
});

test("of every kind that is cleaned there is a fixture that tells", () => {
  const telling = new Set(fixtures.filter((_, i) => said[i]!.length > 0).map((one) => typeOf(one)));
  expect([...telling].toSorted()).toEqual([...new Set(fixtures.map((one) => typeOf(one)))].toSorted());
});

test.each(pairs.map((one) => [one.name, one] as const))(
  "what shows and sounds in %s is the same for ffmpeg and sharp",
  async (_, { before, after }) => {
    expect(await whatShows(after)).toEqual(await whatShows(before));
  },
);

test("the picture behind a photo is found where its directory says, and shows the same", async () => {
  const { before, after } = pairs.find(({ name }) => name === "clean/photo.jpg")!;
  const second = async (path: string) => {
    const to = join(directory, "second.jpg");
    writeFileSync(to, await run("exiftool", "-b", "-MPImage2", path));
    return imagePixels(to);
  };
  expect(await second(after)).toEqual(await second(before));
});

async function whatShows(path: string): Promise<unknown> {
  if (extname(path) === ".heic") return heicPixels(path);
  const isStill =
    typeOf(path)!.startsWith("image/") && readFileSync(path).toString("latin1", 8, 12) !== "avis";
  return isStill ? imagePixels(path) : samples(path);
}

/** Every page or frame, with transparency, in its own colours and upright. */
async function imagePixels(path: string): Promise<unknown> {
  const file = readFileSync(path);
  const { pages = 1, delay, loop, icc, orientation = 1, space } = await sharp(file).metadata();
  const { data, info } = await sharp(file, { animated: pages > 1 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const hash = Bun.hash(data);
  return { pages, delay, loop, icc: icc && Bun.hash(icc), orientation, space, info, hash };
}

async function heicPixels(path: string): Promise<unknown> {
  using source = Source.open(path);
  const { data, ...rest } = await decodeStill(madeCodecs(), source, readStill(source)!, {
    side: 4000,
    square: false,
  });
  return { ...rest, hash: Bun.hash(data) };
}

/** Every packet of every track that is seen, heard or read, every picture and sound that comes out of them, chapters. */
async function samples(path: string): Promise<unknown> {
  const input = ["-i", path, "-map", "0:v?", "-map", "0:a?", "-map", "0:s?"];
  const chapters = await run("ffprobe", "-v", "error", "-show_chapters", path);
  return [await frames(...input, "-c", "copy"), await frames(...input, "-c:s", "copy"), text(chapters)];
}

async function frames(...input: string[]): Promise<string> {
  return text(await run("ffmpeg", "-v", "error", ...input, "-f", "framehash", "-"));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
