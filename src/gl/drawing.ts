import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import { activeAttributeMask } from "./program-attributes.ts";
import { attributesCover } from "./vertex-arrays.ts";

function indexBytes(type: number): number {
  if (type === GL.UNSIGNED_BYTE) return 1;
  if (type === GL.UNSIGNED_SHORT) return 2;
  return type === GL.UNSIGNED_INT ? 4 : 0;
}

/** The values of a clearBuffer… call. Undefined, with the error recorded, if there are too few. */
export function clearValues<View extends Float32Array | Int32Array | Uint32Array>(
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

/**
 * The range of a draw call is checked for every driver: Mesa reads out of bounds, and ANGLE relies on SwiftShader's
 * robust access, which runs for minutes if the count is absurd.
 */
export function canDrawArrays(
  state: ContextState,
  mode: number,
  first: number,
  count: number,
  instances: number,
): boolean {
  if (first < 0 || count < 0 || instances < 0) return state.raise(GL.INVALID_VALUE);
  return isDrawMode(state, mode) && canReadAttributes(state, count > 0 ? first + count : 0, instances);
}

/** Like {@link canDrawArrays}, for indexed draws. `offset` is in bytes. */
export function canDrawElements(
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
  if (state.currentProgram && attributesCover(state, vertices, instances, activeAttributeMask(state)))
    return true;
  return state.raise(GL.INVALID_OPERATION);
}
