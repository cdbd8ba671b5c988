/** The local door: what the operator's command line asks of a running server, over a socket file. */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ChatError } from "./core/errors.ts";
import type { Operation } from "./core/feature.ts";
import { validate } from "./core/validate.ts";

/** The system's limit for the path of a socket file. */
const longestPath = 107;

export type Operations = ReadonlyMap<string, Operation>;
export type Outcome = { result: unknown } | { problem: string };

export function controlFile(dataDir: string): string {
  return join(dataDir, "parley.sock");
}

/** Runs one operation by name. */
export async function operate(operations: Operations, name: string, input: unknown): Promise<Outcome> {
  try {
    const operation = operations.get(name);
    if (!operation) throw new ChatError("not_found", `There is no operation ${name}.`);
    return { result: await operation.run(validate(operation.schema, input)) };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const fields = error.errors?.map((one) => `${one.path} ${one.message}`).join("; ");
    return { problem: fields ?? error.message };
  }
}

/**
 * Listens on the socket file, which only this system user may open. Answers how to stop, or undefined where the
 * path is too long for a socket: then the command line works only while the server is stopped.
 */
export function listenForOperator(dataDir: string, operations: Operations): (() => void) | undefined {
  const file = controlFile(dataDir);
  if (Buffer.byteLength(file) > longestPath) return undefined;
  // The data directory is locked, so a file that is left over is nobody's.
  rmSync(file, { force: true });
  const mask = process.umask(0o077);
  const server = Bun.serve({
    unix: file,
    development: false,
    async fetch(request) {
      const { name, input } = (await request.json()) as { name: string; input: unknown };
      return Response.json(await operate(operations, name, input));
    },
    error: (error) => Response.json({ problem: `the server failed: ${error.message}` }, { status: 500 }),
  });
  process.umask(mask);
  chmodSync(file, 0o600);
  return () => {
    void server.stop(true);
    rmSync(file, { force: true });
  };
}

/** Asks the running server; undefined when none is running. */
export async function askServer(dataDir: string, name: string, input: unknown): Promise<Outcome | undefined> {
  const file = controlFile(dataDir);
  if (!existsSync(file)) return undefined;
  const body = JSON.stringify({ name, input });
  // Nobody answers on a file that was left behind by a server that was killed.
  const response = await fetch("http://parley/", { unix: file, method: "POST", body }).catch(() => undefined);
  return response && ((await response.json()) as Outcome);
}
