/** Typed arrays of the numbers that files store, in the order of sc_number_e in native/number.h. */
export const NUMERIC_ARRAYS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

/** A typed array of the numbers that files store. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** The number of an array's type in the native library. */
export function numericType(values: NumericArray): number {
  return NUMERIC_ARRAYS.findIndex((type) => values instanceof type);
}
