/** A port is one server's: whoever comes second says so and leaves nothing behind. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { Home, type Outcome } from "./support/executable.ts";

setDefaultTimeout(30_000);

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === "::1"));

/** Where a first server listens, and where others then cannot. */
const places = [
  { first: "127.0.0.1", others: ["127.0.0.1", "0.0.0.0"] },
  { first: "0.0.0.0", others: ["127.0.0.1"] },
  ...(hasIpv6
    ? [
        { first: "::", others: ["127.0.0.1"] },
        { first: "::1", others: ["::"] },
      ]
    : []),
];

/** One sentence that names the variable and the port. */
function expectRefused(outcome: Outcome, port: string): void {
  expect(outcome).toMatchObject({ code: 1, out: expect.not.stringContaining('"listening"') });
  expect(outcome.errors).toMatch(new RegExp(`^PORT: [^\\n]* ${port} [^\\n]*\\.$`));
}

/** Nothing of it is held, and its data are whole. */
function expectClosed(home: Home): void {
  expect(existsSync(join(home.dataDir, "parley.sock"))).toBe(false);
  expect(statSync(join(home.dataDir, "db", "chat.sqlite-wal")).size).toBe(0);
}

test.each(places)(
  "beside a server on %j others with data of their own refuse to start",
  async ({ first, others }) => {
    await using home = new Home();
    const server = await home.start({ settings: { HOST: first } });
    const { port } = new URL(server.url);
    for (const HOST of others) {
      await using other = new Home();
      expectRefused(await other.run([], "", { HOST, PORT: port }), port);
      expectClosed(other);
      // Nor has it taken away what the first one is asked by.
      expect((await home.run(["user", "list"])).code).toBe(0);
    }
    expect((await fetch(new URL("/health", server.url))).status).toBe(200);
  },
);

test("one that was refused starts on the same data with another port, and on the same one once it is free", async () => {
  await using home = new Home();
  const server = await home.start();
  const { port } = new URL(server.url);
  await using other = new Home();
  expectRefused(await other.run([], "", { PORT: port }), port);
  const elsewhere = await other.start();
  await elsewhere.register("alice");
  await elsewhere.kill("SIGTERM");
  // A socket that was open at the end does not keep the port.
  const bob = await (await server.register("bob")).connect();
  await server.kill("SIGTERM");
  expect(await bob.closed).toBe(1012);
  await (await other.start({ settings: { PORT: port } })).login("alice");
});

test("a port that any other program has is named as well", async () => {
  await using home = new Home();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const port = String((other.address() as { port: number }).port);
  expectRefused(await home.run([], "", { PORT: port }), port);
  expectClosed(home);
  other.close();
});
