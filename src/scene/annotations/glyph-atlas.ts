import { inflateSync } from "node:zlib";
import { DataTexture, LinearFilter, RedFormat } from "three";
import { ATLAS, GLYPHS, PIXELS } from "./font-atlas.generated.ts";

const [, , , , , , REPLACEMENT_ADVANCE = ATLAS.em] = GLYPHS["\ufffd"] ?? [];

/** Height of a line of text relative to its size. */
export const LINE_HEIGHT = (ATLAS.ascent + ATLAS.descent) / ATLAS.em;

/** Distance in the atlas, relative to the size of the text, at which the stored distance saturates. */
export const FIELD_SPREAD = ATLAS.spread / ATLAS.em;

/** A glyph of a text: a rectangle on the screen and its part of the atlas. Lengths are in px. */
export interface PlacedGlyph {
  readonly x: number;
  /** Of the lower edge, relative to the baseline, upwards. */
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Left, lower, right and upper edge in the texture, 0 to 1. */
  readonly uv: readonly [left: number, bottom: number, right: number, top: number];
}

/** Returns the width of a line of text, px. @param size of the font, px */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += advanceOf(character);
  return (width * size) / ATLAS.em;
}

/** Places the glyphs of a line of text, from x = 0 to the right. Characters that the font does not have are shown as U+FFFD. */
export function placeGlyphs(text: string, size: number): PlacedGlyph[] {
  const scale = size / ATLAS.em;
  const glyphs: PlacedGlyph[] = [];
  let pen = 0;
  for (const character of text) {
    const metrics = isBlank(character) ? undefined : (GLYPHS[character] ?? GLYPHS["\ufffd"]);
    if (metrics !== undefined) {
      const [x = 0, y = 0, width = 0, height = 0, left = 0, top = 0] = metrics;
      glyphs.push({
        x: (pen + left) * scale,
        y: (top - height) * scale,
        width: width * scale,
        height: height * scale,
        uv: [x / ATLAS.width, (y + height) / ATLAS.height, (x + width) / ATLAS.width, y / ATLAS.height],
      });
    }
    pen += advanceOf(character);
  }
  return glyphs;
}

/** Creates the texture of the atlas: 0.5 is the outline of a glyph, larger values are inside. */
export function createAtlasTexture(): DataTexture {
  const pixels = new Uint8Array(inflateSync(Buffer.from(PIXELS, "base64")));
  const texture = new DataTexture(pixels, ATLAS.width, ATLAS.height, RedFormat);
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearFilter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}

function advanceOf(character: string): number {
  if (isBlank(character)) return ATLAS.space;
  return GLYPHS[character]?.[6] ?? REPLACEMENT_ADVANCE;
}

function isBlank(character: string): boolean {
  return /^\s$/.test(character);
}
