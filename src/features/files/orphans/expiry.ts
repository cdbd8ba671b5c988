import { hourly } from "../../../core/job.ts";
import { type Kit, perKit } from "../../../kit.ts";
import { findExpired } from "../items-store.ts";
import { removeItems } from "../items.ts";

const batch = 100;
/** What has been sent without a message for so long will not be in one. */
const expiresAfterMilliseconds = 86_400_000;

/** Removes what has waited in vain for its message. */
export const uploadExpiry = perKit((kit: Kit) => {
  const { clock, log } = kit;
  return hourly({ name: "upload expiry", clock, log, step: () => removeExpired(kit) });
});

function removeExpired(kit: Kit): Promise<boolean> {
  const before = kit.clock.now() - expiresAfterMilliseconds;
  return kit.db.transact(async (tx) => {
    const items = await findExpired(tx, before, batch);
    await removeItems(kit, tx, items);
    return items.length === batch;
  });
}
