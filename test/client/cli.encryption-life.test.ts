/** Life with encryption in `parley chat`, on the executable: lost devices, newcomers, people who go, two devices at once. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { Home } from "../support/executable.ts";
import { Machine } from "../support/parley.ts";
import type { Person } from "../support/person.ts";
import { password } from "../support/server.ts";
import { linesOf } from "../support/terminal-client.ts";

setDefaultTimeout(120_000);

const home = new Home();
afterAll(() => home[Symbol.asyncDispose]());
const server = await home.start();
let scenes = 0;

/** People of whom no other scene knows. */
async function people(...names: string[]): Promise<Person[]> {
  scenes += 1;
  return Promise.all(names.map((one) => server.register(`${one}${scenes}`)));
}

interface Seat extends AsyncDisposable {
  person: Person;
  machine: Machine;
  recoveryKey: string;
}

/** Somebody's machine with keys that were made there. */
async function seat(person: Person): Promise<Seat> {
  const machine = await Machine.of(person);
  const recoveryKey = (await machine.does(["keys", "setup"])).trim();
  return { person, machine, recoveryKey, [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose]() };
}

/** Messages as they are printed. */
const told = (out: string) => linesOf(out).filter((line) => line.startsWith("["));
const says = ({ username }: Person, seq: number, text: string) => `[${seq}] ${username}: ${text}`;

test("alice loses her only device: with her recovery key she reads everything again, and goes on", async () => {
  const [alice, bob] = (await people("alice", "bob")) as [Person, Person];
  await using his = await seat(bob);
  const lost = await seat(alice);
  await lost.machine.does(["open", bob.username], "/encrypt yes\none\n");
  await his.machine.does(["open", alice.username], "two\n/edit ^ two, really\nthree\n/delete ^\n");
  await lost[Symbol.asyncDispose]();
  await using found = await Machine.of(alice);
  expect(await found.run(["export", bob.username])).toMatchObject({ code: 6 });
  await found.does(["keys", "unlock"], `${lost.recoveryKey}\n`);
  const all = [says(alice, 1, "one"), says(bob, 2, "two, really (edited)"), says(bob, 3, "(deleted)")];
  expect(told(await found.does(["export", bob.username]))).toEqual(all);
  await found.does(["send", bob.username, "I am back"]);
  expect(told(await his.machine.does(["export", alice.username]))).toEqual([
    ...all,
    says(alice, 4, "I am back"),
  ]);
});

test("alice and bob both lose everything: the chat goes on with new keys", async () => {
  const [alice, bob] = (await people("alice", "bob")) as [Person, Person];
  const before = [await seat(alice), await seat(bob)];
  await before[0]!.machine.does(["open", bob.username], "/encrypt yes\nlong ago\n");
  for (const one of before) await one[Symbol.asyncDispose]();
  await using hers = await Machine.of(alice);
  await using his = await Machine.of(bob);
  for (const one of [hers, his]) await one.does(["keys", "reset", "--yes"], `${password}\n`);
  await hers.does(["send", bob.username, "here again"]);
  const read = await his.run(["open", alice.username], "me, too\n");
  expect(told(read.out).slice(1)).toEqual([says(alice, 2, "here again"), says(bob, 3, "me, too")]);
  expect(read.out).not.toContain("long ago");
  expect(told((await hers.run(["open", bob.username])).out).slice(1)).toEqual([
    says(alice, 2, "here again"),
    says(bob, 3, "me, too"),
  ]);
});

test("a newcomer reads the next message while everybody else is away; who is removed does not read what comes then", async () => {
  const [alice, bob, carol] = (await people("alice", "bob", "carol")) as [Person, Person, Person];
  await using hers = await seat(alice);
  await using his = await seat(bob);
  await using carols = await seat(carol);
  const team = await alice.group("Team", bob);
  await hers.machine.does(["open", "Team"], "/encrypt yes\nbefore carol\n");
  await hers.machine.does(["open", "Team"], `/add ${carol.username}\n`);
  // Nobody but bob is there, who has not heard of it.
  await his.machine.does(["send", "Team", "welcome"]);
  const hers1 = await carols.machine.run(["open", "Team"]);
  expect(hers1).toMatchObject({ code: 0 });
  expect(hers1.out).toContain(`${bob.username}: welcome`);
  expect(hers1.out).toContain("(encrypted, before you could read this chat)");
  expect(hers1.out).not.toContain("before carol");
  await hers.machine.does(["open", "Team"], `/remove ${carol.username}\nwithout carol\n`);
  expect((await carols.machine.run(["open", "Team"])).code).not.toBe(0);
  expect(await his.machine.does(["export", "Team"])).toContain("without carol");
  // What the server might give her does not open with her keys.
  const sealed = (await bob.history(team)).findLast((one) => one.encrypted).content;
  expect(sealed).not.toContain("without carol");
  const members = await his.machine.run(["open", "Team"], "/members\n");
  expect(members.errors).not.toContain(carol.username);
});

test("two devices of alice write at once, and bob reads all of both", async () => {
  const [alice, bob] = (await people("alice", "bob")) as [Person, Person];
  await using his = await seat(bob);
  await using hers = await seat(alice);
  await using other = await Machine.of(alice);
  await other.does(["keys", "unlock"], `${hers.recoveryKey}\n`);
  await hers.machine.does(["open", bob.username], "/encrypt yes\n");
  const texts = (name: string) => [1, 2, 3].map((i) => `${name} ${i}`);
  await Promise.all([
    hers.machine.does(["open", bob.username], `${texts("desk").join("\n")}\n`),
    other.does(["open", bob.username], `${texts("phone").join("\n")}\n`),
  ]);
  const { code, out, errors } = await his.machine.run(["export", alice.username]);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  const read = told(out).map((line) => line.replace(/^.*: /, ""));
  expect(read.toSorted()).toEqual([...texts("desk"), ...texts("phone")]);
  // Each device's in its order.
  expect(read.filter((one) => one.startsWith("desk"))).toEqual(texts("desk"));
  for (const one of [hers.machine, other])
    expect(told(await one.does(["export", bob.username]))).toEqual(told(out));
});

test("what was edited or deleted is no gap to who reads it later, from the first message on", async () => {
  const [alice, bob] = (await people("alice", "bob")) as [Person, Person];
  await using hers = await seat(alice);
  await using his = await seat(bob);
  const lines = ["/encrypt yes", "one", "two", "/edit ^ second", "/edit ^ 2", "three", "/delete ^", "four"];
  await hers.machine.does(["open", bob.username], `${lines.join("\n")}\n`);
  const all = [
    says(alice, 1, "one"),
    says(alice, 2, "2 (edited)"),
    says(alice, 3, "(deleted)"),
    says(alice, 4, "four"),
  ];
  for (const args of [
    ["open", alice.username],
    ["export", alice.username],
  ]) {
    const { code, out, errors } = await his.machine.run(args);
    expect({ code, errors, told: told(out) }).toEqual({ code: 0, errors: "", told: all });
  }
});
