/** `bun build.ts`: makes dist/parley, one executable with everything inside, for the kind of machine this is. */
import { join } from "node:path";

import { embedSdk } from "./src/http/sdk/embed.ts";
import { embedCodecs } from "./src/platform/inspector/codecs/embed.ts";
import { codecsFile } from "./src/platform/inspector/codecs/location.ts";
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

/** The decoders, made now where they are not and this machine has the tools; undefined where that does not work. */
function madeCodecs(): string | undefined {
  const script = join(root, "src/platform/inspector/codecs/build.sh");
  const found = codecsFile();
  if (found !== undefined) return found;
  const missing = Bun.spawnSync(["sh", script, "--missing"]).stdout.toString().trim();
  const isMade =
    missing === "" && Bun.spawnSync(["sh", script], { stdout: "inherit", stderr: "inherit" }).exitCode === 0;
  if (isMade) return codecsFile();
  const why = missing === "" ? "could not be made" : `need ${missing.replaceAll(" ", ", ")} to be made`;
  console.log(
    `The decoders ${why}: this executable shows films and HEIC pictures, and the waveforms of sounds, only where ffmpeg is installed.`,
  );
  return undefined;
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
  plugins: [embedSharp(join(root, "node_modules")), embedCodecs(madeCodecs()), await embedSdk()],
});
console.log("made dist/parley");
