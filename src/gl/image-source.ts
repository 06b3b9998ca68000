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

/** Copies `height` rows of `rowBytes` tightly packed, in reverse order if `flip`. `start` and `stride` of the source in bytes. */
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
    const at = start + row * stride;
    rows.set(source.subarray(at, at + rowBytes), (flip ? height - 1 - row : row) * rowBytes);
  }
  return rows;
}

/** Multiplies colour by alpha in place. No effect on formats without both. */
export function premultiply(data: Uint8Array<ArrayBuffer>, format: number, type: number): void {
  if (format !== GL.RGBA && format !== GL.LUMINANCE_ALPHA) return;
  const components = format === GL.RGBA ? 4 : 2;
  if (type === GL.UNSIGNED_BYTE) {
    for (let at = 0; at + components <= data.length; at += components) {
      const alpha = data[at + components - 1] ?? 0;
      for (let c = 0; c < components - 1; c++) data[at + c] = Math.round(((data[at + c] ?? 0) * alpha) / 255);
    }
  } else if (type === GL.FLOAT) {
    const values = new Float32Array(data.buffer);
    for (let at = 0; at + components <= values.length; at += components) {
      const alpha = values[at + components - 1] ?? 0;
      for (let c = 0; c < components - 1; c++) values[at + c] = (values[at + c] ?? 0) * alpha;
    }
  } else if (type === GL.UNSIGNED_SHORT_4_4_4_4) {
    const values = new Uint16Array(data.buffer);
    for (let at = 0; at < values.length; at++) {
      const value = values[at] ?? 0;
      const alpha = value & 15;
      const scaled = (shift: number) => Math.round((((value >> shift) & 15) * alpha) / 15) << shift;
      values[at] = scaled(12) | scaled(8) | scaled(4) | alpha;
    }
  } else if (type === GL.UNSIGNED_SHORT_5_5_5_1) {
    const values = new Uint16Array(data.buffer);
    for (let at = 0; at < values.length; at++) if (!((values[at] ?? 0) & 1)) values[at] = 0;
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

/** Indices of the RGBA components of a format. */
const CHANNELS: Record<number, readonly number[]> = {
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

/** Converts RGBA bytes to tightly packed pixels of `format` and `type`. Null if WebGL has no such conversion. */
export function convertPixels(
  rgba: Uint8Array<ArrayBuffer>,
  format: number,
  type: number,
): Uint8Array | null {
  const channels = CHANNELS[format];
  if (!channels) return null;
  const pixels = rgba.length / 4;
  const at = (pixel: number, channel: number) => rgba[pixel * 4 + channel] ?? 0;
  if (type === GL.UNSIGNED_BYTE) {
    if (channels.length === 4) return rgba;
    const out = new Uint8Array(pixels * channels.length);
    let next = 0;
    for (let p = 0; p < pixels; p++) for (const channel of channels) out[next++] = at(p, channel);
    return out;
  }
  if (type === GL.FLOAT || type === GL.HALF_FLOAT) {
    const out =
      type === GL.FLOAT
        ? new Float32Array(pixels * channels.length)
        : new Uint16Array(pixels * channels.length);
    let next = 0;
    for (let p = 0; p < pixels; p++) {
      for (const channel of channels) {
        const value = at(p, channel) / 255;
        out[next++] = type === GL.FLOAT ? value : toHalf(value);
      }
    }
    return new Uint8Array(out.buffer);
  }
  if (type === GL.UNSIGNED_INT_2_10_10_10_REV && channels.length === 4) {
    const out = new Uint32Array(pixels);
    const ten = (value: number) => Math.round((value * 1023) / 255);
    for (let p = 0; p < pixels; p++) {
      out[p] = ((at(p, 3) >> 6) << 30) | (ten(at(p, 2)) << 20) | (ten(at(p, 1)) << 10) | ten(at(p, 0));
    }
    return new Uint8Array(out.buffer);
  }
  const packs: Record<number, (p: number) => number> = {
    [GL.UNSIGNED_SHORT_5_6_5]: (p) => ((at(p, 0) >> 3) << 11) | ((at(p, 1) >> 2) << 5) | (at(p, 2) >> 3),
    [GL.UNSIGNED_SHORT_4_4_4_4]: (p) =>
      ((at(p, 0) >> 4) << 12) | ((at(p, 1) >> 4) << 8) | ((at(p, 2) >> 4) << 4) | (at(p, 3) >> 4),
    [GL.UNSIGNED_SHORT_5_5_5_1]: (p) =>
      ((at(p, 0) >> 3) << 11) | ((at(p, 1) >> 3) << 6) | ((at(p, 2) >> 3) << 1) | (at(p, 3) >> 7),
  };
  const pack = packs[type];
  if (!pack) return null;
  const out = new Uint16Array(pixels);
  for (let p = 0; p < pixels; p++) out[p] = pack(p);
  return new Uint8Array(out.buffer);
}
