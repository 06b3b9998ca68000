import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import { convertPixels, isPixelSource, type PixelSource, packRows, premultiply } from "./image-source.ts";
import { pixelBytes, viewHoldsType } from "./pixel-store.ts";
import type { PointerArgument } from "./scratch.ts";

/**
 * Source of an upload: a view, a byte offset into the PIXEL_UNPACK_BUFFER, an image, or null. The DOM's sources are
 * included to make the context assignable to the DOM's type; a source without `data` throws a TypeError.
 */
export type UploadSource = ArrayBufferView | number | ImageSource | null;
export type ImageSource = PixelSource | TexImageSource;

/** Checked pixels for the driver. If `tight`, they must be uploaded by `withTightUnpack`. */
interface Upload {
  pixels: PointerArgument;
  tight: boolean;
}

export interface UploadExtent {
  width: number;
  height: number;
  depth: number;
  threeD: boolean;
}

/** Checks a source and converts it for the driver. Null, with the error recorded, if it is invalid. */
export function prepareUpload(
  state: ContextState,
  source: UploadSource,
  sourceOffset: number,
  extent: UploadExtent,
  format: number,
  type: number,
): Upload | null {
  const { width, height, depth } = extent;
  if (width < 0 || height < 0 || depth < 0) return state.refuse(GL.INVALID_VALUE);
  const buffer = state.buffers.bound.get(GL.PIXEL_UNPACK_BUFFER);
  if (typeof source === "number") return uploadFromBuffer(state, source, Boolean(buffer));
  if (buffer) return state.refuse(GL.INVALID_OPERATION);
  if (source === null || source === undefined) return { pixels: null, tight: false };
  const bytesPerPixel = pixelBytes(format, type);
  if (!bytesPerPixel) return state.refuse(GL.INVALID_ENUM);
  if (!ArrayBuffer.isView(source)) return uploadFromImage(state, source, extent, format, type);
  return uploadFromView(state, source, sourceOffset, extent, bytesPerPixel, format, type);
}

function uploadFromBuffer(state: ContextState, offset: number, bound: boolean): Upload | null {
  const { flipY, premultiplyAlpha } = state.pixelStore;
  if (offset < 0) return state.refuse(GL.INVALID_VALUE);
  if (!bound || flipY || premultiplyAlpha) return state.refuse(GL.INVALID_OPERATION);
  return { pixels: offset, tight: false };
}

function uploadFromView(
  state: ContextState,
  view: ArrayBufferView,
  offset: number,
  extent: UploadExtent,
  bytesPerPixel: number,
  format: number,
  type: number,
): Upload | null {
  const { unpack, flipY, premultiplyAlpha } = state.pixelStore;
  if (!viewHoldsType(view, type)) return state.refuse(GL.INVALID_OPERATION);
  const { width, height, depth, threeD } = extent;
  const elementBytes = (view as Uint8Array).BYTES_PER_ELEMENT;
  const available = view.byteLength - offset * elementBytes;
  if (offset < 0 || available < 0) return state.refuse(offset < 0 ? GL.INVALID_VALUE : GL.INVALID_OPERATION);
  if (!unpack.fits(width, height, threeD)) return state.refuse(GL.INVALID_OPERATION);
  if (unpack.size(width, height, depth, bytesPerPixel, threeD) > available) {
    return state.refuse(GL.INVALID_OPERATION);
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset * elementBytes, available);
  if (!flipY && !premultiplyAlpha) {
    // An empty view has no address. A null pointer is equivalent for an empty upload.
    return { pixels: available > 0 ? bytes : null, tight: false };
  }
  if (threeD) return state.refuse(GL.INVALID_OPERATION);
  const start = unpack.start(width, height, bytesPerPixel, false);
  const stride = unpack.rowStride(width, bytesPerPixel);
  const rows = packRows(bytes, start, stride, width * bytesPerPixel, height, flipY);
  if (premultiplyAlpha) premultiply(rows, format, type);
  return { pixels: rows.length > 0 ? rows : null, tight: true };
}

function uploadFromImage(
  state: ContextState,
  source: ImageSource,
  extent: UploadExtent,
  format: number,
  type: number,
): Upload | null {
  if (!isPixelSource(source)) {
    throw new TypeError(
      "A texture's source must be a typed array or an object with width, height and data (RGBA bytes, rows from the top).",
    );
  }
  const { data } = source;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < source.width * source.height * 4) {
    throw new TypeError(
      `An image of ${source.width}x${source.height} needs ${source.width * source.height * 4} bytes of data, not ${bytes.length}.`,
    );
  }
  const { unpack, flipY, premultiplyAlpha } = state.pixelStore;
  const { skipPixels, skipRows, skipImages } = unpack;
  const { width, height, depth, threeD } = extent;
  const firstRow = skipRows + (threeD ? skipImages * (unpack.imageHeight || height) : 0);
  const rowsPerImage = threeD ? unpack.imageHeight || height : height;
  if (skipPixels + width > source.width || firstRow + rowsPerImage * (depth - 1) + height > source.height) {
    return state.refuse(GL.INVALID_OPERATION);
  }
  const images: Uint8Array<ArrayBuffer>[] = [];
  for (let image = 0; image < depth; image++) {
    const start = ((firstRow + image * rowsPerImage) * source.width + skipPixels) * 4;
    images.push(packRows(bytes, start, source.width * 4, width * 4, height, flipY));
  }
  const rgba = images.length === 1 && images[0] ? images[0] : new Uint8Array(Buffer.concat(images));
  if (premultiplyAlpha) premultiply(rgba, GL.RGBA, GL.UNSIGNED_BYTE);
  const pixels = convertPixels(rgba, format, type);
  return pixels
    ? { pixels: pixels.length > 0 ? pixels : null, tight: true }
    : state.refuse(GL.INVALID_OPERATION);
}
