import * as GL from "./constants.generated.ts";
import { ContextMethods } from "./context-core.ts";
import { uploadFormat } from "./formats.ts";
import { isPixelSource, type PixelSource } from "./image-source.ts";
import type { WebGLTexture } from "./objects.ts";
import { pixelBytes, withTightUnpack } from "./pixel-store.ts";
import { type ImageSource, prepareUpload, type UploadSource, type UploadState } from "./pixel-upload.ts";
import { requireTexture } from "./textures.ts";

interface State extends UploadState {
  readonly textures: Map<number, WebGLTexture>;
}

/** Uncompressed texture images and immutable storage. */
export abstract class TextureImageMethods extends ContextMethods<State> {
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    format: number,
    type: number,
    source: ImageSource,
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
    borderOrSource: number | ImageSource,
    format?: number,
    type?: number,
    source: UploadSource = null,
    sourceOffset = 0,
  ): void {
    const { state } = this;
    if (!state.enter()) return;
    if (format === undefined || type === undefined) {
      const image = requirePixelSource(borderOrSource);
      uploadImage2D(
        state,
        target,
        level,
        internalFormat,
        image.width,
        image.height,
        0,
        widthOrFormat,
        heightOrType,
        image,
      );
      return;
    }
    const border = Number(borderOrSource);
    uploadImage2D(
      state,
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

  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    format: number,
    type: number,
    source: ImageSource,
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
    formatOrSource: number | ImageSource,
    type?: number,
    source?: UploadSource,
    sourceOffset = 0,
  ): void {
    const { state } = this;
    if (!state.enter()) return;
    if (type === undefined) {
      const image = requirePixelSource(formatOrSource);
      uploadSubImage2D(
        state,
        target,
        level,
        x,
        y,
        image.width,
        image.height,
        widthOrFormat,
        heightOrType,
        image,
        0,
      );
      return;
    }
    const format = Number(formatOrSource);
    uploadSubImage2D(
      state,
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
    const { state } = this;
    if (!state.enter()) return;
    const extent = { width, height, depth, threeD: true };
    if (!requireTexture(state, target)) return;
    const upload = prepareUpload(state, source, sourceOffset, extent, format, type);
    if (!upload) return;
    const store = (pixels: typeof upload.pixels) =>
      state.gl.glTexImage3D(
        target,
        level,
        internalFormat,
        width,
        height,
        depth,
        border,
        format,
        type,
        pixels,
      );
    if (upload.tight) withTightUnpack(state, () => store(upload.pixels));
    else if (upload.pixels === null && !state.driver.followsWebGl) {
      withTightUnpack(state, () => store(zeroes(width, height, depth, format, type)));
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
    const { state } = this;
    if (!state.enter()) return;
    if (source === null) {
      state.raise(GL.INVALID_VALUE);
      return;
    }
    if (!requireTexture(state, target)) return;
    const upload = prepareUpload(
      state,
      source,
      sourceOffset,
      { width, height, depth, threeD: true },
      format,
      type,
    );
    if (!upload) return;
    const store = () =>
      state.gl.glTexSubImage3D(target, level, x, y, z, width, height, depth, format, type, upload.pixels);
    if (upload.tight) withTightUnpack(state, store);
    else store();
  }

  texStorage2D(target: number, levels: number, internalFormat: number, width: number, height: number): void {
    const { state } = this;
    if (!state.enter()) return;
    if (!requireTexture(state, target)) return;
    if (!state.attempt(() => state.gl.glTexStorage2D(target, levels, internalFormat, width, height))) return;
    const [format, type] = uploadFormat(internalFormat) ?? [];
    if (state.driver.followsWebGl || format === undefined || type === undefined) return;
    const faces = target === GL.TEXTURE_CUBE_MAP ? CUBE_FACES : [target];
    withTightUnpack(state, () => {
      for (let level = 0; level < levels; level++) {
        const w = Math.max(1, width >> level);
        const h = Math.max(1, height >> level);
        const zero = zeroes(w, h, 1, format, type);
        for (const face of faces) state.gl.glTexSubImage2D(face, level, 0, 0, w, h, format, type, zero);
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
    const { state } = this;
    if (!state.enter()) return;
    if (!requireTexture(state, target)) return;
    if (!state.attempt(() => state.gl.glTexStorage3D(target, levels, internalFormat, width, height, depth)))
      return;
    const [format, type] = uploadFormat(internalFormat) ?? [];
    if (state.driver.followsWebGl || format === undefined || type === undefined) return;
    withTightUnpack(state, () => {
      for (let level = 0; level < levels; level++) {
        const w = Math.max(1, width >> level);
        const h = Math.max(1, height >> level);
        const d = target === GL.TEXTURE_3D ? Math.max(1, depth >> level) : depth;
        const zero = zeroes(w, h, d, format, type);
        state.gl.glTexSubImage3D(target, level, 0, 0, 0, w, h, d, format, type, zero);
      }
    });
  }
}

function uploadImage2D(
  state: State,
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
  if (!requireTexture(state, target)) return;
  const upload = prepareUpload(state, source, sourceOffset, extent, format, type);
  if (!upload) return;
  const store = (pixels: typeof upload.pixels) =>
    state.gl.glTexImage2D(target, level, internalFormat, width, height, border, format, type, pixels);
  if (upload.tight) withTightUnpack(state, () => store(upload.pixels));
  else if (upload.pixels === null && !state.driver.followsWebGl) {
    withTightUnpack(state, () => store(zeroes(width, height, 1, format, type)));
  } else store(upload.pixels);
}

function uploadSubImage2D(
  state: State,
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
    state.raise(GL.INVALID_VALUE);
    return;
  }
  if (!requireTexture(state, target)) return;
  const upload = prepareUpload(
    state,
    source,
    sourceOffset,
    { width, height, depth: 1, threeD: false },
    format,
    type,
  );
  if (!upload) return;
  const store = () =>
    state.gl.glTexSubImage2D(target, level, x, y, width, height, format, type, upload.pixels);
  if (upload.tight) withTightUnpack(state, store);
  else store();
}

const CUBE_FACES = Array.from({ length: 6 }, (_, face) => GL.TEXTURE_CUBE_MAP_POSITIVE_X + face);

function requirePixelSource(source: unknown): PixelSource {
  if (isPixelSource(source)) return source;
  throw new TypeError(
    "A texture's source must be an object with width, height and data (RGBA bytes, rows from the top).",
  );
}

/** Zeroed pixels: memory that the program did not initialize reads as zero. Null for a wrong format, which the driver reports. */
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
