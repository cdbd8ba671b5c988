import { parseArgs } from "node:util";

import { ConfigError } from "./config-error.ts";
import type { Config } from "./config.ts";
import { askServer, listenForOperator, type Operations, type Outcome } from "./control.ts";
import { describeError, type Log, openLog } from "./core/log.ts";
import { DatabaseError } from "./platform/db/database.ts";
import { inspectWord } from "./platform/inspector/inspector.ts";
import { becomeOwner, OwnerError } from "./platform/owner.ts";
import { PushConfigError } from "./platform/push/push.ts";
import { SecretKeyError } from "./platform/secret-key.ts";
import { version } from "./version.ts";

const usage = `parley ${version}

  parley [serve]                          serve on HOST:PORT
  parley --rotate-secret                  the same; everybody signs in anew
  parley health                           is the server on PORT well?
  parley user add NAME EMAIL [FULL NAME]  make an account
  parley user password NAME               set a password; all their sessions end
  parley user disable NAME | enable NAME  close or reopen an account
  parley user list                        everybody
  parley chat transfer CHAT_ID NAME       make a member the owner of a group
  parley chat login | list | open | …     a chat client: see parley chat --help
  parley doctor push                      would push work with these settings?
  parley --version                        the version, and which decoders it has

Passwords are read from standard input; an empty line makes one up. Settings are
environment variables.`;

/** How long a stop may take before what is left is cut off. */
const stopMilliseconds = 10_000;
/** The process ended because its data could not be made durable (EX_IOERR). */
const fatalExit = 74;

async function main(): Promise<number | undefined> {
  // Not for people: the server starts itself once more, to look into files.
  const [word, directory, codecs, ffmpeg] = process.argv.slice(2);
  if (word === inspectWord && directory !== undefined) {
    const { answerJobs } = await import("./platform/inspector/child.ts");
    await answerJobs(directory, { codecs: codecs || undefined, ffmpeg: ffmpeg || undefined });
    return 0;
  }
  // A program of its own, but for the word that is the operator's.
  if (word === "chat" && directory !== "transfer") {
    const { chat } = await import("./client/cli/main.ts");
    return chat(process.argv.slice(3), process);
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
  if (values.version) return say([version, ...(await ofDecoders())].join("\n"));
  const [command = "serve", ...rest] = positionals;
  if (command === "serve" && rest.length === 0) return serve(values["rotate-secret"] ?? false);
  if (command === "health" && rest.length === 0) return health();
  if (command === "user") return user(rest);
  if (command === "chat") return transfer(rest);
  if (command === "doctor") return doctor(rest);
  return misunderstood(positionals);
}

/** The exit code of a command line that is none. */
function misunderstood(words: string[]): number {
  console.error(`parley ${words.join(" ")}: there is no such command.\n\n${usage}`);
  return 2;
}

/** The line of `--version` about the decoders, where there are some. */
async function ofDecoders(): Promise<string[]> {
  const { codecsFile } = await import("./platform/inspector/codecs/location.ts");
  const { codecVersions } = await import("./platform/inspector/codecs/codecs.ts");
  const file = codecsFile();
  return file === undefined ? [] : [`decoders: ${await codecVersions(file)}, from Debian's sources`];
}

// Serving

async function serve(rotateSecret: boolean): Promise<undefined> {
  const { findMisspelt, loadConfig } = await import("./config.ts");
  const config = loadConfig();
  const log = openLog(config.logLevel, Date.now, (line) => process.stdout.write(`${line}\n`));
  for (const found of findMisspelt()) log.warn("ignored a variable whose name is nearly a setting", found);
  if (config.redisUrl) log.warn("REDIS_URL is set, but this version serves from one machine without it");
  try {
    const owner = becomeOwner(config.dataDir);
    if (owner) log.info("the data belong to another user than root; serving as that user", { ...owner });
    const { app, url, closing } = await start(config, log, rotateSecret);
    let stopping: Promise<void> | undefined;
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        stopping ??= stop(closing, log, signal);
      });
    }
    log.info("listening", { url, version, data_dir: config.dataDir });
    await app.warmUp();
  } catch (error) {
    throw explain(error, config);
  }
}

/** Opens everything and listens. What fails on the way closes what was opened before. */
async function start(config: Config, log: Log, rotateSecret: boolean) {
  await using opened = new AsyncDisposableStack();
  // Like the settings, the server's parts are loaded only where needed: what looks into files has no use for them.
  const { openApp } = await import("./app.ts");
  const onFatal = (error: unknown) => endNow(log, error);
  const app = opened.adopt(await openApp({ config, log, rotateSecret, onFatal }), (one) => one.stop());
  const { url } = await app.serve();
  const stopControl = listenForCommands(config.dataDir, app.operations, log);
  if (stopControl) opened.defer(stopControl);
  return { app, url: url.href, closing: opened.move() };
}

