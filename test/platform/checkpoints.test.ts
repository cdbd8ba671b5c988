import { expect, test } from "bun:test";

import { openLog } from "../../src/core/log.ts";
import type { ReaderThread } from "../../src/platform/db/reader-thread.ts";
import { Checkpoints } from "../../src/platform/db/checkpoints.ts";
import { ManualClock } from "../support/clock.ts";

/** Checkpoints whose attempts end as a test says, one after another. */
function scene(...outcomes: (boolean | Error)[]) {
  const clock = new ManualClock();
  const fatal: unknown[] = [];
  let attempts = 0;
  const emptyLog = async () => {
    const outcome = outcomes[attempts++] ?? true;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const checkpoints = new Checkpoints({
    readerThread: { emptyLog } as unknown as ReaderThread,
    clock,
    log: openLog(
      "error",
      () => 0,
      () => {},
    ),
    logBytes: () => 2,
    mostLogBytes: 1,
    betweenGroups: (work) => work(),
    onFatal: (error) => fatal.push(error),
  });
  /** Lets a second pass, and what falls due in it finish. */
  const second = async () => {
    clock.turn(1000);
    await settled();
  };
  return { checkpoints, second, fatal, attempts: () => attempts };
}

const settled = () => new Promise(setImmediate);
const vendorError = (code: string) => Object.assign(new Error(code), { code });

test("without space writes are refused, and a second after there is some they are not", async () => {
  const { checkpoints, second, fatal } = scene(vendorError("SQLITE_FULL"), vendorError("SQLITE_FULL"), true);
  checkpoints.look();
  await settled();
  expect(checkpoints.spaceLost).toBe(true);
  await second();
  expect(checkpoints.spaceLost).toBe(true);
  await second();
  expect(checkpoints.spaceLost).toBe(false);
  expect(fatal).toEqual([]);
});

test("space that is back is noticed also while another program reads the database", async () => {
  const { checkpoints, second } = scene(vendorError("SQLITE_FULL"), false);
  checkpoints.look();
  await settled();
  expect(checkpoints.spaceLost).toBe(true);
  await second();
  expect(checkpoints.spaceLost).toBe(false);
});

test("a flush that failed is not tried again", async () => {
  const { checkpoints, second, fatal, attempts } = scene(vendorError("SQLITE_IOERR_FSYNC"));
  checkpoints.look();
  await settled();
  await second();
  expect(fatal).toHaveLength(1);
  expect(attempts()).toBe(1);
});
