import { mkdirSync, writeFileSync } from "node:fs";
import sharp from "sharp";

import { inspectWord } from "../../src/platform/inspector/inspector.ts";
import { ProcessInspector } from "../../src/platform/inspector/process.ts";
import type { BareThumbnailsInput } from "../bare-thumbnails.ts";
import { Data } from "../data.ts";
import { runClient, type ServerProcess, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

const photos = 25;
const rounds = 3;
const width = 4000;
const height = 3000;
/** As the server makes them. */
const side = 320;
const sendersAtOnce = 4;
const patience = 60_000;

/** Thumbnails of photos of 12 megapixels: by way of the server, by its process for that alone, and by sharp alone. */
export async function thumbnails(parley: string, directory: string): Promise<Figure[]> {
  const place = `${directory}/thumbnails`;
  const data = new Data(`${place}/data`);
  data.addPeople(1);
  data.close();
  const [token] = await data.tokens([1]);
  const photo = await makePhoto();
  const files = writePhotos(`${place}/photos`, photo);
  const server = await startServer([parley], { ...data.environment, USER_QUOTA_MB: "0" });
  const command = [parley, inspectWord, `${place}/cache`];
  const perSecond: Record<"whole" | "child" | "uncleaned" | "bare", number[]> = {
    whole: [],
    child: [],
    uncleaned: [],
    bare: [],
  };
  for (let round = 0; round < rounds; round++) {
    perSecond.bare.push(await byBareSharp(files, place));
    perSecond.child.push(await byChild(command, files, place, true));
    perSecond.uncleaned.push(await byChild(command, files, place, false));
    perSecond.whole.push(await byServer(server, token!, photo, round));
  }
  await server.stop();
  const bare = median(perSecond.bare);
  const figure = (what: string, values: number[]): Figure => ({
    what: `12-megapixel photos, ${what}`,
    unit: "thumbnails/s",
    parley: median(values),
    bare,
    compared: true,
  });
  return [
    figure("sent until ready", perSecond.whole),
    figure("the process for files alone", perSecond.child),
    figure("… without cleaning them", perSecond.uncleaned),
  ];
}

/** Smooth shapes, grain, and what a phone writes beside them: about 3 MB, as photos have. */
async function makePhoto(): Promise<Buffer> {
  const shapes = Buffer.from(crypto.getRandomValues(new Uint8Array(40 * 30 * 3)));
  const grain = { type: "gaussian", mean: 128, sigma: 12 } as const;
  const overlay = await sharp({ create: { width, height, channels: 3, background: "grey", noise: grain } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const coarse = { raw: { width: 40, height: 30, channels: 3 } } as const;
  const enlarged = await sharp(shapes, coarse)
    .resize(width, height, { kernel: "cubic" })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const camera = { Make: "Bench", Model: "A phone" };
  const place = {
    GPSLatitudeRef: "N",
    GPSLatitude: "52/1 31/1 12/1",
    GPSLongitudeRef: "E",
    GPSLongitude: "13/1 24/1 18/1",
  };
  return sharp(enlarged)
    .composite([{ input: overlay, blend: "soft-light" }])
    .jpeg({ quality: 90 })
    .withExif({ IFD0: camera, IFD3: place })
    .toBuffer();
}

/** The same picture again and again, but for bytes after its end: for the server each is another file. */
function again(photo: Buffer, n: number): Blob {
  return new Blob([photo, `photo ${n}`], { type: "image/jpeg" });
}

function writePhotos(directory: string, photo: Buffer): string[] {
  mkdirSync(directory, { recursive: true });
  return Array.from({ length: photos }, (_, n) => {
    const file = `${directory}/${n}.jpg`;
    writeFileSync(file, photo);
    return file;
  });
}

function byBareSharp(files: string[], place: string): Promise<number> {
  const input: BareThumbnailsInput = { files, to: `${place}/bare.webp`, side };
  return runClient<number>("bare-thumbnails.ts", input);
}

/** As the server has it done, without a server. */
async function byChild(command: string[], files: string[], place: string, cleans: boolean): Promise<number> {
  const inspector = new ProcessInspector({
    command,
    limits: { milliseconds: 10_000, bytes: 512 * 1024 * 1024 },
  });
  const look = async (file: string) => {
    const clean = cleans ? { clean: `${place}/clean.jpg` } : {};
    const picture = { file: `${place}/ours.webp`, side, square: false };
    const { failed, pictured } = await inspector.inspect({ file, type: "image/jpeg", ...clean, picture });
    if (!pictured) throw new Error(`a photo could not be looked at: ${failed}`);
  };
  await look(files[0]!);
  const started = performance.now();
  for (const file of files) await look(file);
  const seconds = (performance.now() - started) / 1000;
  await inspector.close();
  return files.length / seconds;
}

/** From the first byte that is sent until the last thumbnail is there. */
async function byServer(
  { port }: ServerProcess,
  token: string,
  photo: Buffer,
  round: number,
): Promise<number> {
  const api = `http://127.0.0.1:${port}/api/media`;
  const headers = { authorization: `Bearer ${token}` };
  const ids: number[] = [];
  const numbers = Array.from({ length: photos }, (_, n) => round * photos + n);
  const started = performance.now();
  const senders = Array.from({ length: sendersAtOnce }, async () => {
    for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
      const body = new FormData();
      body.append("files", again(photo, n), "photo.jpg");
      const response = await fetch(`${api}/upload`, { method: "POST", headers, body });
      if (response.status !== 201) throw new Error(`a photo was answered with ${response.status}`);
      ids.push(((await response.json()) as { media: [{ id: number }] }).media[0].id);
    }
  });
  await Promise.all(senders);
  for (const id of ids) await ready(`${api}/${id}/info`, headers);
  return (photos * 1000) / (performance.now() - started);
}

async function ready(url: string, headers: Record<string, string>): Promise<void> {
  const end = performance.now() + patience;
  for (;;) {
    const { state } = (await (await fetch(url, { headers })).json()) as { state: string };
    if (state === "ready") return;
    if (state === "failed" || performance.now() > end) throw new Error(`a photo is ${state}`);
    await Bun.sleep(5);
  }
}
