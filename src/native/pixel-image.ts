import { type Pointer, ptr } from "bun:ffi";

/** Uncompressed pixels in tightly packed rows, 8 bits a channel. */
export interface PixelImage {
  data: Uint8Array;
  /** px */
  width: number;
  /** px */
  height: number;
  /** "rgba": alpha is ignored, as if opaque. */
  format: "rgb" | "rgba";
  /** Whether the first row is the lowest (WebGL's and FURY's order). */
  bottomUp: boolean;
}

/**
 * An image as the arguments of a C function: pixels, bytes, width, height, channels, bottom_up. The address is valid as long as
 * `image.data` is referenced.
 * @throws RangeError if a side is not an integer
 */
export function imageArguments(
  image: PixelImage,
): [pixels: Pointer, size: number, width: number, height: number, channels: number, bottomUp: number] {
  const { data, width, height, format, bottomUp } = image;
  for (const side of [width, height]) {
    if (!Number.isInteger(side)) throw new RangeError(`${side} is not a whole number of pixels.`);
  }
  return [addressOf(data), data.byteLength, width, height, format === "rgba" ? 4 : 3, bottomUp ? 1 : 0];
}

/** The address of a buffer for a C function that keeps it beyond the call. */
export function addressOf(data: Uint8Array): Pointer {
  // A small typed array moves when its buffer is first accessed: access it before taking the address.
  void data.buffer;
  return ptr(data);
}
