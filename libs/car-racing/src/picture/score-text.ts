import { fillBox } from "./canvas.js";
import type { Canvas } from "./canvas.js";

/** Digits of our own, five dots wide and seven high: a row is one number, its highest bit on the left. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  "0": [14, 27, 27, 27, 27, 27, 14],
  "1": [6, 14, 30, 6, 6, 6, 6],
  "2": [14, 27, 3, 6, 12, 24, 31],
  "3": [14, 27, 3, 14, 3, 27, 14],
  "4": [6, 14, 22, 22, 31, 6, 6],
  "5": [31, 24, 30, 27, 3, 27, 14],
  "6": [14, 27, 24, 30, 27, 27, 14],
  "7": [31, 3, 6, 6, 12, 12, 12],
  "8": [14, 27, 27, 14, 27, 27, 14],
  "9": [14, 27, 27, 15, 3, 27, 14],
  "-": [0, 0, 0, 15, 15, 0, 0],
};
const COLUMNS = 5;
const ROWS = 7;
/** Size of a digit and the distance to the next, screen pixels; the text's middle is at CENTRE_X. */
const CENTRE_X = 60;
const TOP = 731;
const GLYPH_HEIGHT = 30;
const GLYPH_WIDTH = 21;
const ADVANCE = 23.4;
const WHITE = 0xffffff;

/** Paints the score where Gymnasium has it; the shapes of the digits are our own. */
export function paintScore(canvas: Canvas, score: number): void {
  const text = formatScore(score);
  let left = CENTRE_X - (text.length * ADVANCE) / 2 + (ADVANCE - GLYPH_WIDTH) / 2;
  for (const character of text) {
    (GLYPHS[character] ?? []).forEach((row, j) => {
      for (let i = 0; i < COLUMNS; i++) {
        if (((row >> (COLUMNS - 1 - i)) & 1) === 0) continue;
        const x = left + (i * GLYPH_WIDTH) / COLUMNS;
        const y = TOP + (j * GLYPH_HEIGHT) / ROWS;
        fillBox(canvas, x, y, x + GLYPH_WIDTH / COLUMNS, y + GLYPH_HEIGHT / ROWS, WHITE);
      }
    });
    left += ADVANCE;
  }
}

/** At least four characters, zeros in front, halves to the even number; like Python's format `04.0f`: -0.1 is "-000". */
export function formatScore(score: number): string {
  const size = Math.abs(score);
  const floor = Math.floor(size);
  const up = size - floor > 0.5 || (size - floor === 0.5 && floor % 2 === 1);
  const negative = score < 0 || Object.is(score, -0);
  const digits = String(up ? floor + 1 : floor);
  return negative ? `-${digits.padStart(3, "0")}` : digits.padStart(4, "0");
}
