import { signal, type Signal } from "@preact/signals-core";

import { ParleyError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { change, set } from "../told.ts";
import type { ConnectedFrame, ServerFrame } from "../wire.ts";
import { apply } from "./apply.ts";
import type { Replica } from "./replica.ts";
import type { Change } from "./rows.ts";
import { Writer } from "./writer.ts";

export interface SyncParts {
  replica: Replica;
  store: Store;
  /** The cursor that the store has. */
  cursor: string | undefined;
  /**
   * Loads everything; answers what to change by then, undefined where that came to nothing. `isOtherDatabase`: what had been kept of
   * the server is of another one. `signal`: aborted when the line is lost.
   */
  load(isOtherDatabase: boolean, signal: AbortSignal): Promise<(() => Change[]) | undefined>;
  /** After each event. */
  applied(event: ServerFrame): void;
  /** The store belongs to another program, or fails. */
  storeLost(error: unknown): void;
}

/** Keeps a replica in step with the server, and what is stored in step with the replica. */
export class Sync {
  /** Everything up to now has been applied. */
  readonly isLive: Signal<boolean> = signal(false);
  /** Everything is being loaded: nobody knows yet what is still so. */
  readonly isLoading: Signal<boolean> = signal(false);
  readonly #writer: Writer;
  #cursor: string | undefined;
  /** Events that wait for a load of everything. */
  #waiting: ServerFrame[] | undefined;
  #loading: AbortController | undefined;
  /** Counts loads of everything: what was asked for before one is old. */
  #loads = 0;
  #isClosed = false;
  /** Of each request that is under way: the events that came meanwhile. */
  readonly #meanwhile = new Set<ServerFrame[]>();

  constructor(private readonly parts: SyncParts) {
    this.#cursor = parts.cursor;
    this.#writer = new Writer(parts.store, (error) => parts.storeLost(error));
  }

  get cursor(): string | undefined {
    return this.#cursor;
  }

  heard(frame: ServerFrame): void {
    if (frame.type === "connected") {
      if (this.#cursor === undefined) this.#loadAll(frame);
    } else if (frame.type === "resync") this.#loadAll(frame, frame.reason === "epoch_changed");
    else if (frame.type === "resumed") {
      this.#moveTo([], frame.to);
      set(this.isLive, true);
    } else if (this.#waiting) this.#waiting.push(frame);
    else this.#apply(frame);
  }

  lost(): void {
    set(this.isLive, false);
    this.#waiting = undefined;
    this.#loading?.abort();
    set(this.isLoading, false);
  }

  /** Changes that nobody waits for. */
  change(changes: readonly Change[]): void {
    if (changes.length > 0) this.write(changes).catch(() => {});
  }

  /**
   * Changes of one's own. Resolves when they are stored, or where the store has failed. Errors: `aborted` after `close`, because the
   * store may be another's by then; `store_moved` where it is.
   */
  async write(changes: readonly Change[]): Promise<void> {
    if (this.#isClosed) throw closed();
    this.parts.replica.commit(changes);
    await this.#writer.write(changes);
  }

  /**
   * Asks the server for something, and makes changes of the answer. Events that came meanwhile are applied once more:
   * what they say may be newer. Undefined where the answer may be too old for that: everything was loaded anew meanwhile, or
   * somebody was taken out of a chat or put into one. Error: `aborted` where this was closed.
   */
  async ask<A>(request: () => Promise<A>, toChanges: (answer: A) => Change[]): Promise<A | undefined> {
    const events: ServerFrame[] = [];
    const loads = this.#loads;
    this.#meanwhile.add(events);
    try {
      const answer = await request();
      if (this.#isClosed) throw closed();
      if (loads !== this.#loads || events.some(isAboutBeingThere)) return undefined;
      const changes = toChanges(answer);
      change(() => {
        this.change(changes);
        for (const event of events) this.change(apply(this.parts.replica, event));
      });
      return answer;
    } finally {
      this.#meanwhile.delete(events);
    }
  }

  /** Settles when everything has been stored; nothing is any more from now on. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#loading?.abort();
    return this.#writer.settled();
  }

  #apply(frame: ServerFrame): void {
    const cursor = "cursor" in frame ? frame.cursor : undefined;
    const changes = apply(this.parts.replica, frame);
    if (cursor === undefined) this.parts.replica.commit(changes);
    else this.#moveTo(changes, cursor);
    for (const events of this.#meanwhile) events.push(frame);
    this.parts.applied(frame);
  }

  /** An event's changes and its cursor are stored in one transaction. */
  #moveTo(changes: Change[], cursor: string): void {
    this.parts.replica.commit(changes);
    const from = this.#cursor;
    this.#cursor = cursor;
    this.#writer.write(changes, { from, to: cursor }).catch(() => {});
  }

  /** The cursor of the frame is stored with what was loaded, so that a program that ends before loads again. */
  #loadAll({ cursor }: Pick<ConnectedFrame, "cursor">, isOtherDatabase = false): void {
    const waiting: ServerFrame[] = [];
    this.#waiting = waiting;
    this.#loads += 1;
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    change(() => {
      this.isLive.value = false;
      this.isLoading.value = true;
    });
    void this.parts.load(isOtherDatabase, signal).then((toChanges) => {
      // The line was lost meanwhile; the next one begins anew.
      if (signal.aborted || !toChanges) return;
      this.#waiting = undefined;
      change(() => {
        this.#moveTo(toChanges(), cursor);
        for (const event of waiting) this.#apply(event);
        this.isLoading.value = false;
        this.isLive.value = true;
      });
    });
  }
}

function isAboutBeingThere({ type }: ServerFrame): boolean {
  return type === "chat_created" || type === "chat_removed";
}

export function closed(): ParleyError {
  return new ParleyError("aborted", "The session was closed.");
}
