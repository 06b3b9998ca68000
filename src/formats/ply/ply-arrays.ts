import type { DataArray } from "../data-kinds.ts";
import { bindScalars, type PlyTable } from "./ply-columns.ts";
import { PLY_TYPE_BYTES, type PlyElement } from "./ply-header.ts";

/** Maximum number of arrays of an element: each needs 4 or 8 bytes per row, and files of features have hundreds of properties. */
const MAX_ARRAYS = 16;

/** Properties that are not values of a point: parameters of Gaussian splats, opacity, normals, texture coordinates, padding. */
const IGNORED = /^(f_(dc|rest)_\d+|rot_\d|scale_\d|alpha|opacity|n[xyz]+|pad\w*)$/;

/** A property that is kept as an array of values. */
export interface PlyArray {
  readonly name: string;
  readonly values: Float32Array | Float64Array;
}

/** Binds the scalar properties that are not drawn otherwise, such as quality or intensity. Called after all other properties are bound. */
export function bindArrays(table: PlyTable | undefined): PlyArray[] {
  if (table === undefined) return [];
  return arrayProperties(table.element, (i) => table.targets[i] !== undefined).flatMap(({ name, type }) => {
    const needsDoubles = PLY_TYPE_BYTES[type] === 8 || type.endsWith("int32");
    const values = bindScalars(table, [name], needsDoubles);
    return values === undefined ? [] : { name, values };
  });
}

/** @param isUsed whether the property with this index is drawn */
function arrayProperties({ properties }: PlyElement, isUsed: (index: number) => boolean) {
  const names = new Set<string>();
  return properties
    .filter(({ name, countType }, i) => {
      if (countType !== undefined || isUsed(i) || IGNORED.test(name) || names.has(name)) return false;
      names.add(name);
      return true;
    })
    .slice(0, MAX_ARRAYS);
}

const DRAWN = /^(p?[xyz]|pos[xyz]|[rgb]|(diffuse_)?(red|green|blue)|[stuv])$/;

/** Number of arrays of an element, for the estimate of memory. */
export function countArrays(element: PlyElement): number {
  return arrayProperties(element, (i) => DRAWN.test(element.properties[i]?.name ?? "")).length;
}

/** Makes the arrays of the rows that were read; undefined without arrays. PLY files are about shapes, so values are shown only on request. */
export function dataArrays(arrays: readonly PlyArray[], rows: number): DataArray[] | undefined {
  if (arrays.length === 0) return undefined;
  return arrays.map(({ name, values }) => ({
    name,
    components: 1,
    values: values.subarray(0, rows),
    isAuxiliary: true,
  }));
}
