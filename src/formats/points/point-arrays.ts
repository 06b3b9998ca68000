import { GrowingArray } from "../growing-array.ts";

/** Float32 has all integers up to this one. */
export const FLOAT32_INTEGERS = 2 ** 24;

/** @param needsDoubles whether Float32 would round its values, such as time stamps */
export function growingValues(needsDoubles: boolean): GrowingArray<Float32Array | Float64Array> {
  return new GrowingArray<Float32Array | Float64Array>(
    needsDoubles ? new Float64Array(64) : new Float32Array(64),
  );
}
