/** The built executable is killed while its search index follows what people write, or is being filled. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";

import type { IndexState } from "../src/platform/search/search-index.ts";
import { Home } from "./support/executable.ts";
import { moment } from "./support/moment.ts";
import type { Person } from "./support/person.ts";
import { Chance } from "./support/random.ts";

setDefaultTimeout(30_000);

const settings = { ACCESS_TOKEN_SECONDS: "86400" };
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
const patience = 30_000;

/** The ids of all messages that are found, newest first; undefined while the index is not there yet. */
async function findAll(person: Person, q: string): Promise<number[] | undefined> {
  const ids: number[] = [];
  for (let cursor = ""; ;) {
    const { status, body } = await person.get(`/api/messages/search?q=${q}&limit=100${cursor}`);
    if (status === 503) return undefined;
    ids.push(...body.results.map((one: any) => one.message.id));
    if (body.next_cursor === null) return ids;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

/** Asks again until the index has caught up; answers what it found last. */
async function findUntil(person: Person, q: string, expected: number[]): Promise<number[] | undefined> {
  const end = performance.now() + patience;
  for (;;) {
    const ids = await findAll(person, q);
    if (Bun.deepEquals(ids, expected) || performance.now() > end) return ids;
    await moment(50);
  }
}

async function historyOf(person: Person, chat: number, part: string): Promise<number[]> {
  const ids: number[] = [];
  for (let before = ""; ;) {
    const { messages, has_more_before } = (await person.get(`/api/messages/${chat}?limit=100${before}`)).body;
    const those = messages.filter((one: any) => one.content.includes(part));
    ids.push(...those.map((one: any) => one.id).reverse());
    if (!has_more_before) return ids;
    before = `&before=${messages[0].id}`;
  }
}

/** Says, changes and takes back things, until the server is gone. */
async function talkUntilKilled(person: Person, chat: number): Promise<void> {
  try {
    for (;;) {
      const { id } = await person.say(chat, `something said`);
      const next = chance.below(6);
      if (next === 0) await person.put(`/api/messages/${id}`, { content: "something else" });
      if (next === 1) await person.delete(`/api/messages/${id}`);
    }
  } catch {
    // It has been killed.
  }
}

test(
  "after kills at any moment everything is found that is there, and nothing that is not",
  async () => {
    await using home = new Home();
    let server = await home.start({ settings });
    const { signedIn } = await server.register("alice");
    const chat = await server.as(signedIn).group("alone");
    for (let kill = 0; kill < 8; kill++) {
      const talking = talkUntilKilled(server.as(signedIn), chat);
      await moment(50 + chance.below(300));
      await server.kill("SIGKILL");
      await talking;
      server = await home.start({ settings });
      await server.caller();
    }
    const alice = server.as(signedIn);
    const there = await historyOf(alice, chat, "said");
    expect(there.length).toBeGreaterThan(20);
    expect({ seed: chance.seed, ids: await findUntil(alice, "said", there) }).toEqual({
      seed: chance.seed,
      ids: there,
    });
  },
  patience * 3,
);

const many = 20_000;

test(
  "an index that is killed while it is filled goes on where it was",
  async () => {
    await using home = new Home();
    let server = await home.start({ settings });
    const { signedIn } = await server.register("alice");
    const chat = await server.as(signedIn).group("alone");
    await server.kill("SIGTERM");
    const file = (name: string) => join(home.dataDir, "db", name);
    sayInNoTime(file("chat.sqlite"), chat);
    rmSync(file("search.sqlite"));

    let filledTo = 0;
    for (let kill = 0; kill < 3; kill++) {
      server = await home.start({ settings });
      const seen = await watchFilling(file("search.sqlite"), filledTo);
      await server.kill("SIGKILL");
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(filledTo);
      filledTo = seen.at(-1)!;
    }
    server = await home.start({ settings });
    await server.caller();
    const alice = server.as(signedIn);
    // Beside its being filled there is a chat.
    const last = await alice.say(chat, "message meanwhile");
    const all = [last.id, ...Array.from({ length: many }, (_, n) => many + 1 - n)];
    expect(await findUntil(alice, "message", all)).toEqual(all);
  },
  patience * 3,
);

/** How far the index has come, again and again, until that is further than `filledTo`. */
async function watchFilling(file: string, filledTo: number): Promise<number[]> {
  const seen: number[] = [];
  while ((seen.at(-1) ?? 0) <= filledTo && filledTo < many) {
    seen.push(filledIn(file));
    await moment(10);
  }
  return seen;
}

/** 0 for an index that is only just being made. */
function filledIn(file: string): number {
  try {
    using db = new Database(file, { readonly: true });
    const row = db.query<{ place: string }, []>("SELECT place FROM state").get();
    return row ? ((JSON.parse(row.place) as IndexState).filledTo ?? many) : 0;
  } catch {
    return 0;
  }
}

/** The rows that alice would have left by talking, but for most of the journal. */
function sayInNoTime(file: string, chat: number): void {
  using db = new Database(file);
  db.transaction(() => {
    db.run(
      `INSERT INTO messages (id, chat_id, seq, sender_id, content, content_type, created_at)
       WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= ${many})
       SELECT i, ?, i, 1, 'message ' || i, 'text', 0 FROM n`,
      [chat],
    );
    db.run("UPDATE chats SET seq = ? WHERE id = ?", [many + 1, chat]);
    db.run("INSERT INTO journal (audience, type, ref, at) VALUES (?, 'new_message', ?, 0)", [
      `chat:${chat}`,
      many + 1,
    ]);
  })();
}
