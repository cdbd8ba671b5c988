/**
 * The process that looks into files: jobs come as lines of JSON, answers go the same way. Whatever it meets in a file
 * may end it.
 */
import { writeSync } from "node:fs";

import { clean } from "./clean/clean.ts";
import { giveWay } from "./guard.ts";
import { cleanTiff, type Images, openImages } from "./image.ts";
import type { Findings, Job } from "./inspector.ts";
import type { Reply } from "./reply.ts";

const standardOutput = 1;

/** Answers jobs until there are no more. `cacheDirectory`: where parts of this executable may be unpacked. */
export async function answerJobs(cacheDirectory: string): Promise<void> {
  giveWay();
  const images = await openImages(cacheDirectory);
  say({ codec: { images: images.codec, ...(images.reason !== undefined && { reason: images.reason }) } });
  for await (const line of console) say({ findings: await look(images, JSON.parse(line) as Job) });
}

/** At once, because the next thing may be the end. */
function say(reply: Reply): void {
  writeSync(standardOutput, `${JSON.stringify(reply)}\n`);
}

async function look(images: Images, job: Job): Promise<Findings> {
  const findings: Findings = {};
  try {
    if (job.clean !== undefined && (await cleanInto(job, job.clean))) {
      findings.cleaned = true;
      say({ cleaned: true });
    }
    Object.assign(findings, await describe(images, job));
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

async function describe(images: Images, job: Job): Promise<Findings> {
  if (job.type.startsWith("image/")) return describeImage(images, job);
  return {};
}

async function describeImage(images: Images, { file, picture }: Job): Promise<Findings> {
  const { width, height } = await images.size(file);
  if (picture.square) await images.square(file, picture.file, picture.side);
  else await images.thumbnail(file, picture.file, picture.side);
  return { kind: "image", width, height, pictured: true };
}
