/** Damaged and hostile films and sounds, where ffmpeg decodes them (`npm run test:programs`). */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { lookAtFilm } from "../../src/platform/inspector/film.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { testDamaged } from "../support/damaged.ts";

setDefaultTimeout(60_000);
const decoders = { codecs: undefined, ffmpeg: Bun.which("ffmpeg")! };
testDamaged(decoders);

const directory = mkdtempSync(join(tmpdir(), "parley-hostile-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** An empty tag of ID3v2.4 (2.4.0, 3.1), which all readers skip. */
const tag = Buffer.from("ID3\x04\0\0\0\0\0\0", "latin1");

test("a sound that begins with a playlist is its own sound, and not another file of the machine", async () => {
  const song = fixture("song.mp3");
  const { duration, waveform } = await lookAtFilm(song, 320, decoders);
  expect(Math.max(...waveform!)).toBeGreaterThan(50);
  const silence = join(directory, "silence.mp3");
  const made = ["-v", "error", "-f", "lavfi", "-i", "anullsrc", "-t", String(duration), silence];
  expect(await Bun.spawn([decoders.ffmpeg, ...made]).exited).toBe(0);

  const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://${silence}\n#EXT-X-ENDLIST\n`;
  const hostile = join(directory, "hostile.mp3");
  await Bun.write(hostile, Buffer.concat([tag, Buffer.from(playlist), await Bun.file(song).bytes()]));
  const found = await lookAtFilm(hostile, 320, decoders);
  expect(Math.max(...found.waveform!)).toBeGreaterThan(50);
});
