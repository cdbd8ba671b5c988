import { FairSlots } from "../../core/fair-slots.ts";
import { type Kit, perKit } from "../../kit.ts";

/**
 * Slots in the thread of the index, which does one thing after another. The second one is for what comes next: as
 * nobody has both, who comes while one person searches is next.
 */
export const searchSlots = perKit(
  ({ settings }: Kit) =>
    new FairSlots({
      perPerson: 1,
      inAll: 2,
      waitingPerPerson: settings.searchesPerUser,
      waitingInAll: settings.searchesWaiting,
    }),
);
