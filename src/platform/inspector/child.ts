/**
 * The process that looks into files: jobs come as lines of JSON, answers go the same way. Whatever it meets in a file
 * may end it.
 */
import { writeSync } from "node:fs";

import { clean } from "./clean/clean.ts";
import { giveWay } from "./guard.ts";
import { cleanTiff, type Images, openImages, type RawPixels, type Size } from "./image.ts";
import type { Findings, Job } from "./inspector.ts";
import type { Reply } from "./reply.ts";
import { Source } from "./source.ts";

const standardOutput = 1;
/**
 * Wider than any panorama. Few pixels in a line of millions cost a decoder gigabytes, or its scaler minutes (measured:
 * 5,000,000 by 10 take 7.6 GB).
 */
const longestSide = 40_000;

/**
 * Answers jobs until there are no more. `cacheDirectory`: where parts of this executable may be unpacked. `ffmpeg`: the
 * program, where this machine has it.
 */
export async function answerJobs(cacheDirectory: string, ffmpeg: string | undefined): Promise<void> {
  giveWay();
  // Libraries talk about damaged files; the standard output is for answers.
  console.log = console.info = console.debug = console.error;
  const images = await openImages(cacheDirectory);
  say({ codec: { images: images.codec, ...(images.reason !== undefined && { reason: images.reason }) } });
  for await (const line of console)
    say({ findings: await look({ images, ffmpeg }, JSON.parse(line) as Job) });
}

/** At once, because the next thing may be the end. */
function say(reply: Reply): void {
  writeSync(standardOutput, `${JSON.stringify(reply)}\n`);
}

interface Tools {
  images: Images;
  ffmpeg: string | undefined;
}

async function look(tools: Tools, job: Job): Promise<Findings> {
  const findings: Findings = {};
  try {
    if (job.clean !== undefined && (await cleanInto(job, job.clean))) {
      findings.cleaned = true;
      say({ cleaned: true });
    }
    Object.assign(findings, await describe(tools, job));
  } catch (error) {
    findings.failed = error instanceof Error ? error.message : String(error);
  }
  return findings;
}

async function cleanInto({ file, type }: Job, to: string): Promise<boolean> {
  if (type !== "image/tiff") return clean(file, to, type);
  await cleanTiff(file, to);
  return true;
}

async function describe(tools: Tools, job: Job): Promise<Findings> {
  return job.type.startsWith("image/") ? describeImage(tools.images, job) : describeFilm(tools, job);
}

async function describeImage(images: Images, job: Job): Promise<Findings> {
  if (job.type === "image/heic") return describeHeic(images, job);
  const found = sized(await images.size(job.file));
  await draw(images, job.file, job);
  return { ...found, pictured: true };
}

/** What nobody here can decode is not damaged. */
async function describeHeic(images: Images, job: Job): Promise<Findings> {
  const { decodeHeic, readStill } = await import("./heic/heic.ts");
  using source = Source.open(job.file);
  const still = readStill(source);
  if (!still) return { kind: "image" };
  const found = sized(still);
  if (still.codec === "other") return found;
  await draw(images, still.layout ? await decodeHeic(source, still.layout, job.picture) : job.file, job);
  return { ...found, pictured: true };
}

function sized({ width, height }: Size) {
  if (Math.max(width, height) > longestSide) throw new Error(`${width} by ${height} pixels are too long`);
  return { kind: "image", width, height } as const;
}

async function draw(images: Images, from: string | RawPixels, { picture }: Job): Promise<void> {
  if (picture.square) await images.square(from, picture.file, picture.side);
  else await images.thumbnail(from, picture.file, picture.side);
}

async function describeFilm({ images, ffmpeg }: Tools, { file, picture }: Job): Promise<Findings> {
  const { lookAtFilm } = await import("./film.ts");
  const { poster, ...found } = await lookAtFilm(file, picture.side, ffmpeg);
  if (!poster) return found;
  await images.thumbnail(poster, picture.file, picture.side);
  return { ...found, pictured: true };
}
