/** Another secret, or a word of the operator's, and everybody signs in again, whatever they hold. */
import { expect, test } from "bun:test";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";

import type { Config } from "../../src/config.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { Socket } from "../support/socket.ts";
import { openBeside } from "../support/written.ts";

const own = "u7Qw-9sLxA2-kfP0z-Vb3nR8-tYc5mE1j";
const another = "J4hT_6bNwZ8_qRd1k_Xc7vM2_gLp0sA9y";

/** Everything that lets somebody in: tokens as they were given, used up, and to come. */
interface Held {
  refresh: string[];
  access: string[];
  ticket: string;
}

async function signIn(server: TestServer, username: string): Promise<Held> {
  const person = await server.register(username);
  await person.post("/api/auth/device-token", { token: `${username}s phone` });
  const first = person.signedIn.refresh_token;
  const next = (await server.api.post("/api/auth/refresh", { refresh_token: first })).body;
  const laptop = await server.login(username);
  const { ticket } = (await person.post("/api/auth/ws-ticket")).body;
  return {
    refresh: [first, next.refresh_token, laptop.signedIn.refresh_token],
    access: [person.accessToken, next.access_token, laptop.accessToken],
    ticket,
  };
}

const refresh = (server: TestServer, refresh_token: string) =>
  server.api.post("/api/auth/refresh", { refresh_token });

async function expectSignedOut(server: TestServer, { refresh: tokens, access, ticket }: Held) {
  for (const token of tokens) expectRefused(await refresh(server, token), 401, "invalid_refresh_token");
  for (const token of access) {
    expectRefused(await server.api.get("/api/auth/me", { token }), 401, "unauthorized");
  }
  const opened = [
    await Socket.open(server.url, access[1]!),
    await Socket.open(server.url, ticket, { by: "ticket" }),
  ];
  expect(await Promise.all(opened.map((one) => one.closed))).toEqual([4001, 4001]);
}

function devices(server: TestServer): number {
  using db = openBeside(server.dataDir);
  return db.query<{ rows: number }, []>("SELECT count(*) AS rows FROM device_tokens").get()!.rows;
}

const told = (server: TestServer) =>
  server.log
    .map((line) => JSON.parse(line))
    .filter((one) => one.message === "everybody has to sign in again");

const turns: [string, Partial<Config>, Partial<Config>, { rotateSecret?: boolean }][] = [
  ["--rotate-secret and a key that is kept", {}, {}, { rotateSecret: true }],
  ["--rotate-secret and a SECRET_KEY", { secretKey: own }, { secretKey: own }, { rotateSecret: true }],
  ["another SECRET_KEY", { secretKey: own }, { secretKey: another }, {}],
  [
    "another SECRET_KEY and --rotate-secret",
    { secretKey: own },
    { secretKey: another },
    { rotateSecret: true },
  ],
  ["a SECRET_KEY in place of a kept key", {}, { secretKey: own }, {}],
  ["--rotate-secret in place of a SECRET_KEY", { secretKey: own }, { secretKey: "" }, { rotateSecret: true }],
];

test.each(turns)("with %s everybody signs in again", async (_, before, after, more) => {
  await using server = await TestServer.start({ config: before });
  const held = [await signIn(server, "alice"), await signIn(server, "bob")];
  expect(devices(server)).toBe(2);

  await server.restart(after, more);
  for (const one of held) await expectSignedOut(server, one);
  await server.settled();
  expect(devices(server)).toBe(0);
  expect(told(server)).toMatchObject([{ level: "warn", sessions: 4 }]);

  // And stays signed in from then on.
  const back = await server.login("alice");
  await server.restart(after);
  expect((await server.as(back.signedIn).get("/api/auth/me")).status).toBe(200);
  expect((await refresh(server, back.signedIn.refresh_token)).status).toBe(200);
  for (const one of held) await expectSignedOut(server, one);
  expect(told(server)).toHaveLength(1);
  expect(existsSync(join(server.dataDir, "secret.key"))).toBe(!before.secretKey || after.secretKey === "");
});

test("a SECRET_KEY that was left out is asked for, whether or not an older one is kept", async () => {
  await using server = await TestServer.start();
  await server.restart({ secretKey: own });
  const alice = await server.register("alice");
  const kept = join(server.dataDir, "secret.key");
  const refusal = () =>
    server.restart({ secretKey: "" }).then(
      () => "",
      (error: Error) => error.message,
    );
  expect(await refusal()).toMatch(/secret\.key is not the key that was used last: [^\n]*--rotate-secret/);
  renameSync(kept, `${kept}.old`);
  expect(await refusal()).toMatch(/secret\.key is missing although there is data: [^\n]*--rotate-secret/);
  // Nobody was signed out by that.
  await server.restart({ secretKey: own });
  expect((await refresh(server, alice.signedIn.refresh_token)).status).toBe(200);
  expect(told(server)).toEqual([]);
});

test("where nobody has ever been, any key will do", async () => {
  await using server = await TestServer.start();
  await server.restart({ secretKey: own });
  await server.restart({ secretKey: "" });
  const alice = await server.register("alice");
  await server.restart();
  expect((await server.as(alice.signedIn).get("/api/auth/me")).status).toBe(200);
});

test("data from before keys were told apart go on with the key they have", async () => {
  await using server = await TestServer.start({ config: { secretKey: own } });
  const alice = await server.register("alice");
  const forget = () => {
    using db = openBeside(server.dataDir);
    db.run("DELETE FROM meta WHERE key = 'secret key'");
  };
  forget();
  await server.restart();
  expect((await refresh(server, alice.signedIn.refresh_token)).status).toBe(200);
  expect(told(server)).toEqual([]);
  forget();
  const refused = await server.restart({ secretKey: "" }).catch((error: Error) => error);
  expect(refused).toMatchObject({ message: expect.stringContaining("is missing although there is data") });
});
