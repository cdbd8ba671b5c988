import { and, asc, desc, eq, gt, lte, sql } from "drizzle-orm";

import type { Clock } from "../core/clock.ts";
import { among, toList } from "../platform/db/among.ts";
import type { Database, Read, ReadOrm, Tx, WriteOrm } from "../platform/db/database.ts";
import type { Reach } from "../platform/fanout/fanout.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Audience, EventDefinition } from "./event.ts";
import { Recent } from "./recent.ts";
import { journal, journalState } from "./tables.ts";

export interface JournalRow {
  pos: number;
  audience: Audience;
  type: string;
  ref: number;
}

export interface Told {
  rows: JournalRow[];
  upTo: number;
}

/** Options of `record`. */
export interface RecordOptions {
  /** Who hears it live, where that is not just its audience. */
  to?: Reach;
  /** The position of an earlier event that this one supersedes and deletes, so that it is not replayed. 0 for none. */
  replaces?: number;
}

export type CursorProblem = "epoch_changed" | "too_old" | "bad_cursor";

const forgetBatch = 1000;
const day = 86_400_000;

const insert = (orm: WriteOrm) =>
  orm.insert(journal).values({
    audience: sql.placeholder("audience"),
    type: sql.placeholder("type"),
    ref: sql.placeholder("ref"),
    at: sql.placeholder("at"),
  });

const forget = (orm: WriteOrm) => orm.delete(journal).where(eq(journal.pos, sql.placeholder("pos")));

const oldest = (orm: ReadOrm) =>
  orm
    .select({ pos: journal.pos, at: journal.at })
    .from(journal)
    .orderBy(asc(journal.pos))
    .limit(sql.placeholder("limit"));

const forgetTo = (orm: WriteOrm) => orm.delete(journal).where(lte(journal.pos, sql.placeholder("upTo")));

/** The position of the last event, as a part of other queries; 0 when there was none. */
export const lastPosition = sql<number>`(select coalesce(max(${journal.pos}), 0) from ${journal})`;

const newest = (orm: ReadOrm) =>
  orm.select({ pos: journal.pos }).from(journal).orderBy(desc(journal.pos)).limit(1);

/** The columns of a JournalRow. */
const columns = { pos: journal.pos, audience: journal.audience, type: journal.type, ref: journal.ref };

const ofAudiences = (orm: ReadOrm) =>
  orm
    .select(columns)
    .from(journal)
    .where(
      and(
        among(journal.audience, "audiences"),
        gt(journal.pos, sql.placeholder("after")),
        lte(journal.pos, sql.placeholder("upTo")),
      ),
    )
    .orderBy(asc(journal.pos))
    .limit(sql.placeholder("limit"));

const ofTypes = (orm: ReadOrm) =>
  orm
    .select(columns)
    .from(journal)
    .where(and(gt(journal.pos, sql.placeholder("after")), among(journal.type, "types")))
    .orderBy(asc(journal.pos))
    .limit(sql.placeholder("limit"));

const state = (orm: ReadOrm) =>
  orm
    .select()
    .from(journalState)
    .where(eq(journalState.key, sql.placeholder("key")));

const addState = (orm: WriteOrm) =>
  orm.insert(journalState).values({ key: sql.placeholder("key"), value: sql.placeholder("value") });

const setState = (orm: WriteOrm) =>
  orm
    .update(journalState)
    .set({ value: sql`${sql.placeholder("value")}` })
    .where(eq(journalState.key, sql.placeholder("key")));

/** The journal: what happened, in the order of commits. Verbs write it inside their transaction. */
export class Journal {
  #forgottenTo: number;
  readonly #recent: Recent<JournalRow>;

