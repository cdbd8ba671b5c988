import { expect, test } from "bun:test";

import { systemClock } from "../../src/core/clock.ts";
import { FairSlots } from "../../src/core/fair-slots.ts";
import { TokenBuckets } from "../../src/core/token-bucket.ts";
import type { JournalRow } from "../../src/events/journal.ts";
import { replay, type ResumeDeps } from "../../src/events/resume.ts";
import { ManualClock } from "../support/clock.ts";

const newest = 2000;

/** What a replay needs, over a journal of nothing but messages in one chat; `pages` are whose they were, in order. */
function journal(slots: FairSlots) {
  const pages: number[] = [];
  const rows = (after: number, upTo: number, most: number) =>
    Array.from({ length: Math.min(most, upTo - after) }, (_, i) => ({
      pos: after + 1 + i,
      type: "new_message",
    }));
  const deps = {
    db: { read: (work: (read: object) => unknown) => work({}) },
    journal: {
      newest: () => newest,
      rows: async (_: object, __: string[], after: number, upTo: number, most: number) =>
        rows(after, upTo, most) as JournalRow[],
      hasForgotten: () => false,
    },
    dispatch: { position: newest },
    events: new Map(),
    slots,
    clock: systemClock,
    audiencesOf: async (_: object, { userId }: { userId: number }) => {
      pages.push(userId);
      return [];
    },
  };
  return { pages, deps: deps as unknown as ResumeDeps };
}

test("people who catch up have a page in turn, however many sockets one of them has", async () => {
  const slots = { inAll: 1, waitingPerPerson: Infinity, waitingInAll: Infinity };
  const { pages, deps } = journal(new FairSlots({ ...slots, perPerson: 1 }));
  const come = (userId: number) =>
    replay(deps, { userId, sessionId: 1 }, 0, { send: () => true, isGone: () => false }, () => {});
  const [many, one] = [1, 2];
  await Promise.all([...Array.from({ length: 8 }, () => come(many)), come(one)]);
  const theirs = pages.filter((userId) => userId === one).length;
  expect(theirs).toBeGreaterThan(5);
  expect(pages.filter((userId) => userId === many)).toHaveLength(8 * theirs);
  expect(pages.lastIndexOf(one)).toBeLessThan(3 * theirs);
});

test("who went away while they waited is sent nothing more, and owes nothing more", async () => {
  const slots = { perPerson: 1, inAll: 1, waitingPerPerson: Infinity, waitingInAll: Infinity };
  const { pages, deps } = journal(new FairSlots(slots));
  const clock = new ManualClock();
  const budget = new TokenBuckets({ burst: 10, perSecond: 1 }, () => clock.monotonic());
  budget.owe(1, 12);
  const limited = { ...deps, clock, budget };
  const gone = replay(
    limited,
    { userId: 1, sessionId: 1 },
    0,
    { send: () => false, isGone: () => true },
    () => {},
  );
  expect(await gone).toBe(true);
  let isGone = false;
  const leaving = replay(
    limited,
    { userId: 1, sessionId: 1 },
    0,
    { send: () => true, isGone: () => isGone },
    () => {},
  );
  await new Promise(setImmediate);
  isGone = true;
  clock.turn(2000);
  expect(await leaving).toBe(true);
  expect([pages, budget.owe(1, 0)]).toEqual([[], 0]);
});
