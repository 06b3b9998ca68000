import { Color, SRGBColorSpace } from "three";

/** A calm blue-black: dark, so that data is the brightest thing, and even, since gradients band under JPEG. */
export const DEFAULT_BACKGROUND = "#14171c";

/**
 * Parses any colour that CSS knows: names, hex, rgb(), hsl(), lab(), oklch(), …
 *
 * @throws RangeError that quotes the text, also for colours that are not opaque: a frame has nothing behind it
 */
export function parseBackground(text: string): Color {
  const rgba = Bun.color(text, "[rgba]");
  if (rgba === null) {
    throw new RangeError(
      `background "${text.slice(0, 60)}" is not a CSS colour; try "white", "#202830" or "hsl(210 20% 15%)"`,
    );
  }
  const [red, green, blue, alpha] = rgba;
  if (alpha < 255)
    throw new RangeError(`background "${text.slice(0, 60)}" is not opaque; give a colour without alpha`);
  return new Color().setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace);
}
