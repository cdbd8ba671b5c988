/** The local door: what the operator's command line asks of a running server, over a socket file. */
import { chmodSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { Server } from "bun";
import { z } from "zod";

import { ChatError } from "./core/errors.ts";
import { parseJson } from "./core/json.ts";
import type { Log } from "./core/log.ts";
import { toRefusal } from "./core/refusal.ts";
import { validate } from "./core/validate.ts";

/** The system's limit for the path of a socket file. */
const longestPath = 107;

/** What can be asked for, by name. */
export type Operations = ReadonlyMap<
  string,
  { schema: z.ZodObject; run(input: Record<string, unknown>): Promise<unknown> }
>;
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
    return toProblem(error);
  }
}

function toProblem(refusal: ChatError): Outcome {
  const fields = refusal.errors?.map((one) => `${one.path} ${one.message}`).join("; ");
  return { problem: fields ?? refusal.message };
}

/**
 * Listens on the socket file, which only this system user may open. Answers how to stop, or undefined where the
 * path is too long for a socket: then the command line works only while the server is stopped.
 */
export function listenForOperator(
  dataDir: string,
  operations: Operations,
  log: Log,
): (() => Promise<void>) | undefined {
  const file = controlFile(dataDir);
  if (Buffer.byteLength(file) > longestPath) return undefined;
  // The data directory is locked, so a file that is left over is nobody's.
  rmSync(file, { force: true });
  const server = listenPrivately(file, async (request) => {
    let asked = "";
    try {
      const { name, input } = validate(question, parseJson(await request.text()));
      asked = name;
      return Response.json(await operate(operations, name, input));
    } catch (error) {
      return Response.json(toProblem(toRefusal(error, log, "an operation", { name: asked })), {
        status: 500,
      });
    }
  });
  return async () => {
    await server.stop(true);
    rmSync(file, { force: true });
  };
}

const question = z.object({ name: z.string(), input: z.unknown() });

function listenPrivately(file: string, fetch: (request: Request) => Promise<Response>): Server<undefined> {
  const mask = process.umask(0o077);
  let server: Server<undefined> | undefined;
  try {
    server = Bun.serve({ unix: file, development: false, fetch });
    chmodSync(file, 0o600);
    return server;
  } catch (error) {
    void server?.stop(true);
    throw error;
  } finally {
    process.umask(mask);
  }
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
