import { startsWith } from "../starts-with.ts";
import { threeBytes } from "./big-endian.ts";

/** Start of a paint file: a 16-bit number that is not used (latency), and the number of vertices. */
export const PAINT_HEADER_BYTES = 5;
/** A vertex in three bytes, and its value. */
export const PAINT_RECORD_BYTES = 7;

/** Triangles, quads with integer or float coordinates (before 1998), or values per vertex (curvature and the like). */
export type FreeSurferKind = "triangles" | "quads" | "float quads" | "values";

/**
 * Detects the kind of a file by its magic number. Quads and values have the same one: quads are those whose size fits exactly.
 *
 * @param size of the file, or an upper bound
 */
export function surfaceKind(head: Uint8Array, size: number): FreeSurferKind | undefined {
  if (head.length < 15) return undefined;
  if (startsWith(head, "\xff\xff\xfe")) return "triangles";
  if (startsWith(head, "\xff\xff\xfd")) return "float quads";
  if (!startsWith(head, "\xff\xff\xff")) return undefined;
  const isQuads = size === 9 + 6 * threeBytes(head, 3) + 12 * threeBytes(head, 6);
  return isQuads ? "quads" : "values";
}

/** Whether a file has the old layout of values, which has no magic number: counts and 16-bit integers. */
export function isOldValues(head: Uint8Array, size: number): boolean {
  return head.length > 6 && threeBytes(head, 0) > 0 && size === 6 + 2 * threeBytes(head, 0);
}
