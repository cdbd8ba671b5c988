import { Database } from "bun:sqlite";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { fold } from "../../core/fold.ts";
import { makePrivate } from "../private-file.ts";
import type { Entry, IndexState } from "./search-index.ts";
import { labelToken, shortTokens } from "./tokens.ts";

/** Counts up whenever the tables, the tokens or the folding change: an index of another version is made anew. */
const version = 3;

/**
 * `texts` are folded; postings can only be taken out by the text that led to them. Neither full-text table knows
 * where in a text a token stands: that makes them a quarter of the size, and whoever asks looks into `texts`.
 */
const tables = [
  "CREATE TABLE state (place TEXT NOT NULL)",
  "CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
  // Apart from the texts, so that many of them fit on a page.
  "CREATE TABLE labels (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL, sender INTEGER NOT NULL, kind INTEGER NOT NULL)",
  `CREATE VIRTUAL TABLE parts USING fts5 (
     chat, sender, kind, text, tokenize = 'trigram case_sensitive 1', content = '', columnsize = 0, detail = none)`,
  `CREATE VIRTUAL TABLE shorts USING fts5 (
     tokens, tokenize = 'ascii', content = '', columnsize = 0, detail = none)`,
  // Postings are taken out, not marked as gone.
  "INSERT INTO parts (parts, rank) VALUES ('secure-delete', 1)",
  "INSERT INTO shorts (shorts, rank) VALUES ('secure-delete', 1)",
  `PRAGMA user_version = ${version}`,
];

/** Opens the index, or makes a new one where there is none, one of another version, or something else. */
export function openFile(file: string): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return openOurs(file) ?? createFile(file);
}

function open(file: string): Database {
  makePrivate(file);
  return new Database(file, { create: true });
}

function openOurs(file: string): Database | undefined {
  const db = open(file);
  try {
    configure(db);
    const known = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
    if (known?.user_version === version) {
      readState(db);
      return db;
    }
    db.close();
  } catch (error) {
    db.close();
    if (!isDamaged(error) && codeOf(error) !== "SQLITE_ERROR") throw error;
  }
  return undefined;
}

/** Replaces the file by an empty index. */
export function createFile(file: string): Database {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
  const db = open(file);
  configure(db);
  db.transaction(() => {
    for (const one of tables) db.run(one);
  })();
  return db;
}

export function isDamaged(error: unknown): boolean {
  return /CORRUPT|NOTADB/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function configure(db: Database): void {
  db.run("PRAGMA journal_mode = WAL");
  // A power cut may take the last commits, state and all: they are made again from the journal.
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA secure_delete = ON");
  db.run("PRAGMA cache_size = -16000");
}

export function readState(db: Database): IndexState | undefined {
  const row = db.query<{ place: string }, []>("SELECT place FROM state").get();
  return row ? (JSON.parse(row.place) as IndexState) : undefined;
}

interface Known {
  chat: number;
  sender: number;
  kind: number;
  text: string;
}

/** Writes entries and state in one commit. */
export function write(db: Database, entries: readonly Entry[], state: IndexState): void {
  const find = db.query<Known, [number]>("SELECT * FROM labels JOIN texts USING (id) WHERE id = ?");
  // Of several with one id the last; in the order of ids, which is how FTS5 likes them.
  const last = [...new Map(entries.map((one) => [one.id, one])).values()].sort((a, b) => a.id - b.id);
  db.transaction(() => {
    for (const entry of last) {
      const known = find.get(entry.id);
      const text = entry.text === null ? null : fold(entry.text);
      if (known) remove(db, entry.id, known);
      if (text !== null) add(db, entry, text);
    }
    db.query("DELETE FROM state").run();
    db.query("INSERT INTO state (place) VALUES (?)").run(JSON.stringify(state));
  })();
}

function add(db: Database, entry: Entry, text: string): void {
  const { id, chat, sender, kind } = entry;
  db.query("INSERT INTO texts (id, text) VALUES (?, ?)").run(id, text);
  db.query("INSERT INTO labels (id, chat, sender, kind) VALUES (?, ?, ?, ?)").run(id, chat, sender, kind);
  const [labels, tokens] = postings(entry, text);
  db.query("INSERT INTO parts (rowid, chat, sender, kind, text) VALUES (?, ?, ?, ?, ?)").run(
    id,
    ...labels,
    text,
  );
  db.query("INSERT INTO shorts (rowid, tokens) VALUES (?, ?)").run(id, tokens);
}

/** Removes an entry: FTS5 needs the same text again, to the letter. */
function remove(db: Database, id: number, known: Known): void {
  const [labels, tokens] = postings(known, known.text);
  db.query("INSERT INTO parts (parts, rowid, chat, sender, kind, text) VALUES ('delete', ?, ?, ?, ?, ?)").run(
    id,
    ...labels,
    known.text,
  );
  db.query("INSERT INTO shorts (shorts, rowid, tokens) VALUES ('delete', ?, ?)").run(id, tokens);
  db.query("DELETE FROM labels WHERE id = ?").run(id);
  db.query("DELETE FROM texts WHERE id = ?").run(id);
}

function postings(
  one: { chat: number; sender: number; kind: number },
  text: string,
): [labels: [string, string, string], tokens: string] {
  const labels: [string, string, string] = [
    labelToken("chat", one.chat),
    labelToken("sender", one.sender),
    labelToken("kind", one.kind),
  ];
  return [labels, `${labels.join(" ")} ${shortTokens(text)}`];
}
