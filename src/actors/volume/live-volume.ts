import { changedKeys } from "../../layers/changed-keys.ts";
import type { LayerStyle } from "../../layers/layer.ts";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import type { PreparedVolume } from "../../loading/prepared-data.ts";
import type { Legend } from "../actor.ts";
import { castColors } from "./cast-colors.ts";
import type { CastVolume } from "./cast-volume.ts";
import type { SharedSlices } from "./shared-slices.ts";
import { slicePositions } from "./slice-request.ts";
import { type VolumeColors, volumeColors } from "./volume-colors.ts";
import type { VolumeSlices } from "./volume-slices.ts";
import type { Axis, VoxelGrid } from "./voxel-grid.ts";

/** Properties of slices that they can show without being built again. */
const SLICE_KEYS: readonly string[] = [
  ...["opacity", "color", "colormap", "negativeColormap", "range", "window", "threshold", "slice"],
];

/** Properties of a cast volume that need no other bricks. */
const CAST_KEYS: readonly string[] = ["opacity", "color", "colormap", "opacityCurve"];

/** What is shown of a volume. */
export interface ShownVolume {
  readonly volume: PreparedVolume;
  readonly grid: VoxelGrid;
  readonly slices: VolumeSlices | undefined;
  readonly cast: CastVolume | undefined;
  readonly isAboveOthers: boolean;
  /** Whether its slices are the first ones of the scene, which others follow. */
  readonly leads: boolean;
  readonly shared: SharedSlices;
}

/** The colors and the slices of a volume, which change without reading it again: a slice of 512 x 512 voxels takes a millisecond. */
export class LiveVolume {
  readonly #shown: ShownVolume;
  #style: VolumeStyle;
  #colors: VolumeColors;

  constructor(shown: ShownVolume, style: VolumeStyle, colors: VolumeColors) {
    this.#shown = shown;
    this.#style = style;
    this.#colors = colors;
  }

  get legend(): Legend | undefined {
    return this.#colors.legend;
  }

  readonly update = (next: LayerStyle): boolean => {
    const { slices, cast } = this.#shown;
    const changed = changedKeys(this.#style, next);
    const keys = [SLICE_KEYS, CAST_KEYS].filter((_, i) => [slices, cast][i] !== undefined);
    if (keys.length === 0 || changed.some((key) => !keys.every((each) => each.includes(key)))) return false;
    try {
      return this.#show(next, changed.includes("slice"));
    } catch {
      // The loader says what is wrong with the style.
      return false;
    }
  };

  /** @throws DataError if the style does not fit the volume; nothing is changed then */
  #show(style: VolumeStyle, movesSlices: boolean): boolean {
    const { volume, grid, slices, cast, isAboveOthers } = this.#shown;
    const colors = volumeColors(volume, style, { isAboveOthers });
    const { opacity = 1 } = style;
    const hasSameShader =
      slices === undefined ||
      (JSON.stringify(colors.defines) === JSON.stringify(this.#colors.defines) &&
        colors.isTranslucent === this.#colors.isTranslucent &&
        opacity < 1 === (this.#style.opacity ?? 1) < 1);
    const positions = movesSlices ? this.#positionsOf(style) : undefined;
    const hasSameSlices = !movesSlices || positions !== undefined;
    if (!hasSameShader || !hasSameSlices) {
      colors.table.dispose();
      return false;
    }
    const rays = cast && castColors(grid, style);
    this.#style = style;
    this.#colors = colors;
    if (positions !== undefined) this.#move(positions);
    slices?.recolor(colors, opacity);
    if (cast !== undefined && rays !== undefined) cast.recolor(rays, opacity);
    return true;
  }

  /** @returns undefined if other slices are shown than before */
  #positionsOf({ slice }: VolumeStyle): ReadonlyMap<Axis, number> | undefined {
    const { grid, shared, leads, slices } = this.#shown;
    const positions = slicePositions(slice, grid, leads ? { ...shared, positions: undefined } : shared);
    const hasSame = slices?.axes.symmetricDifference(new Set(positions.keys())).size === 0;
    // Another volume's slices become those that this one follows, or stop to be.
    const follows = !leads && (slice === undefined || this.#style.slice === undefined);
    return hasSame && !follows ? positions : undefined;
  }

  #move(positions: ReadonlyMap<Axis, number>): void {
    const { slices, shared, leads } = this.#shown;
    slices?.moveTo(positions);
    if (!leads) return;
    shared.positions = positions;
    for (const follower of shared.followers ?? []) follower.moveTo(positions);
  }
}
