import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { type Allowance, type Findings, TooShort } from "../../../platform/inspector/inspector.ts";
import { countAttempts, type FileRow, findFile } from "../files-store.ts";
import { releaseKeys } from "../orphans/orphans.ts";
import { finish, type Keys, type Outcome } from "./finish.ts";

/** Pixels of the longer side: what a list of messages shows, twice as dense. */
const thumbnailSide = 320;

/** Where the inspector writes what it makes of a file. */
interface Scratch {
  clean: string;
  picture: string;
}

/** Looks into a file, and writes down what it is. Errors: as `Inspector.inspect`; then it has not been looked into. */
export async function lookInto(
  kit: Kit,
  file: FileRow,
  keys: Keys,
  allowance: Allowance,
): Promise<"done" | "too short" | "no room"> {
  const { blobs, db, log } = kit;
  const scratch = { clean: blobs.scratch(), picture: blobs.scratch() };
  try {
    if (!(await hasRoom(kit, file))) {
      await giveBack(kit, file.id, keys);
      return "no room";
    }
    const found = await inspect(kit, file, scratch, allowance);
    const outcome = await adopt(kit, found, scratch, keys);
    const problem = outcome.findings.failed;
    if (problem !== undefined) {
      log.info("a file could not be processed", { files_row: file.id, type: file.type, problem });
    }
    await db.transact((tx) => finish(kit, tx, file.id, keys, outcome));
    return "done";
  } catch (error) {
    // It has another turn, or it was not its fault, and on a full disk what has been made of it would be in everybody's way.
    await giveBack(kit, file.id, keys).catch(() => {});
    if (error instanceof TooShort) return "too short";
    throw error;
  } finally {
    await Promise.all([blobs.drop(scratch.clean), blobs.drop(scratch.picture)]);
  }
}

/** Whether its clean form has a place on the disk. */
async function hasRoom({ blobs, log, settings }: Kit, file: FileRow): Promise<boolean> {
  if (settings.fileMetadata === "keep") return true;
  try {
    await blobs.requireRoom(file.size);
    return true;
  } catch (error) {
    if (!(error instanceof ChatError && error.code === "storage_full")) throw error;
    log.error("no disk space to process a file", { files_row: file.id, size: file.size });
    return false;
  }
}

async function inspect(
  { blobs, inspector, settings }: Kit,
  file: FileRow,
  scratch: Scratch,
  allowance: Allowance,
): Promise<Findings> {
  const job = {
    file: await blobs.path(file.key),
    type: file.type,
    ...(settings.fileMetadata === "strip" && { clean: scratch.clean }),
    picture: { file: scratch.picture, side: thumbnailSide, square: false },
  };
  return inspector.inspect(job, allowance);
}

/** Keeps what has been made. A file that brought the inspector to say what is not so has failed. */
async function adopt({ blobs }: Kit, found: Findings, scratch: Scratch, keys: Keys): Promise<Outcome> {
  const outcome: Outcome = { findings: found };
  const notMade = { findings: { failed: "the decoder has not made what it said" } };
  if (found.cleaned) {
    const size = await blobs.adopt(scratch.clean, keys.clean);
    if (size === undefined) return notMade;
    outcome.clean = { key: keys.clean, size };
  }
  if (found.pictured) {
    const size = await blobs.adopt(scratch.picture, keys.thumbnail);
    if (size === undefined) return notMade;
    outcome.thumbnail = keys.thumbnail;
  }
  return outcome;
}

/** It has not been looked into, and nothing has been made of it. */
async function giveBack(kit: Kit, id: number, keys: Keys): Promise<void> {
  const made = Object.values(keys);
  await kit.blobs.remove(made).catch(() => {});
  await kit.db.transact(async (tx) => {
    if (await findFile(tx, id)) await countAttempts(tx, id, -1);
    await releaseKeys(kit, tx, made);
  });
}
