import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Blobs, type Incoming, newKey } from "../../src/platform/blobs/blobs.ts";
import { Chance } from "../support/random.ts";
import { refusal } from "./storage.ts";

/** Opens blobs on a directory; opening the same one again finds the same ones. */
export type OpenBlobs = (directory: string, reserve?: number) => Blobs;

/** Blobs at a place of their own, removed at the end. */
export class Shelves {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-blobs-"));
  blobs: Blobs;

  constructor(private readonly openAt: OpenBlobs) {
    this.blobs = openAt(this.directory);
  }

  async reopen(): Promise<Blobs> {
    await this.blobs.close();
    this.blobs = this.openAt(this.directory);
    return this.blobs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.blobs.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The same bytes for the same seed, and never the same for two. */
export function bytesFrom(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const chance = new Chance(seed);
  return Uint8Array.from({ length }, () => chance.below(256));
}

export async function send(blobs: Blobs, bytes: Uint8Array, pieces = 1): Promise<Incoming> {
  const incoming = await blobs.receive();
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += size) {
    await incoming.write(new Uint8Array(bytes.subarray(at, at + size)));
  }
  return incoming;
}

export async function keep(blobs: Blobs, bytes: Uint8Array): Promise<string> {
  const key = newKey("media");
  const incoming = await send(blobs, bytes);
  await incoming.finish();
  await incoming.keep(key);
  return key;
}

export async function read(blobs: Blobs, key: string): Promise<Uint8Array | undefined> {
  return (await blobs.open(key))?.bytes();
}

function hash(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** What every implementation of the port `Blobs` promises. */
export function blobsContract(name: string, openAt: OpenBlobs): void {
  describe(`${name} as blobs`, () => {
    test("what comes in pieces comes out whole, with its size and hash", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      for (const length of [0, 1, 4096, 100_001]) {
        const bytes = bytesFrom(length, length);
        const incoming = await send(blobs, bytes, 7);
        expect(await incoming.finish()).toEqual({ size: length, sha256: hash(bytes) });
        expect(await incoming.read(0, 2)).toEqual(bytes.slice(0, 2));
        expect(await incoming.read(length - 1, length + 5)).toEqual(bytes.slice(length - 1));
        const key = newKey("media");
        await incoming.keep(key);
        const blob = (await blobs.open(key))!;
        expect([blob.size, await blob.bytes()]).toEqual([length, bytes]);
        expect(await blob.slice(1, 3).bytes()).toEqual(bytes.slice(1, 3));
        expect(await Bun.file(await blobs.path(key)).bytes()).toEqual(bytes);
      }
    });

    test("there is no blob before it is kept", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const key = newKey("media");
      const incoming = await send(blobs, bytesFrom(1, 5000));
      expect(await blobs.open(key)).toBeUndefined();
      await incoming.finish();
      expect(await blobs.open(key)).toBeUndefined();
      await incoming.keep(key);
      expect((await blobs.open(key))?.size).toBe(5000);
    });

    test("what is kept is there after the next start, and can be removed then", async () => {
      await using shelves = new Shelves(openAt);
      const bytes = bytesFrom(1, 5000);
      const [key, other] = [await keep(shelves.blobs, bytes), await keep(shelves.blobs, bytes)];
      const blobs = await shelves.reopen();
      expect(await read(blobs, key)).toEqual(bytes);
      await blobs.remove([key]);
      expect(await blobs.open(key)).toBeUndefined();
      expect(await read(await shelves.reopen(), key)).toBeUndefined();
      expect(await read(shelves.blobs, other)).toEqual(bytes);
    });

    test("nothing is there under a key that nothing was kept under, and removing it is fine", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const key = newKey("thumbnails");
      expect(await blobs.open(key)).toBeUndefined();
      await blobs.remove([key]);
      const kept = await keep(blobs, bytesFrom(1, 10));
      await Promise.all([blobs.remove([kept]), blobs.remove([kept])]);
      await blobs.remove([kept]);
      expect(await blobs.open(kept)).toBeUndefined();
    });

    test("discarding takes an upload away at any point, and leaves what has been kept", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const bytes = bytesFrom(1, 5000);
      await (await blobs.receive()).discard();
      const halfway = await send(blobs, bytes);
      await halfway.discard();
      await halfway.discard();
      const finished = await send(blobs, bytes);
      await finished.finish();
      await finished.discard();
      const key = newKey("media");
      await refusal(() => finished.keep(key));
      expect(await blobs.open(key)).toBeUndefined();
      const kept = await send(blobs, bytes);
      await kept.finish();
      await kept.keep(key);
      await kept.discard();
      expect(await read(blobs, key)).toEqual(bytes);
    });

