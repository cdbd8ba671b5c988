/** The built executable, as somebody finds it who has nothing but this one file. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { version } from "../package.json";
import { sdkModules } from "../src/http/sdk/bundle.ts";
import { Home } from "./support/executable.ts";
import { withoutStatus } from "./support/heard.ts";

setDefaultTimeout(30_000);

test("in an empty directory it starts, makes its data below it and answers", async () => {
  await using home = new Home();
  const server = await home.start();
  const answer = await fetch(`${server.url}/health`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ status: "ok", version });
  expect(readdirSync(home.directory)).toEqual(["storage"]);
  // And, a moment later, what it unpacks of itself.
  const made = readdirSync(home.dataDir).filter((one) => one !== "cache");
  expect(made.sort()).toEqual(["db", "media", "parley.sock", "secret.key", "thumbnails", "vapid.key"]);
  expect(statSync(home.dataDir).mode & 0o777).toBe(0o700);
  for (const file of [
    "secret.key",
    "vapid.key",
    "db/chat.sqlite",
    "db/chat.sqlite-wal",
    "db/search.sqlite",
  ]) {
    expect([file, statSync(join(home.dataDir, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
});

test("every line of its log is one JSON object; warnings and errors are none", async () => {
  await using home = new Home();
  const server = await home.start();
  await fetch(`${server.url}/health`);
  expect(await server.kill("SIGTERM")).toBe(0);
  const lines = server.log.map((line) => JSON.parse(line));
  // Of an executable that was built without decoders there is one more.
  const isAboutDecoders = (one: { message: string }) => one.message.startsWith("no built-in decoders");
  expect(lines.filter(isAboutDecoders)).toHaveLength((await home.hasDecoders()) ? 0 : 1);
  const others = lines.filter((one) => !isAboutDecoders(one));
  expect(others.map((one) => one.message)).toEqual([
    "made a new key for Web Push; keep it with your backups",
    "push is on",
    "made a new secret key; keep it with your backups",
    "listening",
    "request",
    "stopping",
    "stopped",
  ]);
  for (const line of others) expect(line).toMatchObject({ level: "info", time: expect.any(String) });
  expect(server.errors).toBe("");
});

test("settings that are not allowed keep it from starting, with a sentence for each", async () => {
  await using home = new Home();
  const outcome = await home.run([], "", { PORT: "http", REGISTRATION: "maybe" });
  expect(outcome).toEqual({
    code: 1,
    out: "",
    errors: [
      'PORT must be a whole number from 0 to 65535, but is "http".',
      'REGISTRATION must be one of open, closed, but is "maybe".',
    ].join("\n"),
  });
  expect(readdirSync(home.directory)).toEqual([]);
});

test("credentials for FCM that are of no use keep it from starting, with a sentence that shows none of them", async () => {
  await using home = new Home();
  const private_key = "-----BEGIN PRIVATE KEY-----\nYSBzZWNyZXQ=\n-----END PRIVATE KEY-----";
  const account = { type: "service_account", project_id: "p", client_email: "a@b", private_key };
  writeFileSync(join(home.directory, "firebase.json"), JSON.stringify(account));
  writeFileSync(join(home.directory, "page.json"), "<h1>YSBzZWNyZXQ=</h1>");
  for (const [file, sentence] of [
    ["none.json", /there is no file none\.json\.$/],
    ["page.json", /is not JSON: it has to be the file from the Firebase console\.$/],
    ["firebase.json", /private_key in the key is damaged or no RSA key .*; download the file once more\.$/],
  ] as const) {
    const outcome = await home.run([], "", { FIREBASE_CREDENTIALS_PATH: file });
    expect(outcome).toEqual({ code: 1, out: "", errors: expect.stringMatching(sentence) });
    expect(outcome.errors).toStartWith("FIREBASE_CREDENTIALS_PATH");
    expect(outcome.errors).not.toMatch(/\n|YSBzZWNyZXQ/);
  }
});

test("a variable that is nearly a setting is warned of in its log, without its value", async () => {
  await using home = new Home();
  const server = await home.start({ settings: { REGISTRATON: "closed", SECRETKEY: "a secret" } });
  const message = "ignored a variable whose name is nearly a setting";
  const warnings = server.log.map((line) => JSON.parse(line)).filter((one) => one.message === message);
  const line = { time: expect.any(String), level: "warn", message };
  expect(warnings).toEqual([
    { ...line, variable: "REGISTRATON", nearest: "REGISTRATION" },
    { ...line, variable: "SECRETKEY", nearest: "SECRET_KEY" },
  ]);
  expect((await tryToRegister(server.url)).status).toBe(201);
});

test("nothing that lies in its directory changes what it does", async () => {
  await using home = new Home();
  // The same in the environment does change it.
  const closed = await home.start({ settings: { REGISTRATION: "closed" } });
  expect((await tryToRegister(closed.url)).status).toBe(403);
  await closed.kill("SIGTERM");

  const file = (path: string, text: string) => writeFileSync(join(home.directory, path), text);
  const end = "process.exit(99);\n";
  for (const name of [".env", ".env.local", ".env.production", ".env.development"]) {
    file(name, "REGISTRATION=closed\nSECRET_KEY=short\n");
  }
  file("bunfig.toml", 'preload = ["./preload.js"]\n[run]\nbun = false\n');
  file("preload.js", end);
  file("tsconfig.json", '{ "compilerOptions": { "paths": { "*": ["./preload.js"] } } }');
  file("package.json", '{ "type": "commonjs", "imports": { "#x": "./preload.js" } }');
  for (const name of ["hono", "zod", "drizzle-orm", "jose"]) {
    mkdirSync(join(home.directory, "node_modules", name), { recursive: true });
    file(`node_modules/${name}/index.js`, end);
    file(`node_modules/${name}/package.json`, `{ "name": "${name}", "main": "index.js" }`);
  }
  const server = await home.start();
  expect((await tryToRegister(server.url)).status).toBe(201);
});

test("two people talk, and find it all again after the next start", async () => {
  await using home = new Home();
  const first = await home.start();
  const [alice, bob] = [await first.register("alice"), await first.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const sent = await alice.say(chat, "hello bob");
  expect((await socket.next("new_message"))["message"]).toEqual(sent);
  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "hello alice" });
  const { cursor } = socket;
  expect(await first.kill("SIGTERM")).toBe(0);

  const second = await home.start();
  await second.caller();
  const back = second.as(alice.signedIn);
  expect(withoutStatus(await back.history(chat))).toEqual(withoutStatus([sent, ack["message"]]));
  await back.say(chat, "still there?");
  const again = await second.as(bob.signedIn).connect({ since: cursor });
  expect((await again.next("new_message"))["message"].content).toBe("still there?");
  await second.login("bob");
});

/** What git says of this checkout; undefined where there is none, or no git. */
function git(...args: string[]): string | undefined {
  if (!Bun.which("git")) return undefined;
  const { exitCode, stdout } = Bun.spawnSync(["git", "--git-dir", join(import.meta.dir, "../.git"), ...args]);
  return exitCode === 0 ? stdout.toString().trim() : undefined;
}

