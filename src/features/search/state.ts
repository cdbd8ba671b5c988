import { slotsOfThread } from "../../core/fair-slots.ts";
import { type Kit, perKit } from "../../kit.ts";

/** For searches in the thread of the index: people take turns. */
export const searchSlots = perKit(({ settings }: Kit) =>
  slotsOfThread({ waitingPerPerson: settings.searchesPerUser, waitingInAll: settings.searchesWaiting }),
);
