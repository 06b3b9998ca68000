import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { convertPixels, flippedRows, isPixelSource, type PixelSource, premultiply } from "./image-source.ts";
import type { PointerArgument } from "./native-types.ts";
import { PixelStore, pixelBytes, viewHoldsType } from "./pixel-store.ts";
import { Samplers } from "./samplers.ts";

/**
 * What the types let an upload read from: a view, a byte offset into the PIXEL_UNPACK_BUFFER, a picture, or nothing.
 * The DOM's sources are here so that the context passes for the DOM's; one without `data` throws a TypeError.
 */
export type UploadSource = ArrayBufferView | number | PictureSource | null;
export type PictureSource = PixelSource | TexImageSource;

/** Checked pixels for the driver. `tight` data ignores the program's UNPACK parameters. */
export interface Upload {
  pixels: PointerArgument;
  tight: boolean;
}

export interface UploadExtent {
  width: number;
  height: number;
  depth: number;
  threeD: boolean;
}

/** pixelStorei, and the one place where memory of the program is checked before the driver reads or writes it. */
export abstract class PixelTransfer extends Samplers {
  protected readonly unpack = new PixelStore();
  protected readonly pack = new PixelStore();
  protected unpackFlipY = false;
  protected unpackPremultiplyAlpha = false;
  protected unpackColorspaceConversion = GL.BROWSER_DEFAULT_WEBGL;

  protected resetPixelStore(): void {
    Object.assign(this.unpack, new PixelStore());
    Object.assign(this.pack, new PixelStore());
    this.unpackFlipY = false;
    this.unpackPremultiplyAlpha = false;
    this.unpackColorspaceConversion = GL.BROWSER_DEFAULT_WEBGL;
  }

  pixelStorei(parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    switch (parameter) {
      case GL.UNPACK_FLIP_Y_WEBGL:
        this.unpackFlipY = Boolean(value);
        return;
      case GL.UNPACK_PREMULTIPLY_ALPHA_WEBGL:
        this.unpackPremultiplyAlpha = Boolean(value);
        return;
      case GL.UNPACK_COLORSPACE_CONVERSION_WEBGL:
        if (value === GL.NONE || value === GL.BROWSER_DEFAULT_WEBGL) this.unpackColorspaceConversion = value;
        else this.raise(GL.INVALID_VALUE);
        return;
    }
    const number = Number(value) | 0;
    const isAlignment = parameter === GL.UNPACK_ALIGNMENT || parameter === GL.PACK_ALIGNMENT;
    if (isAlignment ? ![1, 2, 4, 8].includes(number) : number < 0) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (this.#store(parameter, number)) this.gl.glPixelStorei(parameter, number);
    else this.raise(GL.INVALID_ENUM);
  }

  #store(parameter: number, value: number): boolean {
    const { pack, unpack } = this;
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

  /** Runs `upload` with rows one after the other and no pixel buffer bound, and puts the program's state back. */
  protected withTightUnpack(upload: () => void): void {
    const { gl, unpack } = this;
    const buffer = this.boundBuffers.get(GL.PIXEL_UNPACK_BUFFER);
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
      // An argument that is no number throws out of the native call.
      if (!unpack.isTight) set(unpack);
      if (buffer) gl.glBindBuffer(GL.PIXEL_UNPACK_BUFFER, buffer.name);
    }
  }

  /** Checks a source and makes it what the driver can read; null after an error was raised. */
  protected prepareUpload(
    source: UploadSource,
    sourceOffset: number,
    extent: UploadExtent,
    format: number,
    type: number,
  ): Upload | null {
    const { width, height, depth } = extent;
    if (width < 0 || height < 0 || depth < 0) return this.#refuse(GL.INVALID_VALUE);
    const buffer = this.boundBuffers.get(GL.PIXEL_UNPACK_BUFFER);
    if (typeof source === "number") return this.#fromBuffer(source, Boolean(buffer));
    if (buffer) return this.#refuse(GL.INVALID_OPERATION);
    if (source === null || source === undefined) return { pixels: null, tight: false };
    const bytesPerPixel = pixelBytes(format, type);
    if (!bytesPerPixel) return this.#refuse(GL.INVALID_ENUM);
    if (!ArrayBuffer.isView(source)) return this.#fromPicture(source, extent, format, type);
    return this.#fromView(source, sourceOffset, extent, bytesPerPixel, format, type);
  }

