import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import type { FairSlots } from "../core/fair-slots.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import type { Database, Read } from "../platform/db/database.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Audience, EventDefinition, Viewer } from "./event.ts";
import type { Journal, JournalRow } from "./journal.ts";

/** An audience that a user belongs to, and the position from which on. */
export interface Hearing {
  audience: Audience;
  after: number;
}

export interface ResumeDeps {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  /** All events, by type. */
  events: ReadonlyMap<string, EventDefinition>;
  /** Errors: `unauthorized` when the session has ended, which an open socket may not have heard yet. */
  audiencesOf(read: Read, actor: Actor): Promise<Hearing[]>;
  isOnline(userId: number): boolean;
  /** Slots for loading pages: few for each person, and for all together. */
  slots: FairSlots;
  /** The rate at which events are sent again, by person. Undefined without limits. */
  budget: TokenBuckets | undefined;
  clock: Clock;
  /** The type of the event for a new message: `ref` is the message, the audience its chat. */
  messageType: string;
}

/** A socket that catches up. */
export interface Replayed {
  isGone(): boolean;
  /** Sends the frame of one row, and waits while the client does not keep up. False when the socket is gone. */
  send(frame: string, row: JournalRow): Promise<boolean> | boolean;
}

/**
 * Called in the same turn of the event loop in which `position` is the last one dispatched: from then on the socket
 * hears `topics`.
 */
export type GoLive = (topics: string[], position: number, replayed: number) => void;

/** Frames are made and sent in pages, with a turn of the event loop between them. */
const pageRows = 200;
/** How many positions one page looks at: few where a user hears much, more while it finds little. */
const smallestWindow = 1024;
const largestWindow = 1 << 20;

/** Switches a socket to live events at the present position. */
export async function startLive(deps: ResumeDeps, actor: Actor, live: GoLive): Promise<void> {
  const hearing = await deps.db.read((read) => deps.audiencesOf(read, actor));
  goLive(deps, hearing, 0, live);
}

/**
 * Replays every event after `from` that the user may hear, each once and in order, then switches the socket to live
 * events without a gap. Ends early, without calling `live`, when the socket goes away. Returns false, also without
 * calling `live`, when events were pruned before they could be sent.
 *
 * Live frames would overtake the replay, so the socket must hear nothing meanwhile.
 */
export async function replay(
  deps: ResumeDeps,
  actor: Actor,
  from: number,
  socket: Replayed,
  live: GoLive,
): Promise<boolean> {
  let window = smallestWindow;
  let count = 0;
  for (let after = from; ;) {
    const release = await deps.slots.take(actor.userId);
    try {
      if (socket.isGone()) return true;
      // The rate is for all replays of a person together, so that many short ones are no way around it.
      const owed = deps.budget?.owe(actor.userId, 0) ?? 0;
      if (owed > 0) {
        release();
        await new Promise<void>((resolve) => deps.clock.after(owed, resolve));
        continue;
      }
      const atMost = after + window;
      const page = await deps.db.read((read) => loadPage(deps, read, actor, after, atMost));
      if (deps.journal.hasForgotten(after)) return false;
      if (!(await sendPage(deps, actor, socket, page, release))) return true;
      count += page.frames.length;
      after = page.end;
      if (after === deps.dispatch.position) {
        goLive(deps, page.hearing, count, live);
        return true;
      }
      const isSparse = page.frames.length < pageRows / 4;
      window = isSparse ? Math.min(window * 2, largestWindow) : smallestWindow;
      // Before the slot is released, so that others who have just released one are waiting again: else it would not be
      // fair.
      await new Promise(setImmediate);
    } finally {
      release();
    }
  }
}

/** False when the socket is gone. Backpressure releases the slot, so that a client that does not read blocks nobody. */
async function sendPage(
  { budget }: ResumeDeps,
  actor: Actor,
  socket: Replayed,
  page: Page,
  release: () => void,
): Promise<boolean> {
  for (const { frame, row } of page.frames) {
    budget?.owe(actor.userId, 1);
    const sent = socket.send(frame, row);
    if (sent instanceof Promise) release();
    if (!(await sent)) return false;
  }
  return true;
}

function goLive(deps: ResumeDeps, hearing: Hearing[], replayed: number, live: GoLive): void {
  const { position } = deps.dispatch;
  const topics = hearing.filter((one) => one.after <= position).map((one) => one.audience);
  live(topics, position, replayed);
}

interface Encoded {
  row: JournalRow;
  frame: string;
}

interface Page {
  frames: Encoded[];
  /** The position up to which this page is complete. */
  end: number;
  hearing: Hearing[];
}

async function loadPage(
  deps: ResumeDeps,
  read: Read,
  actor: Actor,
  after: number,
  atMost: number,
): Promise<Page> {
  // When the read settles, all that this snapshot has will have been dispatched. The dispatched position would lag
  // behind by one commit for as long as others write.
  const upTo = Math.min(await deps.journal.newest(read), atMost);
  const hearing = await deps.audiencesOf(read, actor);
  const since = new Map(hearing.map((one) => [one.audience, one.after]));
  const rows = await deps.journal.rows(read, [...since.keys()], after, upTo, pageRows);
  const heard = rows.filter((row) => row.pos > (since.get(row.audience) ?? Infinity));
  // After a full page there may be more up to `upTo`.
  const last = rows.length === pageRows ? rows.at(-1) : undefined;
  return {
    frames: await encodeRows(deps, read, heard, { id: actor.userId, isOnline: deps.isOnline }),
    end: last?.pos ?? upTo,
    hearing,
  };
}

/** The frames of the rows, in the same order; each type of event is loaded at once. */
async function encodeRows(
  deps: ResumeDeps,
  read: Read,
  rows: JournalRow[],
  viewer: Viewer,
): Promise<Encoded[]> {
  const frames = new Map<number, string>();
  for (const [type, sameKind] of Map.groupBy(rows, (row) => row.type)) {
    const event = deps.events.get(type);
    if (!event?.load) continue;
    const payloads = await event.load(read, sameKind, viewer);
    sameKind.forEach(({ pos }, i) => {
      const payload = payloads[i];
      if (payload) frames.set(pos, deps.dispatch.encode(pos, event, payload));
    });
  }
  return rows.flatMap((row) => {
    const frame = frames.get(row.pos);
    return frame === undefined ? [] : { row, frame };
  });
}
