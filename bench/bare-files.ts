/** The upper bound of files: Bun's own way to write what comes, as it is, and to send it back. Nothing else. */
import { join } from "node:path";

const directory = process.env["DATA_DIR"]!;
let last = 0;

Bun.serve({
  hostname: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 0),
  maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === "GET") {
      return pathname === "/health" ? new Response("{}") : new Response(Bun.file(join(directory, pathname)));
    }
    const url = `/${++last}`;
    const sink = Bun.file(join(directory, url)).writer();
    for await (const chunk of request.body!) {
      sink.write(chunk);
      await sink.flush();
    }
    await sink.end();
    return Response.json({ media: [{ url }] });
  },
});
