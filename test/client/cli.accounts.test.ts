/** Signing in and out with `parley chat`, and whose account it is that a command uses. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { serverUrl } from "../../src/client/cli/accounts/server-url.ts";
import { Line } from "../support/line.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import { Desk, jsonOf } from "../support/terminal-client.ts";

setDefaultTimeout(30_000);

const server = await shared();
const host = new URL(server.url).host;

test("alice makes an account from a pipe, is listed, and her tokens are hers alone", async () => {
  await using desk = new Desk();
  const made = await desk.run(
    ["login", server.url, "Alice.New", "--register", "new@example.org"],
    `${password}\n`,
  );
  expect(made).toEqual({ code: 0, out: "", errors: `Signed in as alice.new@${host}.\n` });
  expect(await desk.run(["accounts"])).toEqual({
    code: 0,
    out: `alice.new@${host}  ${server.url}\n`,
    errors: "",
  });
  expect(jsonOf((await desk.run(["accounts", "--json"])).out)).toEqual([
    { name: `alice.new@${host}`, username: "Alice.New", server: server.url },
  ]);
  const kept = join(desk.config, "parley");
  for (const name of ["", ...readdirSync(kept, { recursive: true, encoding: "utf8" })]) {
    const found = statSync(join(kept, name));
    expect([name, found.mode & 0o777]).toEqual([name, found.isDirectory() ? 0o700 : 0o600]);
  }
});

test("a wrong password, no password, no such address: each has its exit code, and nothing is left behind", async () => {
  const [alice] = await server.people("alice");
  await using desk = new Desk();
  const login = ["login", server.url, alice.username];
  expect(await desk.run(login, "a wrong one\n")).toMatchObject({ code: 1, out: "" });
  expect(await desk.run(login, "")).toMatchObject({ code: 2, errors: "No password was given.\n" });
  expect(await desk.run(["login", "ftp://x", "alice"], password)).toMatchObject({ code: 2 });
  expect(await desk.run(["login", server.url, "../alice"], password)).toMatchObject({ code: 2 });
  using line = await Line.to(server.url);
  line.cut();
  expect(await desk.run(["login", line.url, "alice"], password)).toMatchObject({ code: 3 });
  expect(await desk.run(["login", "http://localhost:1", "alice"], password)).toEqual({
    code: 3,
    out: "",
    errors: "The server cannot be reached (ECONNREFUSED).\n",
  });
  const register = ["login", server.url, "somebody", "--register", "no address"];
  const { code, errors } = await desk.run(register, password);
  expect([code, errors]).toEqual([1, expect.stringMatching(/^email: .+\n$/)]);
  expect(existsSync(join(desk.config, "parley")) ? readdirSync(join(desk.config, "parley")) : []).toEqual([]);
});

test("without an account there is a sentence and an exit code; with two she says which", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using desk = new Desk();
  expect(await desk.run(["list"])).toEqual({
    code: 4,
    out: "",
    errors: "Nobody is signed in here: parley chat login URL NAME\n",
  });
  await desk.signIn(alice);
  await desk.signIn(bob);
  const { code, errors } = await desk.run(["send", bob.username, "hello"]);
  expect([code, errors]).toEqual([
    2,
    `Which account? Say one of\n  --account ${alice.username}@${host}\n  --account ${bob.username}@${host}\n`,
  ]);
  const hello = await desk.run(["--account", alice.username, "send", bob.username, "hello"]);
  expect(hello).toEqual({ code: 0, out: "", errors: "" });
  const again = await desk.run(["send", "--account", `${bob.username}@${host}`, alice.username, "hello"]);
  expect(again.code).toBe(0);
  const said = await alice.history(await alice.directWith(bob));
  expect(said.map((one) => one.sender_username)).toEqual([alice.username, bob.username]);
});

test("files of the account that cannot be used have an exit code of their own", async () => {
  const [alice] = await server.people("alice");
  await using desk = new Desk();
  writeFileSync(join(desk.directory, "a file"), "");
  for (const one of [join(desk.directory, "a file"), "/proc/nowhere"]) {
    const { code, errors } = await desk.run(["login", server.url, alice.username], "x\n", {
      XDG_CONFIG_HOME: one,
    });
    const directory = join(one, "parley", `${alice.username}@${host}`);
    expect([code, errors]).toEqual([5, expect.stringContaining(`${directory} cannot be used (`)]);
  }
});

test("a damaged file of an account is named, and signing in again mends it", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  await using desk = await Desk.of(alice);
  const directory = join(desk.config, "parley", `${alice.username}@${host}`);
  for (const [name, content] of [
    ["account.json", "{"],
    ["account.json", "null"],
    ["session.json", "\0\0\0"],
  ] as const) {
    writeFileSync(join(directory, name), content);
    expect(await desk.run(["list"])).toEqual({
      code: 5,
      out: "",
      errors: `${join(directory, name)} is damaged. Sign in again: parley chat login URL NAME\n`,
    });
    await desk.signIn(alice);
    expect(await desk.run(["list"])).toMatchObject({ code: 0, errors: "" });
  }
});

test("signing out ends the session on the server and leaves nothing here", async () => {
  const [alice] = await server.people("alice");
  await using desk = await Desk.of(alice);
  const sessions = async () => (await alice.get("/api/auth/sessions")).body.sessions.length;
  expect(await sessions()).toBe(2);
  expect(await desk.run(["logout"])).toMatchObject({ code: 0 });
  expect(await sessions()).toBe(1);
  expect(readdirSync(join(desk.config, "parley"))).toEqual([]);
});

test("a session that was ended elsewhere says so, and is left by signing out", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  await using desk = await Desk.of(alice);
  expect(await desk.run(["list"])).toMatchObject({ code: 0 });
  const { sessions } = (await alice.get("/api/auth/sessions")).body;
  const other = sessions.find((one: { current: boolean }) => !one.current);
  await alice.delete(`/api/auth/sessions/${other.id}`);
  for (const args of [
    ["list"],
    ["send", bob.username, "hello"],
    ["send", `id:${chat}`, "hello"],
    ["open", `id:${chat}`],
  ]) {
    const started = performance.now();
    const { code, out } = await desk.run(args);
    expect([args, code, out]).toEqual([args, 4, ""]);
    expect(performance.now() - started).toBeLessThan(10_000);
  }
  expect(await desk.run(["logout", "--force"])).toMatchObject({ code: 0 });
  expect(readdirSync(join(desk.config, "parley"))).toEqual([]);
});

test("signing out without a connection, or with something unsent, needs --force", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  using line = await Line.to(server.url);
  await using desk = await Desk.of(alice, line.url);
  expect(await desk.run(["list"])).toMatchObject({ code: 0 });
  line.cut();
  expect(await desk.run(["logout", "--timeout", "1"])).toMatchObject({ code: 3 });
  expect(await desk.run(["send", "--timeout", "1", bob.username, "unsent"])).toMatchObject({ code: 3 });
  expect(await desk.run(["logout", "--timeout", "1"])).toEqual({
    code: 1,
    out: "",
    errors: "Not sent yet: 1. With --force they are lost.\n",
  });
  expect((await desk.run(["accounts"])).out).not.toBe("");
  expect(await desk.run(["logout", "--force", "--timeout", "1"])).toMatchObject({ code: 0 });
  expect((await desk.run(["accounts"])).out).toBe("");
});

test("what is not understood is answered with how it is used", async () => {
  await using desk = new Desk();
  for (const args of [
    [],
    ["dance"],
    ["open"],
    ["send", "bob"],
    ["list", "now"],
    ["list", "--timeout", "0"],
    ["list", "--loud"],
  ]) {
    const { code, out, errors } = await desk.run(args);
    expect({ args, code, out, hasErrors: errors !== "" }).toEqual({
      args,
      code: 2,
      out: "",
      hasErrors: true,
    });
  }
  for (const args of [["--help"], ["open", "--help"]]) {
    const { code, out, errors } = await desk.run(args);
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toContain("Usage: parley chat");
  }
});

test("an address may be short, and never has more in it than where the server is", () => {
  expect(serverUrl("chat.example.org").href).toBe("https://chat.example.org/");
  expect(serverUrl("http://localhost:8000/").href).toBe("http://localhost:8000/");
  for (const one of ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"]) {
    expect(serverUrl(one).href).toBe(`http://${one}/`);
  }
  expect(serverUrl("localhost.example.org").href).toBe("https://localhost.example.org/");
  expect(serverUrl("https://example.org/chat/").href).toBe("https://example.org/chat");
  for (const bad of [
    "",
    "http://",
    "ftp://example.org",
    "https://alice:x@example.org",
    "https://example.org/?a",
    "a b",
  ]) {
    expect(() => serverUrl(bad)).toThrow("is not the address of a server");
  }
});
