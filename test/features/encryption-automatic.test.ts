import { afterAll, expect, setDefaultTimeout, spyOn, test } from "bun:test";

import { openKeychain, openUnlock } from "../../src/e2ee/keychain.ts";
import { readRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { mostWaitMilliseconds } from "../../src/features/encryption/server-keys/automatic.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start({ config: { e2eeServerCrypto: "on" } });
afterAll(() => server[Symbol.asyncDispose]());

const path = "/api/encryption/public-key";

function register(username: string, more: object = {}) {
  const body = { username, email: `${username}@example.org`, password, ...more };
  return server.api.post("/api/auth/register", body);
}

test("who registers has keys, and is told the recovery key this once", async () => {
  const { body, headers } = await register("alice");
  const { kid, confirmed, recovery_key } = body.encryption;
  expect([confirmed, headers.get("cache-control")]).toEqual([false, "no-store"]);
  const alice = server.as(body);
  expect((await alice.get(path)).body).toMatchObject({ kid, custody: "server", confirmed: false, seq: 1 });
  const { ver, unlock, keychain } = (await alice.get("/api/encryption/keychain")).body;
  const owner = { iss: (await server.api.get("/")).body.id, user: alice.id };
  const key = await openUnlock(unlock[0], owner, { recoveryKey: readRecoveryKey(recovery_key) });
  expect((await openKeychain(keychain, owner, ver, key)).ek[0]).toMatchObject(
    (await alice.get(path)).body.public_key,
  );
  expect((await server.login("alice")).signedIn.encryption).toEqual({ kid, confirmed: false });
  expect(server.log.join("\n")).not.toContain(recovery_key);
});

test("who makes their own keys gets none", async () => {
  const { body } = await register("bob", { encryption: "client" });
  expect(body).not.toHaveProperty("encryption");
  expectRefused(await server.as(body).get(path), 404, "no_keys");
  expectInvalid(await register("bobby", { encryption: "server" }), "encryption");
});

test("a lost answer costs nothing: whoever signs in later has other keys made", async () => {
  const first = (await register("carol")).body.encryption;
  const carol = await server.login("carol");
  const made = await carol.post("/api/encryption/generate-keys", { mode: "server" });
  expect(made.status).toBe(201);
  expect(made.body.kid).not.toBe(first.kid);
});

test("who registers among too many has an account all the same, and keys later", async () => {
  // Aborted at once: as if all before them took longer than anybody waits.
  using timeout = spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
  const without = await register("dave");
  expect(timeout).toHaveBeenCalledWith(mostWaitMilliseconds);
  expect([without.status, without.body.encryption]).toEqual([201, undefined]);
  timeout.mockRestore();
  const later = await server.as(without.body).post("/api/encryption/generate-keys", { mode: "server" });
  expect(later.status).toBe(201);
});

test("where the server makes no keys registering makes none", async () => {
  await using own = await TestServer.start();
  const [alice] = await own.people("alice");
  expect(alice.signedIn).not.toHaveProperty("encryption");
});
