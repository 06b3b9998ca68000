import { closeAtExit } from "./process.ts";
import { lastNativeError, native } from "./symbols.ts";

/** Bytes of a pixel in the color or the depth buffer of a frame with four samples per pixel. */
const BYTES_PER_PIXEL = 16;

/**
 * Starts to preload the system's software GL driver on a background thread, and to allocate its buffers; see native/egl_warm_up.h.
 *
 * @param size of the pictures, px; default: buffers are allocated later. A process that renders for hours does not set it: malloc then
 *   keeps more memory that was freed.
 */
export function warmUpEgl([width, height]: readonly [width: number, height: number] = [0, 0]): void {
  const color = BYTES_PER_PIXEL * width * height;
  if (native().sc_egl_warm_up(color, 2) < 0) throw lastNativeError();
  closeAtExit(() => native().sc_egl_warm_up_join());
}
