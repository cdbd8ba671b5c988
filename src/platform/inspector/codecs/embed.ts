/** Used by the build alone: puts the decoders into the executable. */

/** `file`: as location.ts finds it; undefined for an executable without decoders. */
export function embedCodecs(file: string | undefined): Bun.BunPlugin {
  const source =
    file === undefined ? "let file;" : `import file from ${JSON.stringify(file)} with { type: "file" };`;
  return {
    name: "embed the decoders",
    setup(build) {
      build.onLoad({ filter: /[\\/]inspector[\\/]codecs[\\/]location\.ts$/ }, () => ({
        loader: "js",
        contents: `${source}\nexport const codecsFile = () => file;`,
      }));
    },
  };
}
