import { readFile, writeFile } from "node:fs/promises";

import { Source } from "../source.ts";
import { cleanGif } from "./gif.ts";
import { planImage } from "./heif.ts";
import { cleanJpeg } from "./jpeg.ts";
import { planMatroska } from "./matroska.ts";
import { planMovie } from "./movie.ts";
import { changing, type Patches, writePatched } from "./patches.ts";
import { cleanPng } from "./png.ts";
import { cleanWebp } from "./webp.ts";

/** Small files: the bytes to keep, in order. */
type Rebuild = (file: Buffer) => Uint8Array[];
/** Large files, or such as point into themselves: what to overwrite, so that nothing moves. */
type Plan = (source: Source, patches: Patches) => void;

const rebuilds = new Map<string, Rebuild>([
  ["image/jpeg", cleanJpeg],
  ["image/png", cleanPng],
  ["image/apng", cleanPng],
  ["image/webp", cleanWebp],
  ["image/gif", cleanGif],
]);

const plans = new Map<string, Plan>([
  ["image/avif", planImage],
  ["image/heic", planImage],
  ["image/heif", planImage],
  ["video/mp4", planMovie],
  ["video/quicktime", planMovie],
  ["video/3gpp", planMovie],
  ["audio/mp4", planMovie],
  ["video/webm", planMatroska],
  ["video/x-matroska", planMatroska],
  ["audio/webm", planMatroska],
  ["audio/x-matroska", planMatroska],
]);

/**
 * Writes `from` without location and camera data to `to`; false (and `to` not written) when there was none, so the
 * file can stay as it is. Pixels, sound and timing stay bit for bit. Types that it does not know: false.
 * Errors: Error where the file is not what `type` says (`to` is not written either), or what the system says about
 * reading and writing (`to` may then be half written).
 */
export async function clean(from: string, to: string, type: string): Promise<boolean> {
  const rebuild = rebuilds.get(type);
  if (rebuild) return rewrite(from, to, rebuild);
  const plan = plans.get(type);
  return plan ? overwrite(from, to, plan) : false;
}

async function rewrite(from: string, to: string, rebuild: Rebuild): Promise<boolean> {
  const file = await readFile(from);
  const kept = Buffer.concat(rebuild(file));
  if (file.equals(kept)) return false;
  await writeFile(to, kept);
  return true;
}

async function overwrite(from: string, to: string, plan: Plan): Promise<boolean> {
  using source = Source.open(from);
  const patches: Patches = [];
  plan(source, patches);
  const needed = changing(source, patches);
  if (needed.length === 0) return false;
  await writePatched(from, to, needed);
  return true;
}
