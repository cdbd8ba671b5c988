import type { Clock } from "../../core/clock.ts";
import type { Places } from "../../core/places.ts";
import type { Journal } from "../../events/journal.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import type { Findings, Job } from "../../platform/inspector/inspector.ts";
import type { Standing } from "../chats/membership.ts";
import { filesPerMessage, type MediaType } from "./schema.ts";
import type { Waits } from "./waits.ts";

/** What is taken, and how much of it. Bytes; 0 for a quota is none. */
export interface MediaLimits {
  /** What nobody here knows is taken, too, as a document. */
  takesUnknown: boolean;
  takesPrograms: boolean;
  /** Of one file, by what it is. */
  perFile: Record<MediaType, number>;
  userQuota: number;
  serverQuota: number;
  /** Of one person, at a time. */
  uploadsPerUser: number;
}

/** Names, types and boundaries between files. */
const aroundFiles = 1024 * 1024;

/** A form with as many files as it may have, each as large as it may be. */
export function maxFormBytes({ perFile }: MediaLimits): number {
  return filesPerMessage * Math.max(...Object.values(perFile)) + aroundFiles;
}

/** What the verbs of this folder are given. */
export interface MediaDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  blobs: Blobs;
  /** Has a picture of somebody's looked at while they wait. Errors: as `Inspector.inspect`, and `overloaded`. */
  askInspector(userId: number, job: Job): Promise<Findings>;
  limits: MediaLimits;
  /** Location and camera data are taken out before others see a file. */
  cleans: boolean;
  waits: Waits;
  /** Waits until a large chat may be told of one more thing. Errors: `rate_limited`, `stopping`. */
  pace: {
    wait(
      chatId: number,
      userId: number,
      step?: { isDue(read: Read, standing: Standing): boolean },
    ): Promise<void> | undefined;
  };
  /** Where what is read beside the event loop is read. */
  heavyReads: Places;
  /** There is something to look at, or to remove. */
  wake(): void;
}
