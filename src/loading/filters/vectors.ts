import type { DataArray } from "../../formats/data-kinds.ts";
import { DataError, quote } from "../../formats/load-error.ts";
import { selectArray } from "../../scalars/select-array.ts";

/**
 * Returns the array of vectors with this name.
 *
 * @throws DataError if no array has this name, or it has another number of components
 */
export function vectorArray(arrays: readonly DataArray[], name: string): DataArray {
  const vectors = arrays.filter(({ components }) => components === 3);
  const found = arrays.find((array) => array.name === name) ?? selectArray(vectors, name);
  if (found === undefined || found.components !== 3) {
    throw new DataError(`the array ${quote(name)} has ${found?.components ?? 0} components: vectors have 3`);
  }
  return found;
}
