/** Used by the build alone: puts the client library, as it is served, into the executable. */
import { sdkBundle } from "./bundle.ts";

export async function embedSdk(): Promise<Bun.BunPlugin> {
  const text = JSON.stringify(await sdkBundle());
  return {
    name: "embed the client library",
    setup(build) {
      build.onLoad({ filter: /[\\/]http[\\/]sdk[\\/]bundle\.ts$/ }, () => ({
        loader: "js",
        contents: `export const sdkBundle = async () => ${text};`,
      }));
    },
  };
}
