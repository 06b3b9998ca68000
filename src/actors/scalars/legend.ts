import type { ScalarField } from "../../scalars/scalar-field.ts";
import type { Legend } from "../actor.ts";

/** Describes the colors of values, for the scalar bar. */
export function legendOf({
  title,
  unit,
  colormap,
  range,
  rangeMethod,
  labels,
}: Omit<ScalarField, "values" | "coversAll" | "isBackground">): Legend {
  return { title, unit, colormap, range, rangeMethod, labels };
}
