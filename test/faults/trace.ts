/** What a server did to its files, as strace saw it. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/**
 * One call on a file. `start` and `end` are places in the trace: a call that had not come back has no end, and
 * what it does may or may not have happened.
 */
export interface FileCall {
  kind: "write" | "truncate" | "flush";
  file: string;
  /** The system's name for a flush; SQLite flushes by fsync, the server itself by fdatasync. */
  name: string;
  start: number;
  end: number;
  offset: number;
  data: Buffer;
  length: number;
}

export interface Trace {
  calls: FileCall[];
  /** When each line was written, in milliseconds since the epoch. */
  times: number[];
}

const watched = "pwrite64,pwritev,pwritev2,write,writev,ftruncate,fallocate,copy_file_range,fsync,fdatasync";

/** The command that writes down every change to these files. The server keeps its own process id. */
export function tracing(output: string, files: string[]): string[] {
  const paths = files.flatMap((file) => ["-P", file]);
  return ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-ttt", "-xx", "-s", "70000"].concat(
    ["-e", `trace=${watched}`, ...paths],
    ["-o", output],
  );
}

const line = /^(\d+) +(\d+\.\d+) (.*)$/;
const call = /^(\w+)\((\d+)<((?:\\x[0-9a-f]{2})+)>(.*?)( <unfinished \.\.\.>|\) += (-?\d+)( .*)?)$/;
const resumed = /^<\.\.\. (\w+) resumed>.*\) += (-?\d+)/;

export function readTrace(path: string): Trace {
  const calls: FileCall[] = [];
  const times: number[] = [];
  const open = new Map<string, FileCall>();
  for (const text of readFileSync(path, "latin1").split("\n")) {
    const [, thread, seconds, what] = line.exec(text) ?? [];
    if (thread === undefined) continue;
    const at = times.push(Number(seconds) * 1000) - 1;
    const [, resumedName, result] = resumed.exec(what!) ?? [];
    if (resumedName !== undefined) {
      open.get(thread)!.end = endOf(resumedName, result!, text, at);
      open.delete(thread);
      continue;
    }
    const [, name, , file, args, , answer] = call.exec(what!) ?? [];
    if (name === undefined) continue; // A signal, or the end of a thread.
    const one = { ...describe(name, args!), name, file: basename(unescape(file!).toString()), start: at };
    const finished = { ...one, end: answer === undefined ? Infinity : endOf(name, answer, text, at) };
    if (answer === undefined) open.set(thread, finished);
    calls.push(finished);
  }
  return { calls, times };
}

/** A flush that failed has flushed nothing; other calls are not supposed to fail. */
function endOf(name: string, result: string, text: string, at: number): number {
  if (Number(result) >= 0) return at;
  if (name === "fsync" || name === "fdatasync") return Infinity;
  throw new Error(`a call failed: ${text.slice(0, 200)}`);
}

function describe(name: string, args: string): Pick<FileCall, "kind" | "offset" | "data" | "length"> {
  const nothing = { offset: 0, data: Buffer.alloc(0), length: 0 };
  if (name === "fsync" || name === "fdatasync") return { kind: "flush", ...nothing };
  if (name === "ftruncate") return { kind: "truncate", ...nothing, length: Number(/\d+/.exec(args)![0]) };
  const [, text, length, offset] = /^, "((?:\\x[0-9a-f]{2})*)", (\d+), (\d+)/.exec(args) ?? [];
  if (name !== "pwrite64" || text === undefined)
    throw new Error(`not understood: ${name} ${args.slice(-200)}`);
  const data = unescape(text);
  if (data.length !== Number(length)) throw new Error(`a write of ${length} bytes shows ${data.length}`);
  return { kind: "write", offset: Number(offset), data, length: data.length };
}

/** `\x41\x42` is AB. */
function unescape(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}
