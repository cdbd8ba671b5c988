import { expect, test } from "bun:test";

import { headBytes, typeOf } from "../../src/features/media/signatures.ts";
import { contradicts, shownType, withKind } from "../../src/features/media/types.ts";
import { expected, fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { pair } from "../support/pair.ts";
import { Chance } from "../support/random.ts";
import { expectRefused } from "../support/refusal.ts";

async function headOf(file: string): Promise<Uint8Array> {
  return new Uint8Array(await Bun.file(fixture(file)).slice(0, headBytes).arrayBuffer());
}

test.each(expected.map((one) => [one.file, one] as const))("what %s is, its content says", async (_, one) => {
  const found = typeOf(await headOf(one.file));
  if (one.refused) return expect(found).toBeUndefined();
  expect(found && shownType(one.mime, found)).toBe(one.mime);
  expect(contradicts(one.mime, found!)).toBe(false);
  // What a system says that does not know it.
  expect(contradicts("application/octet-stream", found!)).toBe(false);
  expect(contradicts("", found!)).toBe(false);
});

test("a name or a declared type changes nothing about what a file is", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  const send = (bytes: Uint8Array<ArrayBuffer> | string, name: string, type: string) =>
    alice.upload([bytesOf(bytes, name, type)]);
  const jpeg = new Uint8Array(await headOf("plain.jpg"));
  const program = new Uint8Array(await headOf("program.exe"));
  const known = await send(jpeg, "holiday.exe", "");
  expect(known.body.media[0]).toMatchObject({ mime_type: "image/jpeg", media_type: "image" });
  expectRefused(await send(program, "holiday.jpg", "image/jpeg"), 415, "type_not_allowed");
  expectRefused(await send(jpeg, "holiday.png", "image/png"), 422, "type_mismatch");
  expectRefused(await send(jpeg, "paper.pdf", "application/pdf"), 422, "type_mismatch");
  expectRefused(await send("<html>", "holiday.jpg", "image/jpeg"), 422, "type_mismatch");
  expectRefused(await send("hello", "film.mp4", "video/mp4"), 422, "type_mismatch");
  expectRefused(await send("hello", "x", "video/x-unheard-of"), 422, "type_mismatch");
});

test("what systems say of files without meaning it is no contradiction", async () => {
  const says = async (file: string, declared: string) => {
    const found = typeOf(await headOf(file))!;
    return [contradicts(declared, found), shownType(declared, found)];
  };
  // A table on a machine with Excel, a program called film.ts, photos from old browsers, a zip by its longer name.
  expect(await says("table.csv", "application/vnd.ms-excel")).toEqual([false, "text/plain"]);
  expect(await says("note.txt", "video/mp2t")).toEqual([false, "text/plain"]);
  expect(await says("plain.jpg", "image/jpg")).toEqual([false, "image/jpeg"]);
  expect(await says("pack.zip", "application/x-zip-compressed")).toEqual([false, "application/zip"]);
  expect(await says("letter.docx", "application/zip")).toEqual([
    false,
    expect.stringContaining("wordprocessingml"),
  ]);
  expect(await says("note.txt", "application/x-unheard-of")).toEqual([false, "text/plain"]);
  // What a part of a form is that names no type.
  expect(await says("plain.jpg", "text/plain")).toEqual([false, "image/jpeg"]);
});

test("a container that holds sound alone is a sound", () => {
  expect(withKind("video/mp4", "audio")).toBe("audio/mp4");
  expect(withKind("video/quicktime", "audio")).toBe("audio/mp4");
  expect(withKind("audio/webm", "video")).toBe("video/webm");
  expect(withKind("audio/ogg", "audio")).toBe("audio/ogg");
  expect(withKind("image/png", "image")).toBe("image/png");
  expect(withKind("application/pdf", "document")).toBe("application/pdf");
});

test("no beginning of a file makes it slow or fail", async () => {
  const chance = new Chance(7);
  const heads = await Promise.all(expected.map((one) => headOf(one.file)));
  const started = performance.now();
  for (let i = 0; i < 5000; i++) {
    const head = heads[i % heads.length]!.slice(0, chance.below(headBytes + 1));
    for (let n = chance.below(4); n > 0 && head.length > 0; n--)
      head[chance.below(head.length)] = chance.below(256);
    typeOf(head);
  }
  // A fifth of a millisecond each would be slow; it takes a hundredth.
  expect(performance.now() - started).toBeLessThan(5000);
});
