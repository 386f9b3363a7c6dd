import { SCREEN_HEIGHT, SCREEN_WIDTH } from "./view.js";

/** A picture to paint rectangles on: uint8 RGB `[height, width, 3]` from `offset` on. */
export interface Canvas {
  readonly out: Uint8Array;
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Taken from every level that is painted. */
  readonly dimming: number;
}

/**
 * Fills a rectangle given in screen pixels, blending at its borders by the area covered.
 *
 * @param colour 0xBBGGRR
 */
export function fillBox(
  { out, offset, width, height, dimming }: Canvas,
  left: number,
  top: number,
  right: number,
  bottom: number,
  colour: number,
): void {
  const x0 = Math.max(0, (left * width) / SCREEN_WIDTH);
  const x1 = Math.min(width, (right * width) / SCREEN_WIDTH);
  const y0 = Math.max(0, (top * height) / SCREEN_HEIGHT);
  const y1 = Math.min(height, (bottom * height) / SCREEN_HEIGHT);
  for (let y = Math.floor(y0); y < y1; y++) {
    const rowShare = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.floor(x0); x < x1; x++) {
      const share = rowShare * (Math.min(x + 1, x1) - Math.max(x, x0));
      const at = offset + (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const from = out[at + channel] ?? 0;
        const to = Math.max(0, ((colour >> (channel * 8)) & 255) - dimming);
        out[at + channel] = Math.round(from + (to - from) * share);
      }
    }
  }
}
