import type { Database, Read } from "../platform/db/database.ts";
import type { Dispatch } from "./dispatch.ts";
import type { Audience, EventDefinition } from "./event.ts";
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
  audiencesOf(read: Read, userId: number): Promise<Hearing[]>;
}

/** The socket that a replay goes to. */
export interface ReplayTarget {
  readonly userId: number;
  /** Sends one frame, and waits while the client does not keep up. False when the socket is gone. */
  send(frame: string): Promise<boolean> | boolean;
  /** Called without a pause between the last look at the position and this: from here on it hears live. */
  goLive(topics: string[], position: number): void;
}

/** Frames are made and sent in pages, with a turn of the event loop between them. */
const pageRows = 200;
/** How many positions one page looks at: few where a user hears much, more while it finds little. */
const smallestWindow = 1024;
const largestWindow = 1 << 20;

/** Puts a socket on live from the present position on. */
export async function startLive(deps: ResumeDeps, target: ReplayTarget): Promise<void> {
  const hearing = await deps.db.read((read) => deps.audiencesOf(read, target.userId));
  goLive(deps, target, hearing);
}

/**
 * Sends every event after `from` that the user may hear, each once and in order, then puts the socket on live
 * without a gap. Answers how many were sent, or undefined when the socket went away. `caughtUp` is called with
 * that number in the tick in which the socket goes live, before it does.
 *
 * Live frames would overtake a replay, so the socket must hear nothing meanwhile.
 */
export async function replay(
  deps: ResumeDeps,
  target: ReplayTarget,
  from: number,
  caughtUp: (count: number) => void,
): Promise<void> {
  let window = smallestWindow;
  let count = 0;
  for (let after = from; ;) {
    const upTo = Math.min(deps.dispatch.position, after + window);
    const page = await deps.db.read((read) => loadPage(deps, read, target.userId, after, upTo));
    for (const frame of page.frames) {
      if (!(await target.send(frame))) return;
    }
    count += page.frames.length;
    after = page.end;
    if (after === deps.dispatch.position) {
      caughtUp(count);
      goLive(deps, target, page.hearing);
      return;
    }
    const sparse = page.frames.length < pageRows / 4;
    window = sparse ? Math.min(window * 2, largestWindow) : smallestWindow;
    await new Promise(setImmediate);
  }
}

function goLive(deps: ResumeDeps, target: ReplayTarget, hearing: Hearing[]): void {
  const { position } = deps.dispatch;
  const topics = hearing.filter((one) => one.after <= position).map((one) => one.audience);
  target.goLive(topics, position);
}

interface Page {
  frames: string[];
  /** The position up to which this page is complete. */
  end: number;
  hearing: Hearing[];
}

async function loadPage(
  deps: ResumeDeps,
  read: Read,
  userId: number,
  after: number,
  upTo: number,
): Promise<Page> {
  const hearing = await deps.audiencesOf(read, userId);
  const since = new Map(hearing.map((one) => [one.audience, one.after]));
  const rows = await deps.journal.rows(read, [...since.keys()], after, upTo, pageRows);
  const heard = rows.filter((row) => row.pos > since.get(row.audience)!);
  return {
    frames: await encodeRows(deps, read, heard, userId),
    end: rows.length === pageRows ? rows.at(-1)!.pos : upTo,
    hearing,
  };
}

/** The rows' frames in the rows' order, each kind of event loaded at once. */
async function encodeRows(
  deps: ResumeDeps,
  read: Read,
  rows: JournalRow[],
  viewer: number,
): Promise<string[]> {
  const frames = new Map<number, string>();
  for (const [type, sameKind] of Map.groupBy(rows, (row) => row.type)) {
    const event = deps.events.get(type);
    if (!event?.load) continue;
    const payloads = await event.load(read, sameKind, viewer);
    payloads.forEach((payload, i) => {
      const { pos } = sameKind[i]!;
      if (payload) frames.set(pos, deps.dispatch.encode(pos, event, payload));
    });
  }
  return rows.flatMap((row) => frames.get(row.pos) ?? []);
}
