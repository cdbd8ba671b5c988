import { heapStats } from "bun:jsc";
import { expect, setDefaultTimeout, test } from "bun:test";

import { readForm } from "../../src/http/multipart.ts";

setDefaultTimeout(30_000);

const boundary = "between";
/** As much as a packet brings over a slow line. */
const packet = Buffer.alloc(1400, "x");
const packets = 40_000;
/** So many until everything is there that is there once. */
const warmUp = 10_000;

/** A form with one file, which comes packet by packet. */
function slowForm(): Request {
  const begin = `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n`;
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 0) controller.enqueue(Buffer.from(begin));
      if (sent++ < packets) return controller.enqueue(packet);
      controller.enqueue(Buffer.from(`\r\n--${boundary}--\r\n`));
      controller.close();
    },
  });
  const headers = { "Content-Type": `multipart/form-data; boundary=${boundary}` };
  return new Request("http://127.0.0.1/", { method: "POST", headers, body });
}

function bytesInUse(): number {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

test("a file that comes over a slow line leaves nothing in memory for each packet", async () => {
  const inUse: number[] = [];
  let size = 0;
  for await (const part of readForm(slowForm(), Number.MAX_SAFE_INTEGER)) {
    if (!("bytes" in part)) continue;
    for await (const chunk of part.bytes) {
      if (inUse.length === 0 && size > warmUp * packet.length) inUse.push(bytesInUse());
      size += chunk.length;
      if (size === packets * packet.length) inUse.push(bytesInUse());
    }
  }
  expect(inUse).toHaveLength(2);
  const [before = 0, after = 0] = inUse;
  // One promise that is kept for each would be 66.
  expect((after - before) / (packets - warmUp)).toBeLessThan(20);
});
