import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import type { FairSlots } from "../core/fair-slots.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import type { Database, Read } from "../platform/db/database.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Audience, EventDefinition, Viewer } from "./event.ts";
import type { Journal, JournalRow } from "./journal.ts";

/** What a user may hear, and from which position on. */
export interface Hearing {
  audience: Audience;
  after: number;
}

export interface ResumeDeps {
  db: Database;
  journal: Journal;
  dispatch: Dispatch;
  /** All kinds of events, by type. */
  events: ReadonlyMap<string, EventDefinition>;
  /** Errors: `unauthorized` when the session has ended, which an open socket may not have heard yet. */
  audiencesOf(read: Read, actor: Actor): Promise<Hearing[]>;
  isOnline(userId: number): boolean;
  /** Where pages are made: each person has few slots, and all together. */
  slots: FairSlots;
  /** How many events one person is sent again. Undefined without limits. */
  budget: TokenBuckets | undefined;
  clock: Clock;
  /** The type of the event that brings a message: its `ref`, to the chat that is its audience. */
  messageType: string;
}

/** The socket that catches up. */
export interface Replayed {
  isGone(): boolean;
  /** Sends the frame of one row, and waits while the client does not keep up. False when the socket is gone. */
  send(frame: string, row: JournalRow): Promise<boolean> | boolean;
}

/** Called in the tick in which `position` is the last one dispatched: from here on the socket hears `topics`. */
export type GoLive = (topics: string[], position: number, replayed: number) => void;

/** Frames are made and sent in pages, with a turn of the event loop between them. */
const pageRows = 200;
/** How many positions one page looks at: few where a user hears much, more while it finds little. */
const smallestWindow = 1024;
const largestWindow = 1 << 20;

/** Puts a socket on live from the present position on. */
export async function startLive(deps: ResumeDeps, actor: Actor, live: GoLive): Promise<void> {
  const hearing = await deps.db.read((read) => deps.audiencesOf(read, actor));
  goLive(deps, hearing, 0, live);
}

/**
 * Sends every event after `from` that the user may hear, each once and in order, then puts the socket on live
 * without a gap. Ends early, without `live`, when the socket goes away. Answers false, also without `live`, when
 * events were forgotten before they could be sent.
 *
 * Live frames would overtake a replay, so the socket must hear nothing meanwhile.
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
      // Whoever has been sent very much waits, however many short replays it was.
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
      // Before the slot is free, so that those who had one before are there again to wait for it.
      await new Promise(setImmediate);
    } finally {
      release();
    }
  }
}

/** False when the socket is gone. Backpressure releases the slot: who does not read keeps nobody waiting. */
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
  // All that this snapshot has will have been dispatched when the read settles. Looking at the dispatched
  // position instead, one would lag behind by a group for as long as others write.
  const upTo = Math.min(await deps.journal.newest(read), atMost);
  const hearing = await deps.audiencesOf(read, actor);
  const since = new Map(hearing.map((one) => [one.audience, one.after]));
  const rows = await deps.journal.rows(read, [...since.keys()], after, upTo, pageRows);
  const heard = rows.filter((row) => row.pos > (since.get(row.audience) ?? Infinity));
  // Of a full page: there may be more up to `upTo`.
  const last = rows.length === pageRows ? rows.at(-1) : undefined;
  return {
    frames: await encodeRows(deps, read, heard, { id: actor.userId, isOnline: deps.isOnline }),
    end: last?.pos ?? upTo,
    hearing,
  };
}

/** The rows' frames in the rows' order, each kind of event loaded at once. */
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
