import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The two ways to start a server: what `npm start` runs, and the built executable. */
export const programs = {
  "the sources": [process.execPath, resolve("src/main.ts")],
  "the executable": [resolve("dist/parley")],
};

/** A server that is a process of its own, in an empty directory and on a free port. */
export class Program {
  private constructor(
    readonly url: string,
    private readonly process: Bun.Subprocess,
    private readonly directory: string,
  ) {}

  static async start(command: string[], settings: Record<string, string> = {}): Promise<Program> {
    const directory = mkdtempSync(join(tmpdir(), "parley-program-"));
    const started = Bun.spawn(command, {
      cwd: directory,
      env: { HOST: "127.0.0.1", PORT: "0", ...settings },
      stdout: "pipe",
      stderr: "inherit",
    });
    const url = await listening(started.stdout);
    if (url !== undefined) return new Program(url, started, directory);
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`${command.join(" ")} ended with ${await started.exited}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    await this.process.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The address in the log's line that says so; undefined when the log ends first. */
function listening(log: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const decoder = new TextDecoder();
  let text = "";
  // Reads to the end: a full pipe would hold up the server.
  void (async () => {
    for await (const chunk of log) {
      text += decoder.decode(chunk, { stream: true });
      const [, url] = /"message":"listening","url":"([^"]+)\/"/.exec(text) ?? [];
      if (url !== undefined) resolve(url);
    }
    resolve(undefined);
  })();
  return promise;
}
