import { setBufferKind } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLBuffer } from "./objects.ts";
import { ints } from "./scratch.ts";

/** Indexed binding points of uniform and transform feedback buffers. */
export abstract class IndexedBufferMethods extends ContextMethods {
  bindBufferBase(target: number, index: number, buffer: WebGLBuffer | null): void {
    const { state } = this;
    const name = indexedBufferName(state, target, buffer);
    if (name < 0) return;
    state.gl.glBindBufferBase(target, index, name);
    setIndexedBuffer(state, target, index, buffer);
  }

  /** `offset` and `size` in bytes. */
  bindBufferRange(
    target: number,
    index: number,
    buffer: WebGLBuffer | null,
    offset: number,
    size: number,
  ): void {
    const { state } = this;
    const name = indexedBufferName(state, target, buffer);
    if (name < 0) return;
    if (state.raiseIf(offset < 0 || size < 0 || (Boolean(buffer) && size === 0), GL.INVALID_VALUE)) return;
    state.gl.glBindBufferRange(target, index, name, offset, size);
    setIndexedBuffer(state, target, index, buffer);
  }

  /** Queries the buffer, offset or size of an indexed binding point, or the state of one draw buffer. */
  getIndexedParameter(target: number, index: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    switch (target) {
      case GL.UNIFORM_BUFFER_BINDING:
      case GL.TRANSFORM_FEEDBACK_BUFFER_BINDING:
        ints[0] = 0;
        state.gl.glGetIntegeri_v(target, index, ints);
        return state.buffers.objects.get(ints[0] ?? 0) ?? null;
      case GL.UNIFORM_BUFFER_SIZE:
      case GL.UNIFORM_BUFFER_START:
      case GL.TRANSFORM_FEEDBACK_BUFFER_SIZE:
      case GL.TRANSFORM_FEEDBACK_BUFFER_START:
        // 32 bits suffice: buffers are limited to 2 GiB.
        ints[0] = 0;
        state.gl.glGetIntegeri_v(target, index, ints);
        return ints[0];
      default:
        return drawBufferParameter(state, target, index);
    }
  }
}

/** As ContextCore.nameOf, for an indexed binding point: -1, with the error recorded, for an invalid target too. */
function indexedBufferName(state: ContextState, target: number, buffer: WebGLBuffer | null): number {
  if (!state.makeCurrent()) return -1;
  const name = state.nameOf(buffer, WebGLBuffer);
  if (target !== GL.UNIFORM_BUFFER && target !== GL.TRANSFORM_FEEDBACK_BUFFER) {
    state.raise(GL.INVALID_ENUM);
    return -1;
  }
  if (name > 0 && buffer && !setBufferKind(state, buffer, "other")) return -1;
  return name;
}

/** Sets the generic binding of the target, as an indexed binding does, unless the index is invalid. */
function setIndexedBuffer(
  state: ContextState,
  target: number,
  index: number,
  buffer: WebGLBuffer | null,
): void {
  const maxParameter =
    target === GL.UNIFORM_BUFFER
      ? GL.MAX_UNIFORM_BUFFER_BINDINGS
      : GL.MAX_TRANSFORM_FEEDBACK_SEPARATE_ATTRIBS;
  if (index >= 0 && index < state.getInteger(maxParameter)) state.buffers.bound.set(target, buffer ?? null);
}

/** Blend state and color mask of one draw buffer (OES_draw_buffers_indexed). */
function drawBufferParameter(state: ContextState, target: number, index: number): unknown {
  if (state.enabledExtensions.has("GL_OES_draw_buffers_indexed")) {
    switch (target) {
      case GL.BLEND_EQUATION_RGB:
      case GL.BLEND_EQUATION_ALPHA:
      case GL.BLEND_SRC_RGB:
      case GL.BLEND_SRC_ALPHA:
      case GL.BLEND_DST_RGB:
      case GL.BLEND_DST_ALPHA:
        state.gl.glGetIntegeri_v(target, index, ints);
        return ints[0];
      case GL.COLOR_WRITEMASK:
        state.gl.glGetIntegeri_v(target, index, ints);
        return Array.from(ints.subarray(0, 4), (value) => value !== 0);
    }
  }
  return state.refuse(GL.INVALID_ENUM);
}
