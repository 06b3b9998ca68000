import { type Pointer, toArrayBuffer } from "bun:ffi";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLBuffer } from "./objects.ts";
import { bytesOf, ints } from "./scratch.ts";
import { detachBuffer } from "./vertex-arrays.ts";

function isArrayBuffer(value: unknown): value is ArrayBufferLike {
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}

/** Buffer objects and their bindings. */
export class BufferState {
  readonly objects = new Map<number, WebGLBuffer>();
  /** The bound buffer of each target, except ELEMENT_ARRAY_BUFFER, which belongs to the vertex array. */
  readonly bound = new Map<number, WebGLBuffer | null>([
    [GL.ARRAY_BUFFER, null],
    [GL.COPY_READ_BUFFER, null],
    [GL.COPY_WRITE_BUFFER, null],
    [GL.PIXEL_PACK_BUFFER, null],
    [GL.PIXEL_UNPACK_BUFFER, null],
    [GL.TRANSFORM_FEEDBACK_BUFFER, null],
    [GL.UNIFORM_BUFFER, null],
  ]);
}

/** Buffer objects: creating, binding, uploading, copying and reading back. */
export abstract class BufferMethods extends ContextMethods {
  deleteBuffer(buffer: WebGLBuffer | null): void {
    const { state } = this;
    const { objects } = state.buffers;
    if (!state.deleteObject(buffer, WebGLBuffer, state.gl.glDeleteBuffers, objects)) return;
    for (const [target, bound] of state.buffers.bound)
      if (bound === buffer) state.buffers.bound.set(target, null);
    detachBuffer(state, buffer);
  }

  isBuffer(buffer: WebGLBuffer | null): boolean {
    const { state } = this;
    if (!state.makeCurrent()) return false;
    return state.owns(buffer, WebGLBuffer) && state.gl.glIsBuffer(buffer.name);
  }

  bindBuffer(target: number, buffer: WebGLBuffer | null): void {
    const { state } = this;
    const name = state.nameOf(buffer, WebGLBuffer);
    if (name < 0) return;
    if (target === GL.ELEMENT_ARRAY_BUFFER) {
      if (buffer && !setBufferKind(state, buffer, "index")) return;
      state.vertexArrays.current.elementBuffer = buffer ?? null;
    } else if (state.buffers.bound.has(target)) {
      // Copy targets accept any buffer and do not determine its kind.
      const isCopyTarget = target === GL.COPY_READ_BUFFER || target === GL.COPY_WRITE_BUFFER;
      if (buffer && !isCopyTarget && !setBufferKind(state, buffer, "other")) return;
      state.buffers.bound.set(target, buffer ?? null);
    } else {
      state.raise(GL.INVALID_ENUM);
      return;
    }
    state.gl.glBindBuffer(target, name);
  }

  /** `data`: a size in bytes (the contents are zero), or memory; null is an error. */
  bufferData(
    target: number,
    data: number | ArrayBufferLike | ArrayBufferView | null,
    usage: number,
    sourceOffset = 0,
    length = 0,
  ): void {
    const { state } = this;
    const buffer = boundBuffer(state, target);
    if (!buffer) return;
    if (state.raiseIf(data === null || data === undefined, GL.INVALID_VALUE)) return;
    let memory: Uint8Array | null;
    let size: number;
    if (isArrayBuffer(data) || ArrayBuffer.isView(data)) {
      memory = isArrayBuffer(data) ? new Uint8Array(data) : bytesOf(data, sourceOffset, length);
      if (!memory) {
        state.raise(GL.INVALID_VALUE);
        return;
      }
      size = memory.length;
    } else {
      size = Math.trunc(Number(data)) || 0;
      if (state.raiseIf(size < 0, GL.INVALID_VALUE)) return;
      // Memory that the application did not initialize reads as zero: WebGL 2.0 section 5.11.
      memory = state.driver.enforcesWebGl || size > MAX_ZEROED_SIZE ? null : new Uint8Array(size);
    }
    const stored = state.attempt(() => {
      state.gl.glBufferData(target, size, memory && size > 0 ? memory : null, usage);
    });
    if (stored) buffer.size = size;
  }

