/** `bun build.ts`: makes dist/parley, one executable with everything inside, for the kind of machine this is. */
import { join } from "node:path";

import { embedSharp } from "./src/platform/inspector/native/embed.ts";

const root = import.meta.dir;
/** Each worker is an entry point of its own; src/platform/worker.ts knows where they are inside. */
const workers = ["db/flusher", "db/reader", "search/indexer", "blobs/writer"];

/** Null where this is no checkout, or there is no git. */
function commitOf(directory: string): string | null {
  try {
    const { exitCode, stdout } = Bun.spawnSync([
      "git",
      "--git-dir",
      join(directory, ".git"),
      "rev-parse",
      "HEAD",
    ]);
    return exitCode === 0 ? stdout.toString().trim() : null;
  } catch {
    return null;
  }
}

await Bun.build({
  root: join(root, "src"),
  entrypoints: [join(root, "src/main.ts"), ...workers.map((name) => join(root, `src/platform/${name}.ts`))],
  minify: true,
  bytecode: true,
  format: "esm",
  define: { BUILT_FROM: JSON.stringify(commitOf(root)) },
  compile: {
    outfile: join(root, "dist/parley"),
    assets: [join(root, "drizzle")],
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
  plugins: [embedSharp(join(root, "node_modules"))],
});
