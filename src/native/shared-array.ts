import type { NumericArray } from "./numeric-array.ts";

/** Minimum size of an array in shared memory, bytes: smaller ones are copied faster than they are shared. */
const MIN_SHARED_BYTES = 2 ** 20;

type ArrayConstructor<T> = {
  new (length: number): T;
  new (buffer: SharedArrayBuffer): T;
  BYTES_PER_ELEMENT: number;
};

/** Allocates an array of zeros; a large one in shared memory, so that a Worker and the rendering thread can use it at the same time. */
export function allocateShared<T extends NumericArray>(ArrayType: ArrayConstructor<T>, length: number): T {
  const bytes = length * ArrayType.BYTES_PER_ELEMENT;
  return bytes < MIN_SHARED_BYTES ? new ArrayType(length) : new ArrayType(new SharedArrayBuffer(bytes));
}

/** Returns the array, or a copy in shared memory if it is not there. */
export function shareArray<T extends NumericArray>(array: T): T {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const ArrayType = array.constructor as ArrayConstructor<T>;
  const shared = new ArrayType(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}
