import type { Clock } from "../../core/clock.ts";
import type { Follower } from "../../events/followers.ts";
import type { Journal, JournalRow } from "../../events/journal.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import type { Entry, Place, SearchIndex } from "../../platform/search/search-index.ts";
import { mediaOf } from "../media/attachments.ts";
import { messageDeleted, messageUpdated, newMessage } from "./events.ts";
import { toEntry } from "./searchable.ts";
import { type SearchableRow, searchableAfter, searchableAmong } from "./store.ts";

export interface SearchFollowerDeps {
  db: Database;
  journal: Journal;
  index: SearchIndex;
  clock: Clock;
}

/** Messages that a new index is given at once. */
const fillBatch = 500;
/** Of text, that the index is given at once: searches wait meanwhile, for some 80 ms of it. */
const pieceCharacters = 262_144;
/** Much less than events are kept. */
const saveEveryMilliseconds = 3_600_000;

/**
 * Keeps the search index up with the journal; a new one is first given the messages that are there. A stop ends that
 * between two batches; it goes on from there after the next start.
 */
export function searchFollower(deps: SearchFollowerDeps): Follower {
  const { db, journal, index, clock } = deps;
  /** What has been handled since the start. An index that knows less has been put there meanwhile. */
  let handled = 0;
  /** When the place was last written. */
  let savedAt = -Infinity;

  /** Must not fail: without its search the server is still a chat. */
  async function position(): Promise<number> {
    const newest = await db.read((read) => journal.newest(read));
    const place = await usablePlace().catch(() => undefined);
    // One less than there is calls `handle` at once.
    if (place) handled = place.filledTo === null ? place.position : place.position - 1;
    else if (newest > 0) handled = newest - 1;
    else await begin(null).catch(() => {});
    return handled;
  }

  async function handle(rows: JournalRow[], upTo: number, signal: AbortSignal): Promise<void> {
    // Nothing of ours: the place of before leads to the same, as long as the journal reaches back to it.
    if (rows.length === 0 && clock.monotonic() < savedAt + saveEveryMilliseconds) return;
    const place = await filled((await usablePlace()) ?? (await begin(0)), signal);
    const news = rows.filter((row) => row.pos > place.position);
    const ids = [...new Set(news.map((row) => row.ref))];
    const entries = await db.read(async (read) => toEntries(read, await searchableAmong(read, ids)));
    const pieces = inPieces(entries);
    const last = pieces.pop()!;
    // A stop between them has all of them put again.
    for (const piece of pieces) await index.put(piece, place);
    await index.put(last, { ...place, position: Math.max(place.position, upTo) });
    handled = upTo;
    savedAt = clock.monotonic();
  }

  /** Undefined when the journal does not lead on from where the index is. */
  async function usablePlace(): Promise<Place | undefined> {
    const place = await index.place();
    if (place?.epoch !== journal.epoch) return undefined;
    if (place.position < handled || journal.hasForgotten(place.position)) return undefined;
    return place.position > (await db.read((read) => journal.newest(read))) ? undefined : place;
  }

  async function begin(filledTo: number | null): Promise<Place> {
    const position = await db.read((read) => journal.newest(read));
    const place = { epoch: journal.epoch, position, filledTo };
    await index.begin(place);
    return place;
  }

  /** What happens meanwhile is in the journal after the place, and is handled, perhaps once more, from there. */
  async function filled(place: Place, signal: AbortSignal): Promise<Place> {
    let { filledTo } = place;
    while (filledTo !== null) {
      signal.throwIfAborted();
      const after = filledTo;
      const entries = await db.read(async (read) =>
        toEntries(read, await searchableAfter(read, after, fillBatch)),
      );
      filledTo = entries.at(-1)?.id ?? null;
      await index.put(entries, { ...place, filledTo });
    }
    return { ...place, filledTo };
  }

  /** In the order of `rows`. Most messages have no file. */
  async function toEntries(read: Read, rows: SearchableRow[]): Promise<Entry[]> {
    const withFiles = rows.filter((row) => row.mediaCount > 0).map((row) => row.id);
    const media = await mediaOf(read, withFiles);
    return rows.map((row) => toEntry(row, media.get(row.id) ?? []));
  }

  return {
    name: "search",
    types: [newMessage.type, messageUpdated.type, messageDeleted.type],
    position,
    handle,
  };
}

/** One at least. */
function inPieces(entries: Entry[]): Entry[][] {
  let piece: Entry[] = [];
  const pieces = [piece];
  let characters = 0;
  for (const entry of entries) {
    if (characters >= pieceCharacters) {
      piece = [];
      pieces.push(piece);
      characters = 0;
    }
    piece.push(entry);
    characters += entry.text?.length ?? 0;
  }
  return pieces;
}
