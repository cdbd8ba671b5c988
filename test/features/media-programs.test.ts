/** Programs, and what installs them, are refused unless the operator allows them. */
import { afterAll, expect, test } from "bun:test";

import { Contents } from "../../src/features/files/uploads/contents.ts";
import { isProgram } from "../../src/features/files/uploads/programs.ts";
import { headBytes } from "../../src/features/files/uploads/signatures.ts";
import { expected, fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");

type Bytes = Uint8Array<ArrayBuffer>;
const of = (text: string): Bytes => new Uint8Array(Buffer.from(text, "latin1"));
const filled = (bytes: number, value = 7): Bytes => new Uint8Array(bytes).fill(value);
const joined = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

/** A zip archive of stored empty files (APPNOTE 4.3), with so many bytes between them and their list. */
function zip(names: string[], between = 0): Bytes {
  const part = (signature: string, size: number, name: string, nameAt: number) => {
    const header = Buffer.alloc(size);
    header.write(signature, "latin1");
    header.writeUInt16LE(name.length, nameAt);
    return Buffer.concat([header, Buffer.from(name)]);
  };
  const files = Buffer.concat(names.map((name) => part("PK\x03\x04", 30, name, 26)));
  const list = Buffer.concat(names.map((name) => part("PK\x01\x02", 46, name, 28)));
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(files.length + between, 16);
  return joined(files, Buffer.alloc(between), list, end);
}

/** 400 are more than the beginning of an archive has, 3,000 more than anybody looks through. */
function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `res/drawable/picture${i}.png`);
}

/** A compound file whose first directory entry is in this sector and has this class ([MS-CFB] 2.2, 2.6.1). */
function compound(sector: number, classId: string): Bytes {
  const bytes = Buffer.alloc((sector + 2) * 512);
  bytes.write("d0cf11e0a1b11ae1", "hex");
  bytes.writeUInt16LE(9, 30);
  bytes.writeUInt32LE(sector, 48);
  bytes.write(classId, (sector + 1) * 512 + 80, "hex");
  return new Uint8Array(bytes);
}

const msi = "84100c0000000000c000000000000046";
const msp = "86100c0000000000c000000000000046";
const wordDocument = "0609020000000000c000000000000046";
const koly = joined(of("koly\0\0\0\x04\0\0\x02\0"), filled(500, 0));

const programs: [what: string, bytes: Bytes][] = [
  ["a program for Linux", of("\x7fELF\x02\x01\x01\0")],
  ["a program for Windows", of("MZ\x90\0\x03\0\0\0PE\0\0")],
  ["a program for macOS", of("\xcf\xfa\xed\xfe\x07\0\0\x01")],
  ["a program for an old Mac", of("\xfe\xed\xfa\xce\0\0\0\x12")],
  ["a program for several processors", of("\xca\xfe\xba\xbe\0\0\0\x02")],
  ["a class of Java", of("\xca\xfe\xba\xbe\0\0\0\x34")],
  ["a shell script", of("#!/bin/sh\necho hello\n")],
  ["a script with a space", of("#! /usr/bin/env python3\n")],
  ["a script with the mark of UTF-8", of("\xef\xbb\xbf#!/usr/bin/env node\n")],
  ["a script without a path", of("#!perl -w\n")],
  ["a package of Debian", of("!<arch>\ndebian-binary   ")],
  ["a package of Red Hat", of("\xed\xab\xee\xdb\x03\0")],
  ["a package of macOS", of("xar!\0\x1c\0\x01")],
  ["an extension of Chrome", of("Cr24\x03\0\0\0")],
  ["a shortcut of Windows", of("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F")],
  ["an installer of Windows", compound(1, msi)],
  ["an installer whose directory is far behind", compound(5000, msi)],
  ["a patch for Windows", compound(1, msp)],
  ["an app of Android", zip(["AndroidManifest.xml", "classes.dex"])],
  [
    "an app of Android whose list is long",
    zip([...many(400), "AndroidManifest.xml", ...many(3000)], 100_000),
  ],
  ["an app of Android with its manifest at the end", zip([...many(3000), "AndroidManifest.xml"])],
  ["an app that says it is a book", zip(["mimetypeapplication/epub+zip", "AndroidManifest.xml"])],
  ["an archive of Java", zip(["META-INF/", "META-INF/MANIFEST.MF", "Main.class"])],
  ["an app of Windows", zip(["Registration.txt", "AppxManifest.xml"])],
  ["a disk image of macOS", joined(filled(100_000), koly)],
  ["a small disk image that begins like an archive", joined(of("BZh91AY&SY"), filled(20), koly)],
];

