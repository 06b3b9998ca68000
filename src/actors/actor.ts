import type { AnimationClip, Object3D } from "three";
import type { Label } from "../formats/data-kinds.ts";
import type { ColormapName } from "../layers/colormap-names.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { OverlayStyle } from "../layers/layer-properties.ts";
import type { LateDetail } from "../loading/surface-detail.ts";
import type { ValueSummary } from "../scalars/histogram.ts";
import type { FactsAt, PickElement } from "./picking/pick-query.ts";

/** The three.js objects that show the data of a file. Those of a glTF file are checked and completed by `prepareObject`. */
export interface Actor {
  readonly object: Object3D;
  readonly animations: readonly AnimationClip[];
  /** The values that the colors stand for; undefined if the colors do not show values. */
  readonly legend?: Legend | undefined;
  /** Those of the values below, the uppermost first, such as curvature with colors under an activation. Default: none. */
  readonly legendsBelow?: readonly Legend[] | undefined;
  /** Time steps of the data; undefined if it has one. */
  readonly time?: TimeSteps | undefined;
  /** The values that streamlines are colored by; undefined if the prepared data says it, or they have none. */
  readonly values?: ValueSummary | undefined;
  /** Slices of a volume; undefined if none are shown. */
  readonly slices?: Slices | undefined;
  /**
   * Prepares the chunks and levels of detail of its surface that awaits them (`PreparedSurface.awaits`). The returned function shows them;
   * the picture of a still view stays the same.
   */
  readonly addDetail?: ((detail: LateDetail) => () => void) | undefined;
  /**
   * Shows the data with changed styles of the layer and its overlays, without building the objects again. A property that is missing has its default.
   *
   * @returns false if that is not possible; nothing is changed then. Default: not possible
   */
  readonly update?: ((style: LayerStyle, overlays?: readonly OverlayStyle[]) => boolean) | undefined;
  /** Finds what is at a pixel. Default: the place where the ray meets its objects, without facts. */
  readonly pick?: PickElement | undefined;
  /** What is known about a point in the world, such as the voxel of a volume and its value. Default: nothing. */
  readonly factsAt?: FactsAt | undefined;
  /** Unit of its coordinates; default: mm in anatomical space, otherwise unknown. */
  readonly unit?: string | undefined;
  /** Sentences for the user about what is shown, such as the number of values that are NaN. */
  readonly warnings?: readonly string[] | undefined;
}

/** What a scalar bar shows. */
export interface Legend {
  /** Name of the array; "": values without a name, for which the name of the file stands. */
  readonly title: string;
  /** Of the values; default: unknown. */
  readonly unit?: string | undefined;
  readonly colormap: ColormapName;
  /** Values of the first and the last color. */
  readonly range: readonly [min: number, max: number];
  /** How the range was chosen, such as "2nd to 98th percentile"; undefined if it was requested. */
  readonly rangeMethod?: string | undefined;
  /** Labels that occur, instead of a continuous range. */
  readonly labels?: readonly Label[] | undefined;
}

interface Slices {
  /** World coordinate of each by axis: 0 is x. */
  readonly positions: ReadonlyMap<0 | 1 | 2, number>;
  /** Moves slices. @param positions world coordinate by axis: 0 is x; slices that are not shown, and those of other axes, stay */
  moveTo(positions: ReadonlyMap<0 | 1 | 2, number>): void;
}

export interface TimeSteps {
  readonly count: number;
  /** Time of each step, s; default: unknown. */
  readonly seconds?: readonly number[] | undefined;
  /** Shows a step, from 0. Resolves once the objects show it, so that the next frame does. */
  show(step: number): Promise<void>;
}
