import { type Decoder, openDecoder } from "../codecs/codecs.ts";
import { type RawPixels, type Size, TooLarge } from "../image.ts";
import type { Source } from "../source.ts";
import { type ByteRange, join } from "./meta.ts";
import { type Fit, fitted } from "../fit.ts";
import type { Still } from "./still.ts";

/** Larger ones would mean that next to nothing of a large tile is shown, and cost the memory all the same. */
const mostScaledPixels = 4_000_000;

/** What the decoders take at most as one picture (`codecs.c`). */
const mostTilePixels = 8192 * 8192;
/** So many tiles tell how long all of them take. */
const triedTiles = 16;

/**
 * The picture, made smaller: so that its longer side has at most `side` pixels, or for a square so that its shorter
 * side has them. Tile after tile, each scaled as it is decoded: the whole is never in memory. `seconds`: how long it may
 * take. Errors: a tile that cannot be decoded; `TooLarge`. Wrong bits in one that can be show as wrong colours.
 */
export async function decodeStill(
  codecs: string,
  source: Source,
  { codec, layout }: Still,
  fit: Fit,
  seconds = Infinity,
): Promise<RawPixels> {
  if (!layout) throw new Error("nobody here knows how it is coded");
  const { description, view, tile } = layout;
  if (tile.width * tile.height > mostTilePixels) throw new TooLarge("its tiles are too large");
  const began = performance.now();
  const { width, height } = fitted(view, fit);
  const canvas = { data: new Uint8Array(width * height * 3), width, height };
  const decoder = await openDecoder(codecs, { codec, description });
  layout.tiles.forEach((ranges, i) => {
    const expected = ((performance.now() - began) / i) * layout.tiles.length;
    if (i >= triedTiles && expected > seconds * 1000) throw new TooLarge("its tiles take too long");
    const [column, row] = [i % layout.columns, Math.floor(i / layout.columns)];
    const across = spanOf(column, layout.tile.width, view.left, view.width, canvas.width);
    const down = spanOf(row, layout.tile.height, view.top, view.height, canvas.height);
    if (isBeside(across, canvas.width) || isBeside(down, canvas.height)) return;
    const [width, height] = [across.end - across.start, down.end - down.start];
    const data = decodeTile(decoder, source, ranges, width, height);
    draw(canvas, { data, width, height }, across.start, down.start);
  });
  if (view.mirrored) mirror(canvas);
  return { ...canvas, channels: 3, rotation: view.rotation };
}

interface Canvas extends Size {
  data: Uint8Array;
}

interface Span {
  start: number;
  end: number;
}

/** Where a tile comes to stand, one way, if `seen` pixels from `shift` on become `painted` ones. */
function spanOf(index: number, length: number, shift: number, seen: number, painted: number): Span {
  const position = (at: number) => Math.round(((at * length - shift) * painted) / seen);
  // The end of one is the start of the next, also when rounded: no gaps.
  const [start, end] = [position(index), position(index + 1)];
  const rest = seen + shift - index * length;
  if (rest >= length || rest <= 0) return { start, end };
  // What fills up the last one must not show, not by a part of a pixel.
  return { start, end: start + Math.ceil(((painted - start) * length) / rest) };
}

function isBeside({ start, end }: Span, length: number): boolean {
  return end <= 0 || start >= length || start === end;
}

function decodeTile(
  decoder: Decoder,
  source: Source,
  ranges: readonly ByteRange[],
  width: number,
  height: number,
) {
  if (width * height > mostScaledPixels) throw new Error("too little of the picture is shown");
  const isTaken = decoder.send(join(source, ranges));
  // A tile is a film of one frame, whose decoder waits for a second one.
  decoder.send();
  const pixels = isTaken && decoder.receive() ? decoder.pixels(width, height) : undefined;
  if (!pixels) throw new Error("a part of the picture cannot be decoded");
  decoder.reset();
  return pixels;
}

/** What goes beyond the canvas is left out. */
function draw(canvas: Canvas, tile: Canvas, left: number, top: number): void {
  const from = Math.max(0, -left);
  const to = Math.min(tile.width, canvas.width - left);
  const last = Math.min(tile.height, canvas.height - top);
  for (let y = Math.max(0, -top); y < last; y++) {
    const row = tile.data.subarray((y * tile.width + from) * 3, (y * tile.width + to) * 3);
    canvas.data.set(row, ((top + y) * canvas.width + left + from) * 3);
  }
}

function mirror({ data, width, height }: Canvas): void {
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width * 3, (y + 1) * width * 3);
    // Backwards the channels are backwards as well.
    row.reverse();
    for (let at = 0; at < row.length; at += 3) row.subarray(at, at + 3).reverse();
  }
}
