import { type Kit, perKit } from "../../../kit.ts";
import { AskedPictures } from "./asked.ts";
import { Schedule } from "./schedule.ts";

/** What processing remembers between two steps. */
export const processingState = perKit((kit: Kit) => {
  const schedule = new Schedule(kit.clock, kit.settings.inspectionFirstSeconds * 1000);
  return {
    schedule,
    asked: new AskedPictures((userId) => schedule.rankOf(userId), kit.closing),
    /** Files that have to wait for room on the disk. */
    resting: new Set<number>(),
  };
});
