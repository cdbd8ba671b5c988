import { Loop } from "../../../core/job.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { newKey } from "../../../platform/blobs/blobs.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { type Findings, type Job, TooShort } from "../../../platform/inspector/inspector.ts";
import { countAttempts, type FileRow, findFile, findPending, reopenUnclean } from "../files-store.ts";
import { reserveKeys } from "../orphans/orphans.ts";
import type { AskedPicture } from "./asked.ts";
import { finish, type Keys } from "./finish.ts";
import { lookInto } from "./look.ts";
import { processingState } from "./state.ts";

/** A file that was begun so often without an end is not begun again. */
const mostAttempts = 3;
const restMilliseconds = 5000;

/** Looks into what has come in, one after another, first what costs little. */
export const processing = perKit((kit: Kit) => {
  const { db, clock, log, settings } = kit;
  return new Loop({
    name: "file processing",
    clock,
    log,
    // One file that fails holds up nobody who waits for a picture.
    isEager: true,
    /** What was let through as it was, while that was allowed, is looked into once more. */
    async prepare() {
      if (settings.fileMetadata === "strip") await db.transact(reopenUnclean);
    },
    step: () => step(kit),
  });
});

/** For one who waits for it. Errors: `overloaded` when too many do who cost less, and as `Inspector.inspect`. */
export function askInspector(kit: Kit, userId: number, job: Job): Promise<Findings> {
  const found = processingState(kit).asked.ask(userId, job);
  processing(kit).wake();
  return found;
}

async function step(kit: Kit): Promise<boolean> {
  const { schedule, asked, resting } = processingState(kit);
  const pending = await kit.db.read((read) => findPending(read, resting));
  const { picture, file } = schedule.next(asked.waiting, pending);
  if (picture) await answer(kit, picture);
  else if (file) await processFile(kit, file.id);
  return picture !== undefined || file !== undefined;
}

/** Whatever ails it, somebody waits for it and is told. */
async function answer(kit: Kit, picture: AskedPicture): Promise<void> {
  const { schedule, asked } = processingState(kit);
  asked.take(picture);
  try {
    picture.resolve(await kit.inspector.inspect(picture.job, schedule.allowanceFor(picture)));
  } catch (error) {
    if (!(error instanceof TooShort)) return picture.reject(error);
    schedule.askMore(picture);
    asked.giveBack(picture);
  }
}

async function processFile(kit: Kit, id: number): Promise<void> {
  const begun = await kit.db.transact((tx) => begin(tx, id));
  if (!begun) return;
  const { file, keys } = begun;
  if (file.attempts > mostAttempts) {
    const failed = "it could not be looked at to its end";
    await kit.db.transact((tx) => finish(kit, tx, id, keys, { findings: { failed } }));
    return;
  }
  const { schedule } = processingState(kit);
  const outcome = await lookInto(kit, file, keys, schedule.allowanceFor(file));
  if (outcome === "too short") schedule.askMore(file);
  if (outcome === "no room") rest(kit, id);
}

/** The file, unless it has been deleted meanwhile, with keys for what may be made of it. */
async function begin(tx: Tx, id: number): Promise<{ file: FileRow; keys: Keys } | undefined> {
  await countAttempts(tx, id, 1);
  const file = await findFile(tx, id);
  if (!file) return undefined;
  const keys = { clean: newKey("media"), thumbnail: newKey("thumbnails") };
  await reserveKeys(tx, Object.values(keys));
  return { file, keys };
}

/** Others may be smaller. */
function rest(kit: Kit, id: number): void {
  const { resting } = processingState(kit);
  resting.add(id);
  kit.clock.after(restMilliseconds, () => {
    resting.delete(id);
    processing(kit).wake();
  });
}
