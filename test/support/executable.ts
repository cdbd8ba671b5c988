import { Database } from "bun:sqlite";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { codecsFile } from "../../src/platform/inspector/codecs/location.ts";
import { Contract } from "./contract.ts";
import { Api, Person } from "./person.ts";
import { password } from "./server.ts";

const root = resolve(import.meta.dir, "../..");
/** What `npm run build` makes; PROGRAM names another one. */
const built = join(root, "dist/parley");
export const executable = process.env["PROGRAM"] ?? built;
const madeOf = ["src/**/*", "drizzle/**/*", "build.ts", "package.json", "bun.lock"];
/** Stands for a person at the keyboard who has been given enough time. */
const patience = 20_000;
/** The build of another process takes some seconds; with decoders to compile, ten minutes. */
const buildPatience = 1_800_000;

/** Everybody may do everything at once, and hashing a password costs the least that is allowed. */
export const cheap = {
  RATE_LIMITS: "off",
  PASSWORD_MEMORY_KIB: "19456",
  PASSWORD_ITERATIONS: "2",
  E2EE_SERVER_CRYPTO: "off",
};

type Settings = Record<string, string>;

export interface StartOptions {
  settings?: Settings;
  args?: string[];
  /** A program, with its options, that runs the server under its eyes. */
  under?: string[];
  /** Another program than the executable. */
  program?: string;
  /** The system user whose process it is, where that is not one's own. */
  user?: number | undefined;
}

export interface Outcome {
  code: number;
  out: string;
  errors: string;
}

await buildIfOld();

/**
 * Builds the executable where it is missing or older than what it is made of. Test files wait for it when they are
 * loaded, which no test's time limit counts.
 */
async function buildIfOld(): Promise<void> {
  if (executable !== built || isFresh()) return;
  // Test files run in parallel processes: one of them builds, the others wait here. SQLite's lock ends with its process.
  mkdirSync(join(root, "dist"), { recursive: true });
  using lock = new Database(join(root, "dist/build.lock"));
  lock.run(`PRAGMA busy_timeout = ${buildPatience}`);
  lock.run("BEGIN EXCLUSIVE");
  if (isFresh()) return;
  console.log("dist/parley is missing or older than its sources: building it");
  const build = Bun.spawn([process.execPath, "run", "build"], {
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await build.exited) !== 0) throw new Error("dist/parley could not be built: npm run build");
}

function isFresh(): boolean {
  const codecs = codecsFile();
  const sources = [...madeOf, ...(codecs === undefined ? [] : [codecs])];
  return newest(sources) <= newest(["dist/parley"]);
}

/** When the newest of these was changed; 0 for none. */
function newest(patterns: string[]): number {
  const files = patterns.flatMap((one) => [...new Bun.Glob(one).scanSync({ cwd: root, absolute: true })]);
  return Math.max(0, ...files.map((file) => statSync(file).mtimeMs));
}

/** An empty directory in which the executable is started, with its data below it. */
export class Home {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-home-"));
  readonly dataDir = join(this.directory, "storage");
  readonly #running: Running[] = [];

  /** Starts a server and waits until it listens. */
  async start(options: StartOptions = {}): Promise<Running> {
    const running = await this.launch(options);
    await running.listening;
    return running;
  }

  /** Starts a server and does not wait. */
  async launch(options: StartOptions = {}): Promise<Running> {
    const running = new Running(this.#spawn(options));
    this.#running.push(running);
    return running;
  }

  /** Whether the executable was built with decoders. */
  async hasDecoders(): Promise<boolean> {
    return (await this.run(["--version"])).out.includes("decoders: ");
  }

  /** Runs a command to its end. */
  async run(args: string[], input = "", settings: Settings = {}, more: StartOptions = {}): Promise<Outcome> {
    const child = this.#spawn({ args, settings, ...more });
    child.stdin.write(input);
    await child.stdin.end();
    const deadline = setDeadline(() => child.kill("SIGKILL"));
    const [out, errors] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    const code = await child.exited;
    deadline();
    return { code, out: out.trim(), errors: errors.trim() };
  }

  #spawn({ settings = {}, args = [], under = [], program = executable, user }: StartOptions) {
    return Bun.spawn([...under, program, ...args], {
      ...(user !== undefined && { uid: user, gid: user }),
      cwd: this.directory,
      env: { PATH: process.env["PATH"] ?? "", HOST: "127.0.0.1", PORT: "0", ...cheap, ...settings },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running.kill("SIGKILL");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

type Child = Bun.Subprocess<"pipe", "pipe", "pipe">;

/** A server that is a process of its own. */
export class Running {
  url = "";
  api!: Api;
  /** Every line of its log so far. */
  readonly log: string[] = [];
  /** What it said on its standard error so far. */
  errors = "";
  readonly exited: Promise<number>;
  /** Settles when it takes calls; fails when it ends before. */
  readonly listening: Promise<void>;

  constructor(private readonly child: Child) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.listening = promise;
    promise.catch(() => {});
    const read = Promise.all([
      eachLine(child.stdout, (line) => {
        this.log.push(line);
        const [, url] = /"message":"listening","url":"([^"]+)\/"/.exec(line) ?? [];
        if (url === undefined) return;
        this.url = url;
        resolve();
      }),
      eachLine(child.stderr, (line) => {
        this.errors += `${line}\n`;
      }),
    ]);
    this.exited = (async () => {
      await read;
      const code = await child.exited;
      reject(new Error(`the server ended with ${code} before it listened: ${this.errors}`));
      return code;
    })();
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<number> {
    this.child.kill(signal);
    return this.exited;
  }

  /** A caller who holds every answer against the documents that this server serves. */
  async caller(): Promise<Api> {
    this.api ??= new Api(this.url, await Contract.load(this.url));
    return this.api;
  }

  async register(username: string): Promise<Person> {
    const api = await this.caller();
    const body = { username, email: `${username}@example.org`, password };
    const reply = await api.post("/api/auth/register", body);
    if (reply.status !== 201) throw new Error(`register ${username}: ${JSON.stringify(reply.body)}`);
    return this.as(reply.body);
  }

  async login(username: string, withPassword = password): Promise<Person> {
    const reply = await (await this.caller()).post("/api/auth/login", { username, password: withPassword });
    if (reply.status !== 200) throw new Error(`login ${username}: ${JSON.stringify(reply.body)}`);
    return this.as(reply.body);
  }

  /** Somebody who has signed in already, perhaps before a restart. */
  as(signedIn: unknown): Person {
    return new Person(this.url, this.api.contract, signedIn);
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}

/** Runs `late` when too much time has passed; the returned function cancels that. */
function setDeadline(late: () => void): () => void {
  const timer = setTimeout(late, patience);
  return () => clearTimeout(timer);
}
