import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import { nativeArray, type PointerArgument } from "./scratch.ts";

/** Arguments of multiDraw…WEBGL and glMultiDraw…ANGLE between mode and drawCount. All but the type are lists. */
const ARGUMENTS = {
  Arrays: ["firsts", "counts"],
  Elements: ["counts", "type", "offsets"],
  ArraysInstanced: ["firsts", "counts", "instances"],
  ElementsInstanced: ["counts", "type", "offsets", "instances"],
} as const;

/** Functions of WEBGL_multi_draw. Only ANGLE offers it, and its contexts check the ranges. */
export function multiDrawFunctions(state: ContextState): Record<string, unknown> {
  const names = Object.keys(ARGUMENTS) as (keyof typeof ARGUMENTS)[];
  return Object.fromEntries(names.map((name) => [`multiDraw${name}WEBGL`, multiDraw(state, name)]));
}

function multiDraw(state: ContextState, name: keyof typeof ARGUMENTS) {
  /** `values`: each list is followed by the index of its first entry. The last value is the number of draws. */
  return (mode: number, ...values: (number | ArrayLike<number>)[]): void => {
    if (!state.makeCurrent()) return;
    const drawCount = Number(values.at(-1));
    const native: PointerArgument[] = [];
    let next = 0;
    for (const argument of ARGUMENTS[name]) {
      const value = values[next++];
      if (argument === "type") native.push(Number(value));
      else {
        const copy = argument === "offsets" ? offsetList : int32List;
        const list = copy(state, value as ArrayLike<number>, Number(values[next++]), drawCount);
        if (!list) return;
        native.push(list);
      }
    }
    state.extensionFunctions[`glMultiDraw${name}ANGLE`]?.(mode, ...native, drawCount);
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
