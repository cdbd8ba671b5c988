/** What a database is worth after a power cut, held against what its server had acknowledged until then. */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Acknowledged } from "../support/load.ts";
import type { Chance } from "../support/random.ts";
import { afterPowerCut, type Luck } from "./disk.ts";
import type { Trace } from "./trace.ts";

/** The files of a database, the write-ahead log last. */
export const databaseFiles = ["chat.sqlite", "chat.sqlite-wal"] as const;
/** The client's clock shows whole milliseconds. */
const clockError = 1;

export interface Recording {
  trace: Trace;
  /** In their order. */
  acknowledged: [clientId: string, Acknowledged][];
}

export interface Finding {
  cut: number;
  luck: string;
  /** What SQLite complains about, or which chat has a gap. */
  damage: string;
  /** How many messages were acknowledged before the cut and are not there. */
  lost: number;
}

/** Opens what is left when the power fails at the place `cut` of the trace. */
export function lookAfter(recording: Recording, cut: number, luck: Luck, chance: Chance): Finding {
  const { calls, times } = recording.trace;
  const directory = mkdtempSync(join(tmpdir(), "parley-cut-"));
  for (const name of databaseFiles) {
    const ofFile = calls.filter((one) => one.file === name);
    writeFileSync(join(directory, name), afterPowerCut(ofFile, cut, luck, chance));
  }
  const finding = { cut, luck: luck.name, damage: "", lost: 0 };
  try {
    const db = new Database(join(directory, databaseFiles[0]));
    const [integrity] = db.query("PRAGMA integrity_check").values();
    if (integrity?.[0] !== "ok") finding.damage = String(integrity?.[0]);
    const gaps = db
      .query("SELECT chat_id FROM messages GROUP BY chat_id HAVING count(*) <> max(seq) OR min(seq) <> 1")
      .values();
    if (gaps.length > 0) finding.damage += ` chat ${String(gaps[0])} has a gap`;
    const find = db.query<{ client_id: string; seq: number }, [number]>(
      "SELECT client_id, seq FROM messages WHERE id = ?",
    );
    for (const [clientId, { id, seq, at }] of recording.acknowledged) {
      if (at + clockError > times[cut - 1]!) break;
      const row = find.get(id);
      if (row?.client_id !== clientId || row.seq !== seq) finding.lost += 1;
    }
    db.close();
  } catch (error) {
    finding.damage = String(error);
  }
  rmSync(directory, { recursive: true, force: true });
  return finding;
}
