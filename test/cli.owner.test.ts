/** Root beside the data of the user whom the server runs as. Where this is not root, both are the same user. */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import { join } from "node:path";

import { executable, Home, type StartOptions } from "./support/executable.ts";
import { changed, snapshot } from "./support/snapshot.ts";

setDefaultTimeout(30_000);

const me = process.getuid!();
const isRoot = me === 0;
/** Whom the server runs as: of root's own tests somebody who may nothing. */
const service = isRoot ? 65_534 : me;
const secret = "a better horse battery";

/** A home whose data directory is the service's; it and the executable are where everybody gets. */
function prepare(home: Home): { asService: StartOptions; program: string } {
  const program = join(home.directory, "parley");
  copyFileSync(executable, program);
  chmodSync(home.directory, 0o755);
  mkdirSync(home.dataDir, { mode: 0o700 });
  chownSync(home.dataDir, service, isRoot ? service : process.getgid!());
  return { asService: { program, user: isRoot ? service : undefined }, program };
}

/** Whoever owns anything below the data directory. */
function owners(home: Home): number[] {
  return [...new Set([...snapshot(home.dataDir).values()].map((one) => one.uid))];
}

test("what root does without a server is the service's: its next start finds nothing in its way", async () => {
  await using home = new Home();
  const { asService, program } = prepare(home);
  const add = (name: string) =>
    home.run(["user", "add", name, `${name}@example.org`], `${secret}\n`, {}, { program });
  // Before there is any data, too.
  expect(await add("first")).toMatchObject({ code: 0, errors: "" });
  expect(owners(home)).toEqual([service]);

  const server = await home.start(asService);
  await server.login("first", secret);
  await server.kill("SIGTERM");
  expect((await add("bob")).code).toBe(0);
  expect((await home.run(["user", "disable", "first"], "", {}, { program })).code).toBe(0);
  const before = snapshot(home.dataDir);
  expect((await home.run(["user", "list"], "", {}, { program })).out.split("\n")).toHaveLength(2);
  expect((await home.run(["health"], "", {}, { program })).code).toBe(1);
  expect(changed(before, snapshot(home.dataDir))).toEqual([]);
  expect(owners(home)).toEqual([service]);

  const next = await home.start(asService);
  await next.login("bob", secret);
  // Beside it root is heard as well.
  expect((await home.run(["user", "enable", "first"], "", {}, { program })).code).toBe(0);
  await next.kill("SIGKILL");
  // Also on what a crash has left.
  expect((await home.run(["user", "disable", "first"], "", {}, { program })).code).toBe(0);
  expect(owners(home)).toEqual([service]);
  await (await home.start(asService)).login("bob", secret);
});

test("a server that root starts on the service's data serves as the service", async () => {
  await using home = new Home();
  const { asService, program } = prepare(home);
  const setpriv = isRoot ? Bun.which("setpriv") : null;
  // With groups of root's, which are not the service's.
  const under = setpriv ? [setpriv, "--groups=0,4"] : [];
  const server = await home.start({ program, under });
  const status = readFileSync(`/proc/${server.pid}/status`, "latin1");
  // Each of its threads has each of its identities.
  for (const thread of readdirSync(`/proc/${server.pid}/task`)) {
    const own = readFileSync(`/proc/${server.pid}/task/${thread}/status`, "latin1");
    expect(/^Uid:\s+(.*)$/m.exec(own)![1]!.split(/\s+/)).toEqual(Array(4).fill(String(service)));
  }
  if (isRoot) {
    expect(/^Groups:(.*)$/m.exec(status)![1]!.trim()).toBe(String(service));
    expect(/^Gid:(.*)$/m.exec(status)![1]!.trim().split(/\s+/)).toEqual(Array(4).fill(String(service)));
    expect(JSON.parse(server.log[0]!)).toMatchObject({
      uid: service,
      message: expect.stringContaining("root"),
    });
  }
  const alice = await server.register("alice");
  await alice.setPicture("/api/auth/me/avatar", new File([Buffer.from(dot, "base64")], "dot.png"));
  await server.kill("SIGTERM");
  expect(owners(home)).toEqual([service]);
  await (await home.start(asService)).login("alice");
});

const dot =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAEUlEQVR42mM4YaOBFTEMpAQAmkY4QQUQOaAAAAAASUVORK5CYII=";

