/** How a text begins that is UTF-16: with a byte order mark. */
export function utf16Encoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}

/** A text file as bytes without a byte order mark in which ASCII is one byte a character: UTF-16 becomes UTF-8. */
export function asciiCompatible(bytes: Uint8Array): Uint8Array {
  const utf16 = utf16Encoding(bytes);
  if (utf16 !== undefined) return new TextEncoder().encode(new TextDecoder(utf16).decode(bytes));
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
}

/** Decodes UTF-8, or Windows' Western European encoding where it is not UTF-8: old exporters write names in it. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
