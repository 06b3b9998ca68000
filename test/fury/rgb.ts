import type { ShowManager } from "../../src/scene/show-manager.ts";

/** The pixels of a show as frames have them: RGB, rows bottom-up. */
export function rgbOf(show: ShowManager) {
  const [width, height] = show.size;
  const rgba = new Uint8Array(width * height * 4);
  show.readPixelsInto(rgba);
  return { width, height, data: rgba.filter((_, index) => index % 4 !== 3) };
}
