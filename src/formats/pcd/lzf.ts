import { DataError } from "../load-error.ts";

/** Maximum ratio of LZF: three bytes stand for 264. */
export const MAX_LZF_RATIO = 88;

/**
 * Decompresses LZF (Marc Lehmann's LibLZF): literal runs and references to the last 8 kB.
 *
 * @param to receives exactly as many bytes as it has
 * @throws DataError if the data is damaged
 */
export function decompressLzf(from: Uint8Array, to: Uint8Array): void {
  let input = 0;
  let output = 0;
  while (input < from.length) {
    const control = from[input] ?? 0;
    input += 1;
    if (control < 32) {
      const length = control + 1;
      if (input + length > from.length || output + length > to.length) throw damaged();
      to.set(from.subarray(input, input + length), output);
      input += length;
      output += length;
      continue;
    }
    let length = control >> 5;
    if (length === 7) {
      length += from[input] ?? 0;
      input += 1;
    }
    length += 2;
    const start = output - ((control & 31) << 8) - (from[input] ?? 0) - 1;
    input += 1;
    if (start < 0 || input > from.length || output + length > to.length) throw damaged();
    // Byte by byte: a reference can overlap what it produces.
    for (let i = 0; i < length; i += 1) to[output + i] = to[start + i] ?? 0;
    output += length;
  }
  if (output !== to.length) throw damaged();
}

function damaged(): DataError {
  return new DataError("its compressed data is cut off or damaged; copy the file again");
}
