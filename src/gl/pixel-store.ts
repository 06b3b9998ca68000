import * as GL from "./constants.generated.ts";

/** Components per format of the data's side. */
const COMPONENTS: Record<number, number> = {
  [GL.RED]: 1,
  [GL.RED_INTEGER]: 1,
  [GL.RG]: 2,
  [GL.RG_INTEGER]: 2,
  [GL.RGB]: 3,
  [GL.RGB_INTEGER]: 3,
  [GL.RGBA]: 4,
  [GL.RGBA_INTEGER]: 4,
  [GL.ALPHA]: 1,
  [GL.LUMINANCE]: 1,
  [GL.LUMINANCE_ALPHA]: 2,
  [GL.DEPTH_COMPONENT]: 1,
  [GL.DEPTH_STENCIL]: 2,
};

interface PixelType {
  /** Bytes of one component, or of the whole pixel when packed. */
  bytes: number;
  packed: boolean;
  /** Names of the typed arrays that hold such data; none: only null is allowed. */
  arrays: readonly string[];
}

const component = (bytes: number, ...arrays: string[]): PixelType => ({ bytes, packed: false, arrays });
const packed = (bytes: number, ...arrays: string[]): PixelType => ({ bytes, packed: true, arrays });

const TYPES: Record<number, PixelType> = {
  [GL.UNSIGNED_BYTE]: component(1, "Uint8Array", "Uint8ClampedArray"),
  [GL.BYTE]: component(1, "Int8Array"),
  [GL.UNSIGNED_SHORT]: component(2, "Uint16Array"),
  [GL.SHORT]: component(2, "Int16Array"),
  [GL.UNSIGNED_INT]: component(4, "Uint32Array"),
  [GL.INT]: component(4, "Int32Array"),
  [GL.HALF_FLOAT]: component(2, "Uint16Array", "Float16Array"),
  [GL.FLOAT]: component(4, "Float32Array"),
  [GL.UNSIGNED_SHORT_5_6_5]: packed(2, "Uint16Array"),
  [GL.UNSIGNED_SHORT_4_4_4_4]: packed(2, "Uint16Array"),
  [GL.UNSIGNED_SHORT_5_5_5_1]: packed(2, "Uint16Array"),
  [GL.UNSIGNED_INT_2_10_10_10_REV]: packed(4, "Uint32Array"),
  [GL.UNSIGNED_INT_10F_11F_11F_REV]: packed(4, "Uint32Array"),
  [GL.UNSIGNED_INT_5_9_9_9_REV]: packed(4, "Uint32Array"),
  [GL.UNSIGNED_INT_24_8]: packed(4, "Uint32Array"),
  [GL.FLOAT_32_UNSIGNED_INT_24_8_REV]: packed(8),
};

/** Bytes of one pixel; 0 when `format` or `type` is not one of WebGL 2's. */
export function pixelBytes(format: number, type: number): number {
  const components = COMPONENTS[format];
  const kind = TYPES[type];
  if (!components || !kind) return 0;
  return kind.packed ? kind.bytes : components * kind.bytes;
}

/** Whether data of `type` may come from (or go to) this view: WebGL 2.0 section 5.14.8. */
export function viewHoldsType(view: ArrayBufferView, type: number): boolean {
  return TYPES[type]?.arrays.includes(view.constructor.name) ?? false;
}

/** PACK_… or UNPACK_… parameters. The defaults are GL's. */
export class PixelStore {
  alignment = 4;
  rowLength = 0;
  imageHeight = 0;
  skipPixels = 0;
  skipRows = 0;
  skipImages = 0;

  get isTight(): boolean {
    return (
      this.alignment === 1 &&
      !(this.rowLength || this.imageHeight || this.skipPixels || this.skipRows || this.skipImages)
    );
  }

  /** Whether a row (and an image, of a 3D transfer) fits into the lengths that were set. */
  fits(width: number, height: number, threeD: boolean): boolean {
    if (this.rowLength && this.skipPixels + width > this.rowLength) return false;
    return !(threeD && this.imageHeight && this.skipRows + height > this.imageHeight);
  }

  /** Bytes from one row to the next. */
  rowStride(width: number, bytesPerPixel: number): number {
    const row = (this.rowLength || width) * bytesPerPixel;
    return Math.ceil(row / this.alignment) * this.alignment;
  }

  /** Byte at which the first pixel is. */
  start(width: number, height: number, bytesPerPixel: number, threeD: boolean): number {
    const stride = this.rowStride(width, bytesPerPixel);
    const images = threeD ? this.skipImages * stride * (this.imageHeight || height) : 0;
    return images + this.skipRows * stride + this.skipPixels * bytesPerPixel;
  }

  /** Bytes that a transfer touches, from the start of the memory to its last pixel. */
  size(width: number, height: number, depth: number, bytesPerPixel: number, threeD: boolean): number {
    if (width === 0 || height === 0 || depth === 0) return 0;
    const stride = this.rowStride(width, bytesPerPixel);
    const image = threeD ? (depth - 1) * stride * (this.imageHeight || height) : 0;
    return (
      this.start(width, height, bytesPerPixel, threeD) + image + (height - 1) * stride + width * bytesPerPixel
    );
  }
}