/** Without it the server serves all the same. */
function listenForCommands(dataDir: string, operations: Operations, log: Log) {
  try {
    const stop = listenForOperator(dataDir, operations, log);
    if (!stop) log.warn("DATA_DIR is too long for a socket file: the command line needs a stopped server");
    return stop;
  } catch (error) {
    log.warn("DATA_DIR takes no socket file: the command line needs a stopped server", describeError(error));
    return undefined;
  }
}

async function stop(closing: AsyncDisposableStack, log: Log, signal: string): Promise<void> {
  log.info("stopping", { signal });
  setTimeout(() => process.exit(1), stopMilliseconds).unref();
  try {
    await closing.disposeAsync();
  } catch (error) {
    log.error("not everything could be closed", describeError(error));
    process.exit(1);
  }
  log.info("stopped");
  process.exit(0);
}

/** Nothing more is answered: whoever waits for an acknowledgement gets none. */
function endNow(log: Log, error: unknown): never {
  log.error("the data cannot be made durable; ending", describeError(error));
  process.exit(fatalExit);
}

// The rest of the command line

async function health(): Promise<number> {
  const { loadSettings } = await import("./config.ts");
  const config = loadSettings(["HOST", "PORT"]);
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

async function user(words: string[]): Promise<number> {
  const [verb = "", ...names] = words;
  const [username = "", email, ...fullName] = names;
  const wanted = { add: 2, password: 1, disable: 1, enable: 1, list: 0 }[verb];
  if (wanted === undefined || names.length < wanted || (verb !== "add" && names.length > wanted)) {
    return misunderstood(["user", ...words]);
  }
  const password = verb === "add" || verb === "password" ? await readPassword() : undefined;
  const input = { username, email, full_name: fullName.join(" ") || null, password: password?.text };
  const outcome = await ask(`user ${verb}`, input);
  if (password?.madeUp && !("problem" in outcome)) say(`password: ${password.text}`);
  return tell(outcome);
}

async function transfer(words: string[]): Promise<number> {
  const [, chat_id, username, ...more] = words;
  if (username === undefined || more.length > 0) return misunderstood(["chat", ...words]);
  return tell(await ask("chat transfer", { chat_id, username }));
}

async function doctor(words: string[]): Promise<number> {
  if (words.join(" ") !== "push") return misunderstood(["doctor", ...words]);
  const { examinePush } = await import("./doctor.ts");
  const { lines, isWell } = await examinePush();
  say(lines.join("\n"));
  return isWell ? 0 : 1;
}

/** What came of it; the exit code. */
function tell(outcome: Outcome): number {
  if ("problem" in outcome) {
    console.error(outcome.problem);
    return 1;
  }
  for (const one of [outcome.result].flat()) say(JSON.stringify(one));
  return 0;
}

/** A running server does it, so that there is one writer and open sockets hear of it; else this process. */
async function ask(name: string, input: unknown): Promise<Outcome> {
  const { loadSettings } = await import("./config.ts");
  const { dataDir } = loadSettings(["DATA_DIR"]);
  const answer = await askServer(dataDir, name, input);
  if (answer) return answer;
  const log = openLog("warn", Date.now, (line) => process.stderr.write(`${line}\n`));
  const onFatal = (error: unknown) => endNow(log, error);
  const passwordSettings = () =>
    loadSettings(["PASSWORD_MEMORY_KIB", "PASSWORD_ITERATIONS", "PASSWORD_CONCURRENCY", "PASSWORD_QUEUE"]);
  const { operateAlone } = await import("./operator.ts");
  try {
    return await operateAlone({ dataDir, log, passwordSettings, onFatal }, name, input);
  } catch (error) {
    throw explain(error, { dataDir });
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
function explain(error: unknown, config: Pick<Config, "dataDir"> & Partial<Config>): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const { code, syscall, path } = error as { code: unknown; syscall?: string; path?: string };
  if (path?.startsWith(config.dataDir) || /^SQLITE_(CANTOPEN|READONLY)/.test(String(code))) {
    return new ConfigError(`DATA_DIR: cannot use ${config.dataDir} (${error.message}).`);
  }
  if (syscall !== "listen" && syscall !== "getaddrinfo") return error;
  const address = `${config.host} port ${config.port} (${String(code)})`;
  if (code === "EADDRINUSE") return new ConfigError(`PORT: another program already listens on ${address}.`);
  if (code === "EACCES") return new ConfigError(`PORT: this system user may not listen on ${address}.`);
  return new ConfigError(`HOST: cannot listen on ${address}.`);
}

/** Errors that one sentence explains. */
function isExpected(error: unknown): error is Error {
  return (
    error instanceof ConfigError ||
    error instanceof DatabaseError ||
    error instanceof OwnerError ||
    error instanceof SecretKeyError ||
    error instanceof PushConfigError ||
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
