import type { RawPixels } from "./image.ts";

/** Its own share of the time that a file may take, of processor and of memory. */
const seconds = 8;

/**
 * A frame by ffmpeg, whose path is `program`: for codecs that are none of ours (MPEG-4 Part 2, ProRes, Theora …).
 * Upright already. Undefined where it finds no frame.
 */
export async function posterByFfmpeg(
  program: string,
  file: string,
  side: number,
): Promise<RawPixels | undefined> {
  const scaled = `scale=w='min(iw,${side})':h='min(ih,${side})':force_original_aspect_ratio=decrease,setsar=1`;
  const input = ["-protocol_whitelist", "file", "-ss", "1", "-i", `file:${file}`];
  const output = ["-frames:v", "1", "-vf", scaled, "-f", "image2pipe", "-c:v", "ppm", "-"];
  const limits = ["-nostdin", "-v", "error", "-threads", "1", "-timelimit", String(seconds)];
  const child = Bun.spawn([program, ...limits, ...input, ...output], {
    env: {},
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  return parsePixmap(await new Response(child.stdout).bytes());
}

/** A binary PPM: `P6 WIDTH HEIGHT 255` and the pixels. */
function parsePixmap(bytes: Uint8Array): RawPixels | undefined {
  const head = /^P6\s(\d{1,5})\s(\d{1,5})\s255\s/.exec(Buffer.from(bytes.subarray(0, 32)).toString("latin1"));
  if (!head) return undefined;
  const [width, height] = [Number(head[1]), Number(head[2])];
  const data = bytes.subarray(head[0].length, head[0].length + width * height * 3);
  if (data.length < width * height * 3) return undefined;
  return { data, width, height, channels: 3, rotation: 0 };
}
