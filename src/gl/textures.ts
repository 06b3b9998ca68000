import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { uploadFormat } from "./formats.ts";
import { isPixelSource, type PixelSource } from "./image-source.ts";
import { pixelBytes } from "./pixel-store.ts";
import type { PictureSource, UploadSource } from "./pixel-transfer.ts";
import { TextureObjects } from "./texture-objects.ts";

/** Uploads without compression, and storage. */
export abstract class Textures extends TextureObjects {
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    format: number,
    type: number,
    source: PictureSource,
  ): void;
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    border: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset?: number,
  ): void;
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    widthOrFormat: number,
    heightOrType: number,
    borderOrSource: number | PictureSource,
    format?: number,
    type?: number,
    source: UploadSource = null,
    sourceOffset = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    if (format === undefined || type === undefined) {
      const picture = asPicture(borderOrSource);
      this.#image2D(
        target,
        level,
        internalFormat,
        picture.width,
        picture.height,
        0,
        widthOrFormat,
        heightOrType,
        picture,
      );
      return;
    }
    const border = Number(borderOrSource);
    this.#image2D(
      target,
      level,
      internalFormat,
      widthOrFormat,
      heightOrType,
      border,
      format,
      type,
      source,
      sourceOffset,
    );
  }

  #image2D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    border: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset = 0,
  ): void {
    const extent = { width, height, depth: 1, threeD: false };
    if (!this.hasTexture(target)) return;
    const upload = this.prepareUpload(source, sourceOffset, extent, format, type);
    if (!upload) return;
    const store = (pixels: typeof upload.pixels) =>
      this.gl.glTexImage2D(target, level, internalFormat, width, height, border, format, type, pixels);
    if (upload.tight) this.withTightUnpack(() => store(upload.pixels));
    else if (upload.pixels === null && !this.driver.followsWebGl) {
      this.withTightUnpack(() => store(zeroes(width, height, 1, format, type)));
    } else store(upload.pixels);
  }

  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    format: number,
    type: number,
    source: PictureSource,
  ): void;
  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset?: number,
  ): void;
  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    widthOrFormat: number,
    heightOrType: number,
    formatOrSource: number | PictureSource,
    type?: number,
    source?: UploadSource,
    sourceOffset = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    if (type === undefined) {
      const picture = asPicture(formatOrSource);
      this.#subImage2D(
        target,
        level,
        x,
        y,
        picture.width,
        picture.height,
        widthOrFormat,
        heightOrType,
        picture,
        0,
      );
      return;
    }
    const format = Number(formatOrSource);
    this.#subImage2D(
      target,
      level,
      x,
      y,
      widthOrFormat,
      heightOrType,
      format,
      type,
      source ?? null,
      sourceOffset,
    );
  }

  #subImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset: number,
  ): void {
    if (source === null) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (!this.hasTexture(target)) return;
    const upload = this.prepareUpload(
      source,
      sourceOffset,
      { width, height, depth: 1, threeD: false },
      format,
      type,
    );
    if (!upload) return;
    const store = () =>
      this.gl.glTexSubImage2D(target, level, x, y, width, height, format, type, upload.pixels);
    if (upload.tight) this.withTightUnpack(store);
    else store();
  }

  texImage3D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    depth: number,
    border: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const extent = { width, height, depth, threeD: true };
    if (!this.hasTexture(target)) return;
    const upload = this.prepareUpload(source, sourceOffset, extent, format, type);
    if (!upload) return;
    const store = (pixels: typeof upload.pixels) =>
      this.gl.glTexImage3D(target, level, internalFormat, width, height, depth, border, format, type, pixels);
    if (upload.tight) this.withTightUnpack(() => store(upload.pixels));
    else if (upload.pixels === null && !this.driver.followsWebGl) {
      this.withTightUnpack(() => store(zeroes(width, height, depth, format, type)));
    } else store(upload.pixels);
  }

  texSubImage3D(
    target: number,
    level: number,
    x: number,
    y: number,
    z: number,
    width: number,
    height: number,
    depth: number,
    format: number,
    type: number,
    source: UploadSource,
    sourceOffset = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    if (source === null) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (!this.hasTexture(target)) return;
    const upload = this.prepareUpload(
      source,
      sourceOffset,
      { width, height, depth, threeD: true },
      format,
      type,
    );
    if (!upload) return;
    const store = () =>
      this.gl.glTexSubImage3D(target, level, x, y, z, width, height, depth, format, type, upload.pixels);
    if (upload.tight) this.withTightUnpack(store);
    else store();
  }

  texStorage2D(target: number, levels: number, internalFormat: number, width: number, height: number): void {
    if (active !== this && !this.enter()) return;
    if (!this.hasTexture(target)) return;
    this.gl.glTexStorage2D(target, levels, internalFormat, width, height);
    if (!this.#storageWorked(target)) return;
    const [format, type] = uploadFormat(internalFormat) ?? [];
    if (this.driver.followsWebGl || format === undefined || type === undefined) return;
    const faces = target === GL.TEXTURE_CUBE_MAP ? CUBE_FACES : [target];
    this.withTightUnpack(() => {
      for (let level = 0; level < levels; level++) {
        const w = Math.max(1, width >> level);
        const h = Math.max(1, height >> level);
        const zero = zeroes(w, h, 1, format, type);
        for (const face of faces) this.gl.glTexSubImage2D(face, level, 0, 0, w, h, format, type, zero);
      }
    });
  }

  texStorage3D(
    target: number,
    levels: number,
    internalFormat: number,
    width: number,
    height: number,
    depth: number,
  ): void {
    if (active !== this && !this.enter()) return;
    if (!this.hasTexture(target)) return;
    this.gl.glTexStorage3D(target, levels, internalFormat, width, height, depth);
    if (!this.#storageWorked(target)) return;
    const [format, type] = uploadFormat(internalFormat) ?? [];
    if (this.driver.followsWebGl || format === undefined || type === undefined) return;
    this.withTightUnpack(() => {
      for (let level = 0; level < levels; level++) {
        const w = Math.max(1, width >> level);
        const h = Math.max(1, height >> level);
        const d = target === GL.TEXTURE_3D ? Math.max(1, depth >> level) : depth;
        const zero = zeroes(w, h, d, format, type);
        this.gl.glTexSubImage3D(target, level, 0, 0, 0, w, h, d, format, type, zero);
      }
    });
  }

  #storageWorked(target: number): boolean {
    const error = this.gl.glGetError();
    if (error) {
      this.raise(error);
      return false;
    }
    const texture = this.boundTexture(target);
    if (texture) texture.immutable = true;
    return true;
  }
}

const CUBE_FACES = Array.from({ length: 6 }, (_, face) => GL.TEXTURE_CUBE_MAP_POSITIVE_X + face);

function asPicture(source: unknown): PixelSource {
  if (isPixelSource(source)) return source;
  throw new TypeError(
    "A texture's source must be an object with width, height and data (RGBA bytes, rows from the top).",
  );
}

/** Zeroed pixels; null when the format is wrong, which the driver then reports. */
function zeroes(
  width: number,
  height: number,
  depth: number,
  format: number,
  type: number,
): Uint8Array | null {
  const size = width * height * depth * pixelBytes(format, type);
  return size > 0 && size <= 2 ** 31 ? new Uint8Array(size) : null;
}
