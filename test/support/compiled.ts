import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");
/** What git ignores or keeps for itself. */
const left = new Set([".git", "node_modules", "dist", "storage"]);
/** How they begin: ELF, PE, Mach-O in all four forms and for several processors, WebAssembly, libraries, zstd. */
const beginnings = [
  "7f454c46",
  "4d5a",
  "feedface",
  "feedfacf",
  "cefaedfe",
  "cffaedfe",
  "cafebabe",
  "0061736d",
];
const packed = ["213c617263683e", "28b52ffd"];

/** The files below a folder of the repository that are programs, compiled code, or packed so that one cannot see. */
export function compiledIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((one) => !left.has(one.name))
    .flatMap((one) => {
      const path = join(folder, one.name);
      if (one.isDirectory()) return compiledIn(path);
      return one.isFile() && isCompiled(join(root, path)) ? [path] : [];
    })
    .toSorted();
}

function isCompiled(path: string): boolean {
  const head = Buffer.alloc(8);
  const file = openSync(path, "r");
  const length = readSync(file, head);
  closeSync(file);
  const hex = head.toString("hex", 0, length);
  return [...beginnings, ...packed].some((one) => hex.startsWith(one));
}
