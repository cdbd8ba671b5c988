import { rename } from "node:fs/promises";

import { ParleyError } from "../../errors.ts";
import type { Entry } from "../../outbox/entry.ts";
import { type Database, isDamage } from "./database.ts";
import { report } from "../../told.ts";
import { type ReplicaFile, removeReplica, type StoredRow, transaction } from "./replica-file.ts";

/** The later one stays. */
const adopted = `
  INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value
  WHERE coalesce(json_extract(excluded.value, '$.created_at'), json_extract(excluded.value, '$.kept_at'))
    > coalesce(json_extract(rows.value, '$.created_at'), json_extract(rows.value, '$.kept_at'))`;

/**
 * Takes over what a program that has ended has left unsent: first it is written here, then deleted there. Whatever is found
 * at both places after a crash in between is sent once, because it has the same key.
 */
export async function adopt(database: Database, from: ReplicaFile): Promise<void> {
  const unsent = { entry: left(from.database, "entry"), draft: left(from.database, "draft") };
  const entries = unsent.entry.rows.map(toEntry);
  const drafts = unsent.draft.rows;
  transaction(database, () => {
    const put = database.prepare(adopted);
    const last = database
      .prepare("SELECT max(json_extract(value, '$.order')) AS place FROM rows WHERE kind = 'entry'")
      .get();
    let order = Number(last?.["place"] ?? 0);
    for (const { key, entry } of entries.toSorted((a, b) => a.entry.order - b.entry.order)) {
      put.run("entry", key, JSON.stringify({ ...entry, order: ++order }));
    }
    for (const { kind, key, value } of drafts) put.run(kind, key, value);
  });
  if (!unsent.entry.isWhole || !unsent.draft.isWhole) return setAside(from);
  if (!from.isSound) return removeReplica(from);
  from.database.exec("DELETE FROM rows WHERE kind IN ('entry', 'draft')");
  from.database.close();
}

const toEntry = ({ key, value }: StoredRow) => ({ key, entry: JSON.parse(value) as Entry });

/** As far as it can be read. */
function left(database: Database, kind: string): { rows: StoredRow[]; isWhole: boolean } {
  const rows: StoredRow[] = [];
  try {
    const sql = "SELECT kind, key, value FROM rows WHERE kind = ? AND json_valid(key) AND json_valid(value)";
    for (const row of database.prepare(sql).iterate(kind)) rows.push(row as unknown as StoredRow);
    return { rows, isWhole: true };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { rows, isWhole: false };
  }
}

/** Somebody may still find in it what this program could not read. */
async function setAside(from: ReplicaFile): Promise<void> {
  const kept = `${from.file}.damaged`;
  from.database.close();
  await rename(from.file, kept);
  await removeReplica(from);
  report(
    new ParleyError("store_failed", `What was not sent yet is lost in part: a file is damaged, now ${kept}.`),
  );
}
