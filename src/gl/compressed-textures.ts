import type { BufferState } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { type ContextCore, ContextMethods } from "./context-core.ts";
import type { ExtensionState } from "./extension-state.ts";
import { compressedBlock } from "./formats.ts";
import type { WebGLTexture } from "./objects.ts";
import { requireTexture } from "./textures.ts";

interface State extends ContextCore {
  readonly buffers: BufferState;
  readonly extensions: ExtensionState;
  readonly textures: Map<number, WebGLTexture>;
}

/** Compressed uploads, from a view (offset and length in elements) or from the PIXEL_UNPACK_BUFFER (in bytes). */
export abstract class CompressedTextureMethods extends ContextMethods<State> {
  compressedTexImage2D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    border: number,
    source: ArrayBufferView | number,
    offset = 0,
    lengthOverride = 0,
  ): void {
    const { state } = this;
    const data = compressedData(
      state,
      target,
      internalFormat,
      width,
      height,
      1,
      source,
      offset,
      lengthOverride,
    );
    if (!data) return;
    const { size, pixels } = data;
    state.gl.glCompressedTexImage2D(target, level, internalFormat, width, height, border, size, pixels);
  }

  compressedTexImage3D(
    target: number,
    level: number,
    internalFormat: number,
    width: number,
    height: number,
    depth: number,
    border: number,
    source: ArrayBufferView | number,
    offset = 0,
    lengthOverride = 0,
  ): void {
    const { state } = this;
    const data = compressedData(
      state,
      target,
      internalFormat,
      width,
      height,
      depth,
      source,
      offset,
      lengthOverride,
    );
    if (!data) return;
    const { size, pixels } = data;
    state.gl.glCompressedTexImage3D(
      target,
      level,
      internalFormat,
      width,
      height,
      depth,
      border,
      size,
      pixels,
    );
  }

  compressedTexSubImage2D(
    target: number,
    level: number,
    x: number,
    y: number,
    width: number,
    height: number,
    format: number,
    source: ArrayBufferView | number,
    offset = 0,
    lengthOverride = 0,
  ): void {
    const { state } = this;
    const data = compressedData(state, target, format, width, height, 1, source, offset, lengthOverride);
    if (!data) return;
    state.gl.glCompressedTexSubImage2D(target, level, x, y, width, height, format, data.size, data.pixels);
  }

  compressedTexSubImage3D(
    target: number,
    level: number,
    x: number,
    y: number,
    z: number,
    width: number,
    height: number,
    depth: number,
    format: number,
    source: ArrayBufferView | number,
    offset = 0,
    lengthOverride = 0,
  ): void {
    const { state } = this;
    const data = compressedData(state, target, format, width, height, depth, source, offset, lengthOverride);
    if (!data) return;
    state.gl.glCompressedTexSubImage3D(
      target,
      level,
      x,
      y,
      z,
      width,
      height,
      depth,
      format,
      data.size,
      data.pixels,
    );
  }
}

/** With a pixel buffer, `source` is the size in bytes and `offset` where it starts. */
function compressedData(
  state: State,
  target: number,
  format: number,
  width: number,
  height: number,
  depth: number,
  source: ArrayBufferView | number,
  offset: number,
  lengthOverride: number,
): { size: number; pixels: Uint8Array | number | null } | null {
  if (!state.enter() || !requireTexture(state, target)) return null;
  const block = compressedBlock(format);
  if (!block || !state.extensions.compressedFormats.has(format)) return state.refuse(GL.INVALID_ENUM);
  const buffer = state.buffers.bound.get(GL.PIXEL_UNPACK_BUFFER);
  if (typeof source === "number") {
    if (!buffer) return state.refuse(GL.INVALID_OPERATION);
    if (source < 0 || offset < 0) return state.refuse(GL.INVALID_VALUE);
    return { size: source, pixels: offset };
  }
  if (buffer) return state.refuse(GL.INVALID_OPERATION);
  if (!ArrayBuffer.isView(source)) throw new TypeError("Compressed data must be a typed array.");
  const unit = "BYTES_PER_ELEMENT" in source ? (source.BYTES_PER_ELEMENT as number) : 1;
  const length = lengthOverride ? lengthOverride * unit : source.byteLength - offset * unit;
  if (offset < 0 || length < 0 || offset * unit + length > source.byteLength)
    return state.refuse(GL.INVALID_VALUE);
  const needed = Math.ceil(width / block[0]) * Math.ceil(height / block[1]) * block[2] * depth;
  if (length !== needed) return state.refuse(GL.INVALID_VALUE);
  const pixels = new Uint8Array(source.buffer, source.byteOffset + offset * unit, length);
  return { size: length, pixels: length > 0 ? pixels : null };
}
