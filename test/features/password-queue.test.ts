/** Whose password is hashed next, and who is told to come back. */
import { expect, test } from "bun:test";

import { type Asker, PasswordQueue } from "../../src/features/accounts/passwords/password-queue.ts";

const wide = { perAddress: 100, perNetwork: 100 };

const known = (address: string): Asker => ({ address, network: `of ${address}`, isKnown: true });
const stranger = (address: string): Asker => ({ ...known(address), isKnown: false });

/** A queue whose pieces of work end when the test says so. */
class Held {
  readonly begun: string[] = [];
  readonly over: string[] = [];
  readonly #ends = new Map<string, (error?: Error) => void>();

  constructor(private readonly queue: PasswordQueue) {}

  async ask(name: string, asker: Asker | undefined): Promise<void> {
    const asked = this.queue.inTurn(asker, async () => {
      this.begun.push(name);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#ends.set(name, (error) => (error ? reject(error) : resolve()));
      await promise;
    });
    asked.catch((error: { code?: string }) => this.over.push(`${name}: ${error.code ?? String(error)}`));
    await settled();
  }

  async end(name: string, error?: Error): Promise<void> {
    this.#ends.get(name)!(error);
    await settled();
  }

  /** One after the other, until nobody waits. Answers the order in which they began. */
  async endAll(): Promise<string[]> {
    for (let i = 0; i < this.begun.length; i++) await this.end(this.begun[i]!);
    return this.begun;
  }
}

/** All that follows at once has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("strangers and those who are known have turns alternately, each in their order", async () => {
  const held = new Held(new PasswordQueue({ concurrency: 1, queue: 50, ...wide }));
  await held.ask("first", stranger("x"));
  for (const n of [1, 2, 3, 4]) await held.ask(`stranger ${n}`, stranger("x"));
  for (const n of [1, 2]) await held.ask(`known ${n}`, known("y"));
  expect(await held.endAll()).toEqual([
    "first",
    "known 1",
    "stranger 1",
    "known 2",
    "stranger 2",
    "stranger 3",
    "stranger 4",
  ]);
});

test("of one address and one network so many are under way and waiting, and one more when one is done", async () => {
  const queue = new PasswordQueue({ concurrency: 1, queue: 50, perAddress: 2, perNetwork: 3 });
  const held = new Held(queue);
  const at = (address: string) => ({ address, network: "net", isKnown: false });
  for (const n of [1, 2, 3]) await held.ask(`a${n}`, at("a"));
  for (const n of [1, 2]) await held.ask(`b${n}`, at("b"));
  await held.ask("elsewhere", stranger("c"));
  expect(held.over).toEqual(["a3: overloaded", "b2: overloaded"]);
  await held.end("a1");
  await held.ask("a4", at("a"));
  await held.ask("a5", at("a"));
  expect(held.over.slice(2)).toEqual(["a5: overloaded"]);
  expect(await held.endAll()).toEqual(["a1", "a2", "b1", "elsewhere", "a4"]);
});

test("when all places are taken, who has more than half gives one up to the others", async () => {
  for (const [many, few] of [
    [stranger, known],
    [known, stranger],
  ] as const) {
    const held = new Held(new PasswordQueue({ concurrency: 1, queue: 4, ...wide }));
    await held.ask("first", many("x"));
    for (const n of [1, 2, 3, 4]) await held.ask(`many ${n}`, many("x"));
    await held.ask("one too many", many("x"));
    for (const n of [1, 2, 3]) await held.ask(`few ${n}`, few("y"));
    expect(held.over).toEqual([
      "one too many: overloaded",
      "many 4: overloaded",
      "many 3: overloaded",
      "few 3: overloaded",
    ]);
    expect((await held.endAll()).toSorted()).toEqual(["few 1", "few 2", "first", "many 1", "many 2"]);
  }
});

test("who is sent away, and whose work fails, leaves no place taken", async () => {
  const queue = new PasswordQueue({ concurrency: 1, queue: 1, perAddress: 2, perNetwork: 2 });
  const held = new Held(queue);
  await held.ask("first", stranger("x"));
  await held.ask("second", stranger("x"));
  await held.ask("known", known("y"));
  expect(held.over).toEqual(["second: overloaded"]);
  await held.end("first", new Error("no memory"));
  expect(held.over).toEqual(["second: overloaded", "first: Error: no memory"]);
  await held.endAll();
  for (const n of [3, 4]) await held.ask(`x${n}`, stranger("x"));
  expect(await held.endAll()).toEqual(["first", "known", "x3", "x4"]);
});
