import { join } from "node:path";

/**
 * The client library as one module for browsers, made from its sources. In the executable embed.ts replaces this
 * module by what it answers.
 */
export async function sdkBundle(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../client/sdk/index.ts")],
    target: "browser",
    format: "esm",
    minify: true,
  });
  return (await outputs[0]?.text()) ?? "";
}
