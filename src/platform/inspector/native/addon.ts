import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A shared object inside the executable, compressed with zstd. */
interface Part {
  /** Where it is inside the executable. */
  embedded: string;
  /** Its path below the directory it is unpacked into. */
  path: string;
  /** In bytes, unpacked. */
  size: number;
}

/** What the build says about sharp's addon. */
export interface Embedded {
  /** Changes with the content of any part. */
  key: string;
  /** The addon itself comes first. */
  parts: Part[];
  /** The C++ runtime of the machine that built this, for one that has none. */
  runtime: Part[];
}

interface Sharp {
  /** Whether the processor has what the addon was compiled for. */
  _isUsingX64V2(): boolean;
}

const prefix = "sharp-";
let cache: string | undefined;

/** Where the addon is unpacked: to be said before sharp is imported. Run from the sources, nothing is unpacked. */
export function unpackInto(directory: string): void {
  cache = directory;
}

/**
 * Stands in the executable for sharp's own loader, which looks below node_modules: a shared object can be loaded
 * from a file only. Throws where the addon cannot be unpacked or loaded.
 */
export function loadSharp({ key, parts, runtime }: Embedded): Sharp {
  if (cache === undefined) throw new Error("sharp was imported before it was said where to unpack it");
  const directory = join(cache, `${prefix}${key}`);
  const [first] = parts;
  if (!first) throw new Error("sharp's addon is not in the executable");
  for (const part of parts) unpack(part, directory);
  const addon = load(join(directory, first.path), () => {
    for (const part of runtime) unpack(part, directory);
  });
  if (process.arch === "x64" && !addon._isUsingX64V2()) {
    throw new Error("sharp needs a processor with x86-64-v2");
  }
  removeOthers(cache, `${prefix}${key}`);
  return addon;
}

/**
 * Atomic: written to a temporary file, flushed and renamed. A file that has its name is whole, whoever else starts or ends meanwhile. The
 * size is looked at all the same, because a damaged addon would be missed for good.
 */
function unpack({ embedded, path, size }: Part, directory: string): void {
  const to = join(directory, path);
  if (statSync(to, { throwIfNoEntry: false })?.size === size) return;
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  const unfinished = `${to}.${crypto.randomUUID()}`;
  try {
    const bytes = Bun.zstdDecompressSync(readFileSync(embedded));
    writeFileSync(unfinished, bytes, { mode: 0o500, flag: "wx", flush: true });
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** The system's C++ runtime is the better one where there is one: it fits its C library. */
function load(file: string, unpackRuntime: () => void): Sharp {
  try {
    return open(file);
  } catch (error) {
    if (!/libstdc\+\+|libgcc_s/.test(String(error))) throw error;
    unpackRuntime();
    return open(file);
  }
}

function open(file: string): Sharp {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports as Sharp;
}

/** What earlier versions left. One that still runs has its files open and does not notice. */
function removeOthers(directory: string, mine: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(prefix) || name === mine) continue;
    rmSync(join(directory, name), { recursive: true, force: true });
  }
}
