import type { DataArray } from "../formats/data-kinds.ts";
import { DataError, quote } from "../formats/load-error.ts";

const MAX_LISTED = 20;

/** Names of arrays that are about the mesh itself: numbers of points and cells, normals, texture coordinates, ghost cells. */
const STRUCTURAL =
  /^vtk|ids?$|^ids?\b|normals?$|tcoords?|texture ?coord|(node|point|cell|element|vertex) ?_?(num(ber)?|index|indices)s?$/i;

/**
 * Selects the array to color by.
 *
 * @param arrays of the points, cells or streamlines of a file; of two with the same name, the first is selected
 * @param name its name; default: the first array of scalars, or else of vectors, that is neither constant nor
 *   about the mesh itself, such as ids
 * @returns undefined if no name was given and no array is shown by default
 * @throws DataError with the names that exist
 */
export function selectArray<Candidate extends DataArray>(
  arrays: readonly Candidate[],
  name?: string,
): Candidate | undefined {
  if (name === undefined) {
    const shown = arrays.filter((array) => array.isAuxiliary !== true && !STRUCTURAL.test(array.name));
    const isVaried = ({ values }: DataArray): boolean => values.some((value) => value !== values[0]);
    return (
      shown.find((array) => array.components === 1 && isVaried(array)) ??
      shown.find(({ components }) => components === 3)
    );
  }
  const found =
    arrays.find((array) => array.name === name) ??
    arrays.find((array) => array.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = [...new Set(arrays.map((array) => array.name))];
  const listed = names.slice(0, MAX_LISTED).map((known) => quote(known));
  const more = names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : "";
  const known = names.length === 0 ? "it has no arrays" : `it has ${listed.join(", ")}${more}`;
  throw new DataError(`it has no array ${quote(name)} to color by: ${known}`);
}
