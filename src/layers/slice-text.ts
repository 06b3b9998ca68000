/** World coordinates of slices, by axis; a missing one stays. */
export interface SlicePositions {
  readonly x?: number | undefined;
  readonly y?: number | undefined;
  readonly z?: number | undefined;
}

/**
 * Returns the value of the property `slice` after slices were moved.
 *
 * @param text the value before; undefined for all three slices at their default places
 */
export function movedSlices(text: string | undefined, positions: SlicePositions): string {
  const slices = (text ?? "x,y,z").split(",").map((slice) => slice.trim());
  return slices
    .map((slice) => {
      const position = positions[slice[0] as keyof SlicePositions];
      return position === undefined ? slice : `${slice[0]}=${position}`;
    })
    .join(",");
}
