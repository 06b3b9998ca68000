import { Group } from "three";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import { bricksOf } from "../../loading/prepare-volume.ts";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import type { Actor } from "../actor.ts";
import { VolumePicker } from "../picking/volume-picker.ts";
import { castColors } from "./cast-colors.ts";
import { CastVolume } from "./cast-volume.ts";
import { IsosurfaceSteps } from "./isosurface-steps.ts";
import { LiveVolume } from "./live-volume.ts";
import { PeakSticks } from "./peak-sticks.ts";
import type { SharedSlices } from "./shared-slices.ts";
import { slicePositions } from "./slice-request.ts";
import { type VolumeColors, volumeColors } from "./volume-colors.ts";
import { type SliceOptions, VolumeSlices } from "./volume-slices.ts";
import { VoxelGrid } from "./voxel-grid.ts";

/** @throws DataError if the volume is damaged, or the style does not fit it */
export function buildVolume(
  volume: PreparedVolume,
  style: VolumeStyle,
  shared: SharedSlices = { isTranslucent: false },
): Actor {
  const grid = new VoxelGrid(volume.dims, volume.affine);
  const isAboveOthers = shared.center !== undefined;
  shared.center ??= grid.center.toArray();
  if (style.peaks) return buildPeaks(volume, grid, style, shared);
  const colors = volumeColors(volume, style, { isAboveOthers });
  const object = new Group();
  const parts: ((step: number) => void)[] = [];
  let shown: VolumeSlices | undefined;
  let cast: CastVolume | undefined;
  let leads = false;
  if (volume.bricks !== undefined) {
    const { opacity = 1, interpolate = false } = style;
    const { bricks } = volume;
    const casting = new CastVolume(bricks, grid, castColors(grid, style), { opacity, isLinear: interpolate });
    cast = casting;
    object.add(casting);
    parts.push((step) => casting.setBricks(bricksOf(volume, style, step, bricks)));
  }
  if (style.iso !== undefined) {
    const surface = new IsosurfaceSteps(volume, style.iso, style);
    object.add(surface);
    parts.push((step) => surface.showStep(step));
  }
  if ((volume.bricks === undefined && style.iso === undefined) || style.slice !== undefined) {
    leads = shared.positions === undefined;
    const slices = new VolumeSlices(volume, grid, colors, sliceOptions(grid, colors, style, shared));
    object.add(slices);
    shown = slices;
    if (!leads && style.slice === undefined) {
      shared.followers ??= new Set();
      shared.followers.add(slices);
    }
    parts.push((step) => slices.showStep(step));
  }
  const { frames, frameSeconds } = volume;
  const seconds =
    frameSeconds === undefined ? undefined : Array.from({ length: frames }, (_, i) => i * frameSeconds);
  let current = 0;
  const show = async (step: number): Promise<void> => {
    current = step;
    for (const part of parts) part(step);
  };
  const picker = new VolumePicker({
    ...{ volume, grid, slices: shown, cast, isMaximum: style.mip },
    step: () => current,
  });
  const live = new LiveVolume(
    { volume, grid, slices: shown, cast, isAboveOthers, leads, shared },
    style,
    colors,
  );
  return {
    object,
    animations: [],
    get legend() {
      // The color of a surface stands for no values.
      return style.iso === undefined || object.children.length > 1 ? live.legend : undefined;
    },
    update: style.iso === undefined ? live.update : undefined,
    slices: shown,
    pick: picker.pick,
    factsAt: picker.factsAt,
    unit: volume.unit,
    time: frames > 1 ? { count: frames, seconds, show } : undefined,
    warnings: warningsOf(volume),
  };
}

function buildPeaks(
  volume: PreparedVolume,
  grid: VoxelGrid,
  style: VolumeStyle,
  shared: SharedSlices,
): Actor {
  const { opacity = 1, slice } = style;
  const sticks = new PeakSticks(volume, grid, slicePositions(slice, grid, shared), { opacity });
  const picker = new VolumePicker({
    volume,
    grid,
    sticks,
    slices: undefined,
    cast: undefined,
    step: () => 0,
  });
  return {
    ...{ object: new Group().add(sticks), animations: [], slices: sticks, warnings: warningsOf(volume) },
    ...{ pick: picker.pick, factsAt: picker.factsAt, unit: volume.unit },
  };
}

function sliceOptions(
  grid: VoxelGrid,
  colors: VolumeColors,
  { opacity = 1, interpolate = false, slice }: VolumeStyle,
  shared: SharedSlices,
): SliceOptions {
  shared.isTranslucent ||= colors.isTranslucent || opacity < 1;
  const { isTranslucent } = shared;
  return { positions: slicePositions(slice, grid, shared), linear: interpolate, opacity, isTranslucent };
}

function warningsOf({ statistics, slope, intercept }: PreparedVolume): string[] {
  const { min, max, invalid } = statistics;
  const warnings: string[] = [];
  if (min > max) warnings.push("all of its voxels are infinite or not a number (NaN), and transparent");
  else {
    if (invalid > 0)
      warnings.push(`${invalid} of its values are infinite or not a number (NaN), and transparent`);
    if (min === max) warnings.push(`all of its voxels have the value ${min}`);
  }
  if (slope === 0) warnings.push(`its slope is 0: all values are ${intercept}`);
  return warnings;
}
