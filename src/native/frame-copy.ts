import { SharedMemoryError } from "./errors.ts";
import type { NativeMemory } from "./local-memory.ts";
import { lastSharedMemoryError } from "./shared-memory.ts";
import { CODE, native } from "./symbols.ts";

/** Part of a segment. */
export interface SharedRange {
  memory: NativeMemory;
  /** Bytes from the segment's start. */
  byteOffset: number;
  /** Bytes. */
  byteLength: number;
}

/** A sequence word beside a frame: odd while it is written, larger by 2 with every frame (a seqlock). */
export interface SequenceGuard {
  memory: NativeMemory;
  /** Of the 32-bit word, a multiple of 4. */
  sequenceOffset: number;
}

/** A plain FURY writer: it fills buffer (index + 1) mod n, then sets that buffer's size, then the index. */
export interface IndexGuard {
  /** The info segment. */
  memory: NativeMemory;
  /** Of the 32-bit index of the current buffer (FURY: 12). */
  indexOffset: number;
  /** Of the buffer's width and height, 8 bytes (FURY: 16 + 8 * slot). */
  stampOffset: number;
  /** The buffer that is copied. */
  slot: number;
  /** How many buffers there are. */
  slots: number;
}

/**
 * "whole": a frame that no writer touched meanwhile. "changed": it was being rewritten, `out` is worthless, try again.
 * "unproven": from a writer with a single buffer; two looks agreed, and more cannot be known. "same": one of the good two,
 * and `out` held these very bytes before.
 */
export type CopyResult = "whole" | "changed" | "unproven" | "same";

/** By the codes of native/frame_copy.h. */
const GOOD_COPIES = ["whole", "unproven", "same"] as const;

/**
 * Copies bytes out of a segment, with no check of what a writer does meanwhile.
 * @throws SharedMemoryError when the range is outside, `out` is too small, or the segment was cut short
 */
export function copyBytes(out: Uint8Array, source: SharedRange): void {
  const code = native().sc_copy_plain(
    out,
    out.byteLength,
    source.memory.handle,
    checked(source.byteOffset),
    checked(source.byteLength),
  );
  if (code < 0) throw lastSharedMemoryError(source.byteLength);
}

/**
 * Copies a frame that another process may be writing, and tells whether the copy is whole.
 * A sequence proves it. An index proves it for two buffers and more (how, and how far: native/frame_copy.h).
 * @throws SharedMemoryError as copyBytes
 */
export function copyUntorn(
  out: Uint8Array,
  source: SharedRange,
  guard: SequenceGuard | IndexGuard,
): CopyResult {
  const code =
    "sequenceOffset" in guard ? copySequenced(out, source, guard) : copyIndexed(out, source, guard);
  if (code === CODE.changed) return "changed";
  if (code < 0) throw lastSharedMemoryError(source.byteLength);
  return GOOD_COPIES[code] ?? "unproven";
}

/**
 * RGBA to tightly packed RGB; same row order.
 * @throws SharedMemoryError when a buffer is too small for `width` x `height` pixels
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

function copySequenced(out: Uint8Array, source: SharedRange, guard: SequenceGuard): number {
  return native().sc_copy_sequenced(
    out,
    out.byteLength,
    source.memory.handle,
    checked(source.byteOffset),
    checked(source.byteLength),
    guard.memory.handle,
    checked(guard.sequenceOffset),
  );
}

function copyIndexed(out: Uint8Array, source: SharedRange, guard: IndexGuard): number {
  return native().sc_copy_indexed(
    out,
    out.byteLength,
    source.memory.handle,
    checked(source.byteOffset),
    checked(source.byteLength),
    guard.memory.handle,
    checked(guard.indexOffset),
    checked(guard.stampOffset),
    checked(guard.slot, 0xffffffff),
    checked(guard.slots, 0xffffffff),
  );
}

// bun:ffi would turn -1 or NaN into some other number without a word.
function checked(value: number, maximum = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < 0 || value > maximum) {
    throw new SharedMemoryError(`${value} is not a number of bytes, pixels or buffers.`);
  }
  return value;
}
