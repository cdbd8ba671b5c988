/** The operator's commands while no server runs: each does its one thing with the data, and none of a server's work. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { fixture } from "./fixtures/media/expected.ts";
import { Home, type Running } from "./support/executable.ts";
import { bytesOf } from "./support/files.ts";
import { changed, snapshot } from "./support/snapshot.ts";

setDefaultTimeout(30_000);

const secret = "a better horse battery";
/** A server that was told to leave every file as it was sent. */
const keep = { FILE_METADATA: "keep" };

/** Alice has a session and has sent a photo, of which a copy without its place and camera could be made. */
async function begin(home: Home): Promise<Running> {
  const server = await home.start({ settings: keep });
  const alice = await server.register("alice");
  await alice.post("/api/auth/device-token", { token: "alices phone" });
  const socket = await alice.connect();
  const photo = bytesOf(await Bun.file(fixture("photo.jpg")).bytes(), "photo.jpg");
  await alice.upload([photo], await alice.say(await alice.group("Photos"), "look"));
  await socket.next("message_updated", ({ message }) => message.media[0]?.state === "ready");
  return server;
}

const names = (out: string) => out.split("\n").map((line) => JSON.parse(line).username);

const changes: [args: string[], input: string][] = [
  [["user", "add", "bob", "bob@example.org"], `${secret}\n`],
  [["user", "password", "alice"], `${secret}\n`],
  [["user", "disable", "alice"], ""],
  [["user", "enable", "alice"], ""],
];

test("what changes accounts changes the database and nothing else, and the server finds all as it was", async () => {
  await using home = new Home();
  await (await begin(home)).kill("SIGTERM");
  for (const [args, input] of changes) {
    const before = snapshot(home.dataDir);
    expect(await home.run(args, input)).toMatchObject({ code: 0, errors: "" });
    const allowed = /^db(\/chat\.sqlite(-wal|-shm)?)?$/;
    expect(changed(before, snapshot(home.dataDir)).filter((one) => !allowed.test(one))).toEqual([]);
    expect(changed(before, snapshot(home.dataDir))).toContain("db/chat.sqlite");
  }
  const server = await home.start({ settings: keep });
  const [alice, bob] = [await server.login("alice", secret), await server.login("bob", secret)];
  expect(alice.id).not.toBe(bob.id);
  // It is the photo that was sent, to the byte.
  const [photo] = (await alice.history(1))[1].media;
  const { bytes } = await alice.download(photo.url);
  expect(photo.state).toBe("ready");
  expect(Buffer.from(bytes).equals(await Bun.file(fixture("photo.jpg")).bytes())).toBe(true);
});

test("a list changes not a byte, after a stop and after a crash, and shows what was written last", async () => {
  await using home = new Home();
  const server = await begin(home);
  await server.kill("SIGTERM");
  const look = async (expected: string[]) => {
    const before = snapshot(home.dataDir);
    const lists = await Promise.all(Array.from({ length: 3 }, () => home.run(["user", "list"])));
    for (const { code, out, errors } of lists) {
      expect({ code, errors }).toEqual({ code: 0, errors: "" });
      expect(names(out)).toEqual(expected);
    }
    expect(changed(before, snapshot(home.dataDir))).toEqual([]);
  };
  await look(["alice"]);

  const again = await home.start({ settings: keep });
  await again.register("bob");
  await again.kill("SIGKILL");
  expect(Bun.file(join(home.dataDir, "db", "chat.sqlite-wal")).size).toBeGreaterThan(0);
  await look(["alice", "bob"]);
  await (await home.start({ settings: keep })).login("bob");
});

test("where there is no data a command says so and makes none; adding somebody begins them", async () => {
  await using home = new Home();
  const none: [string[], string][] = [[["user", "list"], ""], ...changes.slice(1)];
  for (const [args, input] of none) {
    const refused = await home.run(args, input);
    expect({ args, ...refused }).toMatchObject({ args, code: 1, out: "" });
    expect(refused.errors).toBe(`There is no data in ${join(home.dataDir, "db")}.`);
    expect(existsSync(home.dataDir)).toBe(false);
  }
  expect((await home.run(["health"])).code).toBe(1);
  expect(existsSync(home.dataDir)).toBe(false);

  expect((await home.run(...changes[0]!)).code).toBe(0);
  expect([...snapshot(home.dataDir).keys()].filter((one) => !one.startsWith("db"))).toEqual([""]);
  expect(names((await home.run(["user", "list"])).out)).toEqual(["bob"]);
  await (await home.start()).login("bob", secret);
});

test("settings that are the server's make no difference to a command, however wrong they are", async () => {
  await using home = new Home();
  await (await begin(home)).kill("SIGTERM");
  const wrong = {
    FILE_METADATA: "perhaps",
    PORT: "eighty",
    SECRET_KEY: "short",
    LOG_LEVEL: "loud",
    REGISTRATION: "sometimes",
    CORS_ORIGINS: "*",
    CHECKPOINT_MB: "-1",
    TRUSTED_PROXIES: "everybody",
  };
  const before = snapshot(join(home.dataDir, "media"));
  for (const [args, input] of [...changes, [["user", "list"], ""] as const]) {
    expect(await home.run([...args], input, wrong)).toMatchObject({ code: 0, errors: "" });
  }
  // Nor do those of passwords where there is none.
  const odd = { PASSWORD_MEMORY_KIB: "plenty" };
  expect((await home.run(["user", "list"], "", odd)).code).toBe(0);
  expect(changed(before, snapshot(join(home.dataDir, "media")))).toEqual([]);

  const server = await home.start({ settings: keep });
  for (const [args, input] of [
    [["user", "password", "bob"], `${secret}\n`] as const,
    [["user", "list"], ""] as const,
  ]) {
    expect(await home.run([...args], input, { ...wrong, ...odd })).toMatchObject({ code: 0, errors: "" });
  }
  const { port } = new URL(server.url);
  expect((await home.run(["health"], "", { ...wrong, ...odd, PORT: port })).code).toBe(0);
});

test("data of another version are not misread", async () => {
  await using home = new Home();
  await home.run(...changes[0]!);
  const write = (sql: string) => {
    using db = new Database(join(home.dataDir, "db", "chat.sqlite"));
    db.run(sql);
  };
  write("UPDATE __drizzle_migrations SET created_at = created_at * 2");
  for (const args of [
    ["user", "list"],
    ["user", "disable", "bob"],
  ]) {
    expect((await home.run(args)).errors).toContain("newer Parley");
  }
  write("UPDATE __drizzle_migrations SET created_at = 1");
  expect((await home.run(["user", "list"])).errors).toContain("older Parley");
});
