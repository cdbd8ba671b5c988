import { expect, test } from "bun:test";

import { shared } from "../support/shared.ts";

const server = await shared();

test("the client library comes as one module, of at most 25 KB as it is sent", async () => {
  const sent = await fetch(`${server.url}/sdk.js`, { decompress: false });
  expect(sent.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(sent.headers.get("content-encoding")).toBe("gzip");
  const bytes = await sent.arrayBuffer();
  expect(bytes.byteLength).toBeLessThanOrEqual(25_000);
  const text = new TextDecoder().decode(Bun.gunzipSync(bytes));
  const { imports, exports } = new Bun.Transpiler({ loader: "js" }).scan(text);
  expect([imports, exports]).toEqual([[], expect.arrayContaining(["connect", "memoryStore", "ParleyError"])]);
});
