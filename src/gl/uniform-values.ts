import * as GL from "./constants.generated.ts";
import type { NumberList } from "./context-core.ts";
import type { ContextState } from "./context-state.ts";
import { WebGLUniformLocation } from "./objects.ts";
import { floats, ints, uints } from "./scratch.ts";

export type Location = WebGLUniformLocation | null;
export type Floats = NumberList<Float32Array>;
export type Ints = NumberList<Int32Array>;
export type Uints = NumberList<Uint32Array>;

interface Numbers<View> {
  readonly length: number;
  [index: number]: number;
  subarray(begin: number, end?: number): View;
}

/**
 * Native location of a uniform call. -1 if the call has no effect: for null, and, with the error recorded, for a location
 * of a program that is not in use.
 */
export function uniformIndex(state: ContextState, location: Location): number {
  if (!state.makeCurrent() || location === null || location === undefined) return -1;
  const { program } = location;
  if (program !== undefined && program === state.currentProgram && location.linkCount === program.linkCount) {
    return location.index;
  }
  if (!(location instanceof WebGLUniformLocation)) {
    throw new TypeError("The location must be a WebGLUniformLocation or null.");
  }
  state.raise(GL.INVALID_OPERATION);
  return -1;
}

/**
 * Vectors of `size` components: `length` numbers of `values` (0: all that follow) from `offset` on. Null, with the error
 * recorded, if they are out of range or do not form complete vectors.
 */
export function floatVectors(
  state: ContextState,
  values: Floats,
  offset: number,
  length: number,
  size: number,
) {
  const all = values instanceof Float32Array ? values : copyInto(floats, values, Float32Array);
  return wholeVectors(state, range(all, offset, length), size);
}

export function intVectors(state: ContextState, values: Ints, offset: number, length: number, size: number) {
  const all = values instanceof Int32Array ? values : copyInto(ints, values, Int32Array);
  return wholeVectors(state, range(all, offset, length), size);
}

export function uintVectors(
  state: ContextState,
  values: Uints,
  offset: number,
  length: number,
  size: number,
) {
  const all = values instanceof Uint32Array ? values : copyInto(uints, values, Uint32Array);
  return wholeVectors(state, range(all, offset, length), size);
}

function wholeVectors<View extends ArrayLike<number>>(
  state: ContextState,
  values: View,
  size: number,
): View | null {
  if (values.length > 0 && values.length % size === 0) return values;
  return state.refuse(GL.INVALID_VALUE);
}

/** Copies `values` to the scratch memory, or to new memory if they do not fit. */
function copyInto<View extends Numbers<View>>(
  scratch: View,
  values: ArrayLike<number>,
  kind: { from(values: ArrayLike<number>): View },
): View {
  if (values.length > scratch.length) return kind.from(values);
  for (let index = 0; index < values.length; index++) scratch[index] = Number(values[index]);
  return scratch.subarray(0, values.length);
}

/** `length` elements (0: all that follow) from `offset` on; empty if out of range. */
function range<View extends Numbers<View>>(values: View, offset: number, length: number): View {
  if (!offset && !length) return values;
  const end = length ? offset + length : values.length;
  return offset < 0 || length < 0 || end > values.length
    ? values.subarray(0, 0)
    : values.subarray(offset, end);
}
