import type { FileInspection } from "../formats/inspect-file.ts";
import { formatBytes, LoadError } from "../formats/load-error.ts";
import type { FreeMemory } from "../native/free-memory.ts";

/** Size of the smallest file that is checked, bytes: what smaller ones need is below the error of the estimate. */
const MIN_BYTES = 16_000_000;

/** Memory of drawing any large scene, bytes: multisample buffers, and copies of frames. Measured with Mesa at 1280x720: 90 MB. */
const DRAWING_BYTES = 100_000_000;

/**
 * Memory per sampled point, bytes: 24 for its coordinates as they are read, as much again while their list grows, and 48 for the arrays
 * and GL's copy.
 */
const BYTES_PER_POINT = 96;

/** More points than this show nothing new: a frame has about a million pixels. */
const MAX_POINTS = 10_000_000;
const MIN_POINTS = 10_000;

/** A file that is shown as a sample of its vertices. */
export interface SampleRequest {
  readonly maxPoints: number;
  /** A sentence for the user that says why. */
  readonly reason: string;
}

/**
 * Compares what a file needs with the memory that is free.
 *
 * @param fit show a sample of its vertices if it does not fit
 * @returns the sample to be shown; undefined if the whole file fits
 * @throws LoadError if it does not fit
 */
export function fitMemory(
  path: string,
  { format, bytes, memoryBytes }: FileInspection,
  free: FreeMemory,
  fit: boolean,
): SampleRequest | undefined {
  const needed = memoryBytes + DRAWING_BYTES;
  if (bytes < MIN_BYTES || needed <= free.bytes) return undefined;
  const reason = `it needs about ${formatBytes(needed)} of memory, and ${formatBytes(free.bytes)} are free`;
  const usable = free.bytes - DRAWING_BYTES;
  const maxPoints = Math.min(MAX_POINTS, Math.floor(usable / BYTES_PER_POINT));
  const canSample = format.samplePoints !== undefined && maxPoints >= MIN_POINTS;
  if (fit && canSample) return { maxPoints, reason };
  const advice =
    free.limit === "machine"
      ? "close other programs, or use a machine with more memory"
      : "raise the memory limit of this container, job or control group";
  const alternative = canSample ? "; --fit shows a sample of its points instead" : "";
  throw new LoadError(path, `${reason}: ${advice}${alternative}`, { format: format.name });
}
