import { expect, test } from "bun:test";

import { type SlotLimits, FairSlots } from "../../src/core/fair-slots.ts";
import { refusal } from "../contract/storage.ts";

const roomy: SlotLimits = { perPerson: 1, inAll: 1, waitingPerPerson: 100, waitingInAll: 1000 };

/** Work in slots that lasts until it is told to end. */
class Work {
  readonly slots: FairSlots;
  /** What has begun, in that order. */
  readonly begun: string[] = [];
  readonly #under = new Map<string, () => void>();

  constructor(limits: Partial<SlotLimits> = {}) {
    this.slots = new FairSlots({ ...roomy, ...limits });
  }

  /** Named after who wants it and which of theirs it is: `2b` is the second of person 2. */
  want(...names: string[]): void {
    for (const name of names) this.start(name).catch(() => {});
  }

  start(name: string, gone?: AbortSignal): Promise<void> {
    const work = () => {
      this.begun.push(name);
      return new Promise<void>((resolve) => this.#under.set(name, resolve));
    };
    return this.slots.run(Number.parseInt(name), work, gone);
  }

  async end(name: string): Promise<void> {
    this.#under.get(name)!();
    this.#under.delete(name);
    await this.settled();
  }

  /** Ends what began first of all that is under way, until nothing is. */
  async endAll(): Promise<string[]> {
    await this.settled();
    for (const [name] of this.#under) await this.end(name);
    return this.begun;
  }

  /** Whoever can go on has done so. */
  async settled(): Promise<void> {
    await new Promise(setImmediate);
  }
}

test("people take turns, and each one's own come in their order", async () => {
  const work = new Work();
  work.want("1a", "1b", "1c", "1d", "2a", "3a", "3b");
  expect(await work.endAll()).toEqual(["1a", "2a", "3a", "1b", "3b", "1c", "1d"]);
});

test("who comes again and again, each time anew, takes turns with who has much waiting", async () => {
  const work = new Work();
  work.want("1a", "1b", "1c", "1d");
  await work.settled();
  for (const [mine, theirs, next] of [
    ["1a", "2a", "1b"],
    ["1b", "2b", "1c"],
    ["1c", "2c", "1d"],
  ] as const) {
    work.want(theirs);
    await work.end(mine);
    expect(work.begun.at(-1)).toBe(theirs);
    await work.end(theirs);
    expect(work.begun.at(-1)).toBe(next);
  }
});

test("however many come anew, who has much waiting has a turn among them", async () => {
  const work = new Work();
  work.want("1a", "1b", "2a", "3a");
  await work.settled();
  await work.end("1a");
  work.want("4a", "5a");
  await work.end("2a");
  work.want("6a");
  expect(await work.endAll()).toEqual(["1a", "2a", "3a", "1b", "4a", "5a", "6a"]);
});

test("one person holds no more than their slots, the others are for others", async () => {
  const work = new Work({ perPerson: 2, inAll: 3 });
  work.want("1a", "1b", "1c", "1d");
  await work.settled();
  expect(work.begun).toEqual(["1a", "1b"]);
  work.want("2a", "3a");
  await work.settled();
  expect(work.begun).toEqual(["1a", "1b", "2a"]);
  await work.end("2a");
  expect(work.begun.at(-1)).toBe("3a");
  await work.end("1b");
  expect(work.begun.at(-1)).toBe("1c");
  expect(work.begun).toHaveLength(5);
});

test("slots that become free one after another go to different people", async () => {
  const work = new Work({ perPerson: 2, inAll: 2 });
  work.want("9a", "9b", "1a", "1b", "2a");
  await work.settled();
  await work.end("9a");
  await work.end("9b");
  expect(work.begun).toEqual(["9a", "9b", "1a", "2a"]);
});

test("who has too much waiting is told so, and nobody else is", async () => {
  const work = new Work({ waitingPerPerson: 2 });
  work.want("1a", "1b", "1c");
  await work.settled();
  expect(await refusal(() => work.start("1d"))).toMatchObject({ code: "rate_limited", retryAfter: 1 });
  work.want("2a");
  await work.end("1a");
  await work.end("2a");
  work.want("1e");
  expect(await work.endAll()).toEqual(["1a", "2a", "1b", "1c", "1e"]);
});

test("where all together have too much waiting, one more is told to come back", async () => {
  const work = new Work({ waitingInAll: 2 });
  work.want("1a", "2a", "3a");
  await work.settled();
  expect(await refusal(() => work.start("4a"))).toMatchObject({ code: "overloaded", retryAfter: 5 });
  await work.end("1a");
  work.want("4b");
  expect(await work.endAll()).toEqual(["1a", "2a", "3a", "4b"]);
});

test("who hangs up waits no longer, and makes room for another", async () => {
  const work = new Work({ waitingPerPerson: 1, waitingInAll: 1 });
  const hangUp = new AbortController();
  work.want("1a");
  const left = refusal(() => work.start("1b", hangUp.signal));
  await work.settled();
  expect(await refusal(() => work.start("1c"))).toMatchObject({ code: "rate_limited" });
  expect(await refusal(() => work.start("2a"))).toMatchObject({ code: "overloaded" });
  hangUp.abort();
  expect(await left).toMatchObject({ code: "overloaded" });
  work.want("1d");
  await work.settled();
  expect(await refusal(() => work.start("1e", AbortSignal.abort()))).toMatchObject({ code: "overloaded" });
  expect(await work.endAll()).toEqual(["1a", "1d"]);
});

test("who hangs up loses their turn", async () => {
  const work = new Work();
  const hangUp = new AbortController();
  work.want("9a");
  const left = refusal(() => work.start("1a", hangUp.signal));
  work.want("2a");
  hangUp.abort();
  await left;
  work.want("1b");
  expect(await work.endAll()).toEqual(["9a", "2a", "1b"]);
});

test("who hangs up in the midst of it holds the slot until the work is done", async () => {
  const work = new Work();
  const hangUp = new AbortController();
  void work.start("1a", hangUp.signal);
  work.want("2a");
  await work.settled();
  hangUp.abort();
  await work.settled();
  expect(work.begun).toEqual(["1a"]);
  expect(await work.endAll()).toEqual(["1a", "2a"]);
});

test("work that fails gives its slot back, and a slot given back twice is one slot", async () => {
  const { slots } = new Work();
  const failed = slots.run(1, () => Promise.reject(new Error("it failed")));
  expect(await failed.catch(String)).toBe("Error: it failed");
  const leave = await slots.take(1);
  leave();
  leave();
  await slots.take(2);
  let has = false;
  void slots.take(3).then(() => (has = true));
  await new Promise(setImmediate);
  expect(has).toBe(false);
});