  bufferSubData(
    target: number,
    destinationOffset: number,
    data: ArrayBufferLike | ArrayBufferView,
    sourceOffset = 0,
    length = 0,
  ): void {
    const { state } = this;
    if (data === null || data === undefined) return;
    const buffer = boundBuffer(state, target);
    if (!buffer) return;
    const memory = isArrayBuffer(data) ? new Uint8Array(data) : viewBytes(data, sourceOffset, length);
    if (!memory || destinationOffset < 0 || destinationOffset + memory.length > buffer.size) {
      state.raise(GL.INVALID_VALUE);
      return;
    }
    if (memory.length > 0) state.gl.glBufferSubData(target, destinationOffset, memory.length, memory);
  }

  getBufferSubData(
    target: number,
    sourceOffset: number,
    destination: ArrayBufferView,
    destinationOffset = 0,
    length = 0,
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const memory = viewBytes(destination, destinationOffset, length);
    const buffer = boundBuffer(state, target);
    if (!buffer) return;
    if (!memory || sourceOffset < 0 || sourceOffset + memory.length > buffer.size) {
      state.raise(GL.INVALID_VALUE);
      return;
    }
    if (memory.length === 0) return;
    const mapped = state.gl.glMapBufferRange(target, sourceOffset, memory.length, GL_MAP_READ_BIT);
    if (!mapped) return;
    memory.set(new Uint8Array(toArrayBuffer(mapped as Pointer, 0, memory.length)));
    state.gl.glUnmapBuffer(target);
  }

  copyBufferSubData(
    readTarget: number,
    writeTarget: number,
    readOffset: number,
    writeOffset: number,
    size: number,
  ): void {
    const { state } = this;
    const from = boundBuffer(state, readTarget);
    const to = from && boundBuffer(state, writeTarget);
    if (!from || !to) return;
    if (
      readOffset < 0 ||
      writeOffset < 0 ||
      size < 0 ||
      readOffset + size > from.size ||
      writeOffset + size > to.size
    ) {
      state.raise(GL.INVALID_VALUE);
      return;
    }
    if (from === to && readOffset < writeOffset + size && writeOffset < readOffset + size) {
      state.raise(GL.INVALID_VALUE);
      return;
    }
    if (to.kind === "unbound") to.kind = from.kind;
    else if (state.raiseIf(from.kind !== "unbound" && from.kind !== to.kind, GL.INVALID_OPERATION)) return;
    state.gl.glCopyBufferSubData(readTarget, writeTarget, readOffset, writeOffset, size);
  }

  getBufferParameter(target: number, parameter: number): number | null {
    const { state } = this;
    const buffer = boundBuffer(state, target);
    if (!buffer) return null;
    if (parameter === GL.BUFFER_SIZE) return buffer.size;
    if (parameter === GL.BUFFER_USAGE) {
      state.gl.glGetBufferParameteriv(target, parameter, ints);
      return ints[0] ?? 0;
    }
    return state.refuse(GL.INVALID_ENUM);
  }
}

/** Sets the kind of data of a buffer. False, with the error recorded, if it already has the other kind. */
export function setBufferKind(state: ContextState, buffer: WebGLBuffer, kind: "index" | "other"): boolean {
  if (buffer.kind === "unbound") buffer.kind = kind;
  if (buffer.kind === kind) return true;
  return state.raise(GL.INVALID_OPERATION);
}

/** The buffer bound to `target`. Undefined if the context is lost, or, with the error recorded, if no buffer is bound. */
function boundBuffer(state: ContextState, target: number): WebGLBuffer | undefined {
  if (!state.makeCurrent()) return undefined;
  const buffer =
    target === GL.ELEMENT_ARRAY_BUFFER
      ? state.vertexArrays.current.elementBuffer
      : state.buffers.bound.get(target);
  if (buffer) return buffer;
  state.raise(buffer === undefined ? GL.INVALID_ENUM : GL.INVALID_OPERATION);
  return undefined;
}

const GL_MAP_READ_BIT = 1;
/** Maximum size of a buffer that is zeroed here, bytes. A larger one is refused by the driver or zeroed by the kernel. */
const MAX_ZEROED_SIZE = 1 << 30;

function viewBytes(view: ArrayBufferView, offset: number, length: number): Uint8Array | null {
  if (!ArrayBuffer.isView(view)) throw new TypeError("The argument must be an ArrayBuffer or a view of one.");
  return bytesOf(view, offset, length);
}
