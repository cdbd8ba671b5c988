/** A picture that is not decoded because it would cost too much. It need not be damaged. */
export class TooLarge extends Error {}

/** Pixels without a file: rows from the top, channels 8 bits each, without gaps. */
export interface RawPixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3 | 4;
  /** By how much they have to be turned clockwise to be upright. */
  rotation: 0 | 90 | 180 | 270;
}

/** In pixels, as people see the picture. */
export interface Size {
  width: number;
  height: number;
}

/**
 * Looks at images. Every method throws an Error whose message says why for what is no image, or is of a format that the
 * codec does not read; those that draw throw `TooLarge` for what would cost too much memory or time. Of a moving image or a file of several pages, the
 * first one counts. Where writing fails, a part may be left at `to`.
 */
export interface Images {
  /** Bun's own codec reads fewer formats: no AVIF, no moving WebP. */
  codec: "sharp" | "bun";
  /** Why it is not sharp. */
  reason?: string;
  /** Looks at the file's head alone: the rest may be damaged, or too large. */
  size(file: string): Promise<Size>;
  /**
   * Writes an upright WebP without metadata whose longer side is at most `side`, never enlarged, in sRGB (Bun's codec
   * hands the colour profile on instead). A JPEG or GIF that is cut off is shown as far as it goes; what else is
   * truncated or damaged is refused. `seconds`: how long it may take at most, as far as the codec can stop; 0: endlessly.
   */
  thumbnail(source: string | RawPixels, to: string, side: number, seconds?: number): Promise<Size>;
  /** Writes the middle of the picture as a WebP of `side` by `side`, enlarged if need be; otherwise as `thumbnail`. */
  square(source: string | RawPixels, to: string, side: number, seconds?: number): Promise<Size>;
}
