/** The data of a server that has stopped, as text: what a release has written, for its successors to open. */
import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fromSql, toSql } from "./sql-text.ts";

const database = "db/chat.sqlite";
const shelves = ["media", "thumbnails"];

/** Everything that cannot be made again: the database, the files and the key, not the search index. */
export function keepData(dataDir: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  using db = new Database(join(dataDir, database));
  writeFileSync(join(folder, "chat.sql"), toSql(db));
  const blobs = shelves.flatMap((shelf) => blobsIn(join(dataDir, shelf)).map((one) => `${shelf}/${one}`));
  const lines = ["secret.key", ...blobs].map((path) => [path, readFileSync(join(dataDir, path), "base64")]);
  writeLines(join(folder, "files.jsonl"), lines);
}

function blobsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((one) => !one.startsWith("."))
    .toSorted();
}

/** The same once more, where there is nothing yet. */
export function restoreData(folder: string, dataDir: string): void {
  for (const one of ["db", ...shelves]) mkdirSync(join(dataDir, one), { recursive: true });
  fromSql(readFileSync(join(folder, "chat.sql"), "utf8"), join(dataDir, database));
  for (const [path, base64] of readLines<[string, string]>(join(folder, "files.jsonl"))) {
    writeFileSync(join(dataDir, path), base64, "base64");
  }
  chmodSync(join(dataDir, "secret.key"), 0o600);
}

/**
 * As it is kept: a field that is null or an empty list is left out, which makes it half as long. That the fields are
 * there is seen to by whoever holds each answer against the documents.
 */
export function withoutNothing<Told>(told: Told): Told {
  const isNothing = (value: unknown) => value === null || (Array.isArray(value) && value.length === 0);
  // The whole has no key.
  const keep = (key: string, value: unknown) => (key !== "" && isNothing(value) ? undefined : value);
  return JSON.parse(JSON.stringify(told, keep));
}

export function writeLines(file: string, lines: unknown[]): void {
  writeFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

export function readLines<Line>(file: string): Line[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((one) => JSON.parse(one) as Line);
}
