import { effect } from "@preact/signals-core";

import { waitAfter } from "../backoff.ts";
import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { maySucceedLater, ParleyError } from "../errors.ts";
import { counted, dropEntry, putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Change } from "../replica/rows.ts";
import type { Sync } from "../replica/sync.ts";
import type { Socket } from "../socket.ts";
import type { Store } from "../store/store.ts";
import { restart } from "./age.ts";
import { report, set } from "../told.ts";
import type { Entry, SendEntry } from "./entry.ts";
import { uploadFiles } from "./files.ts";
import { findSent } from "./find-sent.ts";
import { isSealable, sealAnew, whatIsLeft, sealed, type Sealer, waitsForOthers } from "./sealing.ts";
import { type Doors, send, transmit } from "./transmit.ts";

export interface OutboxParts {
  replica: Replica;
  sync: Sync;
  socket: Socket;
  caller: Caller;
  store: Store;
  environment: Environment;
  sealer: Sealer;
}

/** Entries under way at once, so that a long offline day does not flood the server. */
const mostAtOnce = 16;

/**
 * Sends what has been asked for, again and again until the server has answered. Messages of a chat go one after another, and what
 * stands behind one that was refused waits for a person; edits, deletions, reactions and markers hold up nobody.
 */
export class Outbox {
  readonly #underWay = new Map<string, AbortController>();
  /** Of requests that repeating is cheaper than waiting for. */
  readonly #overRest = new Set<AbortController>();
  /** Not before this, by entry. */
  readonly #again = new Map<string, { at: number; attempt: number }>();
  /** Ids of the files that the entries name. */
  #files: ReadonlySet<string | undefined> = new Set();
  #timer: unknown;
  #isClosed = false;
  /** While it is not known whether what waits is still meant. */
  #rests = false;
  readonly #stop: () => void;

