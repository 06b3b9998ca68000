import type { FileInspection } from "../formats/inspect-file.ts";
import { formatBytes, LoadError } from "../formats/load-error.ts";
import type { FreeMemory } from "../native/free-memory.ts";

/**
 * Minimum size of a file, or of its memory, that is checked, bytes: less is below the error of the estimate. Small compressed files, and
 * headers of volumes in other files, can need much memory.
 */
const MIN_BYTES = 16_000_000;
const MIN_MEMORY = 64_000_000;

/** Memory for drawing any large scene, bytes: multisample buffers and copies of frames. Measured with Mesa at 1280x720: 90 MB. */
const DRAWING_BYTES = 100_000_000;

/**
 * Memory per sampled point, bytes: 24 for its coordinates as they are read, another 24 while their list grows, and 48 for the arrays and
 * GL's copy.
 */
const BYTES_PER_POINT = 96;

/** Maximum number of sampled points; more add no visible detail, since a frame has about a million pixels. */
const MAX_POINTS = 10_000_000;
const MIN_POINTS = 10_000;

const ADVICE: Readonly<Record<FreeMemory["limit"], string>> = {
  machine: "close other programs, or use a machine with more memory",
  "control group": "raise the memory limit of this container, job or control group",
  "Slurm job": "request more memory for the Slurm job, such as --mem=16G",
};

/** Request to show a sample of a file's vertices instead of the whole file. */
export interface SampleRequest {
  readonly maxPoints: number;
  /** The reason, as a clause of a message for the user. */
  readonly reason: string;
}

/**
 * Compares the memory that a file needs with the free memory.
 *
 * @param fit whether to show a sample of the vertices if the file does not fit
 * @returns the sample to show; undefined if the whole file fits
 * @throws LoadError if the file does not fit, and `fit` is false or it cannot be sampled
 */
export function fitMemory(
  path: string,
  { format, bytes, memoryBytes }: FileInspection,
  free: FreeMemory,
  fit: boolean,
): SampleRequest | undefined {
  const needed = memoryBytes + DRAWING_BYTES;
  if ((bytes < MIN_BYTES && memoryBytes < MIN_MEMORY) || needed <= free.bytes) return undefined;
  const reason = `it needs about ${formatBytes(needed)} of memory, but only ${formatBytes(free.bytes)} is free`;
  const usable = free.bytes - DRAWING_BYTES;
  const maxPoints = Math.min(MAX_POINTS, Math.floor(usable / BYTES_PER_POINT));
  const isSampled = format.samplePoints !== undefined || format.sampleStreamlines !== undefined;
  const canSample = isSampled && maxPoints >= MIN_POINTS;
  if (fit && canSample) return { maxPoints, reason };
  const alternative = canSample
    ? `; --fit shows a sample of its ${format.sampleStreamlines ? "streamlines" : "points"} instead`
    : "";
  throw new LoadError(path, `${reason}: ${ADVICE[free.limit]}${alternative}`, { format: format.name });
}
