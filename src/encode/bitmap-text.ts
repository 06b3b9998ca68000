import type { PixelImage } from "../native/pixel-image.ts";

/** Glyphs of 5x7 px, a row per two hex digits from the top, the leftmost pixel in bit 4. */
const GLYPHS: Record<string, string> = {
  A: "0e11111f111111",
  B: "1e11111e11111e",
  C: "0e11101010110e",
  D: "1e11111111111e",
  E: "1f10101e10101f",
  F: "1f10101e101010",
  G: "0e11101711110f",
  H: "1111111f111111",
  I: "0e04040404040e",
  J: "0702020202120c",
  K: "11121418141211",
  L: "1010101010101f",
  M: "111b1515111111",
  N: "11111915131111",
  O: "0e11111111110e",
  P: "1e11111e101010",
  Q: "0e11111115120d",
  R: "1e11111e141211",
  S: "0f10100e01011e",
  T: "1f040404040404",
  U: "1111111111110e",
  V: "11111111110a04",
  W: "1111111515150a",
  X: "11110a040a1111",
  Y: "1111110a040404",
  Z: "1f01020408101f",
  "0": "0e11131519110e",
  "1": "040c040404040e",
  "2": "0e11010204081f",
  "3": "1f02040201110e",
  "4": "02060a121f0202",
  "5": "1f101e0101110e",
  "6": "0608101e11110e",
  "7": "1f010204080808",
  "8": "0e11110e11110e",
  "9": "0e11110f01020c",
};

const GLYPH_WIDTH = 5;
const GLYPH_HEIGHT = 7;
const ADVANCE = GLYPH_WIDTH + 1;
const LINE = GLYPH_HEIGHT + 3;
const BACKGROUND = 48;
const INK = 232;

/** An image to draw on: packed pixels of 3 (RGB) or 4 (RGBA) bytes, rows bottom-up. */
type Canvas = Pick<PixelImage, "data" | "width" | "height"> & { components: number };

/**
 * Fills an image with dark grey and writes lines of capital letters and digits in its centre, as large as they fit. An image that is
 * too small for them is only grey.
 */
export function drawText(canvas: Canvas, lines: readonly string[]): void {
  canvas.data.fill(BACKGROUND);
  if (canvas.components === 4) for (let i = 3; i < canvas.data.length; i += 4) canvas.data[i] = 255;
  const columns = Math.max(...lines.map((line) => line.length)) * ADVANCE;
  const rows = lines.length * LINE;
  const scale = Math.floor(Math.min((canvas.width * 0.9) / columns, (canvas.height * 0.9) / rows));
  if (scale < 1) return;
  const top = Math.floor((canvas.height - rows * scale) / 2);
  for (const [index, line] of lines.entries()) {
    const left = Math.floor((canvas.width - line.length * ADVANCE * scale) / 2);
    for (const [column, character] of [...line].entries()) {
      drawGlyph(canvas, character, left + column * ADVANCE * scale, top + index * LINE * scale, scale);
    }
  }
}

function drawGlyph(canvas: Canvas, character: string, left: number, top: number, scale: number): void {
  const rows = GLYPHS[character];
  if (rows === undefined) return;
  for (let y = 0; y < GLYPH_HEIGHT * scale; y++) {
    const bits = Number.parseInt(rows.slice(2 * Math.floor(y / scale), 2 * Math.floor(y / scale) + 2), 16);
    const row = (canvas.height - 1 - top - y) * canvas.width;
    for (let x = 0; x < GLYPH_WIDTH * scale; x++) {
      if (((bits >> (GLYPH_WIDTH - 1 - Math.floor(x / scale))) & 1) === 0) continue;
      const pixel = (row + left + x) * canvas.components;
      canvas.data.fill(INK, pixel, pixel + 3);
    }
  }
}
