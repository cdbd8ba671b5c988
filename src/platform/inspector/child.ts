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
  for await (const line of console) say(await look({ images, ffmpeg }, JSON.parse(line) as Job));
}

/** At once, because the next thing may be the end. */
function say(reply: Reply): void {
  writeSync(standardOutput, `${JSON.stringify(reply)}\n`);
}

interface Tools {
  images: Images;
  ffmpeg: string | undefined;
}

async function look(tools: Tools, job: Job): Promise<Reply> {
  const findings: Findings = {};
  try {
    await cleanAndDescribe(tools, job, findings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isTrouble(error)) return { trouble: message };
    findings.failed = message;
  }
  return { findings };
}

/** What the system did not let us do says nothing about the file. */
function isTrouble(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^E(NOSPC|DQUOT|IO|MFILE|NFILE|NOMEM|ROFS)$/.test(code) || /no space left/i.test(String(error));
}

async function cleanAndDescribe(tools: Tools, job: Job, findings: Findings): Promise<void> {
  const problem = job.clean === undefined ? undefined : await cleanInto(job, job.clean, findings);
  await describe(tools, job, findings);
  if (!problem) return;
  if (!isPicture(job)) throw problem;
  // What is shown can be written anew, with nothing but what is shown.
  await tools.images.rewrite(job.file, job.clean!);
  tellCleaned(findings, true);
}

/** Why it could not be cleaned, or nothing. */
async function cleanInto(job: Job, to: string, findings: Findings): Promise<Error | undefined> {
  try {
    tellCleaned(findings, await cleanFile(job, to));
    return undefined;
  } catch (error) {
    if (isTrouble(error) || !(error instanceof Error)) throw error;
    return error;
  }
}

/** False where there was nothing to take out. */
async function cleanFile({ file, type }: Job, to: string): Promise<boolean> {
  if (type !== "image/tiff") return clean(file, to, type);
  await cleanTiff(file, to);
  return true;
}

/** At once: what comes next may be the end. */
function tellCleaned(findings: Findings, cleaned: boolean): void {
  findings.cleaned = cleaned;
  say({ cleaned });
}

function isPicture({ type }: Job): boolean {
  return type.startsWith("image/") && type !== "image/heic";
}

async function describe(tools: Tools, job: Job, findings: Findings): Promise<void> {
  if (isPicture(job)) return describeImage(tools.images, job, findings);
  return job.type === "image/heic"
    ? describeHeic(tools.images, job, findings)
    : describeFilm(tools, job, findings);
}

async function describeImage(images: Images, job: Job, findings: Findings): Promise<void> {
  Object.assign(findings, sized(await images.size(job.file)));
  await draw(images, job.file, job);
  findings.pictured = true;
}

/** What nobody here can decode is not damaged. */
async function describeHeic(images: Images, job: Job, findings: Findings): Promise<void> {
  const { decodeHeic, readStill } = await import("./heic/heic.ts");
  using source = Source.open(job.file);
  const still = readStill(source);
  Object.assign(findings, still ? sized(still) : { kind: "image" });
  if (!still || still.codec === "other") return;
  await draw(images, still.layout ? await decodeHeic(source, still.layout, job.picture) : job.file, job);
  findings.pictured = true;
}

async function describeFilm(
  { images, ffmpeg }: Tools,
  { file, picture }: Job,
  findings: Findings,
): Promise<void> {
  const { lookAtFilm } = await import("./film.ts");
  const { poster, ...found } = await lookAtFilm(file, picture.side, ffmpeg);
  Object.assign(findings, found);
  if (!poster) return;
  await images.thumbnail(poster, picture.file, picture.side);
  findings.pictured = true;
}

function sized({ width, height }: Size) {
  if (Math.max(width, height) > longestSide) throw new Error(`${width} by ${height} pixels are too long`);
  return { kind: "image", width, height } as const;
}

async function draw(images: Images, from: string | RawPixels, { picture }: Job): Promise<void> {
  if (picture.square) await images.square(from, picture.file, picture.side);
  else await images.thumbnail(from, picture.file, picture.side);
}
