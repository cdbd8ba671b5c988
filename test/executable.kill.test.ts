/**
 * The built executable is killed again and again while people talk. KILLS says how often, SEED repeats the same
 * moments.
 */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Home } from "./support/executable.ts";
import { compareWithHistory } from "./support/history.ts";
import { Load } from "./support/load.ts";
import { moment } from "./support/moment.ts";
import { Chance } from "./support/random.ts";

const kills = Number(process.env["KILLS"] ?? 20);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
// A log so small that some kills meet a checkpoint.
const settings = { CHECKPOINT_MB: "1", ACCESS_TOKEN_SECONDS: "86400" };

test(
  `people who are cut off by ${kills} kills lose nothing and hear nothing twice`,
  async () => {
    await using home = new Home();
    let server = await home.start({ settings });
    const load = await Load.prepare(server, { people: 20, chats: 4, window: 4, chance });
    await load.connect(server.url);
    load.talk();

    const readyAgain: number[] = [];
    let checked = 0;
    for (let kill = 0; kill < kills; kill++) {
      await moment(100 + chance.below(500));
      await server.kill("SIGKILL");
      await load.closed();
      checkCopy(home, load, checked);
      checked = load.acknowledged.size;
      if (chance.below(4) === 0) await killWhileItStarts(home);
      const started = performance.now();
      server = await home.start({ settings });
      await fetch(`${server.url}/health`);
      readyAgain.push(performance.now() - started);
      await load.connect(server.url);
    }
    await load.untilAcknowledged(load.acknowledged.size + 100);
    await load.finish();

    readyAgain.sort((a, b) => a - b);
    const median = Math.round(readyAgain[readyAgain.length >> 1]!);
    console.log(
      `seed ${chance.seed}: ${kills} kills, ${load.acknowledged.size} messages acknowledged, ${load.resent} resent, ` +
        `ready again in ${median} ms (median), ${Math.round(readyAgain.at(-1)!)} ms (longest)`,
    );
    expect(load.problems).toEqual([]);
    await compareWithHistory(load, server.url);
    expect(load.acknowledged.size).toBeGreaterThan(kills * 20);
    expect(load.resent).toBeGreaterThan(0);
    expect(median).toBeLessThan(2000);
    expect(await server.kill("SIGTERM")).toBe(0);
    checkCopy(home, load, 0);
  },
  20_000 + kills * 3000,
);

/** Also a start, with all that it has to recover, may be cut off. */
async function killWhileItStarts(home: Home): Promise<void> {
  const starting = await home.launch({ settings });
  await moment(chance.below(60));
  await starting.kill("SIGKILL");
}

/**
 * Looks at a copy, so that the server itself has to recover what the kill left, for what has been acknowledged
 * since the first `checked` messages.
 */
function checkCopy(home: Home, load: Load, checked: number): void {
  const directory = mkdtempSync(join(tmpdir(), "parley-copy-"));
  for (const name of ["chat.sqlite", "chat.sqlite-wal"]) {
    const from = join(home.dataDir, "db", name);
    if (existsSync(from)) copyFileSync(from, join(directory, name));
  }
  const copy = new Database(join(directory, "chat.sqlite"));
  try {
    expect(copy.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    const gaps = copy.query(
      "SELECT chat_id FROM messages GROUP BY chat_id HAVING count(*) <> max(seq) OR min(seq) <> 1",
    );
    expect(gaps.values()).toEqual([]);
    const find = copy.query<{ chat_id: number; seq: number; client_id: string }, [number]>(
      "SELECT chat_id, seq, client_id FROM messages WHERE id = ?",
    );
    for (const [clientId, { id, chatId, seq }] of [...load.acknowledged].slice(checked)) {
      const row = find.get(id);
      if (row?.client_id === clientId && row.chat_id === chatId && row.seq === seq) continue;
      throw new Error(`${clientId} was acknowledged as ${id}, but there is ${JSON.stringify(row)}`);
    }
  } finally {
    copy.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
