/** Used by the build alone: puts the client library, as it is served, into the executable. */
import { encryptionFile, sdkModules } from "./bundle.ts";

export async function embedSdk(): Promise<Bun.BunPlugin> {
  const modules = JSON.stringify(await sdkModules());
  return {
    name: "embed the client library",
    setup(build) {
      build.onLoad({ filter: /[\\/]http[\\/]sdk[\\/]bundle\.ts$/ }, () => ({
        loader: "js",
        contents: `export const encryptionFile = "${encryptionFile}"; export const sdkModules = async () => (${modules});`,
      }));
    },
  };
}