    test("several large uploads at once do not get into each other's way", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const one = async (seed: number) => {
        const bytes = Buffer.alloc(10_000_000 + seed, bytesFrom(seed, 1000));
        const incoming = await send(blobs, bytes, 150);
        expect(await incoming.finish()).toEqual({ size: bytes.length, sha256: hash(bytes) });
        const key = newKey("media");
        await incoming.keep(key);
        expect(hash((await read(blobs, key))!)).toBe(hash(bytes));
      };
      await Promise.all([1, 2, 3, 4].map(one));
    });

    test("an upload that fails does not harm the others", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const [good, bad] = [await send(blobs, bytesFrom(1, 5000)), await send(blobs, bytesFrom(2, 5000))];
      await bad.discard();
      await refusal(() => bad.finish());
      await good.write(bytesFrom(3, 10));
      expect((await good.finish()).size).toBe(5010);
    });

    test("bytes that have been written may be used for something else", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const incoming = await blobs.receive();
      const sent = bytesFrom(1, 300_000);
      const bytes = new Uint8Array(1000);
      for (let at = 0; at < sent.length; at += bytes.length) {
        bytes.set(sent.subarray(at, at + bytes.length));
        await incoming.write(bytes);
        bytes.fill(0);
      }
      expect(await incoming.finish()).toEqual({ size: sent.length, sha256: hash(sent) });
      const key = newKey("media");
      await incoming.keep(key);
      expect(await read(blobs, key)).toEqual(sent);
    });

    test("something made here becomes a blob when it is adopted", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const file = blobs.scratch();
      expect(await Bun.file(file).exists()).toBe(false);
      expect(blobs.scratch()).not.toBe(file);
      await Bun.write(file, bytesFrom(1, 5000));
      const key = newKey("thumbnails");
      expect(await blobs.adopt(file, key)).toBe(5000);
      expect(await Bun.file(file).exists()).toBe(false);
      await blobs.drop(file);
      expect(await read(await shelves.reopen(), key)).toEqual(bytesFrom(1, 5000));
      expect(await shelves.blobs.adopt(file, newKey("thumbnails"))).toBeUndefined();
    });

    test("something made here can be dropped, and what was never made, too", async () => {
      await using shelves = new Shelves(openAt);
      const { blobs } = shelves;
      const file = blobs.scratch();
      await blobs.drop(file);
      await Bun.write(file, "x");
      await blobs.drop(file);
      expect(await Bun.file(file).exists()).toBe(false);
    });

    test("what was not kept when the server stopped cannot be kept after the next start", async () => {
      await using shelves = new Shelves(openAt);
      const file = shelves.blobs.scratch();
      await Bun.write(file, "x");
      await (await send(shelves.blobs, bytesFrom(1, 5000))).finish();
      await send(shelves.blobs, bytesFrom(1, 5000));
      await shelves.reopen();
      expect(await Bun.file(file).exists()).toBe(false);
    });

    test("there is room for a little, and none for what no disk has", async () => {
      await using shelves = new Shelves(openAt);
      await shelves.blobs.requireRoom(1000);
      const tooMuch = await refusal(() => shelves.blobs.requireRoom(Number.MAX_SAFE_INTEGER));
      expect(tooMuch).toMatchObject({ code: "storage_full" });
    });

    test("nothing is taken where too little of the disk would stay free", async () => {
      const shelves = new Shelves((directory) => openAt(directory, Number.MAX_SAFE_INTEGER));
      await using _ = shelves;
      expect(await refusal(() => shelves.blobs.receive())).toMatchObject({ code: "storage_full" });
      expect(await refusal(() => shelves.blobs.requireRoom(1))).toMatchObject({ code: "storage_full" });
      // What is made here is a little, and of what has been taken already.
      const file = shelves.blobs.scratch();
      await Bun.write(file, "x");
      const key = newKey("thumbnails");
      expect(await shelves.blobs.adopt(file, key)).toBe(1);
      await shelves.blobs.remove([key]);
    });

    test("no two keys are alike, and a key says where its blob belongs", () => {
      const keys = Array.from({ length: 1000 }, () => newKey("media"));
      expect(new Set(keys).size).toBe(1000);
      for (const key of keys) expect(key).toMatch(/^media\/[0-9a-f]{32}$/);
      expect(newKey("thumbnails")).toStartWith("thumbnails/");
    });
  });
}
