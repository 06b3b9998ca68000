import type { FileData, Mesh, Points } from "../formats/data-kinds.ts";
import { checkStyle, type LayerStyle } from "../layers/layer.ts";
import type { OverlayStyle, StreamlinesStyle, VolumeStyle } from "../layers/layer-properties.ts";
import { chooseScalars } from "./choose-scalars.ts";
import { coarseMesh } from "./coarse-mesh.ts";
import { applyFilters } from "./filters/apply-filters.ts";
import type { ReportProgress } from "./load-phase.ts";
import { placeVolume } from "./place-volume.ts";
import { type PrepareOptions, prepareData } from "./prepare-data.ts";
import type { LayerData, PreparedData, PreparedMesh } from "./prepared-data.ts";
import { withVolumes } from "./sample-volumes.ts";

/** Receives a coarse version of the mesh, before the whole mesh is prepared. */
export type OnCoarse = (coarse: PreparedMesh) => void;

interface PrepareLayerOptions extends Omit<PrepareOptions, "scalars"> {
  readonly style: LayerStyle;
  /** Styles of the files whose arrays the data has. */
  readonly overlayStyles: readonly OverlayStyle[];
  /** Reads a volume that the style names, such as a mask. */
  readonly readVolume: (path: string) => Promise<FileData>;
  readonly onCoarse?: OnCoarse | undefined;
}

/**
 * Applies a layer's style to its data, as far as that needs neither three.js nor GL, and prepares the data for rendering.
 *
 * @throws LoadError or DataError if the style does not fit the data, or nothing is left to draw
 */
export async function prepareLayer(
  data: LayerData,
  { overlayStyles, readVolume, onCoarse, ...options }: PrepareLayerOptions,
  report: ReportProgress,
): Promise<PreparedData> {
  const { style } = options;
  checkStyle(data.kind, style);
  let shown = data;
  if (data.kind === "volume") shown = placeVolume(data, style as VolumeStyle);
  if (data.kind === "streamlines") shown = await withVolumes(data, style as StreamlinesStyle, readVolume);
  report("preparing", 0);
  const filtered = hasVertices(shown) ? applyFilters(shown, style) : undefined;
  if (filtered !== undefined) shown = filtered.data;
  const scalars =
    filtered && chooseScalars(filtered.data, { style, overlays: overlayStyles }, filtered.arrows);
  shown.warnings.push(...(scalars?.warnings ?? []));
  const coarse = onCoarse && shown.kind === "mesh" ? coarseMesh(shown, scalars) : undefined;
  if (coarse !== undefined) onCoarse?.(coarse);
  return prepareData(shown, { ...options, scalars }, report);
}

function hasVertices(data: FileData): data is Mesh | Points {
  return data.kind === "mesh" || data.kind === "points";
}
