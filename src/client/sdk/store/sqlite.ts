import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

import { messageOf, ParleyError } from "../errors.ts";
import type { Change } from "../replica/rows.ts";
import type { Database } from "./sqlite/database.ts";
import { Files } from "./sqlite/files.ts";
import { Rows } from "./sqlite/rows.ts";
import { takeSlot } from "./sqlite/slots.ts";
import { Turns } from "./sqlite/turns.ts";
import { holdsAtMost, type Kept, type Move, type Store, type Tokens } from "./store.ts";

/**
 * Keeps a client in a directory, which nobody else of the machine may read; one for each account. For Bun and Node. Several
 * programs may use it at once: each has a replica of its own, they share the session, and what one of them leaves unsent
 * is sent by the next that opens the directory. Errors: `store_failed`.
 *
 * @example
 * const store = await sqliteStore(directory);
 * const other = await connect(server, { username: "alice", password }, { store });
 * await other.close();
 */
export async function sqliteStore(directory: string): Promise<Store> {
  try {
    return await SqliteStore.open(directory);
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError("store_failed", `${directory} cannot be used (${messageOf(error)}).`);
  }
}

/** @internal */
export class SqliteStore implements Store {
  readonly #session: string;
  readonly #secret: string;
  readonly #turns: Turns;
  #keeping: Promise<void> = Promise.resolve();

  private constructor(
    directory: string,
    patience: number,
    private readonly database: Database,
    private readonly rows: Rows,
    private readonly files: Files,
  ) {
    this.#session = join(directory, "session.json");
    this.#secret = join(directory, "encryption.json");
    this.#turns = new Turns(directory, "turn", patience);
  }

  /** Who does not give up its turn is passed over after `patience` milliseconds. */
  static async open(directory: string, patience: number = holdsAtMost): Promise<SqliteStore> {
    const files = new Files(join(directory, "files"));
    for (const one of [directory, files.directory]) await mkdir(one, { recursive: true, mode: 0o700 });
    return new Turns(directory, "opening", patience).take(async () => {
      const before = await files.list();
      const { database, isAlone } = await takeSlot(directory);
      const rows = new Rows(database);
      // Other programs do not say which files they need.
      if (isAlone) await files.drop(before.difference(rows.fileIds()));
      return new SqliteStore(directory, patience, database, rows, files);
    });
  }

  async read(): Promise<Kept> {
    return this.rows.read();
  }

  async write(changes: readonly Change[], move?: Move): Promise<void> {
    this.rows.write(changes, move);
  }

  async tokens(): Promise<Tokens | undefined> {
    const text = await read(this.#session);
    return text === undefined ? undefined : parse(text);
  }

  keepTokens(tokens: Tokens | undefined): Promise<void> {
    return this.#keep(this.#session, tokens && JSON.stringify(tokens));
  }

  secret(): Promise<string | undefined> {
    return read(this.#secret);
  }

  keepSecret(text: string | undefined): Promise<void> {
    return this.#keep(this.#secret, text);
  }

  alone<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.take(run);
  }

  keepFile(id: string, file: Blob): Promise<void> {
    return this.files.keep(id, file);
  }

  file(id: string): Promise<Blob | undefined> {
    return this.files.open(id);
  }

  async dropFile(id: string): Promise<void> {
    await this.files.drop([id]);
  }

  async close(): Promise<void> {
    await this.#keeping.catch(() => {});
    this.database.close();
  }

  #keep(file: string, text: string | undefined): Promise<void> {
    const keep = () => (text === undefined ? rm(file, { force: true }) : this.files.replace(file, [text]));
    this.#keeping = this.#keeping.then(keep, keep);
    return this.#keeping;
  }
}

/** Undefined where there is none. */
async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  return text ?? undefined;
}

/** Undefined for what has been damaged: then nobody is signed in. */
function parse(text: string): Tokens | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
