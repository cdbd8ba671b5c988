/** Forms that never end. */
import { expect, test } from "bun:test";

import { note } from "../support/files.ts";
import { rows } from "../support/kept.ts";
import { formOf, RawUpload } from "../support/raw-upload.ts";
import { shared } from "../support/shared.ts";

/** A form may have ten files of so many bytes, and a megabyte around them. */
const most = 10_000;
const config = { maxImageBytes: most, maxVideoBytes: most, maxAudioBytes: most, maxDocumentBytes: most };
const server = await shared({ config });
const endless = 1_000_000_000;
const block = Buffer.alloc(64 * 1024, "x");

/** Goes on until somebody answers; answers how much was sent. */
async function flood(upload: RawUpload): Promise<number> {
  let sent = 0;
  let isAnswered = false;
  void upload.answer.then(() => (isAnswered = true));
  while (!isAnswered && sent < endless) {
    await upload.send(block);
    sent += block.length;
  }
  return sent;
}

const open = (name: string) =>
  Buffer.from(`------Parley\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`);

test.each([
  ["before its first part", Buffer.alloc(0)],
  ["in a field", open("encrypted")],
  ["behind its last part", await formOf([note("hello")])],
])("a form that goes on for ever %s is refused", async (_, beginning) => {
  const [alice] = await server.people("alice");
  const upload = new RawUpload(alice, endless);
  await upload.send(beginning);
  const sent = await flood(upload);
  const { status, body } = await upload.answer;
  expect([status, JSON.parse(body).code]).toEqual([413, "payload_too_large"]);
  // What was on its way when the answer came counts, too.
  expect(sent).toBeLessThan(endless / 4);
  upload.cut();
  await server.settled();
  expect(rows(server.dataDir)).toEqual({ files: 0, media: 0, bytes: 0 });
});
