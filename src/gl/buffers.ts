import { type Pointer, toArrayBuffer } from "bun:ffi";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLBuffer } from "./objects.ts";
import { RenderState } from "./render-state.ts";
import { ints } from "./scratch.ts";

/** Bytes of `view` from element `offset` on, `length` elements of it (0: the rest); null when out of range. */
function bytesOf(view: ArrayBufferView, offset: number, length: number): Uint8Array | null {
  const elementBytes = "BYTES_PER_ELEMENT" in view ? (view.BYTES_PER_ELEMENT as number) : 1;
  const elements = view.byteLength / elementBytes;
  if (offset < 0 || length < 0 || offset > elements) return null;
  const count = length || elements - offset;
  if (offset + count > elements) return null;
  return new Uint8Array(view.buffer, view.byteOffset + offset * elementBytes, count * elementBytes);
}

function isArrayBuffer(value: unknown): value is ArrayBufferLike {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

/** Buffer objects. */
export abstract class Buffers extends RenderState {
  protected readonly buffers = new Map<number, WebGLBuffer>();
  /** Bound buffers by target, but for ELEMENT_ARRAY_BUFFER, which belongs to the vertex array. */
  protected readonly boundBuffers = new Map<number, WebGLBuffer | null>([
    [GL.ARRAY_BUFFER, null],
    [GL.COPY_READ_BUFFER, null],
    [GL.COPY_WRITE_BUFFER, null],
    [GL.PIXEL_PACK_BUFFER, null],
    [GL.PIXEL_UNPACK_BUFFER, null],
    [GL.TRANSFORM_FEEDBACK_BUFFER, null],
    [GL.UNIFORM_BUFFER, null],
  ]);

  protected abstract boundElementBuffer(): WebGLBuffer | null;
  protected abstract setElementBuffer(buffer: WebGLBuffer | null): void;
  /** Takes a deleted buffer out of what is bound. */
  protected abstract forgetBuffer(buffer: WebGLBuffer): void;

  createBuffer(): WebGLBuffer {
    if (active !== this && !this.enter()) return new WebGLBuffer(0, {});
    const buffer = new WebGLBuffer(this.generated(this.gl.glGenBuffers), this.owner);
    this.buffers.set(buffer.name, buffer);
    return buffer;
  }

  deleteBuffer(buffer: WebGLBuffer | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(buffer, WebGLBuffer)) return;
    this.released(this.gl.glDeleteBuffers, buffer.name);
    this.buffers.delete(buffer.name);
    for (const [target, bound] of this.boundBuffers)
      if (bound === buffer) this.boundBuffers.set(target, null);
    this.forgetBuffer(buffer);
  }

  isBuffer(buffer: WebGLBuffer | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(buffer, WebGLBuffer) && this.gl.glIsBuffer(buffer.name);
  }

  bindBuffer(target: number, buffer: WebGLBuffer | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(buffer, WebGLBuffer);
    if (name < 0) return;
    if (target === GL.ELEMENT_ARRAY_BUFFER) {
      if (buffer && !this.claim(buffer, "index")) return;
      this.setElementBuffer(buffer ?? null);
    } else if (this.boundBuffers.has(target)) {
      // Copy targets take any buffer and decide nothing about one.
      const copies = target === GL.COPY_READ_BUFFER || target === GL.COPY_WRITE_BUFFER;
      if (buffer && !copies && !this.claim(buffer, "other")) return;
      this.boundBuffers.set(target, buffer ?? null);
    } else {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    this.gl.glBindBuffer(target, name);
  }

  /** Fixes what kind of data a buffer holds; false (and an error) when it holds the other kind. */
  protected claim(buffer: WebGLBuffer, kind: "index" | "other"): boolean {
    if (buffer.kind === "unbound") buffer.kind = kind;
    if (buffer.kind === kind) return true;
    this.raise(GL.INVALID_OPERATION);
    return false;
  }

  /** The buffer bound to `target`; undefined after an error. */
  protected bufferAt(target: number): WebGLBuffer | undefined {
    const buffer =
      target === GL.ELEMENT_ARRAY_BUFFER ? this.boundElementBuffer() : this.boundBuffers.get(target);
    if (buffer) return buffer;
    this.raise(buffer === undefined ? GL.INVALID_ENUM : GL.INVALID_OPERATION);
    return undefined;
  }

  /** `data` in bytes (zeroed), or memory; null is an error. */
  bufferData(
    target: number,
    data: number | ArrayBufferLike | ArrayBufferView | null,
    usage: number,
    sourceOffset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const buffer = this.bufferAt(target);
    if (!buffer) return;
    if (data === null || data === undefined) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    let memory: Uint8Array | null;
    let size: number;
    if (isArrayBuffer(data)) {
      memory = new Uint8Array(data);
      size = memory.length;
    } else if (ArrayBuffer.isView(data)) {
      memory = bytesOf(data, sourceOffset, length);
      if (!memory) {
        this.raise(GL.INVALID_VALUE);
        return;
      }
      size = memory.length;
    } else {
      size = Math.trunc(Number(data)) || 0;
      if (size < 0) {
        this.raise(GL.INVALID_VALUE);
        return;
      }
      // Memory that the program did not write reads as zero: WebGL 2.0 section 5.11.
      memory = this.driver.followsWebGl || size > MAX_ZEROES ? null : new Uint8Array(size);
    }
    if (this.storeData(target, size, memory, usage)) buffer.size = size;
  }

  private storeData(target: number, size: number, memory: Uint8Array | null, usage: number): boolean {
    const before = this.gl.glGetError();
    if (before) this.raise(before);
    this.gl.glBufferData(target, size, memory && size > 0 ? memory : null, usage);
    const error = this.gl.glGetError();
    if (error) this.raise(error);
    return error === 0;
  }

  bufferSubData(
    target: number,
    destinationOffset: number,
    data: ArrayBufferLike | ArrayBufferView,
    sourceOffset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    if (data === null || data === undefined) return;
    const buffer = this.bufferAt(target);
    if (!buffer) return;
    const memory = isArrayBuffer(data) ? new Uint8Array(data) : viewBytes(data, sourceOffset, length);
    if (!memory || destinationOffset < 0 || destinationOffset + memory.length > buffer.size) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (memory.length > 0) this.gl.glBufferSubData(target, destinationOffset, memory.length, memory);
  }

  getBufferSubData(
    target: number,
    sourceOffset: number,
    destination: ArrayBufferView,
    destinationOffset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const memory = viewBytes(destination, destinationOffset, length);
    const buffer = this.bufferAt(target);
    if (!buffer) return;
    if (!memory || sourceOffset < 0 || sourceOffset + memory.length > buffer.size) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (memory.length === 0) return;
    const mapped = this.gl.glMapBufferRange(target, sourceOffset, memory.length, GL_MAP_READ_BIT);
    if (!mapped) return;
    memory.set(new Uint8Array(toArrayBuffer(mapped as Pointer, 0, memory.length)));
    this.gl.glUnmapBuffer(target);
  }

  copyBufferSubData(
    readTarget: number,
    writeTarget: number,
    readOffset: number,
    writeOffset: number,
    size: number,
  ): void {
    if (active !== this && !this.enter()) return;
    const from = this.bufferAt(readTarget);
    const to = from && this.bufferAt(writeTarget);
    if (!from || !to) return;
    if (
      readOffset < 0 ||
      writeOffset < 0 ||
      size < 0 ||
      readOffset + size > from.size ||
      writeOffset + size > to.size
    ) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (from === to && readOffset < writeOffset + size && writeOffset < readOffset + size) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    if (to.kind === "unbound") to.kind = from.kind;
    else if (from.kind !== "unbound" && from.kind !== to.kind) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.gl.glCopyBufferSubData(readTarget, writeTarget, readOffset, writeOffset, size);
  }

  getBufferParameter(target: number, parameter: number): number | null {
    if (active !== this && !this.enter()) return null;
    const buffer = this.bufferAt(target);
    if (!buffer) return null;
    if (parameter === GL.BUFFER_SIZE) return buffer.size;
    if (parameter === GL.BUFFER_USAGE) {
      this.gl.glGetBufferParameteriv(target, parameter, ints);
      return ints[0] ?? 0;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }
}

const GL_MAP_READ_BIT = 1;
// A larger size is left to the driver, which refuses it or has the memory from the kernel, zeroed.
const MAX_ZEROES = 1 << 30;

function viewBytes(view: ArrayBufferView, offset: number, length: number): Uint8Array | null {
  if (!ArrayBuffer.isView(view)) throw new TypeError("The argument must be an ArrayBuffer or a view of one.");
  return bytesOf(view, offset, length);
}
