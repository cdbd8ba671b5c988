/** `bun run build:sdk`: makes dist/sdk, the client library as a package: modules, types and a README. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../../..");
const sdk = join(root, "src/client/sdk");
const out = join(root, "dist/sdk");
const { version, license, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  license: string;
  dependencies: Record<string, string>;
};
const signals = "@preact/signals-core";
/** The part for encryption, which the library loads by this name when it is needed. */
const encryption = "sdk-encryption.js";
const encryptionApart: Bun.BunPlugin = {
  name: "the part for encryption is a file of its own",
  setup(build) {
    build.onResolve({ filter: /\/encryption\/part\.ts$/ }, ({ importer }) =>
      importer === "" ? undefined : { path: `./${encryption}`, external: true },
    );
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
// For those who have packages; sqlite.js is apart, because browsers have nothing for it.
await bundle(["index.ts", "store/sqlite.ts"], { external: [signals, "bun:*", "node:*"] });
// For pages without any: the file that a server has at /sdk.js.
await bundle(["index.ts"], { naming: "standalone.js", minify: true });
await bundle(["encryption/part.ts"], { naming: encryption, minify: true });
await makeTypes();
const manifest = {
  name: "parley-client",
  version,
  license,
  description: "The client library of Parley, a chat server in one file.",
  type: "module",
  engines: { node: ">=20" },
  exports: {
    ".": { types: "./types/index.d.ts", default: "./index.js" },
    "./sqlite": { types: "./types/store/sqlite.d.ts", default: "./store/sqlite.js" },
    "./standalone": { types: "./types/index.d.ts", default: "./standalone.js" },
  },
  sideEffects: false,
  dependencies: { [signals]: dependencies[signals] },
};
writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const [from, to] of [
  [join(import.meta.dir, "README.md"), "README.md"],
  [join(root, "LICENSE"), "LICENSE"],
] as const) {
  cpSync(from, join(out, to));
}
console.log("made dist/sdk");

async function bundle(names: string[], options: Partial<Bun.BuildConfig>): Promise<void> {
  await Bun.build({
    root: sdk,
    entrypoints: names.map((name) => join(sdk, name)),
    outdir: out,
    target: "browser",
    format: "esm",
    splitting: names.length > 1,
    plugins: [encryptionApart],
    ...options,
  });
}

/** Only those of the public face: what the part for encryption has inside is nobody's, and names other packages. */
async function makeTypes(): Promise<void> {
  const emitted = join(out, "emitted");
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      stripInternal: true,
      rootDir: join(root, "src"),
      outDir: emitted,
    },
    include: [],
    files: [join(sdk, "index.ts"), join(sdk, "store/sqlite.ts")],
  };
  const path = join(out, "tsconfig.json");
  writeFileSync(path, JSON.stringify(config));
  const tsc = Bun.spawn([process.execPath, "x", "--bun", "tsc", "-p", path], {
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await tsc.exited) !== 0) throw new Error("the types could not be made");
  rmSync(path);
  const isInside = /[\\/](crypto|encryption)[\\/](?!types\.d\.ts$)[^\\/]+$/;
  cpSync(join(emitted, "client/sdk"), join(out, "types"), {
    recursive: true,
    filter: (file) => !isInside.test(file),
  });
  rmSync(emitted, { recursive: true });
  for (const name of readdirSync(join(out, "types"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = join(out, "types", name);
    // What is imported there is called as the modules are.
    const text = readFileSync(file, "utf8").replace(/(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"');
    writeFileSync(file, text);
  }
}
