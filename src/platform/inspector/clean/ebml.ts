import type { Source } from "../source.ts";
import { overwrite, type Patches, zero } from "./patches.ts";

/** An element of EBML (RFC 8794, section 3). */
export interface Element {
  id: number;
  start: number;
  body: number;
  /** Infinity where the size is not known. May lie beyond the parent, in a file that is cut off. */
  end: number;
}

export const voidId = 0xec;
const crcId = 0xbf;

/** Nothing where `to` comes within its head. Errors: no element begins there. */
export function readElement(source: Source, at: number, to: number): Element | undefined {
  const idBytes = lengthOf(source, at, to, 4);
  const sizeBytes = idBytes && lengthOf(source, at + idBytes, to, 8);
  if (!sizeBytes) return undefined;
  const body = at + idBytes + sizeBytes;
  return {
    id: source.number(at, idBytes),
    start: at,
    body,
    end: body + readSize(source, body - sizeBytes, sizeBytes),
  };
}

/** Of a number that says it by its leading zeros; 0 when it does not end before `to`. */
function lengthOf(source: Source, at: number, to: number, most: number): number {
  if (at >= to) return 0;
  const bytes = Math.clz32(source.number(at, 1)) - 23;
  if (bytes > most) throw new Error("no EBML element");
  return at + bytes <= to ? bytes : 0;
}

/** Without the bit that ends the zeros; all ones say that the size is not known. */
function readSize(source: Source, at: number, bytes: number): number {
  const ones = 0xff >> bytes;
  const first = source.number(at, 1) & ones;
  let size = first;
  let unknown = first === ones;
  for (let i = 1; i < bytes; i++) {
    const byte = source.number(at + i, 1);
    size = size * 256 + byte;
    unknown &&= byte === 0xff;
  }
  return unknown ? Infinity : size;
}

/** The elements of one. Errors: one reaches beyond its parent. */
export function* childrenOf(source: Source, { body, end }: Element): Generator<Element> {
  for (let at = body; at < end;) {
    const child = readElement(source, at, end);
    if (!child || child.end > end) throw new Error("an element of impossible size");
    yield child;
    at = child.end;
  }
}

/** Empties the children of that kind, and with them the checksum of all, which would be wrong. Errors: as above. */
export function voidChildren(
  source: Source,
  patches: Patches,
  parent: Element,
  isUnwanted: (child: Element) => boolean,
): void {
  let found = false;
  for (const child of childrenOf(source, parent)) {
    if (!isUnwanted(child)) continue;
    voidElement(source, patches, child);
    found = true;
  }
  if (!found) return;
  for (const child of childrenOf(source, parent)) {
    if (child.id === crcId) voidElement(source, patches, child);
  }
}

/** Leaves an element of the same size that says nothing, so that nothing moves. */
export function voidElement(source: Source, patches: Patches, { start, end }: Element): void {
  const total = end - start;
  const head = Buffer.alloc(total < 9 ? 2 : 9);
  head[0] = voidId;
  if (total < 9) head[1] = 0x80 + total - 2;
  else {
    head[1] = 1;
    head.writeUIntBE(total - 9, 3, 6);
  }
  overwrite(patches, start, head);
  zero(source, patches, start + head.length, total - head.length);
}
