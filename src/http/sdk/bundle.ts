import { join } from "node:path";

/** The client library as modules for browsers: all of it that is always needed, and the part for encryption. */
export interface SdkModules {
  sdk: string;
  encryption: string;
}

const sources = join(import.meta.dir, "../../client/sdk");
/** Beside the library, which loads it by this name. */
export const encryptionFile = "sdk-encryption.js";

/** Made from its sources. In the executable embed.ts replaces this module by what it answers. */
export async function sdkModules(): Promise<SdkModules> {
  const [sdk, encryption] = await Promise.all([bundle("index.ts"), bundle("encryption/part.ts")]);
  return { sdk, encryption };
}

/** The part for encryption is a file of its own, wherever the library is made into files. */
export const encryptionApart: Bun.BunPlugin = {
  name: "the part for encryption is a file of its own",
  setup(build) {
    build.onResolve({ filter: /\/encryption\/part\.ts$/ }, ({ importer }) =>
      importer === "" ? undefined : { path: `./${encryptionFile}`, external: true },
    );
  },
};

async function bundle(name: string): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(sources, name)],
    target: "browser",
    format: "esm",
    minify: true,
    plugins: [encryptionApart],
  });
  return (await outputs[0]?.text()) ?? "";
}
