import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { CHANNELS } from "./image-source.ts";

interface PixelType {
  /** Bytes of one component, or of the whole pixel when packed. */
  bytes: number;
  packed: boolean;
  /** Names of the typed arrays that WebGL allows for this type; empty if only null is allowed. */
  arrays: readonly string[];
}

const componentType = (bytes: number, ...arrays: string[]): PixelType => ({ bytes, packed: false, arrays });
const packedType = (bytes: number, ...arrays: string[]): PixelType => ({ bytes, packed: true, arrays });

const TYPES: Record<number, PixelType> = {
  [GL.UNSIGNED_BYTE]: componentType(1, "Uint8Array", "Uint8ClampedArray"),
  [GL.BYTE]: componentType(1, "Int8Array"),
  [GL.UNSIGNED_SHORT]: componentType(2, "Uint16Array"),
  [GL.SHORT]: componentType(2, "Int16Array"),
  [GL.UNSIGNED_INT]: componentType(4, "Uint32Array"),
  [GL.INT]: componentType(4, "Int32Array"),
  [GL.HALF_FLOAT]: componentType(2, "Uint16Array", "Float16Array"),
  [GL.FLOAT]: componentType(4, "Float32Array"),
  [GL.UNSIGNED_SHORT_5_6_5]: packedType(2, "Uint16Array"),
  [GL.UNSIGNED_SHORT_4_4_4_4]: packedType(2, "Uint16Array"),
  [GL.UNSIGNED_SHORT_5_5_5_1]: packedType(2, "Uint16Array"),
  [GL.UNSIGNED_INT_2_10_10_10_REV]: packedType(4, "Uint32Array"),
  [GL.UNSIGNED_INT_10F_11F_11F_REV]: packedType(4, "Uint32Array"),
  [GL.UNSIGNED_INT_5_9_9_9_REV]: packedType(4, "Uint32Array"),
  [GL.UNSIGNED_INT_24_8]: packedType(4, "Uint32Array"),
  [GL.FLOAT_32_UNSIGNED_INT_24_8_REV]: packedType(8),
};

/** Bytes per pixel; 0 if `format` or `type` does not exist in WebGL 2. */
export function pixelBytes(format: number, type: number): number {
  const depthComponents = format === GL.DEPTH_COMPONENT ? 1 : format === GL.DEPTH_STENCIL ? 2 : undefined;
  const components = depthComponents ?? CHANNELS[format]?.length;
  const kind = TYPES[type];
  if (!components || !kind) return 0;
  return kind.packed ? kind.bytes : components * kind.bytes;
}

/** Whether WebGL allows to transfer data of `type` from or to this view: WebGL 2.0 section 5.14.8. */
export function viewHoldsType(view: ArrayBufferView, type: number): boolean {
  return TYPES[type]?.arrays.includes(view.constructor.name) ?? false;
}

/** PACK_… or UNPACK_… parameters. The defaults are GL's. */
class PixelStore {
  alignment = 4;
  rowLength = 0;
  imageHeight = 0;
  skipPixels = 0;
  skipRows = 0;
  skipImages = 0;

  /** Rows are packed without padding, and nothing is skipped. */
  get isTight(): boolean {
    return (
      this.alignment === 1 &&
      !(this.rowLength || this.imageHeight || this.skipPixels || this.skipRows || this.skipImages)
    );
  }

  /** Whether a row (and an image of a 3D transfer) fits into the row length and image height. */
  fits(width: number, height: number, threeD: boolean): boolean {
    if (this.rowLength && this.skipPixels + width > this.rowLength) return false;
    return !(threeD && this.imageHeight && this.skipRows + height > this.imageHeight);
  }

  /** Stride in bytes. */
  rowStride(width: number, bytesPerPixel: number): number {
    const row = (this.rowLength || width) * bytesPerPixel;
    return Math.ceil(row / this.alignment) * this.alignment;
  }

  /** Offset of the first pixel in bytes. */
  start(width: number, height: number, bytesPerPixel: number, threeD: boolean): number {
    const stride = this.rowStride(width, bytesPerPixel);
    const images = threeD ? this.skipImages * stride * (this.imageHeight || height) : 0;
    return images + this.skipRows * stride + this.skipPixels * bytesPerPixel;
  }

