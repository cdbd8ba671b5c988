/** What followers are given from memory is what the database has. SEED repeats it. */
import { expect, test } from "bun:test";

import { systemClock } from "../../src/core/clock.ts";
import { Dispatch } from "../../src/events/dispatch.ts";
import { chatAudience, type EventDefinition } from "../../src/events/event.ts";
import { Journal, type JournalRow } from "../../src/events/journal.ts";
import type { Database } from "../../src/platform/db/database.ts";
import { localFanout } from "../../src/platform/fanout/local.ts";
import { sqlite } from "../contract/sqlite.ts";
import { Storage } from "../contract/storage.ts";
import { Chance } from "../support/random.ts";

const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
const types = ["new_message", "chat_read", "user_changed"];
/** More than are kept in memory. */
const events = 4500;

const open = (db: Database) => Journal.open(db, systemClock, new Dispatch(localFanout()));

/** Verbs, of which each third fails; an event may replace an earlier one. */
async function happen(db: Database, journal: Journal): Promise<void> {
  let known = [0];
  while (known.length < events) {
    const positions = [...known];
    const verb = db.transact(async (tx) => {
      for (let i = chance.below(50); i > 0; i--) {
        const event: EventDefinition = { type: chance.pick(types), summary: "" };
        const replaces = chance.pick([
          0,
          0,
          positions.at(-1 - chance.below(Math.min(positions.length, 1500)))!,
        ]);
        positions.push(await journal.record(tx, event, chatAudience(i), i, {}, { replaces }));
      }
      if (chance.below(3) === 0) throw new RangeError("not this time");
      known = positions;
    });
    await verb.catch((error: unknown) => expect(error).toBeInstanceOf(RangeError));
  }
}

test(`what has happened is the same from memory and from the database (SEED=${chance.seed})`, async () => {
  await using storage = await Storage.open(sqlite());
  const journal = await open(storage.db);
  await happen(storage.db, journal);
  // This one remembers nothing.
  const stranger = await open(storage.db);
  const newest = await storage.db.read((read) => journal.newest(read));
  for (let i = 0; i < 500; i++) {
    const asked = types.slice(chance.below(types.length));
    const [after, limit] = [chance.below(newest), 1 + chance.below(400)];
    expect(await journal.toldOf(asked, after, limit)).toEqual(await stranger.toldOf(asked, after, limit));
  }
  const all = await stranger.toldOf(["chat_read"], 0, events);
  const followed: JournalRow[] = [];
  for (let after = 0; after < newest;) {
    const { rows, upTo } = await journal.toldOf(["chat_read"], after, 200);
    followed.push(...rows);
    after = upTo;
  }
  expect(followed).toEqual(all.rows);
});
