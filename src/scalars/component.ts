import type { DataArray } from "../formats/data-kinds.ts";
import { DataError, quote } from "../formats/load-error.ts";

const AXES = ["x", "y", "z"];

/** Reads one number per element. */
export interface ComponentReader {
  /** For titles: "velocity x"; the array's name for an array of scalars. */
  readonly title: string;
  /** Number of elements. */
  readonly count: number;
  readonly component: number | "magnitude";
  /** The value of an element; NaN: none. */
  readonly read: (element: number) => number;
}

/**
 * Makes a reader for one component of an array.
 *
 * @param component its number, from 0; x, y or z; or magnitude, the Euclidean norm. Default: magnitude, and the value of a scalar
 * @throws DataError if there is no such component
 */
export function componentReader(array: DataArray, component?: string): ComponentReader {
  const { name, components, values } = array;
  const count = Math.floor(values.length / components);
  const wanted = component ?? (components === 1 ? "0" : "magnitude");
  if (wanted === "magnitude") {
    const title = components === 1 ? name : `${name} magnitude`;
    const read = (element: number): number => magnitude(values, element * components, components);
    return { title, count, component: "magnitude", read };
  }
  const axis = AXES.indexOf(wanted);
  const offset = axis < 0 ? Number(wanted) : axis;
  if (!Number.isInteger(offset) || offset < 0 || offset >= components) {
    const last = components === 1 ? "only component 0" : `components 0 to ${components - 1} and magnitude`;
    throw new DataError(`the array ${quote(name)} has no component ${quote(wanted)}: it has ${last}`);
  }
  const label = components === 3 ? AXES[offset] : offset;
  const title = components === 1 ? name : `${name} ${label}`;
  const read = (element: number): number => values[element * components + offset] ?? Number.NaN;
  return { title, count, component: offset, read };
}

function magnitude(values: DataArray["values"], start: number, components: number): number {
  let squares = 0;
  for (let i = start; i < start + components; i += 1) squares += (values[i] ?? Number.NaN) ** 2;
  // The squares of values beyond 1e154 or below 1e-154 are not finite, or 0.
  const isExact = (squares > 1e-290 && squares < Number.POSITIVE_INFINITY) || Number.isNaN(squares);
  return isExact ? Math.sqrt(squares) : Math.hypot(...values.subarray(start, start + components));
}
