/**
 * The thread that hashes and writes uploads, so that the event loop does neither. The flush of one upload holds up the
 * writes of others, but no message.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

import { syncDirectory } from "../sync-directory.ts";
import { answerQuestions, Transferred } from "../worker.ts";
import type { Chunk } from "./chunk-buffer.ts";

export type WriterQuestion =
  /** Answers the number of the upload. `reserve`: bytes of the disk that uploads leave free. */
  | { open: string; reserve: number }
  /** Answers the buffer, for the next chunk. */
  | { write: number; chunk: Chunk }
  /** Answers its size and hash. */
  | { finish: number }
  | { discard: number }
  /** Flushes a file and gives it its name. Answers its size; undefined where there is no file. */
  | { keep: string; as: string }
  /** Errors: ENOSPC when the disk has fewer bytes free. */
  | { space: string; bytes: number }
  /** Makes what has been removed from these directories stay removed. */
  | { sync: string[] };

interface Upload {
  file: string;
  descriptor: number;
  hash: Bun.CryptoHasher;
  size: number;
  unflushed: number;
  reserve: number;
}

/** Flushed in parts of so many bytes, because one flush at the end of a large file would take seconds. */
const flushEvery = 8 * 1024 * 1024;

const uploads = new Map<number, Upload>();
let last = 0;

answerQuestions((question: WriterQuestion) => {
  if ("open" in question) return open(question.open, question.reserve);
  if ("write" in question) {
    const { bytes, length } = question.chunk;
    write(uploadOf(question.write), bytes.subarray(0, length));
    return new Transferred(bytes, [bytes.buffer]);
  }
  if ("finish" in question) return finish(question.finish);
  if ("discard" in question) return discard(question.discard);
  if ("space" in question) return requireSpace(question.space, question.bytes);
  if ("sync" in question) return question.sync.forEach(syncDirectory);
  return keep(question.keep, question.as);
});

function open(file: string, reserve: number): number {
  requireSpace(dirname(file), reserve);
  const descriptor = openSync(file, "wx", 0o600);
  const hash = new Bun.CryptoHasher("sha256");
  uploads.set(++last, { file, descriptor, hash, size: 0, unflushed: 0, reserve });
  return last;
}

/** An upload that is open. */
function uploadOf(id: number): Upload {
  const upload = uploads.get(id);
  if (!upload) throw new Error(`upload ${id} is not open`);
  return upload;
}

function write(upload: Upload, bytes: Uint8Array): void {
  upload.hash.update(bytes);
  for (let at = 0; at < bytes.length;) at += writeSync(upload.descriptor, bytes, at);
  upload.size += bytes.length;
  upload.unflushed += bytes.length;
  if (upload.unflushed < flushEvery) return;
  fdatasyncSync(upload.descriptor);
  upload.unflushed = 0;
  requireSpace(dirname(upload.file), upload.reserve);
}

function finish(id: number): { size: number; sha256: string } {
  const { descriptor, hash, size } = uploadOf(id);
  fsyncSync(descriptor);
  closeSync(descriptor);
  uploads.delete(id);
  return { size, sha256: hash.digest("hex") };
}

function discard(id: number): void {
  const upload = uploads.get(id);
  if (!upload) return;
  uploads.delete(id);
  closeSync(upload.descriptor);
  rmSync(upload.file, { force: true });
}

function keep(file: string, as: string): number | undefined {
  // Who makes files may be anybody: opening something else could wait for ever.
  if (!lstatSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const descriptor = openSync(file, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(file, as);
  syncDirectory(dirname(as));
  return statSync(as).size;
}

/** Errors: ENOSPC. */
function requireSpace(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < bytes) throw Object.assign(new Error("the disk is nearly full"), { code: "ENOSPC" });
}
