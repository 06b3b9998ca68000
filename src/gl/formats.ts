import * as GL from "./constants.generated.ts";

/** Format and type for uploading zeroes to a sized internal format. */
const UPLOAD: Record<number, readonly [format: number, type: number]> = {
  [GL.R8]: [GL.RED, GL.UNSIGNED_BYTE],
  [GL.R8_SNORM]: [GL.RED, GL.BYTE],
  [GL.R16F]: [GL.RED, GL.HALF_FLOAT],
  [GL.R32F]: [GL.RED, GL.FLOAT],
  [GL.R8UI]: [GL.RED_INTEGER, GL.UNSIGNED_BYTE],
  [GL.R8I]: [GL.RED_INTEGER, GL.BYTE],
  [GL.R16UI]: [GL.RED_INTEGER, GL.UNSIGNED_SHORT],
  [GL.R16I]: [GL.RED_INTEGER, GL.SHORT],
  [GL.R32UI]: [GL.RED_INTEGER, GL.UNSIGNED_INT],
  [GL.R32I]: [GL.RED_INTEGER, GL.INT],
  [GL.RG8]: [GL.RG, GL.UNSIGNED_BYTE],
  [GL.RG8_SNORM]: [GL.RG, GL.BYTE],
  [GL.RG16F]: [GL.RG, GL.HALF_FLOAT],
  [GL.RG32F]: [GL.RG, GL.FLOAT],
  [GL.RG8UI]: [GL.RG_INTEGER, GL.UNSIGNED_BYTE],
  [GL.RG8I]: [GL.RG_INTEGER, GL.BYTE],
  [GL.RG16UI]: [GL.RG_INTEGER, GL.UNSIGNED_SHORT],
  [GL.RG16I]: [GL.RG_INTEGER, GL.SHORT],
  [GL.RG32UI]: [GL.RG_INTEGER, GL.UNSIGNED_INT],
  [GL.RG32I]: [GL.RG_INTEGER, GL.INT],
  [GL.RGB8]: [GL.RGB, GL.UNSIGNED_BYTE],
  [GL.SRGB8]: [GL.RGB, GL.UNSIGNED_BYTE],
  [GL.RGB565]: [GL.RGB, GL.UNSIGNED_SHORT_5_6_5],
  [GL.RGB8_SNORM]: [GL.RGB, GL.BYTE],
  [GL.R11F_G11F_B10F]: [GL.RGB, GL.UNSIGNED_INT_10F_11F_11F_REV],
  [GL.RGB9_E5]: [GL.RGB, GL.UNSIGNED_INT_5_9_9_9_REV],
  [GL.RGB16F]: [GL.RGB, GL.HALF_FLOAT],
  [GL.RGB32F]: [GL.RGB, GL.FLOAT],
  [GL.RGB8UI]: [GL.RGB_INTEGER, GL.UNSIGNED_BYTE],
  [GL.RGB8I]: [GL.RGB_INTEGER, GL.BYTE],
  [GL.RGB16UI]: [GL.RGB_INTEGER, GL.UNSIGNED_SHORT],
  [GL.RGB16I]: [GL.RGB_INTEGER, GL.SHORT],
  [GL.RGB32UI]: [GL.RGB_INTEGER, GL.UNSIGNED_INT],
  [GL.RGB32I]: [GL.RGB_INTEGER, GL.INT],
  [GL.RGBA8]: [GL.RGBA, GL.UNSIGNED_BYTE],
  [GL.SRGB8_ALPHA8]: [GL.RGBA, GL.UNSIGNED_BYTE],
  [GL.RGBA8_SNORM]: [GL.RGBA, GL.BYTE],
  [GL.RGB5_A1]: [GL.RGBA, GL.UNSIGNED_SHORT_5_5_5_1],
  [GL.RGBA4]: [GL.RGBA, GL.UNSIGNED_SHORT_4_4_4_4],
  [GL.RGB10_A2]: [GL.RGBA, GL.UNSIGNED_INT_2_10_10_10_REV],
  [GL.RGBA16F]: [GL.RGBA, GL.HALF_FLOAT],
  [GL.RGBA32F]: [GL.RGBA, GL.FLOAT],
  [GL.RGBA8UI]: [GL.RGBA_INTEGER, GL.UNSIGNED_BYTE],
  [GL.RGBA8I]: [GL.RGBA_INTEGER, GL.BYTE],
  [GL.RGB10_A2UI]: [GL.RGBA_INTEGER, GL.UNSIGNED_INT_2_10_10_10_REV],
  [GL.RGBA16UI]: [GL.RGBA_INTEGER, GL.UNSIGNED_SHORT],
  [GL.RGBA16I]: [GL.RGBA_INTEGER, GL.SHORT],
  [GL.RGBA32UI]: [GL.RGBA_INTEGER, GL.UNSIGNED_INT],
  [GL.RGBA32I]: [GL.RGBA_INTEGER, GL.INT],
  [GL.DEPTH_COMPONENT16]: [GL.DEPTH_COMPONENT, GL.UNSIGNED_SHORT],
  [GL.DEPTH_COMPONENT24]: [GL.DEPTH_COMPONENT, GL.UNSIGNED_INT],
  [GL.DEPTH_COMPONENT32F]: [GL.DEPTH_COMPONENT, GL.FLOAT],
  [GL.DEPTH24_STENCIL8]: [GL.DEPTH_STENCIL, GL.UNSIGNED_INT_24_8],
  [GL.DEPTH32F_STENCIL8]: [GL.DEPTH_STENCIL, GL.FLOAT_32_UNSIGNED_INT_24_8_REV],
};

/** Format and type for uploading to a sized internal format. Undefined for compressed and unknown formats. */
export function uploadFormat(internalFormat: number): readonly [format: number, type: number] | undefined {
  return UPLOAD[internalFormat];
}

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