test("what a user may not do is refused in one sentence, and nothing is written", async () => {
  await using home = new Home();
  const { asService, program } = prepare(home);
  await (await home.start(asService)).kill("SIGTERM");
  const refusals: { more: StartOptions; settings?: Record<string, string>; args?: string[]; says: RegExp }[] =
    [];
  // A port that only root may have.
  const least = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
  if (existsSync(least) && Number(readFileSync(least, "latin1")) > 80) {
    refusals.push({
      more: asService,
      settings: { PORT: "80" },
      args: [],
      says: /^PORT: .* port 80 [^\n]*\.$/,
    });
  }
  if (isRoot) {
    const other = { program, user: service - 1 };
    refusals.push({ more: other, says: /^DATA_DIR: cannot use [^\n]*\.$/ });
    refusals.push({ more: other, args: [], says: /^DATA_DIR: cannot use [^\n]*\.$/ });
  }
  const setpriv = isRoot ? Bun.which("setpriv") : null;
  if (setpriv) {
    // Root as in a container that has taken this away from it.
    const under = [setpriv, "--bounding-set=-setuid,-setgid"];
    const says = new RegExp(
      `belongs to user ${service}[^\n]*setpriv --reuid=${service} --regid=${service} [^\n]*$`,
    );
    refusals.push({ more: { program, under }, says }, { more: { program, under }, args: [], says });
  }
  for (const { more, settings = {}, args = ["user", "disable", "alice"], says } of refusals) {
    const before = snapshot(home.dataDir);
    const refused = await home.run(args, "", settings, more);
    expect({ args, code: refused.code }).toEqual({ args, code: 1 });
    expect(refused.errors).toMatch(says);
    const after = changed(before, snapshot(home.dataDir));
    expect(
      after.filter((one) => !/^db(\/chat\.sqlite(-wal|-shm)?|\/search\.sqlite.*)?$|^media|^$/.test(one)),
    ).toEqual([]);
    expect(owners(home)).toEqual([service]);
  }
  await home.start(asService);
});

test("the command that root is told to type works", async () => {
  await using home = new Home();
  const { program } = prepare(home);
  const add = ["user", "add", "alice", "alice@example.org"];
  const setpriv = Bun.which("setpriv");
  let command = [program, ...add];
  if (isRoot && setpriv) {
    const under = [setpriv, "--bounding-set=-setuid,-setgid"];
    const { errors } = await home.run(add, `${secret}\n`, {}, { program, under });
    command = errors.split("Type: ")[1]!.split(" ");
    expect(command.slice(-4)).toEqual(add);
  }
  const [typed, ...args] = command;
  expect((await home.run(args, `${secret}\n`, {}, { program: typed! })).code).toBe(0);
  expect(owners(home)).toEqual([service]);
  expect(statSync(home.dataDir).uid).toBe(service);
});

test("where the owner cannot get, root is told, may look, and leaves no trace", async () => {
  await using home = new Home();
  const { program } = prepare(home);
  const add = (name: string) =>
    home.run(["user", "add", name, `${name}@example.org`], `${secret}\n`, {}, { program });
  expect((await add("alice")).code).toBe(0);
  // As systemd keeps the data of users that it makes up.
  chmodSync(home.directory, 0o700);
  const before = snapshot(home.dataDir);
  const list = await home.run(["user", "list"], "", {}, { program });
  expect(list).toMatchObject({ code: 0, errors: "" });
  if (isRoot) {
    const refused = await add("bob");
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toMatch(
      /belongs to user 65534, who cannot get there [^\n]*start the server[^\n]*\.$/,
    );
  }
  expect(changed(before, snapshot(home.dataDir))).toEqual([]);
});

test("a database that is somebody else's, and shared with the server, is used as it is", async () => {
  await using home = new Home();
  const { asService } = prepare(home);
  await (await home.start(asService)).kill("SIGTERM");
  const files = readdirSync(join(home.dataDir, "db")).filter((one) => one.startsWith("chat.sqlite"));
  for (const one of files) {
    chownSync(join(home.dataDir, "db", one), me, process.getgid!());
    chmodSync(join(home.dataDir, "db", one), 0o666);
  }
  const server = await home.start(asService);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});
