import type { DataArray, Mesh, Points, Surface, Vertices } from "../formats/data-kinds.ts";
import { DataError, quote } from "../formats/load-error.ts";
import type { MeshStyle, OverlayStyle, ScalarStyle } from "../layers/layer-properties.ts";
import { makeScalarField, noValuesWarning, type ScalarLayer } from "../scalars/scalar-field.ts";
import { selectArray } from "../scalars/select-array.ts";

/** What an array has a value for: vertices of the file, or its cells. */
type ElementKind = "points" | "cells";

/** A scalar layer before it has one value per vertex in GL: `field` has one per element of the file. */
export interface ElementScalars extends ScalarLayer {
  readonly of: ElementKind;
  /** Show only the outlines of labels. */
  readonly outline: boolean;
}

/** The scalar layers of all parts of a file, the lowest first. */
export interface ChosenScalars {
  /** By surface. */
  readonly surfaces: ReadonlyMap<Vertices, readonly ElementScalars[]>;
  readonly warnings: readonly string[];
}

/** Style of a layer, and of each of its overlay files. */
export interface ScalarStyles {
  readonly style: ScalarStyle & Pick<MeshStyle, "color" | "outline">;
  readonly overlays: readonly OverlayStyle[];
}

interface Choice {
  readonly array: DataArray;
  readonly of: ElementKind;
  readonly style: OverlayStyle;
  readonly opacity: number | undefined;
  /** Number of the overlay file; undefined for the layer itself. */
  readonly overlay?: number | undefined;
}

/**
 * Chooses the arrays that color a file, and maps them to colors with a range that is common to all of its parts.
 *
 * @param arrows surfaces with copies of values of the others, which do not count for the range
 * @throws DataError if an array that the style requests does not exist
 */
export function chooseScalars(
  data: Mesh | Points,
  styles: ScalarStyles,
  arrows: ReadonlySet<Vertices> = new Set(),
): ChosenScalars {
  const parts: readonly (Vertices & Partial<Surface>)[] =
    data.kind === "points"
      ? [data.vertices]
      : [...data.surfaces, ...(data.lines ? [data.lines] : []), ...(data.points ? [data.points] : [])];
  const layers = new Map<Vertices, ElementScalars[]>(parts.map((part) => [part, []]));
  const warnings: string[] = [];
  for (const choice of chooseArrays(parts, styles)) {
    const found = parts.map((part) => [part, arrayOf(part, choice)] as const);
    const arrays = [...new Set(found.flatMap(([part, array]) => (array && !arrows.has(part) ? array : [])))];
    const fields = jointFields(arrays, choice);
    if (fields === undefined) warnings.push(noValuesWarning(choice.array));
    else warnings.push(...(fields[0]?.warnings ?? []));
    for (const [part, array] of found) {
      const { of, style, opacity, overlay } = choice;
      const [first] = fields ?? [];
      const field =
        array && first && arrows.has(part)
          ? makeScalarField(array, { ...style, range: first.range }, of)
          : array && fields?.[arrays.indexOf(array)];
      if (field === undefined) continue;
      const hidesSome =
        field.missing > 0 ||
        style.threshold !== undefined ||
        field.labels?.some(({ color }) => color[3] === 0);
      layers.get(part)?.push({
        field,
        of,
        opacity,
        flat: of === "cells",
        outline: style.outline === true,
        discards: overlay === undefined && !style.outline && hidesSome,
        overlay,
      });
    }
  }
  return { surfaces: layers, warnings };
}

function chooseArrays(
  parts: readonly (Vertices & Partial<Surface>)[],
  { style, overlays }: ScalarStyles,
): Choice[] {
  const arrays = parts.flatMap((part) => [
    ...(part.arrays ?? []).map((array) => ({ ...array, of: "points" as const, array })),
    ...(part.cellArrays ?? []).map((array) => ({ ...array, of: "cells" as const, array })),
  ]);
  // Arrays of points precede those of cells with the same name, for any order of the parts.
  arrays.sort((a, b) => Number(a.of === "cells") - Number(b.of === "cells"));
  const choices: Choice[] = [];
  const hasColors =
    style.color !== undefined ||
    overlays.length > 0 ||
    parts.some(({ colors, material }) => colors ?? material);
  const ofFile = arrays.filter(({ overlay }) => overlay === undefined);
  const own =
    style.colorBy !== undefined
      ? selectArray(arrays, style.colorBy)
      : hasColors
        ? undefined
        : selectArray(ofFile);
  if (own !== undefined) choices.push({ array: own.array, of: own.of, style, opacity: undefined });
  for (const [i, { opacity, ...overlayStyle }] of overlays.entries()) {
    const ofOverlay = arrays.filter(({ overlay }) => overlay === i);
    const shown = selectArray(ofOverlay, overlayStyle.colorBy) ?? ofOverlay[0];
    if (shown !== undefined)
      choices.push({ array: shown.array, of: shown.of, style: overlayStyle, opacity, overlay: i });
  }
  return choices;
}

/** Returns the array of a part with the name of the chosen one. */
function arrayOf(
  { positions, arrays, cellArrays }: Vertices & Partial<Surface>,
  { array, of }: Choice,
): DataArray | undefined {
  const candidates = of === "points" ? arrays : cellArrays;
  const found = candidates?.includes(array) ? array : candidates?.find(({ name }) => name === array.name);
  const vertices = positions.length / 3;
  const count = found && Math.floor(found.values.length / found.components);
  if (of === "points" && count !== undefined && count < vertices)
    throw new DataError(`the array ${quote(array.name)} has ${count} values for ${vertices} points`);
  return found;
}

/** Makes the fields of arrays with a common range. */
function jointFields(arrays: readonly DataArray[], { array, of, style }: Choice) {
  const [first] = arrays;
  if (arrays.length < 2) {
    const field = first && makeScalarField(first, style, of);
    return field && [field];
  }
  const values = new Float64Array(arrays.reduce((sum, { values }) => sum + values.length, 0));
  let start = 0;
  const starts = arrays.map((part) => {
    if (part.components !== array.components)
      throw new DataError(`the parts of the array ${quote(array.name)} have different numbers of components`);
    values.set(part.values, start);
    start += part.values.length;
    return (start - part.values.length) / array.components;
  });
  const joint = makeScalarField({ ...array, values }, style, of);
  return (
    joint &&
    starts.map((begin, i) => {
      const count = (arrays[i]?.values.length ?? 0) / array.components;
      return { ...joint, values: joint.values.slice(begin, begin + count) };
    })
  );
}
