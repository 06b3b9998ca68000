import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import { compressedBlock } from "./formats.ts";
import { bytesOf } from "./scratch.ts";
import { requireTexture } from "./textures.ts";

/** A view, with offset and length in elements; or a size and an offset in bytes of the PIXEL_UNPACK_BUFFER. */
export type CompressedSource = [source: ArrayBufferView | number, offset?: number, lengthOverride?: number];

/**
 * Checks compressed data, and returns its size in bytes and its memory or offset in the PIXEL_UNPACK_BUFFER. Null, with
 * the error recorded, when the data is invalid.
 */
export function compressedData(
  state: ContextState,
  target: number,
  format: number,
  [width, height, depth]: readonly [number, number, number],
  [source, offset = 0, lengthOverride = 0]: CompressedSource,
): [size: number, pixels: Uint8Array | number | null] | null {
  if (!state.makeCurrent() || !requireTexture(state, target)) return null;
  const block = compressedBlock(format);
  if (!block || !state.extensions.compressedFormats.has(format)) return state.refuse(GL.INVALID_ENUM);
  const buffer = state.buffers.bound.get(GL.PIXEL_UNPACK_BUFFER);
  if (typeof source === "number") {
    if (!buffer) return state.refuse(GL.INVALID_OPERATION);
    if (source < 0 || offset < 0) return state.refuse(GL.INVALID_VALUE);
    return [source, offset];
  }
  if (buffer) return state.refuse(GL.INVALID_OPERATION);
  if (!ArrayBuffer.isView(source)) throw new TypeError("Compressed data must be a typed array.");
  const pixels = bytesOf(source, offset, lengthOverride);
  const expectedLength = Math.ceil(width / block[0]) * Math.ceil(height / block[1]) * block[2] * depth;
  if (pixels?.length !== expectedLength) return state.refuse(GL.INVALID_VALUE);
  return [expectedLength, expectedLength > 0 ? pixels : null];
}
