import { Vector3 } from "three";
import type { SliceSampling } from "../../native/volume-kernels.ts";
import { AXES, type Axis, type VoxelGrid } from "./voxel-grid.ts";

/** Maximum width and height of a slice's texture, texels: the limit of old drivers, and more than a picture has pixels. */
const MAX_TEXELS = 4096;

/** Texels per voxel along an oblique slice without interpolation, so that the edges of voxels are visible: at least, and at most. */
const OBLIQUE_TEXELS = [4, 16] as const;

/** Width and height up to which such a slice has more texels than at least, texels: sampling and drawing a quarter of a million takes 3 ms. */
const FINE_TEXELS = 512;

/** A rectangle of a slice: a plane of constant x, y or z in the world that covers a volume. */
export interface SlicePlane {
  readonly axis: Axis;
  /** Coordinate along `axis`. */
  readonly position: number;
  /** World axes of the columns and rows of the texture. */
  readonly u: Axis;
  readonly v: Axis;
  /** World coordinates of the rectangle along `u` and `v`. */
  readonly min: readonly [number, number];
  readonly max: readonly [number, number];
  readonly sampling: Pick<SliceSampling, "width" | "height" | "origin" | "alongS" | "alongT">;
}

/**
 * Cuts a volume by a plane of constant x, y or z. Where the voxel axes are parallel to the world axes, a texel is a voxel.
 *
 * @returns undefined if the plane does not meet the volume
 */
export function cutVolume(
  grid: VoxelGrid,
  axis: Axis,
  position: number,
  linear: boolean,
): SlicePlane | undefined {
  const [u, v] = AXES.filter((other) => other !== axis) as [Axis, Axis];
  const outline = grid.isAligned ? grid.corners : crossSection(grid, axis, position);
  const { min, max } = grid.box;
  if (position < min.getComponent(axis) || position > max.getComponent(axis) || outline.length < 3)
    return undefined;
  const extent = (along: Axis): readonly [number, number] => {
    const places = outline.map((point) => point.getComponent(along));
    return [Math.min(...places), Math.max(...places)];
  };
  const [[u0, u1], [v0, v1]] = [extent(u), extent(v)];
  const [least, most] = OBLIQUE_TEXELS;
  const voxel = Math.min(...grid.spacing);
  const fine = Math.floor((FINE_TEXELS * voxel) / Math.max(u1 - u0, v1 - v0));
  const finest = voxel / (linear ? 1 : Math.min(most, Math.max(least, fine)));
  const texels = (along: Axis, length: number): number => {
    const wanted = grid.isAligned ? grid.dims[grid.voxelAxes[along]] : Math.ceil(length / finest);
    return Math.min(MAX_TEXELS, Math.max(1, wanted));
  };
  const [width, height] = [texels(u, u1 - u0), texels(v, v1 - v0)];
  const stepOf = (along: Axis, length: number): Vector3 =>
    new Vector3().setComponent(along, length).applyMatrix4(grid.toVoxel).sub(voxelOrigin(grid));
  const [alongS, alongT] = [stepOf(u, (u1 - u0) / width), stepOf(v, (v1 - v0) / height)];
  const corner = new Vector3().setComponent(axis, position).setComponent(u, u0).setComponent(v, v0);
  const origin = corner.applyMatrix4(grid.toVoxel).addScaledVector(alongS, 0.5).addScaledVector(alongT, 0.5);
  return {
    axis,
    position,
    u,
    v,
    min: [u0, v0],
    max: [u1, v1],
    sampling: {
      width,
      height,
      origin: origin.toArray(),
      alongS: alongS.toArray(),
      alongT: alongT.toArray(),
    },
  };
}

/** Voxel coordinates of the world's origin. */
function voxelOrigin(grid: VoxelGrid): Vector3 {
  return new Vector3().applyMatrix4(grid.toVoxel);
}

/** The points at which a plane crosses the edges of a volume. */
function crossSection(grid: VoxelGrid, axis: Axis, position: number): Vector3[] {
  const points: Vector3[] = [];
  for (const [i, a] of grid.corners.entries()) {
    for (const bit of [1, 2, 4]) {
      const b = grid.corners[i | bit];
      if ((i & bit) !== 0 || b === undefined) continue;
      const [from, to] = [a.getComponent(axis), b.getComponent(axis)];
      if (from === to || (from - position) * (to - position) > 0) continue;
      points.push(
        new Vector3().lerpVectors(a, b, (position - from) / (to - from)).setComponent(axis, position),
      );
    }
  }
  return points;
}