  private constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly dispatch: Dispatch,
    /** A random id of this database: after a restore, cursors of the other one are recognised. */
    readonly epoch: string,
    forgottenTo: number,
  ) {
    this.#forgottenTo = forgottenTo;
    this.#recent = new Recent(dispatch.position);
  }

  static async open(db: Database, clock: Clock, dispatch: Dispatch): Promise<Journal> {
    const { epoch, forgottenTo, position } = await db.transact(async (tx) => ({
      epoch: await ensure(tx, "epoch", () =>
        Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex"),
      ),
      forgottenTo: Number(await ensure(tx, "pruned_to", () => "0")),
      position: (await tx.prepared(newest).get())?.pos ?? 0,
    }));
    dispatch.start(epoch, position);
    return new Journal(db, clock, dispatch, epoch, forgottenTo);
  }

  /**
   * Records in the caller's transaction that `event` happened, and has it dispatched once it is on disk. Returns its
   * position.
   */
  async record<P extends object>(
    tx: Tx,
    event: EventDefinition<P>,
    audience: Audience,
    ref: number,
    payload: P,
    { to, replaces = 0 }: RecordOptions = {},
  ): Promise<number> {
    const pos = await tx.insert(insert, { audience, type: event.type, ref, at: this.clock.now() });
    // After the insert: the newest row must never be deleted, or its position would be given out again.
    if (replaces > 0) await tx.prepared(forget).run({ pos: replaces });
    tx.onDurable(() => {
      if (replaces > 0) this.#recent.remove(replaces);
      this.#recent.add({ pos, audience, type: event.type, ref });
      this.dispatch.tell(pos, event as EventDefinition, audience, payload, to);
    });
    return pos;
  }

  /** The position of the last event recorded, in the caller's transaction included. */
  async newest(read: Read): Promise<number> {
    return (await read.prepared(newest).get())?.pos ?? 0;
  }

  /** The rows of `audiences` after `after` up to `upTo`, in order, at most `limit`. */
  rows(read: Read, audiences: string[], after: number, upTo: number, limit: number): Promise<JournalRow[]> {
    const values = { audiences: toList(audiences), after, upTo, limit };
    return read.prepared(ofAudiences).all(values) as Promise<JournalRow[]>;
  }

  /** The rows of `types` after `after`, in order, at most `limit`. */
  rowsOf(read: Read, types: readonly string[], after: number, limit: number): Promise<JournalRow[]> {
    const values = { types: toList(types), after, limit };
    return read.prepared(ofTypes).all(values) as Promise<JournalRow[]>;
  }

  /** The same of what has been dispatched, and the position up to which these are all. */
  async toldOf(types: readonly string[], after: number, limit: number): Promise<Told> {
    const recent = this.#recent.of(types, after, limit);
    const { rows, upTo } = recent
      ? { rows: recent, upTo: this.dispatch.position }
      : await this.db.read(async (read) => ({
          rows: await this.rowsOf(read, types, after, limit),
          upTo: await this.newest(read),
        }));
    const last = rows.length < limit ? undefined : rows.at(-1);
    return { rows, upTo: last?.pos ?? upTo };
  }

  /** Where the follower `name` is; one that is new begins here and now. */
  positionOf(name: string): Promise<number> {
    return this.db.transact(async (tx) =>
      Number(await ensure(tx, `follower ${name}`, async () => String(await this.newest(tx)))),
    );
  }

  /** Remembers that the follower `name` has handled everything up to `pos`. */
  async move(tx: Tx, name: string, pos: number): Promise<void> {
    await tx.prepared(setState).run({ key: `follower ${name}`, value: String(pos) });
  }

  /** The position that a cursor stands for, or why there is no resuming from it. */
  position(cursor: string): number | CursorProblem {
    const [, epoch, digits] = /^([0-9a-f]{12})-(\d{1,16})$/.exec(cursor) ?? [];
    if (epoch === undefined) return "bad_cursor";
    if (epoch !== this.epoch) return "epoch_changed";
    const pos = Number(digits);
    if (pos > this.dispatch.position) return "bad_cursor";
    return this.hasForgotten(pos) ? "too_old" : pos;
  }

  /** The position up to which events may have been pruned. */
  get forgottenTo(): number {
    return this.#forgottenTo;
  }

  /** Whether events after `pos` have been pruned. */
  hasForgotten(pos: number): boolean {
    return pos < this.#forgottenTo;
  }

  /**
   * Prunes a batch of events that are older than `days` and not after the position `needed`. True when there may be
   * more. The newest row always stays, so that positions are never given out again.
   */
  forgetOlder(days: number, needed: number): Promise<boolean> {
    const before = this.clock.now() - days * day;
    return this.db.transact(async (tx) => {
      const last = (await tx.prepared(newest).get())?.pos ?? 0;
      const rows = await tx.prepared(oldest).all({ limit: forgetBatch });
      const old = rows.filter((row) => row.at < before && row.pos < last && row.pos <= needed);
      const upTo = old.at(-1)?.pos;
      if (upTo === undefined) return false;
      await tx.prepared(forgetTo).run({ upTo });
      await tx.prepared(setState).run({ key: "pruned_to", value: String(upTo) });
      tx.onDurable(() => {
        this.#forgottenTo = upTo;
      });
      return old.length === forgetBatch;
    });
  }
}

async function ensure(tx: Tx, key: string, make: () => string | Promise<string>): Promise<string> {
  const known = await tx.prepared(state).get({ key });
  if (known) return known.value;
  const value = await make();
  await tx.prepared(addState).run({ key, value });
  return value;
}