  /** Size of a transfer in bytes, from the start of the memory to the last pixel. */
  size(width: number, height: number, depth: number, bytesPerPixel: number, threeD: boolean): number {
    if (width === 0 || height === 0 || depth === 0) return 0;
    const stride = this.rowStride(width, bytesPerPixel);
    const image = threeD ? (depth - 1) * stride * (this.imageHeight || height) : 0;
    return (
      this.start(width, height, bytesPerPixel, threeD) + image + (height - 1) * stride + width * bytesPerPixel
    );
  }
}

const TIGHT = Object.assign(new PixelStore(), { alignment: 1 });

/** Parameters of pixelStorei. The UNPACK_…_WEBGL ones do not exist in GL and are applied by pixel-upload.ts. */
export class PixelStoreState {
  readonly unpack = new PixelStore();
  readonly pack = new PixelStore();
  flipY = false;
  premultiplyAlpha = false;
  colorspaceConversion = GL.BROWSER_DEFAULT_WEBGL;
}

export abstract class PixelStoreMethods extends ContextMethods {
  pixelStorei(parameter: number, value: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    switch (parameter) {
      case GL.UNPACK_FLIP_Y_WEBGL:
        state.pixelStore.flipY = Boolean(value);
        return;
      case GL.UNPACK_PREMULTIPLY_ALPHA_WEBGL:
        state.pixelStore.premultiplyAlpha = Boolean(value);
        return;
      case GL.UNPACK_COLORSPACE_CONVERSION_WEBGL:
        if (value === GL.NONE || value === GL.BROWSER_DEFAULT_WEBGL)
          state.pixelStore.colorspaceConversion = value;
        else state.raise(GL.INVALID_VALUE);
        return;
    }
    const number = Number(value) | 0;
    const isAlignment = parameter === GL.UNPACK_ALIGNMENT || parameter === GL.PACK_ALIGNMENT;
    if (state.raiseIf(isAlignment ? ![1, 2, 4, 8].includes(number) : number < 0, GL.INVALID_VALUE)) return;
    if (setParameter(state, parameter, number)) state.gl.glPixelStorei(parameter, number);
    else state.raise(GL.INVALID_ENUM);
  }
}

/** False for a parameter that WebGL does not have. */
function setParameter(state: ContextState, parameter: number, value: number): boolean {
  const { pack, unpack } = state.pixelStore;
  if (parameter === GL.UNPACK_ALIGNMENT) unpack.alignment = value;
  else if (parameter === GL.UNPACK_ROW_LENGTH) unpack.rowLength = value;
  else if (parameter === GL.UNPACK_IMAGE_HEIGHT) unpack.imageHeight = value;
  else if (parameter === GL.UNPACK_SKIP_PIXELS) unpack.skipPixels = value;
  else if (parameter === GL.UNPACK_SKIP_ROWS) unpack.skipRows = value;
  else if (parameter === GL.UNPACK_SKIP_IMAGES) unpack.skipImages = value;
  else if (parameter === GL.PACK_ALIGNMENT) pack.alignment = value;
  else if (parameter === GL.PACK_ROW_LENGTH) pack.rowLength = value;
  else if (parameter === GL.PACK_SKIP_PIXELS) pack.skipPixels = value;
  else if (parameter === GL.PACK_SKIP_ROWS) pack.skipRows = value;
  else return false;
  return true;
}

/** Runs `upload` with tightly packed rows and no PIXEL_UNPACK_BUFFER, then restores the application's state. */
export function withTightUnpack(state: ContextState, upload: () => void): void {
  const { gl } = state;
  const { unpack } = state.pixelStore;
  const buffer = state.buffers.bound.get(GL.PIXEL_UNPACK_BUFFER);
  const set = (store: PixelStore) => {
    gl.glPixelStorei(GL.UNPACK_ALIGNMENT, store.alignment);
    gl.glPixelStorei(GL.UNPACK_ROW_LENGTH, store.rowLength);
    gl.glPixelStorei(GL.UNPACK_IMAGE_HEIGHT, store.imageHeight);
    gl.glPixelStorei(GL.UNPACK_SKIP_PIXELS, store.skipPixels);
    gl.glPixelStorei(GL.UNPACK_SKIP_ROWS, store.skipRows);
    gl.glPixelStorei(GL.UNPACK_SKIP_IMAGES, store.skipImages);
  };
  if (buffer) gl.glBindBuffer(GL.PIXEL_UNPACK_BUFFER, 0);
  if (!unpack.isTight) set(TIGHT);
  try {
    upload();
  } finally {
    // The native call throws when an argument is not a number.
    if (!unpack.isTight) set(unpack);
    if (buffer) gl.glBindBuffer(GL.PIXEL_UNPACK_BUFFER, buffer.name);
  }
}
