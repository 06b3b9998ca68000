import { Color, SRGBColorSpace } from "three";
import { parseOpaqueColor } from "../layers/css-color.ts";

/** Default background: dark, so that the data stands out, and uniform, since gradients show bands in JPEG. */
export const DEFAULT_BACKGROUND = "#14171c";

/**
 * Parses an opaque CSS color.
 *
 * @throws RangeError as {@link parseOpaqueColor}
 */
export function parseBackground(text: string): Color {
  const [red, green, blue] = parseOpaqueColor(text);
  return new Color().setRGB(red / 255, green / 255, blue / 255, SRGBColorSpace);
}
