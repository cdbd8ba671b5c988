/** The built executable takes in and hands out files that are larger than what it may have in memory. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";

import { Home } from "./support/executable.ts";
import { download, pieces, upload } from "./support/transfer.ts";

const megabyte = 1024 * 1024;
const sizes = [10, Number(process.env["TRANSFER_MB"] ?? 100)].map((one) => one * megabyte);
const settings = { MAX_VIDEO_BYTES: String(2048 * megabyte) };
const lastBytes = 1_000_003;
/**
 * MB. Bytes that have been written or sent are garbage until they are collected, and the more a busy machine lets pile
 * up of them, the later that is: 10 to 40 MB were seen, for a gigabyte as for a hundred megabytes. Whoever kept those
 * hundred would need 90 more than for ten, at least.
 */
const garbage = 60;
const mostOfAll = 100;

interface Peaks {
  upload: number;
  download: number;
}

/**
 * MB that the process has at most in memory at a time while `run` goes on. Linux forgets the peak so far when a 5 is
 * written (proc_pid_clear_refs(5)).
 */
async function peakDuring(pid: number, run: () => Promise<void>): Promise<number> {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  await run();
  return memory(pid, "VmHWM");
}

function memory(pid: number, what: "VmHWM" | "VmRSS"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(status)![1]) / 1024;
}

/** The hash of the last bytes of a made-up file. */
function endOf(size: number, seed: number): string {
  const hash = new Bun.CryptoHasher("sha256");
  let left = size;
  for (const piece of pieces(size, seed)) {
    hash.update(piece.subarray(Math.max(0, left - lastBytes)));
    left -= piece.length;
  }
  return hash.digest("hex");
}

test("a large file comes and goes as it is, and needs no more memory than a small one", async () => {
  await using home = new Home();
  const server = await home.start({ settings });
  const alice = await server.register("alice");
  const { accessToken: token } = alice;
  const port = Number(new URL(server.url).port);
  const idle = memory(server.pid, "VmRSS");

  const peaks: Peaks[] = [];
  for (const [seed, size] of sizes.entries()) {
    let path = "";
    let sent = "";
    const up = await peakDuring(server.pid, async () => {
      const { status, body, sha256 } = await upload({ port, token, size, seed });
      expect(status).toBe(201);
      expect(body.media).toMatchObject([{ file_size: size, encrypted: true, state: "ready" }]);
      path = body.media[0].url;
      sent = sha256;
    });
    const down = await peakDuring(server.pid, async () => {
      expect(await download({ port, token, path })).toMatchObject({ status: 200, size, sha256: sent });
    });
    const range = `bytes=-${lastBytes}`;
    const end = { status: 206, size: lastBytes, sha256: endOf(size, seed) };
    expect(await download({ port, token, path, range })).toMatchObject(end);
    peaks.push({ upload: up, download: down });
  }
  const [small, large] = peaks as [Peaks, Peaks];
  expect(large.upload - small.upload).toBeLessThan(garbage);
  expect(large.download - small.download).toBeLessThan(garbage);
  expect(Math.max(large.upload, large.download) - idle).toBeLessThan(mostOfAll);
}, 300_000);
