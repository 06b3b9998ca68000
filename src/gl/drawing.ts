import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState, type NumberList } from "./context-core.ts";
import { activeAttributeMask } from "./program-attributes.ts";
import { attributesCover } from "./vertex-arrays.ts";

function indexBytes(type: number): number {
  if (type === GL.UNSIGNED_BYTE) return 1;
  if (type === GL.UNSIGNED_SHORT) return 2;
  return type === GL.UNSIGNED_INT ? 4 : 0;
}

/**
 * Draw calls, and clearing of single buffers. Ranges are checked for every driver: Mesa reads out of bounds, and ANGLE
 * relies on SwiftShader's robust access, which runs for minutes if the count is absurd.
 */
export abstract class DrawingMethods extends ContextMethods {
  clearBufferfv(buffer: number, drawBuffer: number, values: NumberList<Float32Array>, offset = 0): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const data = clearValues(state, buffer, values, offset, Float32Array);
    if (data) state.gl.glClearBufferfv(buffer, drawBuffer, data);
  }

  clearBufferiv(buffer: number, drawBuffer: number, values: NumberList<Int32Array>, offset = 0): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const data = clearValues(state, buffer, values, offset, Int32Array);
    if (data) state.gl.glClearBufferiv(buffer, drawBuffer, data);
  }

  clearBufferuiv(buffer: number, drawBuffer: number, values: NumberList<Uint32Array>, offset = 0): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const data = clearValues(state, buffer, values, offset, Uint32Array);
    if (data) state.gl.glClearBufferuiv(buffer, drawBuffer, data);
  }

  drawArrays(mode: number, first: number, count: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !canDrawArrays(state, mode, first, count, 1)) return;
    state.gl.glDrawArrays(mode, first, count);
  }

  drawArraysInstanced(mode: number, first: number, count: number, instances: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !canDrawArrays(state, mode, first, count, instances)) return;
    state.gl.glDrawArraysInstanced(mode, first, count, instances);
  }

  /** `offset` in bytes. */
  drawElements(mode: number, count: number, type: number, offset: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !canDrawElements(state, mode, count, type, offset, 1)) return;
    state.gl.glDrawElements(mode, count, type, offset);
  }

  drawElementsInstanced(mode: number, count: number, type: number, offset: number, instances: number): void {
    const { state } = this;
    if (!state.makeCurrent() || !canDrawElements(state, mode, count, type, offset, instances)) return;
    state.gl.glDrawElementsInstanced(mode, count, type, offset, instances);
  }

  drawRangeElements(
    mode: number,
    start: number,
    end: number,
    count: number,
    type: number,
    offset: number,
  ): void {
    const { state } = this;
    if (!state.makeCurrent() || !canDrawElements(state, mode, count, type, offset, 1)) return;
    state.gl.glDrawRangeElements(mode, start, end, count, type, offset);
  }
}

function clearValues<View extends Float32Array | Int32Array | Uint32Array>(
  state: ContextState,
  buffer: number,
  values: ArrayLike<number>,
  offset: number,
  kind: { new (values: ArrayLike<number>): View },
): View | undefined {
  const components = buffer === GL.COLOR ? 4 : 1;
  if (offset < 0 || values.length - offset < components) {
    state.raise(GL.INVALID_VALUE);
    return undefined;
  }
  return new kind(Array.from({ length: components }, (_, index) => values[offset + index] ?? 0));
}

function canDrawArrays(
  state: ContextState,
  mode: number,
  first: number,
  count: number,
  instances: number,
): boolean {
  if (first < 0 || count < 0 || instances < 0) return state.raise(GL.INVALID_VALUE);
  return isDrawMode(state, mode) && canReadAttributes(state, count > 0 ? first + count : 0, instances);
}

function canDrawElements(
  state: ContextState,
  mode: number,
  count: number,
  type: number,
  offset: number,
  instances: number,
): boolean {
  if (count < 0 || offset < 0 || instances < 0) return state.raise(GL.INVALID_VALUE);
  const unit = indexBytes(type);
  if (!isDrawMode(state, mode)) return false;
  if (!unit) return state.raise(GL.INVALID_ENUM);
  const indices = state.vertexArrays.current.elementBuffer;
  if (!indices || offset % unit || offset + count * unit > indices.size)
    return state.raise(GL.INVALID_OPERATION);
  // The values of the indices are not checked: the contexts are robust, so reads outside of a buffer are harmless. But
  // the first vertex must exist: Mesa crashes on a buffer without storage.
  return canReadAttributes(state, count > 0 ? 1 : 0, instances);
}

function isDrawMode(state: ContextState, mode: number): boolean {
  if (mode >= GL.POINTS && mode <= GL.TRIANGLE_FAN) return true;
  return state.raise(GL.INVALID_ENUM);
}

function canReadAttributes(state: ContextState, vertices: number, instances: number): boolean {
  if (state.programs.current && attributesCover(state, vertices, instances, activeAttributeMask(state)))
    return true;
  return state.raise(GL.INVALID_OPERATION);
}
