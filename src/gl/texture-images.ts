import { UPLOAD_FORMATS } from "./constant-tables.generated.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { isPixelSource, type PixelSource } from "./image-source.ts";
import { pixelBytes, withTightUnpack } from "./pixel-store.ts";
import { type ImageSource, prepareUpload, type UploadExtent, type UploadSource } from "./pixel-upload.ts";
import type { PointerArgument } from "./scratch.ts";
import { requireTexture } from "./textures.ts";

type ImageArguments = [format: number, type: number, source: ImageSource];
type PixelArguments = [format: number, type: number, source: UploadSource, sourceOffset?: number];

/** Whether arguments are the short form, which has the size in the image. `typeIndex`: index of the type in the long form. */
function isShortForm(rest: unknown[], typeIndex: number): rest is ImageArguments {
  return rest[typeIndex] === undefined;
}

/** Uncompressed 2D texture images and immutable storage. */
export abstract class TextureImageMethods extends ContextMethods {
  texImage2D(
    target: number,
    level: number,
    internalFormat: number,
    ...rest: ImageArguments | [width: number, height: number, border: number, ...pixels: PixelArguments]
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (isShortForm(rest, 4)) {
      const [format, type, source] = rest;
      const { width, height } = requirePixelSource(source);
      this.texImage2D(target, level, internalFormat, width, height, 0, format, type, source);
      return;
    }
    const [width, height, border, format, type, source = null, sourceOffset = 0] = rest;
    const extent = { width, height, depth: 1, threeD: false };
    upload(state, target, source, sourceOffset, extent, format, type, (pixels) =>
      state.gl.glTexImage2D(target, level, internalFormat, width, height, border, format, type, pixels),
    );
  }

  texSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    ...rest: ImageArguments | [width: number, height: number, ...pixels: PixelArguments]
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (isShortForm(rest, 3)) {
      const [format, type, source] = rest;
      const { width, height } = requirePixelSource(source);
      this.texSubImage2D(target, level, x, y, width, height, format, type, source);
      return;
    }
    const [width, height, format, type, source, sourceOffset = 0] = rest;
    const extent = { width, height, depth: 1, threeD: false };
    uploadPart(state, target, source, sourceOffset, extent, format, type, (pixels) =>
      state.gl.glTexSubImage2D(target, level, x, y, width, height, format, type, pixels),
    );
  }

  texStorage2D(target: number, levels: number, internalFormat: number, width: number, height: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !requireTexture(state, target)) return;
    const { gl } = state;
    if (!state.attempt(() => gl.glTexStorage2D(target, levels, internalFormat, width, height))) return;
    const faces = target === GL.TEXTURE_CUBE_MAP ? CUBE_FACES : [target];
    clearStorage(state, levels, internalFormat, (level, format, type) => {
      const extent = { width: levelSize(width, level), height: levelSize(height, level), depth: 1 };
      const pixels = zeroPixels(extent, format, type);
      for (const face of faces) {
        gl.glTexSubImage2D(face, level, 0, 0, extent.width, extent.height, format, type, pixels);
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
    if (!state.makeCurrent() || !requireTexture(state, target)) return;
    const { gl } = state;
    if (!state.attempt(() => gl.glTexStorage3D(target, levels, internalFormat, width, height, depth))) return;
    clearStorage(state, levels, internalFormat, (level, format, type) => {
      const w = levelSize(width, level);
      const h = levelSize(height, level);
      const d = target === GL.TEXTURE_3D ? levelSize(depth, level) : depth;
      const pixels = zeroPixels({ width: w, height: h, depth: d }, format, type);
      gl.glTexSubImage3D(target, level, 0, 0, 0, w, h, d, format, type, pixels);
    });
  }
}

type Store = (pixels: PointerArgument) => void;

/** Checks and converts a source, then calls `store` with the pixels. */
export function upload(
  state: ContextState,
  target: number,
  source: UploadSource,
  sourceOffset: number,
  extent: UploadExtent,
  format: number,
  type: number,
  store: Store,
): void {
  if (!requireTexture(state, target)) return;
  const prepared = prepareUpload(state, source, sourceOffset, extent, format, type);
  if (!prepared) return;
  const { pixels, tight } = prepared;
  if (tight) withTightUnpack(state, () => store(pixels));
  else if (pixels === null && !state.driver.enforcesWebGl) {
    withTightUnpack(state, () => store(zeroPixels(extent, format, type)));
  } else store(pixels);
}

/** As `upload`, for a part of an image, where null is an error. */
export function uploadPart(
  state: ContextState,
  target: number,
  source: UploadSource | undefined,
  ...rest: [sourceOffset: number, extent: UploadExtent, format: number, type: number, store: Store]
): void {
  if (source === null || source === undefined) state.raise(GL.INVALID_VALUE);
  else upload(state, target, source, ...rest);
}

const CUBE_FACES = Array.from({ length: 6 }, (_, face) => GL.TEXTURE_CUBE_MAP_POSITIVE_X + face);

function levelSize(size: number, level: number): number {
  return Math.max(1, size >> level);
}

/** Clears every level of new storage, unless the driver does: memory that the application did not initialize reads as zero. */
function clearStorage(
  state: ContextState,
  levels: number,
  internalFormat: number,
  clearLevel: (level: number, format: number, type: number) => void,
): void {
  const [format, type] = UPLOAD_FORMATS[internalFormat] ?? [];
  if (state.driver.enforcesWebGl || format === undefined || type === undefined) return;
  withTightUnpack(state, () => {
    for (let level = 0; level < levels; level++) clearLevel(level, format, type);
  });
}

function requirePixelSource(source: unknown): PixelSource {
  if (isPixelSource(source)) return source;
  throw new TypeError(
    "A texture's source must be an object with width, height and data (RGBA bytes, rows from the top).",
  );
}

/** Zeroed pixels. Null for an invalid format, which the driver reports. */
function zeroPixels(
  { width, height, depth }: Pick<UploadExtent, "width" | "height" | "depth">,
  format: number,
  type: number,
): Uint8Array | null {
  const size = width * height * depth * pixelBytes(format, type);
  return size > 0 && size <= 2 ** 31 ? new Uint8Array(size) : null;
}
