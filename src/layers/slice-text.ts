/** World coordinates of slices, by axis; a missing one stays. */
export interface SlicePositions {
  readonly x?: number | undefined;
  readonly y?: number | undefined;
  readonly z?: number | undefined;
}

const AXES = ["x", "y", "z"] as const;

/** Returns the slices that a text names, and their coordinates; undefined for one in the middle or with the number of a voxel. */
export function shownSlices(text: string): ReadonlyMap<"x" | "y" | "z", number | undefined> {
  return new Map(
    text.split(",").flatMap((part) => {
      const [name = "", place = ""] = part.split("=").map((word) => word.trim());
      const axis = AXES.find((each) => each === name);
      const at = Number(place.replace(/mm$/, ""));
      return axis === undefined ? [] : [[axis, place === "" || Number.isNaN(at) ? undefined : at] as const];
    }),
  );
}

/** Returns the text that names slices; "" for none. */
export function slicesText(slices: ReadonlyMap<"x" | "y" | "z", number | undefined>): string {
  return [...slices].map(([axis, at]) => (at === undefined ? axis : `${axis}=${at}`)).join(",");
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