  constructor(private readonly parts: OutboxParts) {
    parts.sync.change(restart(parts.replica, parts.environment.now()));
    const { replica, sync, socket } = parts;
    let wasLive = false;
    let mayRun = sync.cursor === undefined;
    this.#stop = effect(() => {
      const isLive = sync.isLive.value;
      void replica.outboxVersion.value;
      // What is kept may be of a database that the server has no more: the socket says so, unless it does not come about.
      mayRun ||= isLive || socket.state.value === "waiting";
      this.#rests = !mayRun || sync.isLoading.value;
      if (isLive && !wasLive) this.#hurry();
      wasLive = isLive;
      queueMicrotask(() => this.#run());
    });
  }

  /** The next place at the end. */
  nextOrder(): number {
    let last = 0;
    for (const { order } of this.parts.replica.outbox.values()) last = Math.max(last, order);
    return last + 1;
  }

  /** Stops what is under way for an entry, such as an upload. */
  cancel(key: string): void {
    this.#underWay.get(key)?.abort();
    this.#again.delete(key);
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.parts.environment.clearTimeout(this.#timer);
    for (const one of [...this.#underWay.values(), ...this.#overRest]) one.abort();
  }

  #run(): void {
    if (this.#isClosed || this.#rests) return;
    this.#dropFiles();
    const { elapsed, setTimeout, clearTimeout } = this.parts.environment;
    let soonest = Infinity;
    for (const entry of this.#due()) {
      if (this.#underWay.size >= mostAtOnce) break;
      if (this.#underWay.has(entry.key)) continue;
      const at = this.#again.get(entry.key)?.at ?? 0;
      if (at <= elapsed()) void this.#attempt(entry);
      else soonest = Math.min(soonest, at);
    }
    clearTimeout(this.#timer);
    if (soonest < Infinity) this.#timer = setTimeout(() => this.#run(), Math.max(0, soonest - elapsed()));
  }

  /** The bytes of what has been sent, or is not wanted any more. */
  #dropFiles(): void {
    const named = new Set(
      [...this.parts.replica.outbox.values()].flatMap((one) =>
        one.kind === "send" ? one.files.flatMap(({ id, thumbnail }) => [id, thumbnail]) : [],
      ),
    );
    for (const id of this.#files)
      if (id !== undefined && !named.has(id)) this.parts.store.dropFile(id).catch(() => {});
    this.#files = named;
  }

  /** What waits for a line need not wait any longer; what went out over another may have been lost with it, and is sent again. */
  #hurry(): void {
    this.#again.clear();
    for (const controller of this.#overRest) controller.abort();
  }

  /** In their order; of the messages of a chat only the first. */
  #due(): Entry[] {
    const taken = new Set<number>();
    return [...this.parts.replica.outbox.values()]
      .toSorted((a, b) => a.order - b.order)
      .filter((entry) => {
        if (waitsForOthers(this.parts.sealer, entry)) {
          if (taken.has(entry.chat_id)) return false;
          taken.add(entry.chat_id);
        }
        return entry.state === "waiting" || entry.state === "sending";
      });
  }

  async #attempt(entry: Entry): Promise<void> {
    const { key } = entry;
    const controller = new AbortController();
    this.#underWay.set(key, controller);
    try {
      if (entry.kind === "send") await this.#send(entry, controller.signal);
      else await this.#transmit(entry);
      this.#again.delete(key);
    } catch (error) {
      await this.#refused(entry, error).catch(report);
    } finally {
      this.#underWay.delete(key);
      this.parts.replica.progress.delete(key);
      this.#run();
    }
  }

  async #send(entry: SendEntry, signal: AbortSignal): Promise<void> {
    const { replica, sync, environment } = this.parts;
    const found = await findSent(this.parts, entry, environment.now());
    if (found) return;
    const ready = await uploadFiles(this.parts, entry, signal, (sent) => this.#progressed(entry, sent));
    const before = replica.outbox.get(entry.key);
    if (signal.aborted || before?.kind !== "send") return;
    const made = await sealed(this.parts.sealer, { ...before, ...ready });
    const now = replica.outbox.get(entry.key);
    if (signal.aborted || now?.kind !== "send") return;
    // It has got another text while it was sealed.
    if (made.sealed && now.content !== before.content && !before.sealed) return this.#send(now, signal);
    // Before it goes out: one that may have arrived cannot be taken back any more.
    const going: SendEntry = { ...now, ...ready, sealed: made.sealed, state: "sending", was_sent: true };
    await sync.write([putEntry(going)]);
    const ids = going.files
      .flatMap(({ media_id, attachment }) => [media_id, attachment?.thumbnail?.media_id])
      .filter((id) => id !== undefined);
    await this.#hurriedly((doors) =>
      sync.ask(
        () => send(doors, going, ids),
        (acknowledged) => acknowledged(),
      ),
    );
  }

  async #transmit(entry: Exclude<Entry, SendEntry>): Promise<void> {
    const { sync, replica } = this.parts;
    const ready = isSealable(entry) ? await sealed(this.parts.sealer, entry) : entry;
    const isSame = () => sameWish(entry, replica.outbox.get(entry.key));
    if (!isSame()) return;
    await sync.write([putEntry({ ...ready, state: "sending", was_sent: true })]);
    const done = () => (isSame() ? [whatIsLeft(ready, replica.outbox.get(entry.key))] : []);
    let count: Change[] = [];
    await this.#hurriedly((doors) =>
      sync.ask(
        async () => {
          const acknowledged = await transmit(doors, ready);
          count = acknowledged.isStored ? counted(ready) : [];
          return acknowledged;
        },
        ({ changes }) => [...changes(), ...count, ...(entry.kind === "react" ? [] : done())],
      ),
    );
    // Events that are older than the answer may still be under way to here: a reaction is shown by its entry until they have come.
    if (entry.kind === "react" && isSame()) await this.parts.socket.ask("ping", {}).catch(() => {});
    // Nothing of it was changed where everything was loaded meanwhile.
    if (isSame() || count.length > 0) await sync.write([...count, ...done()]);
  }

  /** Runs something whose REST call is given up when the socket is back. */
  async #hurriedly(run: (doors: Doors) => Promise<unknown>): Promise<void> {
    const controller = new AbortController();
    const { caller } = this.parts;
    const call: Caller["call"] = (name, input) => caller.call(name, input, controller);
    this.#overRest.add(controller);
    try {
      await run({ ...this.parts, caller: { call } });
    } finally {
      this.#overRest.delete(controller);
    }
  }

  #progressed({ key, chat_id }: SendEntry, sent: number): void {
    const { replica } = this.parts;
    replica.progress.set(key, sent);
    const state = replica.chats.get(chat_id);
    if (state) set(state.version, state.version.value + 1);
  }

  async #refused(entry: Entry, error: unknown): Promise<void> {
    const { replica, sync, environment } = this.parts;
    const now = replica.outbox.get(entry.key);
    if (!now || this.#isClosed || !sameWish(entry, now)) return;
    const known = error instanceof ParleyError ? error : undefined;
    if (known?.code === "aborted") return;
    if (known && isOver(known)) return this.close();
    if (known?.code === "stale_epoch" && now.sealed) {
      await this.parts.sealer.outdate(now.chat_id);
      this.#again.delete(entry.key);
      return sync.write(sealAnew(replica, now));
    }
    if (!known || maySucceedLater(known) || known.code === "unauthorized") {
      const attempt = (this.#again.get(entry.key)?.attempt ?? -1) + 1;
      const wait = waitAfter(environment, error, attempt);
      this.#again.set(entry.key, { at: environment.elapsed() + wait, attempt });
      return sync.write([putEntry({ ...now, state: "waiting" })]);
    }
    // What nobody has written is not worth a question.
    const isUnwanted = now.kind === "send" && now.is_removed;
    if (entry.kind === "react" || entry.kind === "read" || isUnwanted)
      return sync.write([dropEntry(entry.key)]);
    const { code, message: detail, errors } = known;
    return sync.write([putEntry({ ...now, state: "failed", refusal: { code, detail, errors } })]);
  }
}

/** The session has ended: nothing is refused by that, and it goes on with the next one. */
function isOver({ code }: ParleyError): boolean {
  return ["invalid_refresh_token", "signed_out", "other_person"].includes(code);
}

/** Whether an entry still asks for what was sent: it may have been replaced meanwhile. */
function sameWish(sent: Entry, now: Entry | undefined): boolean {
  if (!now || now.kind !== sent.kind || now.state === "failed" || now.state === "asks") return false;
  if (sent.kind === "send" && now.kind === "send") return now.content === sent.content;
  if (sent.kind === "edit" && now.kind === "edit") return now.client_id === sent.client_id;
  if (sent.kind === "react" && now.kind === "react") return now.is_on === sent.is_on;
  if (sent.kind === "read" && now.kind === "read") return now.message_id === sent.message_id;
  return true;
}
