import type { DataArray, NumericArray } from "../../formats/data-kinds.ts";

/** Copies the elements with these numbers out of each array. */
export function gatherArrays(arrays: readonly DataArray[] | undefined, elements: Uint32Array): DataArray[] {
  return (arrays ?? []).map((array) => ({ ...array, values: gather(array, elements) }));
}

function gather({ values, components }: DataArray, elements: Uint32Array): NumericArray {
  const ArrayType = values.constructor as new (length: number) => NumericArray;
  const gathered = new ArrayType(elements.length * components);
  for (let i = 0; i < elements.length; i += 1) {
    const from = (elements[i] ?? 0) * components;
    for (let c = 0; c < components; c += 1) gathered[i * components + c] = values[from + c] ?? 0;
  }
  return gathered;
}
