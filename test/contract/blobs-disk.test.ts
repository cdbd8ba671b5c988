import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, statfsSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { openDisk } from "../../src/platform/blobs/disk.ts";
import { newKey } from "../../src/platform/blobs/blobs.ts";
import { blobsContract, bytesFrom, keep, type OpenBlobs, read, send, Shelves } from "./blobs.ts";
import { refusal } from "./storage.ts";

const disk: OpenBlobs = (directory, reserve = 0) =>
  openDisk({
    directory,
    reserve,
    onFatal(error) {
      throw error;
    },
  });

blobsContract("the disk", disk);

// What only a disk has

/** Every file below, without the directories. */
function filesOf({ directory }: Shelves): string[] {
  const all = readdirSync(directory, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

test("what cannot be removed is named, and the rest goes", async () => {
  await using shelves = new Shelves(disk);
  const gone = await keep(shelves.blobs, bytesFrom(1, 10));
  const stuck = newKey("media");
  // A directory stands in a file's place.
  mkdirSync(join(shelves.directory, stuck));
  expect(await shelves.blobs.remove([stuck, gone])).toEqual([stuck]);
  expect(filesOf(shelves)).toEqual([]);
});

test("something that is no file is not adopted", async () => {
  await using shelves = new Shelves(disk);
  const { blobs } = shelves;
  const elsewhere = join(shelves.directory, "elsewhere");
  await Bun.write(elsewhere, "secret");
  const link = blobs.scratch();
  symlinkSync(elsewhere, link);
  const key = newKey("media");
  expect(await blobs.adopt(link, key)).toBeUndefined();
  expect(await blobs.open(key)).toBeUndefined();
});

test("a blob is one file, named by its key, that nobody else of the machine may read", async () => {
  await using shelves = new Shelves(disk);
  const key = await keep(shelves.blobs, bytesFrom(1, 10));
  expect(filesOf(shelves)).toEqual([join(shelves.directory, key)]);
  expect(statSync(join(shelves.directory, key)).mode & 0o777).toBe(0o600);
  for (const one of ["media", "thumbnails"]) {
    expect(statSync(join(shelves.directory, one)).mode & 0o777).toBe(0o700);
  }
});

test("what was discarded, dropped, removed or under way at the stop leaves no file", async () => {
  await using shelves = new Shelves(disk);
  const { blobs } = shelves;
  const bytes = bytesFrom(1, 5000);
  const halfway = await send(blobs, bytes);
  const finished = await send(blobs, bytes);
  await finished.finish();
  const made = blobs.scratch();
  await Bun.write(made, bytes);
  const key = await keep(blobs, bytes);
  expect(filesOf(shelves)).toHaveLength(4);
  await Promise.all([halfway.discard(), finished.discard(), blobs.drop(made), blobs.remove([key])]);
  expect(filesOf(shelves)).toEqual([]);
  await send(blobs, bytes);
  await (await send(blobs, bytes)).finish();
  await Bun.write(blobs.scratch(), bytes);
  expect(filesOf(shelves)).toHaveLength(3);
  await shelves.reopen();
  expect(filesOf(shelves)).toEqual([]);
});

test("an upload stops as soon as it would take the disk's last bytes, and the others go on", async () => {
  await using shelves = new Shelves((directory) => {
    const { bavail, bsize } = statfsSync(directory);
    return disk(directory, bavail * bsize - 16 * 1024 * 1024);
  });
  const { blobs } = shelves;
  const incoming = await blobs.receive();
  const piece = () => new Uint8Array(4 * 1024 * 1024);
  const full = await refusal(async () => {
    // It takes 24 MB, and more where others make room on the same disk meanwhile.
    for (let i = 0; i < 250; i++) await incoming.write(piece());
  });
  expect(full).toMatchObject({ code: "storage_full" });
  await incoming.discard();
  expect(filesOf(shelves)).toEqual([]);
  const key = await keep(blobs, bytesFrom(1, 10));
  expect(await read(blobs, key)).toEqual(bytesFrom(1, 10));
});
