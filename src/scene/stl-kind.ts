/** Bytes of a binary STL file before its triangles: a header of 80, and their count. */
export const STL_HEADER_BYTES = 84;
export const STL_TRIANGLE_BYTES = 50;

/** Bytes that a binary STL file should have by the count in its header. */
export function declaredStlBytes(head: Uint8Array): number {
  if (head.byteLength < STL_HEADER_BYTES) return Number.NaN;
  const count = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(80, true);
  return STL_HEADER_BYTES + STL_TRIANGLE_BYTES * count;
}

/**
 * Tells ASCII STL from binary, whose header may say "solid" and even "facet" too: only text has a loop of
 * vertices after it. Comments or a byte order mark may come first, and capitals are as good.
 *
 * @param head the start of the file
 * @param size bytes of the file: where the count of a binary header fits it, nothing else matters
 */
export function isTextStl(head: Uint8Array, size: number): boolean {
  if (declaredStlBytes(head) === size) return false;
  const text = new TextDecoder("latin1").decode(head);
  if (/\bfacet\s[\s\S]*?\bouter\s+loop\s[\s\S]*?\bvertex\s/i.test(text)) return true;
  return /^(?:\xef\xbb\xbf)?\s*solid\b/i.test(text) && !head.includes(0);
}