test("it says which commit it was built from, where that is known", async () => {
  await using home = new Home();
  const { commit } = (await (await (await home.start()).caller()).get("/")).body;
  if (git("rev-parse", "HEAD") === undefined) expect(commit).toBe(null);
  // Perhaps not the newest.
  else expect(git("cat-file", "-t", commit ?? "no commit")).toBe("commit");
});

test("the pages about it come from the executable itself", async () => {
  await using home = new Home();
  const server = await home.start();
  for (const path of ["/docs", "/redoc", "/asyncapi"]) {
    const html = await (await fetch(server.url + path)).text();
    const links = [...html.matchAll(/(?:src|href|spec-url)\s*=\s*["']?([^"'\s>]+)/gi)].map((one) => one[1]!);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links.filter((one) => !one.startsWith("data:"))) {
      const part = await fetch(new URL(link, server.url));
      expect({ link, status: part.status, host: new URL(part.url).host }).toEqual({
        link,
        status: 200,
        host: new URL(server.url).host,
      });
      expect((await part.bytes()).byteLength).toBeGreaterThan(0);
    }
  }
});

test("the client library that it serves is that of its sources", async () => {
  await using home = new Home();
  const server = await home.start();
  const serve = async (path: string) => (await fetch(server.url + path)).text();
  const served = { sdk: await serve("/sdk.js"), encryption: await serve("/sdk-encryption.js") };
  expect(served).toEqual(await sdkModules());
});

test("a second one on the same data refuses to start, and the first one goes on", async () => {
  await using home = new Home();
  const server = await home.start();
  const alice = await server.register("alice");
  const second = await home.run([]);
  expect(second).toEqual({
    code: 1,
    out: "",
    errors: `Another Parley is running on ${join(home.dataDir, "db")}.`,
  });
  expect(await alice.group("still here")).toBeGreaterThan(0);
  const outcome = await home.run(["user", "list"]);
  expect(outcome.code).toBe(0);
});

test("without its secret key it does not sign everybody out silently", async () => {
  await using home = new Home();
  const first = await home.start({ settings: { SECRET_KEY: "u7Qw-9sLxA2-kfP0z-Vb3nR8-tYc5mE1j" } });
  const alice = await first.register("alice");
  await first.kill("SIGTERM");
  const refused = await home.run([]);
  expect(refused.code).toBe(1);
  expect(refused.errors).toMatch(/^\S+secret\.key is missing although there is data: [^\n]+$/);

  const rotated = await home.start({ args: ["--rotate-secret"] });
  await rotated.caller();
  expect((await rotated.as(alice.signedIn).get("/api/auth/me")).status).toBe(401);
  expect((await rotated.login("alice")).id).toBe(alice.id);
});

test("a start that was refused for its key may be repeated with a better one, or with none", async () => {
  await using home = new Home();
  const refused = await home.run([], "", { SECRET_KEY: "too short" });
  expect(refused).toMatchObject({ code: 1, errors: "SECRET_KEY must have at least 32 bytes." });
  const server = await home.start();
  await server.register("alice");
});

const wrong: [string, Record<string, string>][] = [
  ["PORT", { PORT: "eighty" }],
  ["REGISTRATION", { REGISTRATION: "sometimes" }],
  ["CORS_ORIGINS", { CORS_ORIGINS: "*" }],
  ["SECRET_KEY", { SECRET_KEY: "changeme-changeme-changeme-changeme" }],
  ["DATA_DIR", { DATA_DIR: "/dev/null/data" }],
  // An address for documentation, which no machine has.
  ["HOST", { HOST: "203.0.113.1" }],
];

test.each(wrong)("a bad %s ends it with one sentence that names it", async (name, settings) => {
  await using home = new Home();
  const outcome = await home.run([], "", settings);
  expect(outcome.code).toBe(1);
  expect(outcome.errors).toContain(name);
  expect(outcome.errors).toMatch(/^[^\n]+\.$/);
});

test("a port that somebody else has is named", async () => {
  await using home = new Home();
  const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
  const outcome = await home.run([], "", { PORT: String(other.port) });
  await other.stop(true);
  expect(outcome.code).toBe(1);
  expect(outcome.errors).toMatch(new RegExp(`^[^\\n]*PORT[^\\n]*${other.port}[^\\n]*\\.$`));
});

function tryToRegister(url: string): Promise<Response> {
  const body = { username: "alice", email: "alice@example.org", password: "correct horse battery" };
  const headers = { "Content-Type": "application/json" };
  return fetch(`${url}/api/auth/register`, { method: "POST", headers, body: JSON.stringify(body) });
}
