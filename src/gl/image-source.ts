import * as GL from "./constants.generated.ts";

/**
 * An image in memory, for example an ImageData or a decoded texture: RGBA bytes, top row first, not premultiplied.
 * UNPACK_FLIP_Y_WEBGL and UNPACK_PREMULTIPLY_ALPHA_WEBGL apply to it.
 */
export interface PixelSource {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayBufferView;
}

export function isPixelSource(value: unknown): value is PixelSource {
  if (typeof value !== "object" || value === null) return false;
  const { width, height, data } = value as Partial<PixelSource>;
  return typeof width === "number" && typeof height === "number" && ArrayBuffer.isView(data);
}

/** Copies `height` rows of `rowBytes`, tightly packed, in reverse order if `flip`. `start` and `stride` are in bytes. */
export function packRows(
  source: Uint8Array,
  start: number,
  stride: number,
  rowBytes: number,
  height: number,
  flip: boolean,
): Uint8Array<ArrayBuffer> {
  const rows = new Uint8Array(rowBytes * height);
  for (let row = 0; row < height; row++) {
    const offset = start + row * stride;
    rows.set(source.subarray(offset, offset + rowBytes), (flip ? height - 1 - row : row) * rowBytes);
  }
  return rows;
}

/** Multiplies color by alpha, in place. Formats without both are not changed. */
export function premultiply(data: Uint8Array<ArrayBuffer>, format: number, type: number): void {
  if (format !== GL.RGBA && format !== GL.LUMINANCE_ALPHA) return;
  const components = format === GL.RGBA ? 4 : 2;
  if (type === GL.UNSIGNED_BYTE) {
    for (let offset = 0; offset + components <= data.length; offset += components) {
      const alpha = data[offset + components - 1] ?? 0;
      for (let c = 0; c < components - 1; c++)
        data[offset + c] = Math.round(((data[offset + c] ?? 0) * alpha) / 255);
    }
  } else if (type === GL.FLOAT) {
    const values = new Float32Array(data.buffer);
    for (let index = 0; index + components <= values.length; index += components) {
      const alpha = values[index + components - 1] ?? 0;
      for (let c = 0; c < components - 1; c++) values[index + c] = (values[index + c] ?? 0) * alpha;
    }
  } else if (type === GL.UNSIGNED_SHORT_4_4_4_4) {
    const values = new Uint16Array(data.buffer);
    for (let pixel = 0; pixel < values.length; pixel++) {
      const value = values[pixel] ?? 0;
      const alpha = value & 15;
      const scaled = (shift: number) => Math.round((((value >> shift) & 15) * alpha) / 15) << shift;
      values[pixel] = scaled(12) | scaled(8) | scaled(4) | alpha;
    }
  } else if (type === GL.UNSIGNED_SHORT_5_5_5_1) {
    const values = new Uint16Array(data.buffer);
    for (let pixel = 0; pixel < values.length; pixel++) if (!((values[pixel] ?? 0) & 1)) values[pixel] = 0;
  }
}

const half = new DataView(new ArrayBuffer(4));

/** Half-precision float (IEEE 754 binary16) of a number in 0..1, rounded to nearest. */
function toHalf(value: number): number {
  half.setFloat32(0, value);
  const bits = half.getUint32(0);
  const exponent = ((bits >> 23) & 0xff) - 112;
  if (exponent <= 0) return Math.round(value * 2 ** 24);
  return ((exponent << 10) | ((bits >> 13) & 0x3ff)) + ((bits >> 12) & 1);
}

/** Indices of the RGBA components of a color format. */
export const CHANNELS: Record<number, readonly number[]> = {
  [GL.RGBA]: [0, 1, 2, 3],
  [GL.RGBA_INTEGER]: [0, 1, 2, 3],
  [GL.RGB]: [0, 1, 2],
  [GL.RGB_INTEGER]: [0, 1, 2],
  [GL.RG]: [0, 1],
  [GL.RG_INTEGER]: [0, 1],
  [GL.RED]: [0],
  [GL.RED_INTEGER]: [0],
  [GL.LUMINANCE]: [0],
  [GL.LUMINANCE_ALPHA]: [0, 3],
  [GL.ALPHA]: [3],
};

function toTenBits(value: number): number {
  return Math.round((value * 1023) / 255);
}

/** Functions that pack a pixel of four 8-bit components into one number, by type. */
const PACKERS: Record<number, (red: number, green: number, blue: number, alpha: number) => number> = {
  [GL.UNSIGNED_SHORT_5_6_5]: (red, green, blue) => ((red >> 3) << 11) | ((green >> 2) << 5) | (blue >> 3),
  [GL.UNSIGNED_SHORT_4_4_4_4]: (red, green, blue, alpha) =>
    ((red >> 4) << 12) | ((green >> 4) << 8) | ((blue >> 4) << 4) | (alpha >> 4),
  [GL.UNSIGNED_SHORT_5_5_5_1]: (red, green, blue, alpha) =>
    ((red >> 3) << 11) | ((green >> 3) << 6) | ((blue >> 3) << 1) | (alpha >> 7),
  [GL.UNSIGNED_INT_2_10_10_10_REV]: (red, green, blue, alpha) =>
    ((alpha >> 6) << 30) | (toTenBits(blue) << 20) | (toTenBits(green) << 10) | toTenBits(red),
};

/** Converts RGBA bytes to tightly packed pixels of `format` and `type`. Null if WebGL has no such conversion. */
export function convertPixels(
  rgba: Uint8Array<ArrayBuffer>,
  format: number,
  type: number,
): Uint8Array | null {
  const channels = CHANNELS[format];
  if (!channels) return null;
  const pixels = rgba.length / 4;
  if (type === GL.UNSIGNED_BYTE && channels.length === 4) return rgba;
  if (type === GL.UNSIGNED_BYTE || type === GL.FLOAT || type === GL.HALF_FLOAT) {
    const View = type === GL.FLOAT ? Float32Array : type === GL.HALF_FLOAT ? Uint16Array : Uint8Array;
    const out = new View(pixels * channels.length);
    let next = 0;
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (const channel of channels) {
        const value = rgba[pixel * 4 + channel] ?? 0;
        out[next++] = type === GL.FLOAT ? value / 255 : type === GL.HALF_FLOAT ? toHalf(value / 255) : value;
      }
    }
    return new Uint8Array(out.buffer);
  }
  const pack = PACKERS[type];
  const isWide = type === GL.UNSIGNED_INT_2_10_10_10_REV;
  if (!pack || (isWide && channels.length < 4)) return null;
  const out = isWide ? new Uint32Array(pixels) : new Uint16Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const start = pixel * 4;
    out[pixel] = pack(rgba[start] ?? 0, rgba[start + 1] ?? 0, rgba[start + 2] ?? 0, rgba[start + 3] ?? 0);
  }
  return new Uint8Array(out.buffer);
}
