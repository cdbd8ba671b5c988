import type { Follower } from "../../events/followers.ts";
import type { JournalRow } from "../../events/journal.ts";
import type { Kit } from "../../kit.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Entry, IndexState } from "../../platform/search/search-index.ts";
import {
  findMessages,
  mediaOf,
  messageDeleted,
  type MessageRow,
  messagesAfter,
  messageUpdated,
  newMessage,
} from "../chat/index.ts";
import { toEntry } from "./entry.ts";

/** Messages that a new index is given at once. */
const fillBatch = 500;
/** Of text, that the index is given at once: searches wait meanwhile, for some 80 ms of it. */
const batchCharacters = 262_144;
/** Much less than events are kept. */
const saveEveryMilliseconds = 3_600_000;

/**
 * Keeps the search index, a read model of messages, up with the journal; a new one is first given the messages that are
 * there. A stop ends that between two batches; it goes on from there after the next start.
 */
export class SearchFollower implements Follower {
  readonly name = "search";
  readonly types = [newMessage.type, messageUpdated.type, messageDeleted.type];
  /** What has been handled since the start. An index that knows less has been put there meanwhile. */
  #handled = 0;
  /** When the index was last told how far it is. */
  #savedAt = -Infinity;

  constructor(private readonly kit: Pick<Kit, "db" | "journal" | "searchIndex" | "clock">) {}

  /** Must not fail: without its search the server is still a chat. */
  async position(): Promise<number> {
    const newest = await this.#newest();
    const state = await this.#usableState().catch(() => undefined);
    // One less than there is calls `handle` at once.
    if (state) this.#handled = state.filledTo === null ? state.position : state.position - 1;
    else if (newest > 0) this.#handled = newest - 1;
    else await this.#begin(null).catch(() => {});
    return this.#handled;
  }

  async handle(rows: JournalRow[], upTo: number, signal: AbortSignal): Promise<void> {
    const { db, searchIndex, clock } = this.kit;
    // Nothing of ours: the position of before leads to the same, as long as the journal reaches back to it.
    if (rows.length === 0 && clock.monotonic() < this.#savedAt + saveEveryMilliseconds) return;
    const state = await this.#fill((await this.#usableState()) ?? (await this.#begin(0)), signal);
    const ids = new Set(rows.filter((row) => row.pos > state.position).map((row) => row.ref));
    const entries = await db.read(async (read) => toEntries(read, await findMessages(read, ids)));
    const reached = { ...state, position: Math.max(state.position, upTo) };
    const batches = inBatches(entries);
    // A stop between them has all of them put again.
    for (const [i, batch] of batches.entries()) {
      await searchIndex.put(batch, i === batches.length - 1 ? reached : state);
    }
    this.#handled = upTo;
    this.#savedAt = clock.monotonic();
  }

  /** Undefined when the journal does not lead on from where the index is. */
  async #usableState(): Promise<IndexState | undefined> {
    const { journal, searchIndex } = this.kit;
    const state = await searchIndex.state();
    if (state?.epoch !== journal.epoch) return undefined;
    if (state.position < this.#handled || journal.hasForgotten(state.position)) return undefined;
    return state.position > (await this.#newest()) ? undefined : state;
  }

  async #begin(filledTo: number | null): Promise<IndexState> {
    const { journal, searchIndex } = this.kit;
    const state = { epoch: journal.epoch, position: await this.#newest(), filledTo };
    await searchIndex.begin(state);
    return state;
  }

  /** What happens meanwhile is in the journal after its position, and is handled, perhaps once more, from there. */
  async #fill(state: IndexState, signal: AbortSignal): Promise<IndexState> {
    const { db, searchIndex } = this.kit;
    let { filledTo } = state;
    while (filledTo !== null) {
      signal.throwIfAborted();
      const after = filledTo;
      const entries = await db.read(async (read) =>
        toEntries(read, await messagesAfter(read, after, fillBatch)),
      );
      filledTo = entries.at(-1)?.id ?? null;
      await searchIndex.put(entries, { ...state, filledTo });
    }
    return { ...state, filledTo };
  }

  #newest(): Promise<number> {
    return this.kit.db.read((read) => this.kit.journal.newest(read));
  }
}

/** In the order of `rows`. Most messages have no file. */
async function toEntries(read: Read, rows: MessageRow[]): Promise<Entry[]> {
  const withFiles = rows.filter((row) => row.mediaCount > 0).map((row) => row.id);
  const media = await mediaOf(read, withFiles);
  return rows.map((row) => toEntry(row, media.get(row.id) ?? []));
}

/** One at least. */
function inBatches(entries: Entry[]): Entry[][] {
  let batch: Entry[] = [];
  const batches = [batch];
  let characters = 0;
  for (const entry of entries) {
    if (characters >= batchCharacters) {
      batch = [];
      batches.push(batch);
      characters = 0;
    }
    batch.push(entry);
    characters += entry.text?.length ?? 0;
  }
  return batches;
}
