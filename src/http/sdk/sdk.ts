import { type Endpoint, endpoint } from "../../feature.ts";
import { sdkBundle } from "./bundle.ts";

let compressed: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** The client library, for pages that need nothing but this server. Compressed once. */
export const sdk: Endpoint = endpoint({
  method: "get",
  path: "/sdk.js",
  name: "getSdk",
  summary: "The client library as a module for browsers",
  auth: "none",
  page: true,
  answers: {},
  async run() {
    compressed ??= sdkBundle().then((text) => Bun.gzipSync(text, { level: 9 }));
    return new Response(await compressed, {
      headers: {
        "Content-Type": "text/javascript; charset=utf-8",
        "Content-Encoding": "gzip",
        "Cache-Control": "public, max-age=3600",
        "X-Content-Type-Options": "nosniff",
      },
    });
  },
});
