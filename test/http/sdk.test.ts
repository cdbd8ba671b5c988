import { expect, test } from "bun:test";

import { shared } from "../support/shared.ts";

const server = await shared();

/** A module as it is sent: its size, what it loads, and what it offers. */
async function sent(path: string) {
  const response = await fetch(server.url + path, { decompress: false });
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(response.headers.get("content-encoding")).toBe("gzip");
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(Bun.gunzipSync(bytes));
  return { size: bytes.length, text, ...new Bun.Transpiler({ loader: "js" }).scan(text) };
}

test("the client library comes as one module, of at most 25 KB as it is sent", async () => {
  const { size, imports, exports, text } = await sent("/sdk.js");
  expect(size).toBeLessThanOrEqual(25_000);
  expect(exports).toEqual(expect.arrayContaining(["connect", "memoryStore", "ParleyError"]));
  // Only when somebody uses encryption.
  expect(imports).toEqual([{ kind: "dynamic-import", path: "./sdk-encryption.js" }]);
  expect(text).not.toContain("RSA-OAEP");
});

test("the part for encryption is one module, of at most 50 KB as it is sent", async () => {
  const { size, imports, exports } = await sent("/sdk-encryption.js");
  console.log(`sdk-encryption.js: ${size} bytes gzipped`);
  expect(size).toBeLessThanOrEqual(50_000);
  expect([imports, exports]).toEqual([[], ["begin"]]);
});
