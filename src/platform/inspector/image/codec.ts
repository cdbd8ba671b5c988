/**
 * The largest picture that is decoded. A decoder that cannot work line by line holds all of it, four bytes a pixel:
 * 200 MB of the 512 MB that the process may have. Cameras of phones make 12 to 50 million pixels.
 */
export const mostPixels = 50_000_000;

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
 * Looks at images. Every method throws an Error whose message says why for what is no image, is of a format that the
 * codec does not read, or has more than `mostPixels`. Of a moving image or a file of several pages, the first one
 * counts. Where writing fails, a part may be left at `to`.
 */
export interface Images {
  /** Bun's own codec reads fewer formats: no TIFF, no AVIF, no moving WebP. */
  codec: "sharp" | "bun";
  /** Why it is not sharp. */
  reason?: string;
  /** Looks at the file's head alone: the rest may be damaged. */
  size(file: string): Promise<Size>;
  /**
   * Writes an upright WebP without metadata whose longer side is at most `side`, never enlarged, in sRGB (Bun's codec
   * hands the colour profile on instead). Truncated and damaged files are refused.
   */
  thumbnail(source: string | RawPixels, to: string, side: number): Promise<Size>;
  /**
   * Writes it once more in its own format, upright, with its colour profile, its pages or movement, and no other metadata:
   * for what cannot be cleaned as it is. Colours may have 8 bits afterwards, and JPEG, WebP and AVIF lose what nobody sees.
   */
  rewrite(file: string, to: string): Promise<void>;
  /** Writes the middle of the picture as a WebP of `side` by `side`, enlarged if need be; otherwise as `thumbnail`. */
  square(source: string | RawPixels, to: string, side: number): Promise<Size>;
}
