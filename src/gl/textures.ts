import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { uploadFormat } from "./formats.ts";
import { isPixelSource, type PixelSource } from "./image-source.ts";
import { WebGLTexture } from "./objects.ts";
import { pixelBytes } from "./pixel-store.ts";
import { type PictureSource, PixelTransfer, type UploadSource } from "./pixel-transfer.ts";
import { floats, ints } from "./scratch.ts";

const TEXTURE_MAX_ANISOTROPY_EXT = 0x84fe;
const DEPTH_STENCIL_TEXTURE_MODE = 0x90ea;

/** Targets whose texel size must be square and which have no levels of their own: a cube map's faces. */
function isCubeFace(target: number): boolean {
  return target >= GL.TEXTURE_CUBE_MAP_POSITIVE_X && target <= GL.TEXTURE_CUBE_MAP_NEGATIVE_Z;
}

const TEXTURE_TARGETS = [GL.TEXTURE_2D, GL.TEXTURE_CUBE_MAP, GL.TEXTURE_3D, GL.TEXTURE_2D_ARRAY];
const BINDINGS: Record<number, number> = {
  [GL.TEXTURE_2D]: GL.TEXTURE_BINDING_2D,
  [GL.TEXTURE_CUBE_MAP]: GL.TEXTURE_BINDING_CUBE_MAP,
  [GL.TEXTURE_3D]: GL.TEXTURE_BINDING_3D,
  [GL.TEXTURE_2D_ARRAY]: GL.TEXTURE_BINDING_2D_ARRAY,
};

/** Texture objects and uploads without compression. */
export abstract class Textures extends PixelTransfer {
  protected readonly textures = new Map<number, WebGLTexture>();

  createTexture(): WebGLTexture {
    if (active !== this && !this.enter()) return new WebGLTexture(0, {});
    const texture = new WebGLTexture(this.generated(this.gl.glGenTextures), this.owner);
    this.textures.set(texture.name, texture);
    return texture;
  }

  deleteTexture(texture: WebGLTexture | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(texture, WebGLTexture)) return;
    this.released(this.gl.glDeleteTextures, texture.name);
    this.textures.delete(texture.name);
  }

  isTexture(texture: WebGLTexture | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(texture, WebGLTexture) && texture.target !== 0;
  }

  bindTexture(target: number, texture: WebGLTexture | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(texture, WebGLTexture);
    if (name < 0) return;
    if (!TEXTURE_TARGETS.includes(target)) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (texture) {
      if (texture.target !== 0 && texture.target !== target) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
      texture.target = target;
    }
    this.gl.glBindTexture(target, name);
  }

  /** The texture bound to `target` of the active unit (a face stands for its cube map). */
  protected boundTexture(target: number): WebGLTexture | undefined {
    const binding = BINDINGS[isCubeFace(target) ? GL.TEXTURE_CUBE_MAP : target];
    return binding === undefined ? undefined : this.textures.get(this.integer(binding));
  }

  texParameteri(target: number, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glTexParameteri(target, parameter, value);
  }

  texParameterf(target: number, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glTexParameterf(target, parameter, value);
  }

  getTexParameter(target: number, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return null;
    if (!TEXTURE_TARGETS.includes(target)) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    if (!this.boundTexture(target)) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    switch (parameter) {
      case GL.TEXTURE_MAX_LOD:
      case GL.TEXTURE_MIN_LOD:
        this.gl.glGetTexParameterfv(target, parameter, floats);
        return floats[0] ?? null;
      case GL.TEXTURE_MAG_FILTER:
      case GL.TEXTURE_MIN_FILTER:
      case GL.TEXTURE_WRAP_S:
      case GL.TEXTURE_WRAP_T:
      case GL.TEXTURE_WRAP_R:
      case GL.TEXTURE_BASE_LEVEL:
      case GL.TEXTURE_MAX_LEVEL:
      case GL.TEXTURE_COMPARE_FUNC:
      case GL.TEXTURE_COMPARE_MODE:
      case GL.TEXTURE_IMMUTABLE_LEVELS:
        this.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] ?? null;
      case GL.TEXTURE_IMMUTABLE_FORMAT:
        this.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] !== 0;
    }
    if (
      parameter === TEXTURE_MAX_ANISOTROPY_EXT &&
      this.nativeExtensions.has("GL_EXT_texture_filter_anisotropic")
    ) {
      this.gl.glGetTexParameterfv(target, parameter, floats);
      return floats[0] ?? null;
    }
    if (parameter === DEPTH_STENCIL_TEXTURE_MODE && this.nativeExtensions.has("GL_ANGLE_stencil_texturing")) {
      this.gl.glGetTexParameteriv(target, parameter, ints);
      return ints[0] ?? null;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  generateMipmap(target: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glGenerateMipmap(target);
  }

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
