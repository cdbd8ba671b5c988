import type { Subprocess } from "bun";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";

export interface ServerProcess {
  pid: number;
  port: number;
  /** Milliseconds from the start of the process to its first answer. */
  startedIn: number;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** A program of ours that is told things while it runs, and says some. */
export interface Conversation<T> {
  /** The next thing it says. Errors: it ended without. */
  next(): Promise<T>;
  tell(message: string): void;
  end(): Promise<void>;
}

const patience = 20_000;
const stopMilliseconds = 5000;
const clockTicksPerSecond = 100;
const running = new Set<Subprocess>();

process.on("exit", () => {
  for (const one of running) one.kill("SIGKILL");
});

/** Starts a server on a free port of this machine and waits until it answers. What it says goes to the file `log`. */
export async function startServer(
  command: string[],
  env: Record<string, string> = {},
  log?: string,
): Promise<ServerProcess> {
  const port = freePort();
  const started = performance.now();
  const settings = { ...env, HOST: "127.0.0.1", PORT: String(port) };
  const child = log === undefined ? spawn(command, settings) : spawnInto(log, command, settings);
  await firstAnswer(child, port, started + patience);
  return {
    pid: child.pid,
    port,
    startedIn: performance.now() - started,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop: () => end(child),
  };
}

/** Runs `program` with `input`; `prefix` is what runs it, such as `nice`. */
export function converse<T>(program: string, input: object, prefix: string[] = []): Conversation<T> {
  const said: T[] = [];
  let wake = () => {};
  const command = [...prefix, process.execPath, `${import.meta.dir}/${program}`];
  const child = spawn(
    command,
    {},
    {
      stdin: new Blob([JSON.stringify(input)]),
      ipc(message) {
        said.push(message);
        wake();
      },
    },
  );
  return {
    async next() {
      if (said.length === 0) {
        const heard = new Promise<void>((resolve) => (wake = resolve));
        const code = await Promise.race([heard, child.exited]);
        if (said.length === 0) throw new Error(`${program} ended with ${String(code)} and said nothing`);
      }
      return said.shift()!;
    },
    tell: (message) => child.send(message),
    end: () => end(child),
  };
}

/** Runs `program` with `input`; resolves with the first thing it sends back, and with how to end it. */
export async function startClient<T>(
  program: string,
  input: object,
  prefix?: string[],
): Promise<{ answer: T; end(): Promise<void> }> {
  const client = converse<T>(program, input, prefix);
  return { answer: await client.next(), end: () => client.end() };
}

/** The same for a program that ends by itself. */
export async function runClient<T>(program: string, input: object): Promise<T> {
  const { answer, end } = await startClient<T>(program, input);
  await end();
  return answer;
}

function spawn(
  command: string[],
  env: Record<string, string>,
  talk: { stdin?: Blob; ipc?: (message: never) => void; stdout?: number; stderr?: number } = {},
): Subprocess {
  const child = Bun.spawn(command, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    ...talk,
  });
  running.add(child);
  void child.exited.then(() => running.delete(child));
  return child;
}

function spawnInto(log: string, command: string[], env: Record<string, string>): Subprocess {
  const file = openSync(log, "a");
  const child = spawn(command, env, { stdout: file, stderr: file });
  closeSync(file);
  return child;
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

async function firstAnswer(child: Subprocess, port: number, until: number): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/health`)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (child.exitCode !== null) throw new Error(`a server ended with ${child.exitCode} at its start`);
    if (performance.now() > until) throw new Error("a server did not answer in time");
    await Bun.sleep(1);
  }
}

async function end(child: Subprocess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
  await child.exited;
  clearTimeout(timer);
}

/** Seconds of CPU that all threads of a process have used, in user and in kernel mode. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
}

/** Bytes of memory that a process has in use. */
export function residentBytes(pid: number): number {
  return memoryOf(pid, "VmRSS");
}

/** The most that it has had since `forgetPeak`, or since its start. */
export function peakBytes(pid: number): number {
  return memoryOf(pid, "VmHWM");
}

/** proc_pid_clear_refs(5). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}
