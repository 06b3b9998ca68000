import { DataError } from "../../load-error.ts";

/**
 * Decompresses a block of LZ4 (lz4/doc/lz4_Block_format.md).
 *
 * @param size of the decompressed block, bytes
 * @throws DataError if the block is damaged
 */
export function decompressLz4(block: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let [from, to] = [0, 0];
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; ) {
      byte = block[from] ?? 0;
      from += 1;
      sum += byte;
    }
    return sum;
  };
  while (from < block.length) {
    const token = block[from] ?? 0;
    from += 1;
    const literals = length(token >> 4);
    if (literals > block.length - from || literals > size - to) throw damaged();
    output.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from >= block.length) break;
    const distance = (block[from] ?? 0) | ((block[from + 1] ?? 0) << 8);
    from += 2;
    const matched = length(token & 15) + 4;
    if (distance === 0 || distance > to || matched > size - to) throw damaged();
    // A match can overlap the bytes that it writes.
    if (distance >= matched) output.copyWithin(to, to - distance, to - distance + matched);
    else for (let i = 0; i < matched; i += 1) output[to + i] = output[to + i - distance] ?? 0;
    to += matched;
  }
  if (to !== size) throw damaged();
  return output;
}

function damaged(): DataError {
  return new DataError("its compressed data (LZ4) is damaged");
}
