import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The path of the decoders that build.sh has made from the sources in this folder; undefined where it has not. In the
 * executable embed.ts replaces this module.
 */
export function codecsFile(): string | undefined {
  const hash = new Bun.CryptoHasher("sha256");
  for (const name of ["build.sh", "codecs.c"]) hash.update(readFileSync(join(import.meta.dir, name)));
  const name = `codecs-${hash.digest("hex").slice(0, 16)}.wasm.zst`;
  const file = join(homedir(), ".cache/parley", name);
  return existsSync(file) ? file : undefined;
}
