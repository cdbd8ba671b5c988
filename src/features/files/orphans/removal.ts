import { Loop } from "../../../core/job.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { deleteOrphans, findDue, markAllDue, markDue } from "./store.ts";

const batch = 100;

/** Removes from the disk what no row names any more. */
export const orphanRemoval = perKit((kit: Kit) => {
  const { db, clock, log } = kit;
  return new Loop({
    name: "orphan removal",
    clock,
    log,
    /** Nobody is making any yet, so each is left over from before. */
    prepare: () => db.transact(markAllDue),
    step: () => removeSome(kit),
  });
});

async function removeSome({ db, blobs, log }: Kit): Promise<boolean> {
  const keys = await db.read((read) => findDue(read, batch));
  if (keys.length === 0) return false;
  const stuck = await blobs.remove(keys);
  if (stuck.length > 0) log.error("some files cannot be removed before the next start", { keys: stuck });
  await db.transact(async (tx) => {
    const gone = keys.filter((key) => !stuck.includes(key));
    await deleteOrphans(tx, gone);
    await markDue(tx, stuck, false);
  });
  return true;
}
