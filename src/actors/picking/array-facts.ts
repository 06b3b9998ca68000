import type { DataArray } from "../../formats/data-kinds.ts";
import type { PickFact } from "../../protocol/pick.ts";

/** Maximum size of the arrays of a layer that are kept to name their values under the pointer, bytes. */
const MAX_KEPT_BYTES = 128 << 20;

/** Maximum number of components of an array that are named. */
const MAX_COMPONENTS = 64;

/** Returns the arrays of a layer that may be kept: all, or none if they are too large. */
export function keptArrays(arrays: readonly DataArray[] | undefined): readonly DataArray[] | undefined {
  const bytes = arrays?.reduce((sum, { values }) => sum + values.byteLength, 0) ?? 0;
  return bytes <= MAX_KEPT_BYTES ? arrays : undefined;
}

/** Returns the values of an element, by the names of the arrays. Arrays that do not have the element are omitted. */
export function arrayFacts(arrays: readonly DataArray[] | undefined, element: number): PickFact[] {
  return (arrays ?? []).flatMap(({ name, components, values, unit, labels }) => {
    const first = element * components;
    if (!(element >= 0) || first + components > values.length) return [];
    const all = Array.from(values.subarray(first, first + Math.min(components, MAX_COMPONENTS)), Number);
    const [value = Number.NaN] = all;
    const label = components === 1 ? labels?.find((each) => each.value === value)?.name : undefined;
    return [
      {
        name,
        value: components === 1 ? exact(value) : all.map(exact),
        ...(unit !== undefined && { unit }),
        ...(label !== undefined && { label }),
      },
    ];
  });
}

/** JSON has no NaN and no infinity. */
export function exact(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
