import type { Lines, Vertices } from "../formats/data-kinds.ts";
import type { ScalarLayer } from "../scalars/scalar-field.ts";
import type { ElementScalars } from "./choose-scalars.ts";

/**
 * Gives the scalar layers of lines one value per vertex. For values of cells, each segment gets vertices of its own, which both have the
 * value of its cell.
 */
export function lineScalars(
  lines: Lines,
  layers: readonly ElementScalars[],
): {
  readonly vertices: Vertices & Pick<Lines, "cellArrays" | "cells">;
  readonly scalars: readonly ScalarLayer[];
} {
  const flat = layers.map((layer) => ({ ...layer, flat: layer.flat || layer.field.labels !== undefined }));
  if (!layers.some(({ of }) => of === "cells")) return { vertices: lines, scalars: flat };
  const { indices, positions, colors, cells, cellArrays } = lines;
  const count = indices?.length ?? positions.length / 3;
  const vertexOf = (i: number): number => indices?.[i] ?? i;
  const expand = (values: Float32Array, size: number): Float32Array => {
    const result = new Float32Array(size * count);
    for (let i = 0; i < count; i += 1)
      for (let k = 0; k < size; k += 1) result[size * i + k] = values[size * vertexOf(i) + k] ?? 0;
    return result;
  };
  const ofCells = (values: Float32Array): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => values[cells?.[i >> 1] ?? i >> 1] ?? 0);
  return {
    vertices: {
      positions: expand(positions, 3),
      ...(colors && { colors: expand(colors, 3) }),
      ...{ cells, cellArrays },
    },
    scalars: flat.map((layer) => {
      const { values } = layer.field;
      return {
        ...layer,
        field: { ...layer.field, values: layer.of === "cells" ? ofCells(values) : expand(values, 1) },
      };
    }),
  };
}
