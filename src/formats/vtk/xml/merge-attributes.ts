import type { DataArray, NumericArray } from "../../data-kinds.ts";
import { quote } from "../../load-error.ts";
import type { Attributes } from "../vtk-dataset.ts";

/** Elements of a piece, in the order in which they are joined. */
export interface AttributeRange {
  readonly attributes: Attributes;
  readonly begin: number;
  readonly end: number;
}

/** Joins the arrays of pieces. Those that not all pieces have are left out, with a warning. */
export function mergeAttributes(ranges: readonly AttributeRange[], warnings: string[]): Attributes {
  const used = ranges.filter(({ begin, end }) => end > begin);
  const merge = (array: DataArray, others: readonly (DataArray | undefined)[]): DataArray | undefined => {
    const parts = others.map((other, i) => {
      const range = used[i];
      if (range === undefined || other?.components !== array.components) return undefined;
      return other.values.subarray(
        range.begin * array.components,
        range.end * array.components,
      ) as NumericArray;
    });
    const complete = parts.filter((part) => part !== undefined);
    if (complete.length === parts.length) return { ...array, values: concatenate(complete) };
    warnings.push(`the array ${quote(array.name)} is not in all pieces; left out`);
    return undefined;
  };
  const first = used[0]?.attributes;
  const arrays = (first?.arrays ?? []).flatMap((array) => {
    return (
      merge(
        array,
        used.map(({ attributes }) => attributes.arrays.find(({ name }) => name === array.name)),
      ) ?? []
    );
  });
  const normals =
    first?.normals &&
    merge(
      first.normals,
      used.map(({ attributes }) => attributes.normals),
    );
  return { arrays, ...(normals && { normals }), ...ghostsOf(used) };
}

function ghostsOf(ranges: readonly AttributeRange[]): Pick<Attributes, "ghosts"> {
  if (ranges.every(({ attributes }) => attributes.ghosts === undefined)) return {};
  const parts = ranges.map(
    ({ attributes: { ghosts }, begin, end }) => ghosts?.subarray(begin, end) ?? new Uint8Array(end - begin),
  );
  return { ghosts: concatenate(parts) };
}

/** Joins arrays; of different types, as doubles. */
export function concatenate<T extends NumericArray>(parts: readonly T[]): T {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const Values = (
    parts.every((part) => part.constructor === first?.constructor) ? first?.constructor : Float64Array
  ) as new (
    length: number,
  ) => T;
  const joined = new Values(length);
  let used = 0;
  for (const part of parts) {
    joined.set(part, used);
    used += part.length;
  }
  return joined;
}
