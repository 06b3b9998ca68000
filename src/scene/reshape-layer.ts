import { changedKeys } from "../layers/changed-keys.ts";
import { checkStyle, type Layer } from "../layers/layer.ts";
import { prepareData } from "../loading/prepare-data.ts";
import type { PreparedStreamlines } from "../loading/prepare-streamlines.ts";
import type { PreparedData } from "../loading/prepared-data.ts";

/** Prepares data that is in memory for another style; undefined if the file must be read for it. */
export type Reshape = (layer: Layer) => PreparedData | undefined;

/** Properties for which files are read. */
const READ: readonly string[] = ["series", "affine", "mask", "maskEnds", "sample"];

/** Properties of a volume for which more than its slices is prepared: bricks for ray casting, or a surface. */
const PREPARED: readonly string[] = ["mip", "volume", "iso", "range", "window", "color", "negativeColormap"];

/** Maximum size of the arrays of streamlines that are kept for other styles, bytes. Others are freed once the streamlines are shown. */
const MAX_KEPT_BYTES = 1 << 28;

/**
 * Returns a function that prepares the data of a layer for another style. Volumes and streamlines stay in memory while they are shown;
 * the arrays of other kinds are freed after their upload.
 */
export function reshaping(data: PreparedData, { style: built = {}, overlays }: Layer): Reshape | undefined {
  if (data.kind !== "volume" && data.kind !== "streamlines") return undefined;
  if (data.kind === "streamlines" && bytesOfArrays(data) > MAX_KEPT_BYTES) return undefined;
  return (layer) => {
    const { style = {} } = layer;
    checkStyle(data.kind, style);
    const changed = changedKeys(built, style);
    const hasSameFiles =
      String(layer.overlays?.map(({ path }) => path)) === String(overlays?.map(({ path }) => path));
    if (!hasSameFiles || changed.some((key) => READ.includes(key))) return undefined;
    if (data.kind === "streamlines" || !changed.some((key) => PREPARED.includes(key))) return data;
    const options = { path: layer.path, format: "", drafts: true, style };
    return prepareData(data, options, () => {});
  };
}

function bytesOfArrays({ pointArrays, streamlineArrays }: PreparedStreamlines): number {
  return [...pointArrays, ...streamlineArrays].reduce((sum, { values }) => sum + values.byteLength, 0);
}
