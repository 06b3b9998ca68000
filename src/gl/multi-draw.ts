import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import { nativeArray } from "./scratch.ts";

/** Functions of WEBGL_multi_draw. Only ANGLE offers it, and its contexts check the ranges. */
export function multiDrawFunctions(state: ContextState): Record<string, unknown> {
  const native = state.extensionFunctions;
  type List = ArrayLike<number>;
  return {
    multiDrawArraysWEBGL: (
      mode: number,
      firsts: List,
      firstsOffset: number,
      counts: List,
      countsOffset: number,
      drawCount: number,
    ) => {
      if (!state.makeCurrent()) return;
      const first = int32List(state, firsts, firstsOffset, drawCount);
      const count = first && int32List(state, counts, countsOffset, drawCount);
      if (count) native.glMultiDrawArraysANGLE?.(mode, first, count, drawCount);
    },
    multiDrawElementsWEBGL: (
      mode: number,
      counts: List,
      countsOffset: number,
      type: number,
      offsets: List,
      offsetsOffset: number,
      drawCount: number,
    ) => {
      if (!state.makeCurrent()) return;
      const count = int32List(state, counts, countsOffset, drawCount);
      const offset = count && offsetList(state, offsets, offsetsOffset, drawCount);
      if (offset) native.glMultiDrawElementsANGLE?.(mode, count, type, offset, drawCount);
    },
    multiDrawArraysInstancedWEBGL: (
      mode: number,
      firsts: List,
      firstsOffset: number,
      counts: List,
      countsOffset: number,
      instances: List,
      instancesOffset: number,
      drawCount: number,
    ) => {
      if (!state.makeCurrent()) return;
      const first = int32List(state, firsts, firstsOffset, drawCount);
      const count = first && int32List(state, counts, countsOffset, drawCount);
      const instance = count && int32List(state, instances, instancesOffset, drawCount);
      if (instance) native.glMultiDrawArraysInstancedANGLE?.(mode, first, count, instance, drawCount);
    },
    multiDrawElementsInstancedWEBGL: (
      mode: number,
      counts: List,
      countsOffset: number,
      type: number,
      offsets: List,
      offsetsOffset: number,
      instances: List,
      instancesOffset: number,
      drawCount: number,
    ) => {
      if (!state.makeCurrent()) return;
      const count = int32List(state, counts, countsOffset, drawCount);
      const offset = count && offsetList(state, offsets, offsetsOffset, drawCount);
      const instance = offset && int32List(state, instances, instancesOffset, drawCount);
      if (instance)
        native.glMultiDrawElementsInstancedANGLE?.(mode, count, type, offset, instance, drawCount);
    },
  };
}

/** Copies `count` entries of a list from `offset` on to native memory. Null, with the error recorded, if out of range. */
function int32List(
  state: ContextState,
  list: ArrayLike<number>,
  offset: number,
  count: number,
): Int32Array | null {
  if (count < 0 || offset < 0) return state.refuse(GL.INVALID_VALUE);
  if (offset + count > list.length) return state.refuse(GL.INVALID_OPERATION);
  const values = nativeArray(Int32Array, count);
  for (let index = 0; index < count; index++) values[index] = list[offset + index] ?? 0;
  return values;
}

function offsetList(
  state: ContextState,
  list: ArrayLike<number>,
  offset: number,
  count: number,
): BigInt64Array | null {
  const values = int32List(state, list, offset, count);
  if (!values) return null;
  const offsets = nativeArray(BigInt64Array, count);
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? 0;
    if (value < 0) return state.refuse(GL.INVALID_VALUE);
    offsets[index] = BigInt(value);
  }
  return offsets;
}
