/** What a device keeps of encryption in a directory, and what is left of it. */
import { expect, test } from "bun:test";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { memoryStore } from "../../src/client/sdk/index.ts";
import { sqliteStore } from "../../src/client/sdk/store/sqlite.ts";
import { besides, holding, opened, type Opened, sees } from "../support/client.ts";
import { lookedAt, withKeys } from "../support/e2ee/session.ts";
import { shared } from "../support/shared.ts";
import { StoreDirectory } from "../support/store-programs.ts";

const server = await shared();
const secretFile = "encryption.json";

const nameOf = async (session: Opened, anew = false) => (await session.encryption.part()).deviceId(anew);

test("all programs on a directory have the keys, each with a name of its own, until one of them signs out", async () => {
  const [alice] = await server.people("alice");
  await using directory = new StoreDirectory();
  const open = () => sqliteStore(directory.path);
  const { session: first } = await withKeys(server.url, alice, { store: await open() });
  await using _ = first;
  expect((await stat(join(directory.path, secretFile))).mode & 0o777).toBe(0o600);
  const second = await lookedAt(server.url, undefined, { store: await open() });
  expect(second.encryption.state.value).toBe("ready");
  const names = await Promise.all([first, second].map((one) => nameOf(one)));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(Buffer.from(name, "base64url")).toHaveLength(16);
  await second.close();
  // Whoever comes next goes on in its place.
  const third = await lookedAt(server.url, undefined, { store: await open() });
  expect(await nameOf(third)).toBe(names[1]!);
  expect(await nameOf(third, true)).not.toBe(names[1]!);
  await third.signOut();
  expect(await readdir(directory.path)).not.toContain(secretFile);
});

test("what is under way when somebody signs out leaves nothing", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const inner = memoryStore();
  const line = holding("/api/encryption/public-keys");
  let looking: Promise<unknown> = Promise.resolve();
  // The answer comes in the moment in which everything was just forgotten.
  const keepSecret = async (text: string | undefined) => {
    await inner.keepSecret(text);
    if (text !== undefined) return;
    line.release();
    await looking;
  };
  const store = { ...besides(inner), keepSecret };
  const { session } = await withKeys(server.url, alice, { store, environment: { fetch: line.fetch } });
  looking = session.encryption.people([bob.id]).catch(() => {});
  await line.reached;
  await session.signOut();
  await looking;
  expect(await inner.secret()).toBeUndefined();
});

test("what another person has kept is not gone on with, nor what is damaged", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const hers = memoryStore();
  const { session } = await withKeys(server.url, alice, { store: hers });
  await session.close();
  for (const secret of [await hers.secret(), "{"]) {
    const his = memoryStore();
    await his.keepSecret(secret);
    await using other = await opened(server.url, bob, { store: his });
    await sees(() => other.encryption.state.value === "none");
  }
});

test("where nothing can be kept no keys are made", async () => {
  const [alice] = await server.people("alice");
  const full = Object.assign(memoryStore(), {
    keepSecret: () => Promise.reject(new Error("QuotaExceededError")),
  });
  await using session = await lookedAt(server.url, alice, { store: full });
  await expect(session.encryption.setUp()).rejects.toMatchObject({ code: "store_failed" });
  expect((await alice.get("/api/encryption/public-key")).status).toBe(404);
});
