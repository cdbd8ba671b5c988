import { backoffAfter } from "../../../core/backoff.ts";
import { ChatError } from "../../../core/errors.ts";
import { Loop } from "../../../core/job.ts";
import { describeError } from "../../../core/log.ts";
import type { Kit } from "../../../kit.ts";
import { type Outcome, type PushService, PushUnavailable } from "../../../platform/push/push.ts";
import { longestMilliseconds } from "../outbox/timing.ts";
import type { OutboxRow } from "../outbox/store.ts";
import type { Sending } from "./decide.ts";
import { lookAt } from "./look.ts";
import { settleAll } from "./outcomes.ts";
import { toPush } from "./to-push.ts";
import { pushLog } from "./push-log.ts";
import * as store from "./store.ts";

/** Smaller corrections of the clock make no difference. */
const toleranceMilliseconds = 1000;
/** Lanes that become free within it are filled together. */
const restMilliseconds = 20;
/** At the stop, what is under way may finish for so long. What does not is sent again after the next start. */
const goodbyeMilliseconds = 1000;

/**
 * Takes what is due out of the outbox and hands it to one push service. Nobody waits for it, and no other service does.
 * What is accepted is written down afterwards, so that a crash in between leads to a second push (at least once), which
 * replaces the first on the device by its collapse key.
 */