const others: [what: string, bytes: Bytes][] = [
  ["a text that begins with MZ", of("MZ was a motorcycle.\n")],
  ["a text that begins with #", of("# A heading\n\n#! no")],
  ["a voice note of an old phone", of("#!AMR\n\x3c\x91\x17")],
  ["a wide one", of("#!AMR-WB\n\x24")],
  ["a source in Rust", of("#![allow(dead_code)]\nfn main() {}\n")],
  ["a batch file, which is text", of("@echo off\r\nstart calc\r\n")],
  ["a page with a script", of("<!doctype html><script>alert(1)</script>")],
  ["a static library", of("!<arch>\nadd.o/          ")],
  ["a letter of old Word", compound(1, wordDocument)],
  ["a compound file that is cut off", compound(1, msi).slice(0, 100)],
  ["the sources of an app", zip(["app/src/main/AndroidManifest.xml", "notes about META-INF/MANIFEST.MF"])],
  [
    "an archive with a text about a manifest",
    zip(["AndroidManifest.xml.txt", "a/\x13bcdAndroidManifest.xml"]),
  ],
  ["an archive with an app in it", zip(["app.apk"])],
  ["an archive with a list that is nowhere", zip(["a"]).slice(0, -10)],
  ["a text about disk images", of(`koly${"x".repeat(508)}`)],
  ["nothing", of("")],
];

test.each(programs)("%s is refused", async (_, bytes) => {
  expectRefused(await alice.upload([bytesOf(bytes, "holiday.jpg", "")]), 415, "type_not_allowed");
});

test.each(others)("%s is taken", async (_, bytes) => {
  const { status, body } = await alice.upload([bytesOf(bytes, "thing")]);
  expect([status, body.media?.[0].state]).toEqual([201, expect.stringMatching(/^(ready|pending)$/)]);
});

test("what says that it is a picture is refused as the program that it is", async () => {
  const elf = bytesOf(of("\x7fELF\x02\x01\x01\0"), "holiday.jpg", "image/jpeg");
  expectRefused(await alice.upload([elf]), 415, "type_not_allowed");
});

test("so is a disk image that begins like a film that leads nowhere", async () => {
  const film = of(`\0\0\0\x18ftypisom${"\0".repeat(12)}${"\0\0\0\x08free".repeat(3000)}`);
  const image = bytesOf(joined(film, koly), "film.mp4", "video/mp4");
  expectRefused(await alice.upload([image]), 415, "type_not_allowed");
});

test("PROGRAMS=allow takes them as documents that are only saved", async () => {
  await using lenient = await TestServer.start({ config: { programs: "allow" } });
  const ann = await lenient.register("ann");
  for (const [what, bytes] of programs) {
    const { status, body } = await ann.upload([bytesOf(bytes, "thing")]);
    expect([what, status, body.media?.[0].media_type]).toEqual([what, 201, "document"]);
    const got = await ann.download(body.media[0].url);
    expect([what, got.bytes.length]).toEqual([what, bytes.length]);
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
  }
});

test("with both settings it is as strict, or as lenient, as both say", async () => {
  await using old = await TestServer.start({ config: { programs: "allow", fileTypes: "known" } });
  const ann = await old.register("ann");
  const send = (bytes: Bytes) => ann.upload([bytesOf(bytes, "thing")]);
  // A script is text and an app is an archive, both of which are known; no program is.
  expect((await send(of("#!/bin/sh\n"))).status).toBe(201);
  expect((await send(zip(["AndroidManifest.xml"]))).status).toBe(201);
  expectRefused(await send(of("\x7fELF\x02\x01\x01\0")), 415, "type_not_allowed");
});

test("what is encrypted is nobody's business, whatever it looks like", async () => {
  const elf = bytesOf(of("\x7fELF\x02\x01\x01\0"), "sealed");
  expect((await alice.upload([elf], undefined, { encrypted: "true" })).status).toBe(201);
});

test.each(expected.map((one) => [one.file, one] as const))("whether %s is a program", async (file, one) => {
  const bytes = await Bun.file(fixture(file)).bytes();
  const head = bytes.slice(0, headBytes);
  const contents = new Contents(head, bytes.length, async (from, to) => bytes.slice(from, to));
  expect(await isProgram(contents)).toBe(one.isProgram ?? false);
});
