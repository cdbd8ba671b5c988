import type { Entry } from "../../outbox/entry.ts";
import { type Database, isDamage } from "./database.ts";
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
  const entries = left(from.database, "entry").map(toEntry);
  const drafts = left(from.database, "draft");
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
  if (!from.isSound) return removeReplica(from);
  from.database.exec("DELETE FROM rows WHERE kind IN ('entry', 'draft')");
  from.database.close();
}

const toEntry = ({ key, value }: StoredRow) => ({ key, entry: JSON.parse(value) as Entry });

/** As far as it can be read. */
function left(database: Database, kind: string): StoredRow[] {
  const found: StoredRow[] = [];
  try {
    const sql = "SELECT kind, key, value FROM rows WHERE kind = ? AND json_valid(key) AND json_valid(value)";
    for (const row of database.prepare(sql).iterate(kind)) found.push(row as unknown as StoredRow);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return found;
}
