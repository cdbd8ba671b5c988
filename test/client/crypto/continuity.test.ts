import { expect, test } from "bun:test";

import { type Placed, problemsIn } from "../../../src/client/sdk/crypto/continuity.ts";
import type { VersionOf } from "../../../src/client/sdk/crypto/message.ts";

/** What devices have sent, in the order in which the server has it. */
class Talk {
  readonly placed: Placed[] = [];
  readonly #last = new Map<string, { ctr: number; hash: string }>();

  send(device: string, n = 1): this {
    const made = this.#make(device, n, []);
    this.placed.push({ ...made, seq: this.placed.length + 1 });
    return this;
  }

  /** Of the message at this place. */
  edit(seq: number, device: string, n = 1): this {
    const { hash, message } = this.placed[seq - 1]!;
    const replaces: VersionOf[] = [...message.body.replaces, [message.device, message.ctr, hash]];
    this.placed[seq - 1] = { ...this.#make(device, n, replaces), seq };
    return this;
  }

  #make(device: string, n: number, replaces: VersionOf[]): Omit<Placed, "seq"> {
    const last = this.#last.get(device);
    const ctr = (last?.ctr ?? 0) + 1;
    const hash = `${device}${ctr}`;
    this.#last.set(device, { ctr, hash });
    const body = { type: replaces.length > 0 ? "edit" : "text", replaces } as Placed["message"]["body"];
    return { hash, message: { device, ctr, prev: last?.hash ?? null, n, seen: null, body } };
  }

  problems(change: (placed: Placed[]) => Placed[] = (all) => all, isWhole = true): string[] {
    const placed = change(this.placed).map((one, i) => ({ ...one, seq: i + 1 }));
    return problemsIn(placed, isWhole).map(({ kind, seq }) => `${kind} ${seq}`);
  }
}

const talk = () => new Talk().send("a").send("b").send("a").send("a").send("b").send("a");

test("what devices have sent, each part of it, and what was edited, also by an admin, has no gap", () => {
  expect(talk().problems()).toEqual([]);
  for (let from = 0; from < 6; from++) expect(talk().problems((all) => all.slice(from), false)).toEqual([]);
  const edited = talk().edit(1, "a").edit(1, "a").edit(4, "b", 2).send("a", 2).send("b", 2);
  expect(edited.problems()).toEqual([]);
  expect(edited.problems((all) => all.slice(3), false)).toEqual([]);
});

test("what was left out is noticed with the next one of its device", () => {
  expect(talk().problems((all) => all.toSpliced(2, 1))).toEqual(["missing 3"]);
  expect(talk().problems((all) => all.toSpliced(2, 2))).toEqual(["missing 4"]);
  expect(talk().problems((all) => all.slice(1))).toEqual(["missing 2"]);
  // What could not be opened, or stands before, may have been it.
  expect(talk().problems((all) => all.toSpliced(2, 1), false)).toEqual([]);
});

test("the newest that was withheld cannot be noticed before a later one comes", () => {
  expect(talk().problems((all) => all.slice(0, -1))).toEqual([]);
});

test("an edit that was withheld is noticed: its number is missing", () => {
  const old = talk();
  const [before] = old.placed;
  old.edit(1, "a").send("a");
  expect(old.problems((all) => all.with(0, before!))).toEqual(["missing 7"]);
});

test("the same twice, two of one number, and another order are noticed", () => {
  expect(talk().problems((all) => [...all, all[0]!])).toContain("repeated 7");
  expect(talk().problems((all) => [all[0]!, all[1]!, all[3]!, all[2]!])).toContain("moved 4");
  const forked = (all: Placed[]) => [...all, { ...all[5]!, hash: "other" }];
  expect(talk().problems(forked)).toEqual(["forked 7"]);
  const replaced = (all: Placed[]) => all.with(2, { ...all[2]!, hash: "other" });
  expect(talk().problems(replaced)).toEqual(["forked 4"]);
});

test("a message under an epoch that was over is noticed; an edit of an old one under the new epoch is none", () => {
  const late = talk().send("b", 2).send("a", 1);
  expect(late.problems()).toEqual(["late 8"]);
  expect(talk().send("b", 2).edit(1, "a", 2).send("b", 2).problems()).toEqual([]);
});

test("two people who were shown different messages at one place notice it with the next one", () => {
  const seen = (hash: string) => (all: Placed[]) =>
    all.with(4, { ...all[4]!, message: { ...all[4]!.message, seen: [3, hash] } });
  expect(talk().problems(seen("a2"))).toEqual([]);
  expect(talk().problems(seen("other"))).toEqual(["parted 5"]);
  // What it was before it was edited, and what is not here.
  expect(talk().edit(3, "a").problems(seen("a2"))).toEqual([]);
  expect(talk().problems((all) => seen("other")(all).slice(4), false)).toEqual([]);
});