export class Pusher extends Loop {
  readonly #sending = new Set<Promise<void>>();
  /** The rows under way, by device and chat. */
  readonly #underway = new Map<string, OutboxRow>();
  #pausedUntil = -Infinity;
  /** In a row, of the whole service. */
  #pauses = 0;
  /** By how much the time of day was ahead of monotonic time: less than before, and the clock has been put back. */
  #clockOffset = -Infinity;
  readonly #lines: readonly store.Line[];
  readonly #stopping = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(
    private readonly kit: Kit,
    private readonly service: PushService,
  ) {
    const { clock, log } = kit;
    super({
      name: `push by ${service.name}`,
      clock,
      log,
      step: () => this.#step(),
      restMilliseconds,
      prepare: () => this.#hasten(clock.now() + longestMilliseconds),
    });
    const channel = service.name;
    this.#lines = [
      { channel, isFailing: false },
      { channel, isFailing: true },
    ];
  }

  override get isRetrying(): boolean {
    return super.isRetrying || this.#pauses > 0;
  }

  /** There is something to send from this time on. */
  wakeAt(at: number): void {
    const milliseconds = at - this.kit.clock.now();
    if (milliseconds > 0) this.wakeIn(milliseconds);
    else this.wake();
  }

  override async settled(): Promise<void> {
    // What has ended may be what others waited for.
    for (await super.settled(); this.#sending.size > 0; await super.settled()) {
      await Promise.all(this.#sending);
    }
  }

  override async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopping.resolve();
    await super.stop();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, goodbyeMilliseconds);
    await Promise.race([Promise.all(this.#sending), promise]);
    clearTimeout(timer);
  }

  async #step(): Promise<boolean> {
    const { clock } = this.kit;
    const lanes = this.service.lanes - this.#sending.size;
    if (lanes <= 0 || this.#isStopping) return false;
    const pause = this.#pausedUntil - clock.monotonic();
    if (pause > 0) return this.wakeIn(pause);
    await this.#followClock();
    const most = lanes * this.service.atOnce;
    if ((await this.#take(most)).length === 0) return this.#waitForNext();
    if (!(await this.#isReady())) return true;
    // Once more, because more may have been added meanwhile.
    const sendings = await lookAt(this.kit, await this.#take(most));
    for (let at = 0; at < sendings.length; at += this.service.atOnce) {
      this.#begin(sendings.slice(at, at + this.service.atOnce));
    }
    return true;
  }

  /** Before it is decided what is sent, because it may take seconds. */
  async #isReady(): Promise<boolean> {
    try {
      await this.service.ready();
      return true;
    } catch (error) {
      this.#pause(error);
      return false;
    }
  }

  async #followClock(): Promise<void> {
    const { clock } = this.kit;
    const offset = clock.now() - clock.monotonic();
    if (offset < this.#clockOffset - toleranceMilliseconds) await this.#hasten(clock.now());
    this.#clockOffset = offset;
  }

  /**
   * Rows that are due and not under way; of one person not more at once than the service allows, and of devices that have
   * failed lately no more than fill half of the lanes (fairness).
   */
  async #take(most: number): Promise<OutboxRow[]> {
    const counts = new Map<number, number>();
    let failing = 0;
    for (const { userId, isFailing } of this.#underway.values()) {
      counts.set(userId, (counts.get(userId) ?? 0) + 1);
      if (isFailing) failing += 1;
    }
    const mostFailing = Math.ceil((this.service.lanes * this.service.atOnce) / 2) - failing;
    const sound = await this.#takeFrom(false, most, counts);
    const left = Math.min(most - sound.length, mostFailing);
    return left > 0 ? [...sound, ...(await this.#takeFrom(true, left, counts))] : sound;
  }

  /** From one line; `counts`: how many of each person are under way or taken. */
  async #takeFrom(isFailing: boolean, most: number, counts: Map<number, number>): Promise<OutboxRow[]> {
    const { name: channel, perPerson } = this.service;
    const busy = [...counts].filter(([, count]) => count >= perPerson).map(([userId]) => userId);
    const when = { now: this.kit.clock.now(), busy, limit: most + this.#underway.size };
    const due = await this.kit.db.read((read) => store.dueRows(read, { channel, isFailing }, when));
    const taken: OutboxRow[] = [];
    for (const row of due) {
      const count = counts.get(row.userId) ?? 0;
      if (taken.length === most || count >= perPerson || this.#underway.has(keyOf(row))) continue;
      counts.set(row.userId, count + 1);
      taken.push(row);
    }
    return taken;
  }

  /** What waits for a time after this one is looked at now: the clock has been put back. */
  async #hasten(after: number): Promise<void> {
    if ((await this.#nextAfter(after)) === Infinity) return;
    const now = this.kit.clock.now();
    await this.kit.db.transact(async (tx) => {
      for (const line of this.#lines) await store.hastenRows(tx, line, { after, now });
    });
  }

  /** When the next is due after this time; Infinity for never. */
  async #nextAfter(time: number): Promise<number> {
    const next = await this.kit.db.read((read) =>
      Promise.all(this.#lines.map((line) => store.nextDue(read, line, time))),
    );
    return Math.min(...next.map((one) => one ?? Infinity));
  }

  #begin(sendings: Sending[]): void {
    for (const { row } of sendings) this.#underway.set(keyOf(row), row);
    const sending = this.#send(sendings).finally(() => {
      for (const { row } of sendings) this.#underway.delete(keyOf(row));
      this.#sending.delete(sending);
      this.wake();
    });
    this.#sending.add(sending);
  }

  /** Never fails. */
  async #send(sendings: Sending[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      outcomes = await this.service.send(sendings.map(toPush));
    } catch (error) {
      return this.#pause(error);
    }
    this.#pauses = 0;
    for (const outcome of outcomes) pushLog(this.kit).tell(this.service.name, outcome);
    await this.#settle(sendings, outcomes);
  }

  /** The whole service cannot be used: everything is tried again after a while. */
  #pause(error: unknown): void {
    const { clock, log } = this.kit;
    const pause = backoffAfter(this.#pauses);
    this.#pauses += 1;
    this.#pausedUntil = clock.monotonic() + pause;
    const why = error instanceof PushUnavailable ? { reason: error.message } : describeError(error);
    log.error(`${this.name} failed`, { ...why, again_in_s: Math.round(pause / 1000) });
  }

  /** While it cannot be written down, on a full disk, nothing of it is sent again: the lane waits. */
  async #settle(sendings: Sending[], outcomes: Outcome[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        await this.kit.db.transact((tx) => settleAll(this.kit, tx, sendings, outcomes));
        return;
      } catch (error) {
        if (this.#isStopping || (error instanceof ChatError && error.code === "stopping")) return;
        this.kit.log.error(`${this.name} could not be noted`, describeError(error));
        await this.#sleep(backoffAfter(failures));
      }
    }
  }

  /** What is due already is under way, or waits for others of the same person: their end wakes this. */
  async #waitForNext(): Promise<false> {
    const now = this.kit.clock.now();
    if (this.#sending.size === 0) this.#pauses = 0;
    const at = await this.#nextAfter(now);
    return at === Infinity ? false : this.wakeIn(at - now);
  }

  /** Until then, or until it stops. */
  async #sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.kit.clock.after(milliseconds, resolve);
    await Promise.race([promise, this.#stopping.promise]);
    cancel();
  }
}

function keyOf({ deviceId, chatId }: OutboxRow): string {
  return `${deviceId} ${chatId}`;
}
