/** What a disk may hold after the power failed, worked out from what was written and flushed before. */
import type { Chance } from "../support/random.ts";
import type { FileCall } from "./trace.ts";

/** Which of the blocks that were not flushed have reached the disk. */
export interface Luck {
  name: string;
  /** What the disk writes as a whole. */
  blockBytes: number;
  /** Of `count` writes to one block, how many reached it, in their order. */
  reached(count: number, chance: Chance): number;
}

const someBlocks = (count: number, chance: Chance) => chance.below(count + 1);

export const lucks: Luck[] = [
  { name: "nothing more", blockBytes: 4096, reached: () => 0 },
  { name: "some pages", blockBytes: 4096, reached: someBlocks },
  { name: "some sectors", blockBytes: 512, reached: someBlocks },
  {
    name: "all but a few sectors",
    blockBytes: 512,
    reached: (count, chance) => (chance.below(20) === 0 ? chance.below(count) : count),
  },
  { name: "everything", blockBytes: 4096, reached: (count) => count },
];

/**
 * One file as it may be found when the power fails at the place `cut` of the trace. What ended before the last
 * finished flush began is there; of what came later each block is in any of the states it went through.
 */
export function afterPowerCut(calls: FileCall[], cut: number, luck: Luck, chance: Chance): Buffer {
  const flushes = calls.filter((one) => one.kind === "flush" && one.end < cut);
  const flushed = Math.max(-1, ...flushes.map((one) => one.start));
  const changes = calls.filter((one) => one.kind !== "flush" && one.start < cut);
  const safe = changes.filter((one) => one.end < flushed);
  const open = changes.filter((one) => !(one.end < flushed));

  let image = new Image();
  for (const change of safe) image.apply(change);
  const truncation = open.findIndex((one) => one.kind === "truncate");
  // A shorter length is one change of the file system's own journal: there, with all before it, or not.
  if (truncation >= 0 && chance.below(2) === 0) {
    image = new Image();
    for (const change of [...safe, ...open.splice(0, truncation + 1)]) image.apply(change);
  }
  image.applySome(
    open.filter((one) => one.kind === "write"),
    luck,
    chance,
  );
  return image.bytes;
}

class Image {
  #bytes = Buffer.alloc(1 << 16);
  #length = 0;

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  apply(change: FileCall): void {
    if (change.kind === "truncate") this.#resize(change.length);
    else this.#put(change.data, change.offset);
  }

  /** Each block by itself takes the first few of its writes. */
  applySome(writes: FileCall[], luck: Luck, chance: Chance): void {
    const blocks = new Map<number, { data: Buffer; offset: number }[]>();
    for (const { data, offset } of writes) {
      for (let from = 0; from < data.length;) {
        const block = Math.floor((offset + from) / luck.blockBytes);
        const to = Math.min(data.length, (block + 1) * luck.blockBytes - offset);
        const parts = blocks.get(block) ?? [];
        parts.push({ data: data.subarray(from, to), offset: offset + from });
        blocks.set(block, parts);
        from = to;
      }
    }
    for (const parts of blocks.values()) {
      for (const part of parts.slice(0, luck.reached(parts.length, chance)))
        this.#put(part.data, part.offset);
    }
  }

  /** What lies between the old end and a write beyond it reads as zeros. */
  #put(data: Buffer, offset: number): void {
    this.#resize(Math.max(this.#length, offset + data.length));
    data.copy(this.#bytes, offset);
  }

  #resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(length * 2);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    if (length < this.#length) this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }
}
