import type { Mesh, Volume } from "../formats/data-kinds.ts";
import { DataError } from "../formats/load-error.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { VolumeStyle } from "../layers/layer-properties.ts";
import { type BrickData, makeBricks } from "../native/volume-bricks.ts";
import { isosurface } from "../native/volume-iso.ts";
import type { PreparedMesh, PreparedVolume, VolumeParts } from "./prepared-data.ts";
import { scaleVolume } from "./volume-scale.ts";
import { volumeStatistics } from "./volume-statistics.ts";

/**
 * @param prepareMesh prepares the isosurface
 * @throws DataError if the volume has too few values, or does not have what the style requests
 */
export function prepareVolume(
  volume: Volume & Partial<Pick<VolumeParts, "statistics">>,
  layerStyle: LayerStyle,
  prepareMesh: (mesh: Mesh) => PreparedMesh,
): PreparedVolume {
  const style = layerStyle as VolumeStyle;
  const { dims, frames, components, values } = volume;
  if (values.length < dims[0] * dims[1] * dims[2] * components * frames)
    throw new DataError(`it has fewer values than its ${dims.join(" x ")} voxels need`);
  const measured = { ...volume, statistics: volume.statistics ?? volumeStatistics(volume) };
  const bricks = isCast(style) ? bricksOf(measured, style) : undefined;
  const mesh = style.iso === undefined ? undefined : isosurfaceOf(measured, style.iso);
  const surface = mesh && prepareMesh(mesh);
  const counts = surface?.counts ?? { triangles: 0, points: 0, lines: 0 };
  return { ...measured, bricks, surface, counts };
}

/**
 * Makes the isosurface of a time step.
 *
 * @returns undefined if the step does not cross the value
 * @throws DataError if the volume has no other steps, which could
 */
export function isosurfaceOf(
  volume: Volume & Pick<VolumeParts, "statistics">,
  value: number,
  step = 0,
): Mesh | undefined {
  const { dims, components, frames, values, slope, intercept, affine, statistics, space, origin } = volume;
  if (components > 1) throw new DataError("a volume of colors or vectors has no isosurface");
  const level = (value - intercept) / slope;
  const options = {
    level,
    isInverted: slope < 0,
    toWorld: affine.slice(0, 12),
    toNormal: gradientMatrix(affine),
  };
  const first = step * dims[0] * dims[1] * dims[2];
  const { positions, normals, indices } = isosurface({ values, first, dims, components }, options);
  if (indices.length === 0) {
    const { min, max } = statistics;
    if (frames > 1 && min < value && max >= value) return undefined;
    throw new DataError(`it has no surface at the value ${value}: its values are from ${min} to ${max}`);
  }
  const surface = { positions, normals, indices };
  return {
    kind: "mesh",
    surfaces: [surface],
    lines: undefined,
    points: undefined,
    space,
    origin,
    warnings: [],
  };
}

/** Whether a style needs ray casting. */
function isCast({ mip = false, volume = false }: VolumeStyle): boolean {
  return mip || volume;
}

/** Makes the bricks of a time step, in the memory of those of another one if given. */
export function bricksOf(
  volume: Volume & Pick<VolumeParts, "statistics">,
  style: VolumeStyle,
  step = 0,
  reused?: BrickData,
): BrickData {
  const { dims, components, values } = volume;
  if (components > 1)
    throw new DataError(
      "a volume of colors or vectors can be shown only as slices, without --mip and --volume",
    );
  const first = step * dims[0] * dims[1] * dims[2];
  return makeBricks({ values, first, dims, components }, scaleVolume(volume, style), reused);
}

/** Row-major 3x3 matrix from gradients to gradients, up to a factor above 0: the cofactors of a row-major 4x4 matrix. */
function gradientMatrix(affine: readonly number[]): number[] {
  const at = (row: number, column: number): number => affine[4 * (row % 3) + (column % 3)] ?? 0;
  const cofactors = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map(
      (column) =>
        at(row + 1, column + 1) * at(row + 2, column + 2) - at(row + 1, column + 2) * at(row + 2, column + 1),
    ),
  );
  const determinant = [0, 1, 2].reduce((sum, column) => sum + at(0, column) * (cofactors[column] ?? 0), 0);
  return cofactors.map((cofactor) => Math.sign(determinant) * cofactor);
}
