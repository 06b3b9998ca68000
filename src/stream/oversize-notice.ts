import { drawText } from "../encode/bitmap-text.ts";
import { componentsOf } from "../memory/image-memory.ts";
import type { SharedImage } from "../memory/shared-image.ts";

/** Writes a frame of the image's maximum size with a message that a frame of `width` x `height` px does not fit. */
export function writeOversizeNotice(image: SharedImage, width: number, height: number): void {
  const [maxWidth, maxHeight] = image.maxWindowSize;
  const frame = image.beginWrite(maxWidth, maxHeight);
  if (!frame) return;
  drawText({ ...frame, components: componentsOf(image.pixelFormat) }, [
    "THIS FRAME IS TOO LARGE",
    `${width} X ${height} PX`,
    "THE BUFFERS HOLD",
    `${maxWidth} X ${maxHeight} PX`,
  ]);
  image.endWrite();
}
