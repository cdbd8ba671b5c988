import { statSync } from "node:fs";
import { basename } from "node:path";

import type { FileToSend } from "../../sdk/index.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { typedPath } from "./path.ts";

/** At once, so that what is entered behind a file stays behind it. Errors: Failure for what is no file. */
export function fileToSend(path: string): FileToSend {
  const full = typedPath(path);
  if (!stat(full, path).isFile()) throw new Failure(exitCodes.refused, `${path} is not a file.`);
  return { name: basename(full), blob: Bun.file(full) };
}

function stat(full: string, path: string) {
  try {
    return statSync(full);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : message;
    throw new Failure(exitCodes.refused, `${path}: ${why}`);
  }
}
