import type { Vector3 } from "three";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import type { PickFact } from "../../protocol/pick.ts";
import type { CastVolume } from "../volume/cast-volume.ts";
import type { PeakSticks } from "../volume/peak-sticks.ts";
import type { VolumeSlices } from "../volume/volume-slices.ts";
import type { Axis, VoxelGrid } from "../volume/voxel-grid.ts";
import { exact } from "./array-facts.ts";
import {
  type FactsAt,
  type PickElement,
  type PickedElement,
  type PickQuery,
  pointOnRay,
} from "./pick-query.ts";

/** What is shown of a volume. */
export interface PickedVolume {
  readonly volume: PreparedVolume;
  readonly grid: VoxelGrid;
  readonly slices: Pick<VolumeSlices, "positions" | "isVisibleAt"> | undefined;
  /** Sticks for vectors in the slices. Default: none */
  readonly sticks?: Pick<PeakSticks, "positions" | "shift" | "vectorsAt"> | undefined;
  readonly cast: CastVolume | undefined;
  /** Whether rays show maxima. Default: no */
  readonly isMaximum?: boolean | undefined;
  /** Time step that is shown. */
  readonly step: () => number;
}

/** How far behind the place that a ray shows its voxel is looked up, in the shortest side of a voxel. */
const INSIDE = 0.05;

/** Places along a ray that are compared for a maximum, nearest first, in the shortest side of a voxel. */
const NEARBY = [INSIDE, 0.25, -0.25, 0.5, -0.5, 0.75, -0.75, 1, -1];

type Voxel = readonly [i: number, j: number, k: number];

/** Where a ray meets a slice. */
interface SlicePlace {
  readonly distance: number;
  readonly point: Vector3;
  readonly voxel: Voxel;
}

/** Finds the voxel at a pixel, and voxels at points of the world. */
export class VolumePicker {
  readonly #picked: PickedVolume;

  constructor(picked: PickedVolume) {
    this.#picked = picked;
  }

  readonly factsAt: FactsAt = (point) => {
    const voxel = this.#voxelAt(point);
    return voxel && this.#factsOf(voxel);
  };

