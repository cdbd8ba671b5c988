/** Used by the build alone: puts sharp's addon into the executable. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

import type { Embedded } from "./addon.ts";

type File = { from: string; path: string };

/** Smaller by a tenth than the default; the higher levels take ten times as long for the next tenth. */
const level = 9;

/**
 * Embeds the shared objects that sharp consists of on this kind of machine, and swaps sharp's loader, which looks
 * for them below node_modules, for ours. Throws where sharp does not load here.
 */
export function embedSharp(modules: string): Bun.BunPlugin {
  const { key, parts, runtime, compressed } = compress(modules);
  return {
    name: "embed sharp",
    setup(build) {
      build.onLoad({ filter: /[\\/]sharp[\\/]dist[\\/]sharp\.mjs$/ }, () => ({
        loader: "js",
        contents: loaderSource({ key, parts, runtime }),
      }));
      build.onResolve({ filter: /^embedded:/ }, ({ path }) => ({ path, namespace: "embedded" }));
      build.onLoad({ filter: /^/, namespace: "embedded" }, ({ path }) => {
        const contents = compressed.get(path);
        if (!contents) throw new Error(`nothing was compressed as ${path}`);
        return { loader: "file", contents };
      });
    },
  };
}

function compress(modules: string): Embedded & { compressed: Map<string, Uint8Array> } {
  const files = filesOf(modules);
  const own = [files.addon, files.libvips];
  const all = [...own, ...runtimeOf(files)];
  const hash = new Bun.CryptoHasher("sha256");
  const compressed = new Map<string, Uint8Array>();
  const parts = all.map(({ from, path }) => {
    const bytes = readFileSync(from);
    hash.update(bytes);
    const embedded = `embedded:${basename(path)}.zst`;
    compressed.set(embedded, Bun.zstdCompressSync(bytes, { level }));
    return { embedded, path, size: bytes.length };
  });
  const key = hash.digest("hex").slice(0, 16);
  return { key, parts: parts.slice(0, own.length), runtime: parts.slice(own.length), compressed };
}

/** The addon looks for libvips at `../../sharp-libvips-…/lib` from its own directory (DT_RPATH): the paths stay as they are. */
function filesOf(modules: string): { addon: File; libvips: File } {
  const machine = `linux-${process.arch}`;
  return {
    addon: fileIn(modules, `sharp-${machine}/lib`, /\.node$/),
    libvips: fileIn(modules, `sharp-libvips-${machine}/lib`, /^libvips-cpp\.so/),
  };
}

function fileIn(modules: string, folder: string, pattern: RegExp): File {
  const directory = join(modules, "@img", folder);
  const name = readdirSync(directory).find((one) => pattern.test(one));
  if (name === undefined) throw new Error(`${directory} has no ${pattern}`);
  return { from: join(directory, name), path: join(folder, name) };
}

/**
 * libstdc++ and libgcc, which the addon needs and the rest of the executable does not. The files are the ones that
 * this machine's linker takes; next to libvips they are found before the system's. (GCC Runtime Library Exception.)
 */
function runtimeOf({ addon, libvips }: { addon: File; libvips: File }): File[] {
  createRequire(import.meta.url)(addon.from);
  const mapped = readFileSync("/proc/self/maps", "utf8");
  return ["libstdc++.so.6", "libgcc_s.so.1"].map((name) => {
    const pattern = new RegExp(`/\\S*/${name.replaceAll(/[.+]/g, "\\$&")}\\S*$`, "m");
    const from = pattern.exec(mapped)?.[0];
    if (from === undefined) throw new Error(`sharp's addon was loaded without ${name}`);
    return { from, path: join(libvips.path, "..", name) };
  });
}

function loaderSource({ key, parts, runtime }: Embedded): string {
  const all = [...parts, ...runtime];
  const imports = all.map(
    ({ embedded }, i) => `import file${i} from ${JSON.stringify(embedded)} with { type: "file" };`,
  );
  const entries = all.map(
    ({ path, size }, i) => `{ embedded: file${i}, path: ${JSON.stringify(path)}, size: ${size} }`,
  );
  return `${imports.join("\n")}
import { loadSharp } from ${JSON.stringify(join(import.meta.dir, "addon.ts"))};
const all = [${entries.join(", ")}];
export default loadSharp({
  key: ${JSON.stringify(key)},
  parts: all.slice(0, ${parts.length}),
  runtime: all.slice(${parts.length}),
});`;
}