  #refuse(error: number): null {
    this.raise(error);
    return null;
  }

  #fromBuffer(offset: number, bound: boolean): Upload | null {
    if (offset < 0) return this.#refuse(GL.INVALID_VALUE);
    if (!bound || this.unpackFlipY || this.unpackPremultiplyAlpha) return this.#refuse(GL.INVALID_OPERATION);
    return { pixels: offset, tight: false };
  }

  #fromView(
    view: ArrayBufferView,
    offset: number,
    extent: UploadExtent,
    bytesPerPixel: number,
    format: number,
    type: number,
  ): Upload | null {
    if (!viewHoldsType(view, type)) return this.#refuse(GL.INVALID_OPERATION);
    const { width, height, depth, threeD } = extent;
    const elementBytes = (view as Uint8Array).BYTES_PER_ELEMENT;
    const available = view.byteLength - offset * elementBytes;
    if (offset < 0 || available < 0)
      return this.#refuse(offset < 0 ? GL.INVALID_VALUE : GL.INVALID_OPERATION);
    if (!this.unpack.fits(width, height, threeD)) return this.#refuse(GL.INVALID_OPERATION);
    if (this.unpack.size(width, height, depth, bytesPerPixel, threeD) > available) {
      return this.#refuse(GL.INVALID_OPERATION);
    }
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset * elementBytes, available);
    if (!this.unpackFlipY && !this.unpackPremultiplyAlpha) {
      // An empty view has no address to give; GL reads nothing from a null pointer of an empty upload either.
      return { pixels: available > 0 ? bytes : null, tight: false };
    }
    if (threeD) return this.#refuse(GL.INVALID_OPERATION);
    const start = this.unpack.start(width, height, bytesPerPixel, false);
    const stride = this.unpack.rowStride(width, bytesPerPixel);
    const rows = flippedRows(bytes, start, stride, width * bytesPerPixel, height, this.unpackFlipY);
    if (this.unpackPremultiplyAlpha) premultiply(rows, format, type);
    return { pixels: rows.length > 0 ? rows : null, tight: true };
  }

  #fromPicture(picture: PictureSource, extent: UploadExtent, format: number, type: number): Upload | null {
    if (!isPixelSource(picture)) {
      throw new TypeError(
        "A texture's source must be a typed array or an object with width, height and data (RGBA bytes, rows from the top).",
      );
    }
    const { data } = picture;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length < picture.width * picture.height * 4) {
      throw new TypeError(
        `The picture says ${picture.width}x${picture.height}, but its data has ${bytes.length} bytes instead of ${picture.width * picture.height * 4}.`,
      );
    }
    const { skipPixels, skipRows, skipImages } = this.unpack;
    const { width, height, depth, threeD } = extent;
    const firstRow = skipRows + (threeD ? skipImages * (this.unpack.imageHeight || height) : 0);
    const rowsPerImage = threeD ? this.unpack.imageHeight || height : height;
    if (
      skipPixels + width > picture.width ||
      firstRow + rowsPerImage * (depth - 1) + height > picture.height
    ) {
      return this.#refuse(GL.INVALID_OPERATION);
    }
    const images: Uint8Array<ArrayBuffer>[] = [];
    for (let image = 0; image < depth; image++) {
      const start = ((firstRow + image * rowsPerImage) * picture.width + skipPixels) * 4;
      images.push(flippedRows(bytes, start, picture.width * 4, width * 4, height, this.unpackFlipY));
    }
    const rgba = images.length === 1 && images[0] ? images[0] : new Uint8Array(Buffer.concat(images));
    if (this.unpackPremultiplyAlpha) premultiply(rgba, GL.RGBA, GL.UNSIGNED_BYTE);
    const pixels = convertPixels(rgba, format, type);
    return pixels
      ? { pixels: pixels.length > 0 ? pixels : null, tight: true }
      : this.#refuse(GL.INVALID_OPERATION);
  }
}

const TIGHT = Object.assign(new PixelStore(), { alignment: 1 });
