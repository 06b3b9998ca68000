import type { Vec3 } from "../../geometry/coordinates.ts";
import type { Surface } from "../data-kinds.ts";

/** Size of a binary STL file's header: 80 bytes of text and the triangle count. */
export const STL_HEADER_BYTES = 84;
export const STL_TRIANGLE_BYTES = 50;
/** Offset in a triangle of its attribute, two bytes, which can be a color. */
export const STL_COLOR_OFFSET = 48;

export interface StlTriangles {
  /** Several surfaces if the triangles exceed an ArrayBuffer; empty without triangles. */
  readonly surfaces: readonly Surface[];
  readonly origin: Vec3;
}

/** Size of a binary STL file by the triangle count in its header; NaN if the header is incomplete. */
export function declaredStlBytes(head: Uint8Array): number {
  if (head.byteLength < STL_HEADER_BYTES) return Number.NaN;
  const count = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(80, true);
  return STL_HEADER_BYTES + STL_TRIANGLE_BYTES * count;
}

/**
 * Distinguishes ASCII STL from binary. A binary header can contain "solid" and even "facet"; only text has a vertex loop
 * after it. Text can start with comments or a byte order mark, in any letter case.
 *
 * @param head the start of the file
 * @param size file size in bytes; a file whose size fits the triangle count in its header is binary
 */
export function isTextStl(head: Uint8Array, size: number): boolean {
  if (declaredStlBytes(head) === size) return false;
  const text = new TextDecoder("latin1").decode(head);
  if (/\bfacet\s[\s\S]*?\bouter\s+loop\s[\s\S]*?\bvertex\s/i.test(text)) return true;
  return /^(?:\xef\xbb\xbf)?\s*solid\b/i.test(text) && !head.includes(0);
}
