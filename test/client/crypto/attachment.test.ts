import { expect, test } from "bun:test";

import { openFile, pieceBytes, sealedSize, sealFile } from "../../../src/client/sdk/crypto/attachment.ts";
import { concat, sha256 } from "../../../src/e2ee/bytes.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return concat(...(await Array.fromAsync(stream)));
}

function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536));
  return bytes;
}

async function sealed(bytes: Uint8Array) {
  const made = sealFile(inPieces(bytes, 300_001));
  const upload = await all(made.sealed);
  const attachment = { ...made.secret, size: bytes.length, sha256: made.digest() };
  return { upload, attachment };
}

const sizes = [0, 1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 2 * pieceBytes, 3 * pieceBytes + 17];

test.each(sizes)("a file of %d bytes comes back as it was", async (size) => {
  const bytes = random(size);
  const { upload, attachment } = await sealed(bytes);
  expect(upload.length).toBe(sealedSize(size));
  expect(attachment.sha256).toBe(await sha256(upload));
  expect(await all(openFile(inPieces(upload, 77_777), attachment))).toEqual(Uint8Array.from(bytes));
});

test("of what was cut off, changed, put in another order or is another file nothing wrong is given out", async () => {
  const bytes = random(3 * pieceBytes + 17);
  const { upload, attachment } = await sealed(bytes);
  const one = pieceBytes + 16;
  const at = (i: number) => upload.subarray(i * one, (i + 1) * one);
  const changed = upload.slice();
  changed[2 * one + 5]! ^= 1;
  const other = await sealed(bytes);
  for (const [bad, given] of [
    [upload.subarray(0, one), 0],
    [upload.subarray(0, 2 * one), pieceBytes],
    [upload.subarray(0, -1), 3 * pieceBytes],
    [changed, 2 * pieceBytes],
    [concat(at(1), at(0), at(2), at(3)), 0],
    [concat(at(0), at(1), at(1), at(2), at(3)), 2 * pieceBytes],
    [concat(upload, at(0)), 3 * pieceBytes],
    [other.upload, 0],
    [new Uint8Array(), 0],
  ] as const) {
    let right = 0;
    const read = async () => {
      for await (const some of openFile(inPieces(bad, 100_000), attachment)) {
        expect(Buffer.compare(some, bytes.subarray(right, right + some.length))).toBe(0);
        right += some.length;
      }
    };
    await expect(read()).rejects.toThrow("not the file");
    expect(right).toBe(given);
  }
});

test("a file that is right in itself is not taken for the one that the message names", async () => {
  const bytes = random(100);
  const { upload, attachment } = await sealed(bytes);
  for (const wrong of [{ size: 99 }, { sha256: "A".repeat(43) }]) {
    await expect(all(openFile(inPieces(upload, 100), { ...attachment, ...wrong }))).rejects.toThrow(
      "not the file",
    );
  }
});
