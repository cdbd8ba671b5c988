/** The operator's command line, beside a running server and without one. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

import { version } from "../package.json";
import { Home, type Outcome } from "./support/executable.ts";

setDefaultTimeout(30_000);

const secret = "a better horse battery";

function users(
  outcome: Outcome,
): { username: string; is_active: boolean; email: string; full_name: string }[] {
  expect(outcome).toMatchObject({ code: 0, errors: "" });
  return outcome.out === "" ? [] : outcome.out.split("\n").map((line) => JSON.parse(line));
}

async function names(home: Home): Promise<string[]> {
  return users(await home.run(["user", "list"])).map((one) => one.username);
}

test("it says its version and how it is used", async () => {
  await using home = new Home();
  for (const flag of ["--version", "-v"]) {
    const { out, ...rest } = await home.run([flag]);
    const [first, ...decoders] = out.split("\n");
    expect([first, rest]).toEqual([version, { code: 0, errors: "" }]);
    const line = expect.stringMatching(/^decoders: FFmpeg \d+:\S+, dav1d \d\S+, from Debian's sources$/);
    expect([[], [line]]).toContainEqual(decoders);
  }
  for (const flag of ["--help", "-h"]) {
    const help = await home.run([flag]);
    expect(help).toMatchObject({ code: 0, errors: "" });
    for (const verb of [
      "serve",
      "health",
      "add",
      "password",
      "disable",
      "enable",
      "list",
      "transfer",
      "doctor",
    ]) {
      expect(help.out).toContain(verb);
    }
  }
  expect(existsSync(home.dataDir)).toBe(false);
});

test("what it does not know it answers with how it is used, and does nothing", async () => {
  await using home = new Home();
  const { out: usage } = await home.run(["--help"]);
  const unknown = [
    ["dance"],
    ["user"],
    ["user", "dance"],
    ["user", "add", "alice"],
    ["user", "disable"],
    ["user", "disable", "alice", "bob"],
    ["user", "list", "alice"],
    ["chat", "transfer"],
    ["chat", "transfer", "1"],
    ["chat", "transfer", "1", "alice", "bob"],
    ["health", "now"],
    ["doctor"],
    ["doctor", "phone"],
    ["doctor", "push", "now"],
    ["serve", "now"],
  ];
  for (const args of unknown) {
    const errors = `parley ${args.join(" ")}: there is no such command.\n\n${usage}`;
    expect({ args, ...(await home.run(args)) }).toEqual({ args, code: 2, out: "", errors });
  }
  expect(await home.run(["--dance"])).toMatchObject({ code: 1, out: "" });
  expect(existsSync(home.dataDir)).toBe(false);
});

test("health tells a living server from a dead one", async () => {
  await using home = new Home();
  const server = await home.start();
  const settings = { PORT: new URL(server.url).port };
  const well = await home.run(["health"], "", settings);
  expect(well).toMatchObject({ code: 0, errors: "" });
  expect(JSON.parse(well.out)).toMatchObject({ status: "ok", version });
  // As in a container, where the server listens on every address.
  expect((await home.run(["health"], "", { ...settings, HOST: "0.0.0.0" })).code).toBe(0);
  await server.kill("SIGTERM");
  expect(await home.run(["health"], "", settings)).toMatchObject({ code: 1, out: "" });
});

test("it says whether push would work, without a server and beside one, and makes nothing", async () => {
  await using home = new Home();
  const FIREBASE_CREDENTIALS_PATH = "/nowhere.json";
  const examine = async () => {
    const { code, out, errors } = await home.run(["doctor", "push"], "", { FIREBASE_CREDENTIALS_PATH });
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    const lines = out.split("\n");
    // Whether others can be reached from here is not known.
    const line = /^((ok|warning|problem) +(FCM|Web Push): .+\.|(FCM|Web Push) would .+\.)$/;
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    expect(lines[0]).toBe("problem  FCM: FIREBASE_CREDENTIALS_PATH: there is no file /nowhere.json.");
    return lines[1];
  };
  const key = join(home.dataDir, "vapid.key");
  expect(await examine()).toEndWith("storage/vapid.key yet: the server makes it when it starts.");
  expect(existsSync(home.dataDir)).toBe(false);
  const server = await home.start();
  expect(existsSync(key)).toBe(true);
  expect(await examine()).toEndWith("storage/vapid.key is good; keep it in the backup.");
  await server.caller();
});

test("without a server it writes itself, and a server finds what it wrote", async () => {
  await using home = new Home();
  const [added] = users(
    await home.run(["user", "add", "alice", "alice@example.org", "Alice", "Liddell"], `${secret}\n`),
  );
  expect(added).toMatchObject({ username: "alice", email: "alice@example.org", full_name: "Alice Liddell" });
  expect(users(await home.run(["user", "disable", "alice"]))[0]).toMatchObject({ is_active: false });
  expect(users(await home.run(["user", "enable", "alice"]))[0]).toMatchObject({ is_active: true });
  expect(await names(home)).toEqual(["alice"]);

  const server = await home.start();
  expect((await server.login("alice", secret)).username).toBe("alice");
});

test("an empty password is made up and shown once", async () => {
  await using home = new Home();
  const server = await home.start();
  const { code, out } = await home.run(["user", "add", "alice", "alice@example.org"], "\n");
  expect(code).toBe(0);
  const [, madeUp] = /^password: (\S{16})$/m.exec(out) ?? [];
  await server.login("alice", madeUp);
  const again = await home.run(["user", "password", "alice"], "");
  const [, another] = /^password: (\S{16})$/m.exec(again.out) ?? [];
  expect(another).not.toBe(madeUp);
  await server.login("alice", another);
});

test("beside a running server the server does it, and the people hear of it", async () => {
  await using home = new Home();
  const server = await home.start();
  const alice = await server.register("alice");
  const [phone, laptop] = [await alice.connect(), await alice.connect()];
  await home.run(["user", "add", "bob", "bob@example.org"], `${secret}\n`);
  const bob = await server.login("bob", secret);
  const bystander = await bob.connect();
  expect(await names(home)).toEqual(["alice", "bob"]);

  expect(users(await home.run(["user", "disable", "alice"]))[0]).toMatchObject({ is_active: false });
  expect([await phone.closed, await laptop.closed]).toEqual([4003, 4003]);
  expect((await alice.get("/api/auth/me")).status).toBe(401);
  await bystander.settled();

  await home.run(["user", "enable", "alice"]);
  expect((await alice.get("/api/auth/me")).status).toBe(401);
  const back = await server.login("alice");
  const socket = await back.connect();
  await home.run(["user", "password", "alice"], `${secret}\n`);
  expect(await socket.closed).toBe(4003);
  await server.login("alice", secret);
  await bystander.settled();
});

test("a group is handed over beside a running server, and without one", async () => {
  await using home = new Home();
  const server = await home.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.group("Team", bob);
  const transfer = async (name: string) => home.run(["chat", "transfer", String(chat), name]);
  const screen = await bob.connect();
  expect(JSON.parse((await transfer("bob")).out)).toMatchObject({ username: "bob", role: "owner" });
  expect((await screen.next("new_message"))["message"].content).toBe("bob is the owner of this chat now");
  expect(await transfer("carol")).toMatchObject({ code: 1, errors: 'There is no user "carol".' });
  await server.register("dave");
  expect(await transfer("dave")).toMatchObject({ code: 1, errors: `"dave" is not in group ${chat}.` });
  expect((await server.kill("SIGTERM")).toString()).toBe("0");
  expect(JSON.parse((await transfer("alice")).out)).toMatchObject({ username: "alice", role: "owner" });
  expect(await home.run(["chat", "transfer", "Team", "bob"])).toMatchObject({ code: 1, out: "" });
  const again = await home.start();
  await again.caller();
  const { members } = (await again.as(bob.signedIn).get(`/api/chats/${chat}/members`)).body;
  expect(members.map((one: any) => one.role)).toEqual(["owner", "admin"]);
});

test("only this system user may speak to the running server by its socket file, which goes with it", async () => {
  await using home = new Home();
  const server = await home.start();
  const socket = join(home.dataDir, "parley.sock");
  expect(statSync(socket).isSocket()).toBe(true);
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  await server.kill("SIGTERM");
  expect(existsSync(socket)).toBe(false);
});

test("a socket file that a killed server left is no hindrance", async () => {
  await using home = new Home();
  const first = await home.start();
  await first.register("alice");
  await first.kill("SIGKILL");
  expect(existsSync(join(home.dataDir, "parley.sock"))).toBe(true);
  expect(await names(home)).toEqual(["alice"]);
  expect(users(await home.run(["user", "disable", "alice"]))[0]).toMatchObject({ is_active: false });

  await home.start();
  expect(users(await home.run(["user", "enable", "alice"]))[0]).toMatchObject({ is_active: true });
});

test("where a socket file's path would be too long, it says that the server has to be stopped", async () => {
  await using home = new Home();
  const DATA_DIR = join(home.directory, "d".repeat(60), "d".repeat(60));
  const server = await home.start({ settings: { DATA_DIR } });
  expect(server.log.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ level: "warn", message: expect.stringContaining("too long") }),
  );
  const refused = await home.run(["user", "list"], "", { DATA_DIR });
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining("Another Parley is running") });
  await server.kill("SIGTERM");
  expect((await home.run(["user", "list"], "", { DATA_DIR })).code).toBe(0);
});

test("of many commands at once none spoils another: each has done its work or says that it has not", async () => {
  await using home = new Home();
  const addAll = (prefix: string) =>
    Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const name = `${prefix}${i}`;
        const { code, errors } = await home.run(["user", "add", name, `${name}@example.org`], `${secret}\n`);
        if (code !== 0) expect(errors).toContain("Another Parley is running");
        return code === 0 ? [name] : [];
      }),
    );
  const alone = (await addAll("alone")).flat();
  expect(alone.length).toBeGreaterThan(0);
  expect((await names(home)).sort()).toEqual(alone.sort());

  await home.start();
  const beside = (await addAll("beside")).flat();
  expect(beside).toHaveLength(8);
  expect((await names(home)).sort()).toEqual([...alone, ...beside].sort());
});

test("what cannot be done is said in one sentence", async () => {
  await using home = new Home();
  const check = async () => {
    const add = (name: string, email: string, password: string) =>
      home.run(["user", "add", name, email], `${password}\n`);
    await add("alice", "alice@example.org", secret);
    const refusals = [
      await add("alice", "other@example.org", secret),
      await add("bob", "alice@example.org", secret),
      await add("b", "b@example.org", secret),
      await add("bob", "nobody", secret),
      await add("bob", "bob@example.org", "short"),
      await add("bob", "bob@example.org", "password123"),
      await home.run(["user", "disable", "bob"]),
      await home.run(["user", "password", "bob"], `${secret}\n`),
    ];
    for (const one of refusals) {
      expect(one).toMatchObject({ code: 1, out: "" });
      expect(one.errors).toMatch(/^[^\n]+$/);
    }
    expect(await names(home)).toEqual(["alice"]);
  };
  await check();
  await home.start();
  await check();
});

test("nonsense on the socket file harms nobody", async () => {
  await using home = new Home();
  await home.start();
  const file = join(home.dataDir, "parley.sock");
  const broken = await fetch("http://parley/", { unix: file, method: "POST", body: "no JSON" });
  expect(broken.status).toBeGreaterThanOrEqual(400);
  expect(await names(home)).toEqual([]);
});
