/**
 * The child process that examines files. It reads jobs and writes answers as lines of JSON. Any file may crash it.
 */
import { writeSync } from "node:fs";

import { clean } from "./clean/clean.ts";
import type { Decoders } from "./decoders.ts";
import { giveWay } from "./guard.ts";
import { type Images, openImages, type RawPixels, type Size, TooLarge } from "./image.ts";
import type { Findings, Job } from "./inspector.ts";
import type { Reply } from "./reply.ts";
import { Source } from "./source.ts";

const standardOutput = 1;

/**
 * Answers jobs until there are no more. `cacheDirectory`: where parts of this executable may be unpacked.
 */
export async function answerJobs(cacheDirectory: string, decoders: Decoders): Promise<void> {
  giveWay();
  // Libraries print messages about damaged files, but standard output is for answers.
  console.log = console.info = console.debug = console.error;
  const images = await openImages(cacheDirectory);
  say({ codec: { images: images.codec, ...(images.reason !== undefined && { reason: images.reason }) } });
  for await (const line of console) say(await look({ images, decoders }, JSON.parse(line) as Job));
}

/** Synchronous, because the process may crash at any moment. */
function say(reply: Reply): void {
  writeSync(standardOutput, `${JSON.stringify(reply)}\n`);
}

interface Tools {
  images: Images;
  decoders: Decoders;
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

/** An error of the system, such as a full disk, says nothing about the file. */
function isTrouble(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^E(NOSPC|DQUOT|IO|MFILE|NFILE|NOMEM|ROFS)$/.test(code) || /no space left/i.test(String(error));
}

async function cleanAndDescribe(tools: Tools, job: Job, findings: Findings): Promise<void> {
  const problem = job.clean === undefined ? undefined : await cleanInto(job, job.clean, findings);
  await describe(tools, job, findings);
  if (problem) throw problem;
}

/** Cleans it; returns why that failed, or undefined. */
async function cleanInto(job: Job, to: string, findings: Findings): Promise<Error | undefined> {
  try {
    const { written, hasUnknown } = await clean(job.file, to, job.type);
    const cleaning = { cleaned: written, ...(hasUnknown && { hasUnknown }) };
    Object.assign(findings, cleaning);
    // At once, because what comes next may crash.
    say(cleaning);
    return undefined;
  } catch (error) {
    if (isTrouble(error) || !(error instanceof Error)) throw error;
    return error;
  }
}

async function describe(tools: Tools, job: Job, findings: Findings): Promise<void> {
  if (/^image\/(heic|avif)$/.test(job.type)) return describeHeif(tools, job, findings);
  return job.type.startsWith("image/")
    ? describeImage(tools.images, job, findings)
    : describeFilm(tools, job, findings);
}

async function describeImage(images: Images, job: Job, findings: Findings): Promise<void> {
  Object.assign(findings, sized(await images.size(job.file)));
  findings.pictured = await draw(images, job.file, job);
}

async function describeHeif({ images, decoders }: Tools, job: Job, findings: Findings): Promise<void> {
  const { drawHeif, sizeOfHeif } = await import("./heic/heif.ts");
  using source = Source.open(job.file);
  Object.assign(findings, { kind: "image", ...sizeOfHeif(source) });
  findings.pictured = await drawHeif(decoders, source, job, (from) => draw(images, from, job));
}

async function describeFilm(
  { images, decoders }: Tools,
  { file, picture }: Job,
  findings: Findings,
): Promise<void> {
  const { lookAtFilm } = await import("./film.ts");
  const { poster, ...found } = await lookAtFilm(file, picture.side, decoders);
  Object.assign(findings, found);
  if (!poster) return;
  await images.thumbnail(poster, picture.file, picture.side);
  findings.pictured = true;
}

function sized({ width, height }: Size) {
  return { kind: "image", width, height } as const;
}

/**
 * Makes the thumbnail; false for a picture that is too large, which clients with more time and memory can still show.
 */
async function draw(images: Images, from: string | RawPixels, { picture, seconds }: Job): Promise<boolean> {
  const { file, side, square } = picture;
  try {
    await images[square ? "square" : "thumbnail"](from, file, side, seconds);
    return true;
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  }
}
