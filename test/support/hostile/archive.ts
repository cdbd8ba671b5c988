import { deflatedZeros } from "./deflated.ts";

/** A ZIP of 1 MB that unpacks to 1 GB of zeros. */
export function zipBomb(): Uint8Array {
  const [megabyte, megabytes] = [Buffer.alloc(1 << 20), 1 << 10];
  let sum = 0;
  for (let done = 0; done < megabytes; done++) sum = Bun.hash.crc32(megabyte, sum);
  const size = megabyte.length * megabytes;
  return zip("zeros.txt", deflatedZeros(size, "raw"), { method: 8, size, sum });
}

/** That ZIP within 20 others, each of which holds the one before. */
export function nestedZipBomb(): Uint8Array {
  let inner = zipBomb();
  for (let level = 0; level < 20; level++) {
    inner = zip("inner.zip", inner, { method: 0, size: inner.length, sum: Bun.hash.crc32(inner) });
  }
  return inner;
}

interface Entry {
  /** 0: stored, 8: deflated. */
  method: 0 | 8;
  size: number;
  sum: number;
}

/** A ZIP of one file (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16). */
function zip(name: string, packed: Uint8Array, entry: Entry): Uint8Array {
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20);
  shared.writeUInt16LE(entry.method, 4);
  shared.writeUInt32LE(entry.sum, 10);
  shared.writeUInt32LE(packed.length, 14);
  shared.writeUInt32LE(entry.size, 18);
  shared.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, Buffer.from(name)]);
  const listed = [Buffer.from("PK\x01\x02\x14\0"), shared, Buffer.alloc(14), Buffer.from(name)];
  const directory = Buffer.concat(listed);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, directory, end]);
}
