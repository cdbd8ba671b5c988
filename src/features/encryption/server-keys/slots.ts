import { slotsOfThread } from "../../../core/fair-slots.ts";
import { perKit } from "../../../kit.ts";

/** Of one person: a second device that asks meanwhile. */
export const waitingPerPerson = 2;
/** Together some three seconds of work. */
export const waitingInAll = 20;

/** Whose slow work on keys comes next. Each piece needs a processor and up to 256 MiB of memory: two at a time. */
export const cryptoSlots = perKit(() => slotsOfThread({ waitingPerPerson, waitingInAll }));
