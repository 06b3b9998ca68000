import { SharedMemoryError } from "./errors.ts";
import { lastSharedMemoryError, type NativeMemory } from "./shared-memory.ts";
import { CODE, native } from "./symbols.ts";

/** The sequence word of a frame (a seqlock): odd while the frame is written, incremented by 2 with every frame. */
export interface SequenceGuard {
  memory: NativeMemory;
  /** Byte offset of the 32-bit word, a multiple of 4. */
  sequenceOffset: number;
}

/** The index of a plain FURY writer, which fills buffer (index + 1) mod n, then sets that buffer's size, then the index. */
export interface IndexGuard {
  /** The info segment. */
  memory: NativeMemory;
  /** Byte offset of the 32-bit index of the current buffer (FURY: 12). */
  indexOffset: number;
  /** Byte offset of the buffer's width and height, 8 bytes (FURY: 16 + 8 * slot). */
  stampOffset: number;
  /** Number of the buffer to copy. */
  slot: number;
  /** Number of buffers. */
  slots: number;
}

/**
 * "whole": a consistent frame. "changed": the frame was rewritten during the copy, `out` is not valid, try again. "unproven": two
 * reads from a writer with a single buffer were equal, which does not prove consistency. "same": "whole" or "unproven", and `out`
 * already held the same bytes.
 */
export type CopyResult = "whole" | "changed" | "unproven" | "same";

/** In the order of the codes of native/frame_copy.h. */
const GOOD_COPIES = ["whole", "unproven", "same"] as const;

/**
 * Copies a frame that another process may be writing, `out.byteLength` bytes from the start of `memory`, and returns whether the
 * copy is consistent. A sequence word proves it; an index does for two buffers or more, within the limits that
 * native/frame_copy.h describes.
 * @throws SharedMemoryError if a range is outside its segment, or a segment was truncated
 */
export function copyUntorn(
  out: Uint8Array,
  memory: NativeMemory,
  guard: SequenceGuard | IndexGuard,
): CopyResult {
  const copy = [out, out.byteLength, memory.handle, 0, out.byteLength] as const;
  const code =
    "sequenceOffset" in guard
      ? native().sc_copy_sequenced(...copy, guard.memory.handle, checked(guard.sequenceOffset))
      : native().sc_copy_indexed(
          ...copy,
          guard.memory.handle,
          checked(guard.indexOffset),
          checked(guard.stampOffset),
          checked(guard.slot, 0xffffffff),
          checked(guard.slots, 0xffffffff),
        );
  if (code === CODE.changed) return "changed";
  if (code < 0) throw lastSharedMemoryError(out.byteLength);
  return GOOD_COPIES[code] ?? "unproven";
}

/**
 * Converts RGBA to tightly packed RGB in the same row order.
 * @throws SharedMemoryError if a buffer is too small for `width` x `height` pixels
 */
export function packRgb(out: Uint8Array, rgba: Uint8Array, width: number, height: number): void {
  const code = native().sc_pixels_pack_rgb(
    out,
    out.byteLength,
    rgba,
    rgba.byteLength,
    checked(width, 0xffffffff),
    checked(height, 0xffffffff),
  );
  if (code < 0) throw lastSharedMemoryError(out.byteLength);
}

/**
 * Downsamples RGBA pixels by averaging squares of 2x2, each component rounded. Takes 1 ms at 1280x720, while Mesa's and SwiftShader's
 * scaling glBlitFramebuffer take 20 to 30.
 *
 * @param source 2 `width` x 2 `height` pixels
 * @param target `width` x `height` pixels
 * @throws SharedMemoryError if a buffer is too small
 */
export function halvePixels(target: Uint8Array, source: Uint8Array, width: number, height: number): void {
  const code = native().sc_pixels_halve(
    target,
    target.byteLength,
    source,
    source.byteLength,
    checked(width, 0xffffffff),
    checked(height, 0xffffffff),
  );
  if (code < 0) throw lastSharedMemoryError(target.byteLength);
}

// bun:ffi converts -1 and NaN to other numbers silently.
function checked(value: number, maximum = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new SharedMemoryError(`${value} is not a number of bytes, pixels or buffers.`);
  }
  return value;
}