  readonly pick: PickElement = (query, hit) => {
    const found: PickedElement[] = [];
    const add = (distance: number, point: Vector3, inside = point): void => {
      const facts = this.factsAt(inside);
      if (facts !== undefined && distance >= query.near && distance <= query.far)
        found.push({ distance, point, facts });
    };
    const { slices, sticks, cast } = this.#picked;
    for (const [axis, position] of slices?.positions ?? []) {
      const place = this.#placeOn(query, axis, position);
      if (place !== undefined && slices?.isVisibleAt(this.#indexOf(place.voxel)) !== false)
        add(place.distance, place.point);
    }
    for (const [axis, position] of sticks?.positions ?? []) {
      const place = this.#placeOn(query, axis, position);
      if (place !== undefined) found.push(...this.#stickAt(query, place));
    }
    const depth = cast?.depthAt(query.pixel);
    if (depth !== undefined) {
      const distance = query.distanceAt(depth);
      add(distance, pointOnRay(query.ray, distance), this.#insideOf(query, distance));
    }
    if (hit !== undefined) add(hit.distance, hit.point);
    const wanted = query.distance ?? 0;
    return found.toSorted((a, b) => Math.abs(a.distance - wanted) - Math.abs(b.distance - wanted))[0];
  };

  /**
   * The place whose voxel a ray shows at a distance: a bit behind, since rays end at the face of a voxel; of a maximum, the largest value within a
   * voxel, since the samples of the ray, and its pixel in a coarse image, are beside the place.
   */
  #insideOf({ ray }: PickQuery, distance: number): Vector3 {
    const { grid, isMaximum } = this.#picked;
    const side = Math.min(...grid.spacing);
    const places = (isMaximum ? NEARBY : [INSIDE]).map((offset) => pointOnRay(ray, distance + offset * side));
    const values = places.map((place) => {
      const voxel = this.#voxelAt(place);
      const stored = voxel && this.#picked.volume.values[this.#indexOf(voxel)];
      return stored === undefined ? Number.NEGATIVE_INFINITY : this.#picked.volume.slope * Number(stored);
    });
    return places[values.indexOf(Math.max(...values))] ?? pointOnRay(ray, distance);
  }

  /** Where the ray meets a slice. */
  #placeOn({ ray }: PickQuery, axis: Axis, position: number): SlicePlace | undefined {
    const distance = (position - ray.origin.getComponent(axis)) / ray.direction.getComponent(axis);
    if (!Number.isFinite(distance)) return undefined;
    const point = pointOnRay(ray, distance).setComponent(axis, position);
    const voxel = this.#voxelAt(point);
    return voxel && { distance, point, voxel };
  }

  /** The voxel whose sticks are drawn at a place, in front of the slice. */
  #stickAt({ near, far }: PickQuery, { distance, point, voxel }: SlicePlace): PickedElement[] {
    const { sticks } = this.#picked;
    const shift = sticks?.shift ?? 0;
    const drawn = distance - shift;
    // Sticks are at the centers of their voxels, and point out of the slice.
    const isInRange = drawn >= near - 2 * shift && drawn <= far + 2 * shift;
    const hasSticks = sticks?.vectorsAt(voxel).some((vector) => vector.length() > 0) === true;
    return isInRange && hasSticks ? [{ distance: drawn, point, facts: this.#factsOf(voxel) }] : [];
  }

  /** The voxel of a point, by the nearest center; undefined outside of the volume. */
  #voxelAt(point: Vector3): [number, number, number] | undefined {
    const { grid } = this.#picked;
    const at = point.clone().applyMatrix4(grid.toVoxel);
    const voxel = at.toArray().map((part) => Math.floor(part + 0.5)) as [number, number, number];
    const isInside = voxel.every((index, axis) => index >= 0 && index < (grid.dims[axis] ?? 0));
    // The border of the last voxel belongs to it.
    const clamped = voxel.map((index, axis) => Math.min(Math.max(index, 0), (grid.dims[axis] ?? 1) - 1));
    const isAtBorder = clamped.every((index, axis) => Math.abs(at.getComponent(axis) - index) <= 0.5 + 1e-6);
    return isInside || isAtBorder ? (clamped as [number, number, number]) : undefined;
  }

  /** Index of the first value of a voxel at the time step that is shown. */
  #indexOf([i, j, k]: Voxel): number {
    const { dims, components } = this.#picked.volume;
    return (((this.#picked.step() * dims[2] + k) * dims[1] + j) * dims[0] + i) * components;
  }

  #factsOf(voxel: Voxel): PickFact[] {
    return [{ name: "voxel", value: voxel }, ...(this.#peaksAt(voxel) ?? this.#valuesAt(voxel))];
  }

  /** The vectors of a voxel; undefined for other volumes. */
  #peaksAt(voxel: Voxel): PickFact[] | undefined {
    const vectors = this.#picked.sticks?.vectorsAt(voxel);
    return vectors?.flatMap((vector, i) => {
      const name = vectors.length > 1 ? `peak ${i + 1}` : "peak";
      return vector.length() > 0 ? [{ name, value: vector.toArray().map(exact) }] : [];
    });
  }

  #valuesAt(voxel: Voxel): PickFact[] {
    const { values, components, slope, intercept, labels, frames } = this.#picked.volume;
    const first = this.#indexOf(voxel);
    const all = Array.from(
      values.subarray(first, first + components),
      (value) => slope * Number(value) + intercept,
    );
    const [value = Number.NaN] = all;
    const label = components === 1 ? labels?.find((each) => each.value === value)?.name : undefined;
    return [
      ...(frames > 1 ? [{ name: "time step", value: this.#picked.step() }] : []),
      {
        name: "value",
        value: components === 1 ? exact(value) : all.map(exact),
        ...(label !== undefined && { label }),
      },
    ];
  }
}
