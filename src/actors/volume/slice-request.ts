import { DataError } from "../../formats/load-error.ts";
import type { SharedSlices } from "./shared-slices.ts";
import { AXES, type Axis, type VoxelGrid } from "./voxel-grid.ts";

const NAMES = ["x", "y", "z"] as const;

/** The slices to show, by axis: the coordinate, or undefined for the default one. */
type SliceRequest = ReadonlyMap<Axis, number | undefined>;

/**
 * Parses the slices to show: "x=10,y=-5mm,z=20vox" or "z". Numbers are world coordinates; with vox, numbers of voxels, from 0, along
 * the voxel axis that is most parallel to the world axis. Default: all three.
 *
 * @throws DataError
 */
function parseSliceRequest(text: string | undefined, grid: VoxelGrid): SliceRequest {
  if (text === undefined) return new Map(AXES.map((axis) => [axis, undefined]));
  const request = new Map<Axis, number | undefined>();
  for (const part of text.split(",")) {
    const [, name, number, unit] = /^\s*([xyz])\s*(?:=\s*([-+.\deE]+)\s*(mm|vox)?)?\s*$/.exec(part) ?? [];
    const axis = AXES.find((axis) => NAMES[axis] === name);
    const value = number === undefined ? undefined : Number(number);
    if (axis === undefined || Number.isNaN(value)) {
      throw new DataError(
        `the slice "${part}" is not valid: write x=10, y=-5mm, z=20vox or z, separated by commas`,
      );
    }
    request.set(axis, value !== undefined && unit === "vox" ? grid.worldOf(axis, value) : value);
  }
  return request;
}

/** The world coordinate of each slice to show. @throws DataError */
export function slicePositions(
  slice: string | undefined,
  grid: VoxelGrid,
  shared: SharedSlices,
): ReadonlyMap<Axis, number> {
  if (slice === undefined && shared.positions !== undefined) return shared.positions;
  const { center = grid.center.toArray() } = shared;
  const positions = new Map(
    [...parseSliceRequest(slice, grid)].map(([axis, at]) => [axis, at ?? center[axis]]),
  );
  shared.positions ??= positions;
  return positions;
}
