import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { SqliteStore } from "../../src/client/sdk/store/sqlite.ts";

/** What is run beside the test, as the runtime of the test can run it. */
const program = process.env["STORE_PROGRAM"] ?? join(import.meta.dirname, "store-program.ts");

/** A directory for a client's store, with stores of this program and of others on it. */
export class StoreDirectory implements AsyncDisposable {
  readonly path = join(mkdtempSync(join(tmpdir(), "parley-store-")), "ann");
  readonly #stores: SqliteStore[] = [];
  readonly #programs: StoreProgram[] = [];

  async open(patience = 20_000): Promise<SqliteStore> {
    const store = await SqliteStore.open(this.path, patience);
    this.#stores.push(store);
    return store;
  }

  async start(patience = 20_000): Promise<StoreProgram> {
    const one = new StoreProgram(this.path, patience);
    this.#programs.push(one);
    await one.next();
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#programs) await one.kill();
    for (const one of this.#stores) await one.close().catch(() => {});
    rmSync(join(this.path, ".."), { recursive: true });
  }
}

/** Another program on the same directory. */
export class StoreProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(directory: string, patience: number) {
    this.#child = spawn(process.execPath, [program, directory, `${patience}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** The next that it says; undefined when it has ended. */
  async next(): Promise<any> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  ask(action: string, input: object = {}): Promise<any> {
    this.#child.stdin!.write(`${JSON.stringify({ do: action, ...input })}\n`);
    return this.next();
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Nothing of it runs any more when this has resolved. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
