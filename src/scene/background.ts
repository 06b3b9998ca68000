import { Color, type Scene, SRGBColorSpace } from "three";
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

/**
 * Sets the background with which a show begins.
 *
 * @param text "transparent", or as in {@link parseBackground}. Default: that of the scene, or {@link DEFAULT_BACKGROUND} if it has none
 * @throws RangeError as {@link parseOpaqueColor}
 */
export function setFirstBackground(scene: Scene, text: string | undefined): void {
  if (text === "transparent") scene.background = null;
  else if (text !== undefined) scene.background = parseBackground(text);
  else scene.background ??= parseBackground(DEFAULT_BACKGROUND);
}
