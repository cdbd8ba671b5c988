import { afterAll } from "bun:test";

import { type ServerOptions, TestServer } from "./server.ts";

/**
 * One server for all tests of a file that need no settings of their own, stopped after the last of them. Each test
 * brings people of its own, with `server.people`. What looks at the log, the disk or the number of anything on the
 * whole server, or restarts it, has a server to itself.
 */
export async function shared(options?: ServerOptions): Promise<TestServer> {
  const server = await TestServer.start(options);
  afterAll(() => server[Symbol.asyncDispose]());
  return server;
}
