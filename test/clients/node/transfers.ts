/** Sends a file and fetches it over a bad line; says which part of it has come out right. Arguments: server, bad line, token. */
import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { download } from "../../../src/client/sdk/files/download.ts";
import { upload } from "../../../src/client/sdk/files/upload.ts";
import { calling } from "../../support/transfers.ts";

const [url = "", badLine = "", accessToken = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const text = Buffer.alloc(20_000_000, "a line of text\n");
const directory = mkdtempSync(join(tmpdir(), "parley-transfers-"));
const file = join(directory, "long.txt");
writeFileSync(file, text);
const files = [
  { name: "from the disk.txt", blob: await openAsBlob(file) },
  { name: "from memory.txt", blob: new Blob([text]) },
];

// Now and then the connection is cut before the refusal has been read: then it is sent again.
const nobody = calling({ url, accessToken: "nobody" });
let refusals = 0;
for (const one of Array.from({ length: 10 }, () => files).flat()) {
  const error = await upload(...nobody, [one], { signal, onProgress() {} }).catch((error) => error);
  if (error.code === "unauthorized") refusals += 1;
}
if (refusals > 14) console.log("refused");

let sent = 0;
const media = await upload(...calling({ url, accessToken }), files, {
  signal,
  onProgress: (bytes) => (sent = bytes),
});
if (sent === 2 * text.length) console.log("uploaded");

let isSame = true;
for (const one of media) {
  const stream = download(...calling({ url, accessToken }, { server: badLine }), one);
  isSame &&= Buffer.from(await new Response(stream).bytes()).equals(text);
}
if (isSame) console.log("downloaded");
rmSync(directory, { recursive: true });
