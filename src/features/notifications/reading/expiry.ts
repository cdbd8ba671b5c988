import { hourly, type Job } from "../../../core/job.ts";
import type { Kit } from "../../../kit.ts";
import { deleteReadMentions } from "../../chat/index.ts";
import { deleteRead } from "./store.ts";

/** Rows of one transaction. */
const batch = 500;

/** Forgets what was marked as read so long ago that the journal does not tell of it any more. */
export function readExpiry({ db, journal, clock, log }: Kit): Job {
  return hourly({
    name: "notification expiry",
    clock,
    log,
    step: () =>
      db.transact(async (tx) => {
        const notifications = await deleteRead(tx, journal.forgottenTo, batch);
        const mentions = await deleteReadMentions(tx, journal.forgottenTo, batch);
        return Math.max(notifications, mentions) === batch;
      }),
  });
}
