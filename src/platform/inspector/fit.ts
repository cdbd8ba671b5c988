import type { Size } from "./image.ts";

/** How large a picture may become: `side` pixels on its longer side, or for a square on its shorter one. */
export interface Fit {
  side: number;
  square: boolean;
}

/** The size scaled down, or unchanged. */
export function fitted({ width, height }: Size, { side, square }: Fit): Size {
  const scale = Math.min(1, side / (square ? Math.min(width, height) : Math.max(width, height)));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
