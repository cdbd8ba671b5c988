/** Photos of phones, which ffmpeg puts together where the decoders are missing (`npm run test:programs`). */
import { expect, test } from "bun:test";

import { decodeStill } from "../../src/platform/inspector/heic/decode.ts";
import { decodeStillByFfmpeg } from "../../src/platform/inspector/heic/ffmpeg.ts";
import { readStill } from "../../src/platform/inspector/heic/still.ts";
import { Source } from "../../src/platform/inspector/source.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { madeCodecs } from "../support/decoders.ts";

test.each(["photo.heic", "grid.heic", "turned.heic"])("%s is the same picture either way", async (name) => {
  for (const fit of [
    { side: 100, square: false },
    { side: 100, square: true },
  ]) {
    using source = Source.open(fixture(name));
    const still = readStill(source)!;
    const { data: ours, ...size } = await decodeStill(madeCodecs(), source, still, fit);
    const { data: theirs, ...same } = (await decodeStillByFfmpeg(Bun.which("ffmpeg")!, source, still, fit))!;
    expect(same).toEqual(size);
    const difference = ours.reduce((sum, one, i) => sum + Math.abs(one - theirs[i]!), 0) / ours.length;
    expect(difference).toBeLessThan(3);
  }
});

test("a photo that is cut off has no picture", async () => {
  using source = Source.open(fixture("grid.heic"));
  const still = readStill(source)!;
  const tiles = still.layout!.tiles.map((pieces) => pieces.map((one) => ({ ...one, length: 100 })));
  const broken = { ...still, layout: { ...still.layout!, tiles } };
  const fit = { side: 100, square: false };
  expect(await decodeStillByFfmpeg(Bun.which("ffmpeg")!, source, broken, fit)).toBeUndefined();
});
