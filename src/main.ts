import { parseArgs } from "node:util";

import packageJson from "../package.json" with { type: "json" };
import type { App, AppOptions } from "./app.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { askServer, listenForOperator, operate, type Outcome } from "./control.ts";
import { describeError, type Log, openLog } from "./core/log.ts";
import { DatabaseError } from "./platform/db/database.ts";
import { inspectWord } from "./platform/inspector/inspector.ts";
import { SecretKeyError } from "./platform/secret-key.ts";

const { version } = packageJson;

const usage = `parley ${version}

  parley [serve] [--rotate-secret]           serve on HOST:PORT
  parley health                              ask the server on PORT whether it is well
  parley user add NAME EMAIL [FULL NAME]     make an account
  parley user password NAME                  set somebody's password; their sessions end
  parley user disable NAME | enable NAME     close or reopen an account
  parley user list                           everybody

Passwords are read from standard input; an empty line makes one up. Settings are environment variables.`;

/** How long a stop may take before what is left is cut off. */
const stopMilliseconds = 10_000;
/** The process ended because its data could not be made durable (EX_IOERR). */
const fatalExit = 74;

async function main(): Promise<number | undefined> {
  // Not for people: the server starts itself once more, to look into files.
  const [word, directory, ffmpeg] = process.argv.slice(2);
  if (word === inspectWord && directory !== undefined) {
    const { answerJobs } = await import("./platform/inspector/child.ts");
    await answerJobs(directory, ffmpeg);
    return 0;
  }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
      "rotate-secret": { type: "boolean" },
    },
  });
  if (values.help) return say(usage);
  if (values.version) return say(version);
  const [command = "serve", ...rest] = positionals;
  const config = loadConfig();
  try {
    if (command === "serve" && rest.length === 0)
      return await serve(config, values["rotate-secret"] ?? false);
    if (command === "health" && rest.length === 0) return await health(config);
    if (command === "user") return await user(config, rest);
  } catch (error) {
    throw explain(error, config);
  }
  console.error(usage);
  return 2;
}

// Serving

async function serve(config: Config, rotateSecret: boolean): Promise<undefined> {
  const log = openLog(config.logLevel, Date.now, (line) => process.stdout.write(`${line}\n`));
  if (config.redisUrl) log.warn("REDIS_URL is set, but this version serves from one machine without it");
  const app = await open({ config, log, rotateSecret });
  const stopControl = listenForOperator(config.dataDir, app.operations);
  if (!stopControl) log.warn("DATA_DIR is too long for a socket file: `parley user` needs a stopped server");
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      stopControl?.();
      void stop(app, log, signal);
    });
  }
  const { url } = app.listen();
  log.info("listening", { url: url.href, version, data_dir: config.dataDir });
  await app.warmUp();
}

/** The server's parts are loaded only where they are needed: what looks into files has no use for them. */
async function open(options: Omit<AppOptions, "onFatal">): Promise<App> {
  const { openApp } = await import("./app.ts");
  return openApp({ ...options, onFatal: (error) => endNow(options.log, error) });
}

async function stop(app: App, log: Log, signal: string): Promise<void> {
  log.info("stopping", { signal });
  setTimeout(() => process.exit(1), stopMilliseconds).unref();
  await app.stop();
  log.info("stopped");
  process.exit(0);
}

/** Nothing more is answered: whoever waits for an acknowledgement gets none. */
function endNow(log: Log, error: unknown): never {
  log.error("the data cannot be made durable; ending", describeError(error));
  process.exit(fatalExit);
}

// The rest of the command line

async function health(config: Config): Promise<number> {
  const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  try {
    const response = await fetch(`http://${host.includes(":") ? `[${host}]` : host}:${config.port}/health`, {
      signal: AbortSignal.timeout(5000),
    });
    say(await response.text());
    return response.ok ? 0 : 1;
  } catch (error) {
    console.error(`no answer: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

async function user(config: Config, [verb = "", ...names]: string[]): Promise<number> {
  const [username = "", email, ...fullName] = names;
  const wanted = { add: 2, password: 1, disable: 1, enable: 1, list: 0 }[verb];
  if (wanted === undefined || names.length < wanted || (verb !== "add" && names.length > wanted)) {
    console.error(usage);
    return 2;
  }
  const password = verb === "add" || verb === "password" ? await readPassword() : undefined;
  const input = { username, email, full_name: fullName.join(" ") || null, password: password?.text };
  const outcome = await ask(config, `user ${verb}`, input);
  if ("problem" in outcome) {
    console.error(outcome.problem);
    return 1;
  }
  if (password?.madeUp) say(`password: ${password.text}`);
  for (const one of [outcome.result].flat()) say(JSON.stringify(one));
  return 0;
}

/** A running server does it, so that there is one writer and open sockets hear of it; else this process. */
async function ask(config: Config, name: string, input: unknown): Promise<Outcome> {
  const answer = await askServer(config.dataDir, name, input);
  if (answer) return answer;
  const log = openLog("warn", Date.now, (line) => process.stderr.write(`${line}\n`));
  const app = await open({ config, log });
  try {
    return await operate(app.operations, name, input);
  } finally {
    await app.stop();
  }
}

async function readPassword(): Promise<{ text: string; madeUp: boolean }> {
  if (process.stdin.isTTY) process.stderr.write("password (empty: make one up): ");
  for await (const line of console) {
    if (line !== "") return { text: line, madeUp: false };
    break;
  }
  return {
    text: Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString("base64url"),
    madeUp: true,
  };
}

function say(text: string): number {
  console.log(text);
  return 0;
}

/** What the system refuses because of a setting, as a sentence that names the variable. */
function explain(error: unknown, config: Config): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const { code, syscall, path } = error as { code: unknown; syscall?: string; path?: string };
  if (syscall === "listen") {
    return new ConfigError(
      `HOST and PORT: cannot listen on ${config.host} port ${config.port} (${String(code)}).`,
    );
  }
  if (path?.startsWith(config.dataDir) || /^SQLITE_(CANTOPEN|READONLY)/.test(String(code))) {
    return new ConfigError(`DATA_DIR: cannot use ${config.dataDir} (${error.message}).`);
  }
  return error;
}

/** Errors that one sentence explains. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigError ||
    error instanceof DatabaseError ||
    error instanceof SecretKeyError ||
    (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
  );
}

try {
  const code = await main();
  if (code !== undefined) process.exit(code);
} catch (error) {
  if (!isExpected(error)) throw error;
  console.error(error.message);
  process.exit(1);
}
