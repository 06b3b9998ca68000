/** Width, height (px) and size (bytes) of one block of a compressed format. Undefined for other formats. */
export function compressedBlock(
  format: number,
): readonly [width: number, height: number, bytes: number] | undefined {
  // S3TC, linear and sRGB: 8 bytes per block of DXT1, 16 of DXT3 and DXT5.
  if (format === 0x83f0 || format === 0x83f1 || format === 0x8c4c || format === 0x8c4d) return [4, 4, 8];
  if (format === 0x83f2 || format === 0x83f3 || format === 0x8c4e || format === 0x8c4f) return [4, 4, 16];
  // RGTC and BPTC.
  if (format === 0x8dbb || format === 0x8dbc) return [4, 4, 8];
  if (format === 0x8dbd || format === 0x8dbe || (format >= 0x8e8c && format <= 0x8e8f)) return [4, 4, 16];
  // ETC1, then ETC2 and EAC.
  if (format === 0x8d64) return [4, 4, 8];
  if (format >= 0x9270 && format <= 0x9279) {
    const hasTwoChannelsOrAlpha =
      format === 0x9272 || format === 0x9273 || format === 0x9278 || format === 0x9279;
    return [4, 4, hasTwoChannelsOrAlpha ? 16 : 8];
  }
  // ASTC, linear and sRGB.
  const block = ASTC_BLOCKS[format - 0x93b0] ?? ASTC_BLOCKS[format - 0x93d0];
  return block ? [block[0], block[1], 16] : undefined;
}

/** Width and height of the ASTC blocks, in the order of the formats. */
export const ASTC_BLOCKS: readonly (readonly [number, number])[] = [
  [4, 4],
  [5, 4],
  [5, 5],
  [6, 5],
  [6, 6],
  [8, 5],
  [8, 6],
  [8, 8],
  [10, 5],
  [10, 6],
  [10, 8],
  [10, 10],
  [12, 10],
  [12, 12],
];
