import { expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { SendEntry } from "../../src/client/sdk/outbox/entry.ts";
import type { Change } from "../../src/client/sdk/replica/rows.ts";
import { sqliteStore } from "../../src/client/sdk/store/sqlite.ts";
import type { Store } from "../../src/client/sdk/store/store.ts";
import { StoreDirectory } from "../support/store-programs.ts";
import { clientStoreContract } from "./client-store.ts";

clientStoreContract("SQLite", () => new StoreDirectory());

// What only a directory has

const draft = (name: string, text: string, kept_at = 1): Change => ({
  kind: "draft",
  at: [name],
  value: { text, kept_at },
});

function entry(key: string, order: number, more: Partial<SendEntry> = {}): Change {
  const value: SendEntry = {
    kind: "send",
    behind: 0,
    key,
    chat_id: 7,
    created_at: 1000,
    order,
    state: "waiting",
    was_sent: false,
    content: key,
    content_type: "text",
    files: [],
    ...more,
  };
  return { kind: "entry", at: [key], value };
}

const withFile = (id: string) => ({ files: [{ id, name: "a.txt", size: 3 }] });

/** Texts of the outbox in their order, and of the drafts. */
async function unsent(store: Store) {
  const rows = [...(await store.read()).rows];
  const entries = rows.filter(({ kind }) => kind === "entry").map(({ value }) => value as SendEntry);
  const drafts = rows
    .filter(({ kind }) => kind === "draft")
    .map(({ value }) => (value as { text: string }).text);
  return {
    entries: entries.toSorted((a, b) => a.order - b.order).map(({ content }) => content),
    drafts: drafts.toSorted(),
  };
}

const replicas = ({ path }: StoreDirectory) =>
  readdirSync(path).filter((one) => /^replica.*sqlite$/.test(one));
const filesIn = ({ path }: StoreDirectory) => readdirSync(join(path, "files")).toSorted();

/** A program writes into a second replica, and is killed; `mine` is in the first one. */
async function killedBeside(directory: StoreDirectory, theirs: Change[], mine: Change[] = []): Promise<void> {
  const first = await directory.open();
  const second = await directory.start();
  await second.ask("write", { changes: theirs });
  await second.kill();
  await first.write(mine);
  await first.close();
}

test("nobody else of the machine may read anything of it", async () => {
  await using directory = new StoreDirectory();
  const store = await directory.open();
  await store.write([draft("a", "x")]);
  await store.keepTokens({ user: {} as never, access_token: "secret", expires_at: 1 });
  await store.keepFile("photo", new Blob(["abc"]));
  await store.alone(async () => {
    const all = readdirSync(directory.path, { recursive: true, withFileTypes: true });
    const modes = all.map((one) => {
      const mode = statSync(join(one.parentPath, one.name)).mode & 0o777;
      return `${one.name} ${mode.toString(8)}`;
    });
    expect(modes.toSorted()).toEqual([
      "files 700",
      "opening-1.sqlite 600",
      "photo 600",
      "replica-1.sqlite 600",
      "replica-1.sqlite-wal 600",
      "session.json 600",
      "turn-1.sqlite 600",
    ]);
  });
  expect(statSync(directory.path).mode & 0o777).toBe(0o700);
});

test("what cannot be used as a directory is told", async () => {
  await using directory = new StoreDirectory();
  writeFileSync(directory.path, "a file");
  const error = await sqliteStore(join(directory.path, "ann")).catch((error) => error);
  expect(error).toMatchObject({ name: "ParleyError", code: "store_failed" });
});

test("each program has rows of its own, and finds them again", async () => {
  await using directory = new StoreDirectory();
  const first = await directory.open();
  const second = await directory.start();
  const rows = (id: number): Change[] => [{ kind: "notice", at: [id], value: { chat_id: 1 } as never }];
  await first.write(rows(1), { from: undefined, to: "first" });
  await second.ask("write", { changes: rows(2), move: { to: "second" } });
  await second.kill();
  await first.close();
  const [again, beside] = [await directory.open(), await directory.start()];
  const one = await again.read();
  expect([one.cursor, [...one.rows].map(({ at }) => at)]).toEqual(["first", [[1]]]);
  const other = await beside.ask("read");
  expect([other.cursor, other.rows.map(({ at }: { at: unknown }) => at)]).toEqual(["second", [[2]]]);
});

test("programs that start at the same time get a replica each", async () => {
  await using directory = new StoreDirectory();
  await Promise.all([directory.start(), directory.start(), directory.open(), directory.open()]);
  expect(replicas(directory)).toHaveLength(4);
});

test("a program that is killed gives up its turn at once", async () => {
  await using directory = new StoreDirectory();
  const store = await directory.open(600_000);
  const other = await directory.start();
  await other.ask("hold");
  let isKilled = false;
  const turn = store.alone(async () => isKilled);
  isKilled = true;
  await other.kill();
  expect(await turn).toBe(true);
});

test("a program that is frozen is passed over, and disturbs nobody when it goes on", async () => {
  await using directory = new StoreDirectory();
  const store = await directory.open(300);
  const other = await directory.start();
  await other.ask("hold");
  other.freeze();
  expect(await store.alone(async () => "passed over")).toBe("passed over");
  expect(readdirSync(directory.path).filter((one) => one.startsWith("turn"))).toEqual(["turn-2.sqlite"]);
  const held = Promise.withResolvers<void>();
  const turn = store.alone(() => held.promise);
  other.thaw();
  await other.ask("read");
  const patient = await directory.open();
  let isOver = false;
  const next = patient.alone(async () => isOver);
  isOver = true;
  held.resolve();
  await turn;
  expect(await next).toBe(true);
});

test("who waits for many, one after the other, passes over none of them", async () => {
  await using directory = new StoreDirectory();
  const stores = await Promise.all(Array.from({ length: 6 }, () => directory.open(1000)));
  let running = 0;
  const most: number[] = [];
  const turns = stores.map((store) =>
    store.alone(async () => {
      most.push(++running);
      await new Promise((resolve) => setTimeout(resolve, 300));
      running -= 1;
    }),
  );
  await Promise.all(turns);
  expect(most).toEqual([1, 1, 1, 1, 1, 1]);
});

test.each([100, 400, 1600])(
  "a program that is killed after write %d has lost none of them",
  async (writes) => {
    await using directory = new StoreDirectory();
    const writer = await directory.start();
    let last = await writer.ask("writeOn");
    while (last < writes) last = await writer.next();
    await writer.kill();
    for (let said = last; said !== undefined; said = await writer.next()) last = said;
    const { cursor, rows } = await (await directory.open()).read();
    expect(Number(cursor)).toBeGreaterThanOrEqual(last);
    expect([...rows]).toHaveLength(Number(cursor) + 1);
  },
);

test("what a program has left unsent is found by the next, behind its own", async () => {
  await using directory = new StoreDirectory();
  await killedBeside(directory, [
    entry("third", 2, withFile("photo")),
    entry("second", 1),
    draft("a", "theirs"),
    draft("b", "theirs too"),
  ]);
  const store = await directory.open();
  expect(await unsent(store)).toEqual({ entries: ["second", "third"], drafts: ["theirs", "theirs too"] });
  await store.close();
  // It is no longer there.
  const both = [await directory.open(), await directory.open()];
  expect(await unsent(both[1]!)).toEqual({ entries: [], drafts: [] });
});

test("what one has written oneself comes first, and of two drafts the later one stays", async () => {
  await using directory = new StoreDirectory();
  const theirs = [entry("theirs", 1), draft("a", "theirs", 3), draft("b", "theirs too", 5)];
  await killedBeside(directory, theirs, [entry("mine", 5), draft("a", "mine", 4), draft("b", "mine too", 4)]);
  const store = await directory.open();
  expect(await unsent(store)).toEqual({ entries: ["mine", "theirs"], drafts: ["mine", "theirs too"] });
});

test("of two edits of one message the later one stays", async () => {
  await using directory = new StoreDirectory();
  const edit = (id: number, content: string, created_at: number) =>
    entry(`edit:${id}`, id, { content, created_at });
  await killedBeside(
    directory,
    [edit(1, "theirs, earlier", 1), edit(2, "theirs, later", 9)],
    [edit(1, "mine, later", 5), edit(2, "mine, earlier", 5)],
  );
  const { entries } = await unsent(await directory.open());
  expect(entries).toEqual(["mine, later", "theirs, later"]);
});

test("what is found at both places after a crash is there once, as it has become since", async () => {
  await using directory = new StoreDirectory();
  await killedBeside(directory, [entry("first", 1), entry("second", 2)]);
  const file = join(directory.path, "replica-2.sqlite");
  for (const end of ["", "-wal"]) copyFileSync(file + end, `${file}${end}.before`);
  const store = await directory.open();
  await store.write([entry("first", 1, { content: "first, once more" })]);
  await store.close();
  for (const end of ["", "-wal"]) copyFileSync(`${file}${end}.before`, file + end);
  const { entries } = await unsent(await directory.open());
  expect(entries).toEqual(["first, once more", "second"]);
});

/** Makes pages of a replica that nobody has open unreadable: those that hold `word`, or all. */
function damage(file: string, word?: string): void {
  const bytes = readFileSync(file);
  const page = 4096;
  for (let at = 0; at < bytes.length; at += page) {
    if (word === undefined || bytes.subarray(at, at + page).includes(word)) bytes.fill(0xee, at, at + page);
  }
  writeFileSync(file, bytes);
}

/** A replica of 2,000 messages, an entry and a draft, which nobody has open. */
async function large(directory: StoreDirectory): Promise<string> {
  const store = await directory.open();
  const messages = Array.from({ length: 2000 }, (_, i): Change => {
    const value = { id: i, content: `message ${"x".repeat(200)}` } as never;
    return { kind: "message", at: [7, i], value };
  });
  await store.write([...messages, entry("unsent", 1), draft("a", "begun")], { from: undefined, to: "5" });
  await store.close();
  return join(directory.path, "replica-1.sqlite");
}

test("where messages cannot be read any more, all begins anew with what is unsent", async () => {
  await using directory = new StoreDirectory();
  damage(await large(directory), "[7,777]");
  const store = await directory.open();
  expect(await unsent(store)).toEqual({ entries: ["unsent"], drafts: ["begun"] });
  const { cursor, rows } = await store.read();
  expect([cursor, [...rows].length]).toEqual([undefined, 2]);
  await store.write([draft("b", "goes on")], { from: undefined, to: "6" });
  await store.close();
  expect(replicas(directory)).toHaveLength(1);
  expect((await (await directory.open()).read()).cursor).toBe("6");
});

test("a row whose text is damaged is noticed, too", async () => {
  await using directory = new StoreDirectory();
  const file = await large(directory);
  const text = readFileSync(file, "latin1");
  writeFileSync(file, text.replaceAll('{"id":777,', '{"id}:777,'), "latin1");
  const store = await directory.open();
  expect((await store.read()).cursor).toBeUndefined();
  expect((await unsent(store)).entries).toEqual(["unsent"]);
});

test("a file that is nothing at all is replaced, and kept aside; somebody is told", async () => {
  await using directory = new StoreDirectory();
  damage(await large(directory));
  const reported: unknown[] = [];
  const { error } = console;
  console.error = (one) => reported.push(one);
  const store = await directory.open();
  console.error = error;
  expect(await unsent(store)).toEqual({ entries: [], drafts: [] });
  await store.close();
  expect(replicas(directory)).toEqual(["replica-2.sqlite"]);
  const aside = join(directory.path, "replica-1.sqlite.damaged");
  expect(existsSync(aside)).toBe(true);
  expect(reported).toEqual([
    expect.objectContaining({ code: "store_failed", message: expect.stringContaining(aside) }),
  ]);
});

test("rows in another format are left, and what is unsent among them is not", async () => {
  await using directory = new StoreDirectory();
  const database = new DatabaseSync(await large(directory));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const store = await directory.open();
  expect(await unsent(store)).toEqual({ entries: ["unsent"], drafts: ["begun"] });
  expect((await store.read()).cursor).toBeUndefined();
});

test("files that nothing unsent needs go, those of programs that are running stay", async () => {
  await using directory = new StoreDirectory();
  const first = await directory.open();
  const second = await directory.open();
  const keep = (store: Store, id: string) => store.keepFile(id, new Blob(["abc"]));
  for (const id of ["mine", "left"]) await keep(first, id);
  for (const id of ["theirs", "left too"]) await keep(second, id);
  await first.write([entry("mine", 1, withFile("mine"))]);
  await second.write([entry("theirs", 1, withFile("theirs"))]);
  writeFileSync(join(directory.path, "files", "broken off"), "ab");
  await first.close();
  const again = await directory.open();
  expect(filesIn(directory)).toEqual(["broken off", "left", "left too", "mine", "theirs"]);
  await Promise.all([again.close(), second.close()]);
  const last = await directory.open();
  expect(filesIn(directory)).toEqual(["mine", "theirs"]);
  expect(await (await last.file("theirs"))?.text()).toBe("abc");
});

test("a session is there as a whole at every moment", async () => {
  await using directory = new StoreDirectory();
  const [writer, reader] = [await directory.open(), await directory.open()];
  const long = "x".repeat(100_000);
  const tokens = (access_token: string) => ({ user: {} as never, access_token, expires_at: 1 });
  await writer.keepTokens(tokens(long));
  let isWriting = true;
  const writing = (async () => {
    for (let i = 0; i < 50; i++) await writer.keepTokens(tokens(long));
    isWriting = false;
  })();
  while (isWriting) expect((await reader.tokens())?.access_token).toHaveLength(long.length);
  await writing;
  expect(filesIn(directory)).toEqual([]);
});

test("a session file that makes no sense is nobody's session", async () => {
  await using directory = new StoreDirectory();
  const store = await directory.open();
  writeFileSync(join(directory.path, "session.json"), "{");
  expect(await store.tokens()).toBeUndefined();
});
