import { type ServerOptions, TestServer } from "./server.ts";

/** Alice and Bob with their direct chat, and the path of its messages. */
export async function pair(options?: ServerOptions) {
  const server = await TestServer.start(options);
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  return { server, alice, bob, chat, path: `/api/messages/${chat}` };
}
