import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import type { PointerArgument } from "./native-types.ts";
import { nativeArray } from "./scratch.ts";

/** Functions of WEBGL_multi_draw. Only ANGLE offers it, and its contexts check the ranges. */
export function multiDrawFunctions(state: ContextState): Record<string, unknown> {
  const {
    glMultiDrawArraysANGLE: arrays,
    glMultiDrawElementsANGLE: elements,
    glMultiDrawArraysInstancedANGLE: arraysInstanced,
    glMultiDrawElementsInstancedANGLE: elementsInstanced,
  } = state.extensionFunctions;
  return {
    multiDrawArraysWEBGL: multiDraw(state, arrays, [int32List, int32List]),
    multiDrawElementsWEBGL: multiDraw(state, elements, [int32List, "type", offsetList]),
    multiDrawArraysInstancedWEBGL: multiDraw(state, arraysInstanced, [int32List, int32List, int32List]),
    multiDrawElementsInstancedWEBGL: multiDraw(state, elementsInstanced, [
      int32List,
      "type",
      offsetList,
      int32List,
    ]),
  };
}

type List = ArrayLike<number>;

/**
 * Makes a function (mode, …, drawCount). `kinds` are the parameters in between: the index type, or a list, which the
 * application passes as two arguments, an array and the offset of its first element.
 */
function multiDraw(
  state: ContextState,
  native: ((...args: PointerArgument[]) => void) | undefined,
  kinds: readonly (typeof int32List | typeof offsetList | "type")[],
) {
  return (mode: number, ...args: (number | List)[]): void => {
    if (!state.makeCurrent()) return;
    const drawCount = Number(args.at(-1));
    const values: PointerArgument[] = [];
    let next = 0;
    for (const kind of kinds) {
      if (kind === "type") {
        values.push(Number(args[next++]));
        continue;
      }
      const list = kind(state, args[next++] as List, Number(args[next++]), drawCount);
      if (!list) return;
      values.push(list);
    }
    native?.(mode, ...values, drawCount);
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
