import type { StatementSync } from "node:sqlite";

import type { Change } from "../../replica/rows.ts";
import { type Kept, type KeptRow, type Move, StoreMoved } from "../store.ts";
import type { Database } from "./database.ts";
import { type StoredRow, transaction } from "./replica-file.ts";

/** What a program keeps in its replica. */
export class Rows {
  #cursor: string | undefined;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;

  constructor(private readonly database: Database) {
    this.#put = database.prepare(
      "INSERT INTO rows VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    );
    this.#delete = database.prepare("DELETE FROM rows WHERE kind = ? AND key = ?");
    const [kept] = select(database, "kind = 'cursor'");
    this.#cursor = kept && JSON.parse(kept.value);
  }

  read(): Kept {
    return { cursor: this.#cursor, rows: select(this.database, "kind <> 'cursor'").map(toKept) };
  }

  write(changes: readonly Change[], move: Move | undefined): void {
    if (move && move.from !== this.#cursor) throw new StoreMoved();
    transaction(this.database, () => {
      for (const { kind, at, value } of changes) this.#write(kind, at, value);
      if (move) this.#write("cursor", [], move.to);
    });
    if (move) this.#cursor = move.to;
  }

  /** The ids of all files that entries of the outbox name. */
  fileIds(): Set<string> {
    const found = this.database
      .prepare(
        "SELECT json_extract(file.value, '$.id') AS id FROM rows, json_each(rows.value, '$.files') AS file WHERE kind = 'entry'",
      )
      .all();
    return new Set(found.map(({ id }) => String(id)));
  }

  #write(kind: string, at: readonly unknown[], value: unknown): void {
    const key = JSON.stringify(at);
    if (value === undefined) this.#delete.run(kind, key);
    else this.#put.run(kind, key, JSON.stringify(value));
  }
}

function select(database: Database, where: string): StoredRow[] {
  return database.prepare(`SELECT kind, key, value FROM rows WHERE ${where}`).all() as unknown as StoredRow[];
}

function toKept({ kind, key, value }: StoredRow): KeptRow {
  return { kind: kind as KeptRow["kind"], at: JSON.parse(key), value: JSON.parse(value) };
}
