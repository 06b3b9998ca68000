import type { FileData, Overlay, Points, Streamlines, Trajectory } from "../formats/data-kinds.ts";
import { FileSource } from "../formats/file-source.ts";
import type { Format, ReadContext } from "../formats/format.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { DataError, LoadError } from "../formats/load-error.ts";
import { ReferencedFiles } from "../formats/referenced-files.ts";
import { SampledFile } from "../formats/sampled-file.ts";
import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";
import { checkOverlayStyle, type Layer, type LayerStyle } from "../layers/layer.ts";
import { withOverlay, withTrajectory } from "./attach-overlay.ts";
import type { SampleRequest } from "./fit-memory.ts";
import type { ReportProgress } from "./load-phase.ts";
import { numberedFiles } from "./numbered-files.ts";
import { type OnCoarse, prepareLayer } from "./prepare-layer.ts";
import type { PreparedData } from "./prepared-data.ts";

export interface ReadRequest {
  readonly path: string;
  /** A folder whose files may be read in addition to those in the file's folder. */
  readonly root: string | undefined;
  /** Whether to prepare data for drafts of a moving view: levels of detail of large surfaces, and whether surfaces are watertight. */
  readonly drafts: boolean;
  /** Whether to make a coarse version of a very large mesh as soon as it is read. */
  readonly coarse?: boolean;
  /** Whether a large mesh may be returned before its levels of detail are made, see `PreparedSurface.awaits`. Default: false. */
  readonly late?: boolean;
  /** Properties of the layer. Default: none. */
  readonly style?: LayerStyle | undefined;
  /** Files with arrays for this one, which are read with it. */
  readonly overlays?: Layer["overlays"];
  /** Time step of a file with several, from 0; default: the first. */
  readonly step?: number | undefined;
  /** Show only a sample of the vertices. Default: show the whole file. */
  readonly sample?: SampleRequest | undefined;
}

/**
 * Reads a file and prepares its data for rendering: all work that needs neither three.js nor GL.
 *
 * @param signal cancels reading, between two blocks of the file
 * @throws LoadError, or the reason of the signal
 */
export async function readData(
  { path, root, drafts, late, style = {}, overlays = [], step, sample }: ReadRequest,
  report: ReportProgress,
  { onCoarse, signal }: { onCoarse?: OnCoarse | undefined; signal?: AbortSignal | undefined } = {},
): Promise<PreparedData> {
  const series = style.series === true ? numberedFiles(path) : [];
  const file = series[step ?? 0] ?? path;
  const { format } = inspectFile(file);
  try {
    report("reading", 0);
    let data = sample
      ? await sampleFile(file, format, sample)
      : await parseFile(file, format, root, report, signal, { step, keepsCells: cutsCells(style) });
    if (series.length > 1) data = { ...data, steps: { count: series.length } };
    if (data.kind === "overlay") {
      throw new DataError("it has only values for the data of another file: give that file before it");
    }
    if (data.kind === "trajectory") {
      throw new DataError(
        "it has only positions of atoms over time: give the file of the molecule before it",
      );
    }
    for (const [i, { path: overlayPath }] of overlays.entries()) {
      const overlay = await readOverlay(overlayPath, root, signal, step);
      data =
        overlay.kind === "trajectory"
          ? await withTrajectory(data, overlay)
          : withOverlay(data, overlayPath, overlay, i);
    }
    for (const overlay of overlays) checkOverlayStyle(overlay);
    const overlayStyles = overlays.map((overlay) => overlay.style ?? {});
    const readVolume = (volume: string) => readFile(volume, root, () => {}, signal);
    return await prepareLayer(
      data,
      { path, format: format.name, drafts, late, style, overlayStyles, readVolume, onCoarse },
      report,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LoadError) throw error;
    throw new LoadError(path, describeReadError(error), { format: format.name, cause: error });
  }
}

/** Whether cells with a volume are cut, and not only their outer faces. */
function cutsCells({ clip, slicePlane }: LayerStyle): boolean {
  return clip !== undefined || slicePlane !== undefined;
}

async function parseFile(
  path: string,
  format: Format,
  root: string | undefined,
  report: ReportProgress,
  signal: AbortSignal | undefined,
  { step, keepsCells }: Pick<ReadContext, "step" | "keepsCells">,
): Promise<FileData> {
  const options = { onProgress: (fraction: number) => report("reading", fraction), signal };
  const files = new ReferencedFiles(path, { root, source: options });
  await using source = await FileSource.open(path, options);
  const data = await format.read({ path, source, files, step, keepsCells });
  data.warnings.unshift(...files.warnings);
  return data;
}

/**
 * Reads a file without preparing its data for rendering.
 *
 * @param report receives the fraction that is read
 * @throws LoadError, or the reason of the signal
 */
export async function readFile(
  path: string,
  root: string | undefined,
  report: ReportProgress = () => {},
  signal?: AbortSignal,
  step?: number,
): Promise<FileData> {
  const { format } = inspectFile(path);
  try {
    return await parseFile(path, format, root, report, signal, { step });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LoadError) throw error;
    throw new LoadError(path, describeReadError(error), { format: format.name, cause: error });
  }
}

/** @throws LoadError */
async function readOverlay(
  path: string,
  root: string | undefined,
  signal: AbortSignal | undefined,
  step: number | undefined,
): Promise<Overlay | Trajectory> {
  const data = await readFile(path, root, undefined, signal, step);
  if (data.kind === "overlay" || data.kind === "trajectory") return data;
  throw new LoadError(path, "it has more than values for the file before it");
}

/** Reads a sample of evenly spaced streamlines, or of vertices as points. */
async function sampleFile(
  path: string,
  format: Format,
  { maxPoints, reason }: SampleRequest,
): Promise<Points | Streamlines> {
  using file = new SampledFile(path, maxPoints);
  const canSample = !file.isPrefix;
  const streamlines = canSample ? await format.sampleStreamlines?.(path, file) : undefined;
  if (streamlines !== undefined) {
    const shown = `an evenly spaced sample of ${streamlines.offsets.length - 1} of its streamlines is shown`;
    return { ...streamlines, ...sampleWarning(`${reason}: ${shown}`) };
  }
  const sample = canSample ? ((await format.samplePoints?.(path, file)) ?? []) : [];
  if (sample.length === 0) {
    throw new LoadError(
      path,
      `${reason}, and --fit cannot sample it: its vertices are not at known offsets`,
      {
        format: format.name,
      },
    );
  }
  const origin = coordinateOrigin(sample);
  const shown = `an evenly spaced sample of ${sample.length / 3} of its vertices is shown as points`;
  return {
    kind: "points",
    origin,
    vertices: { positions: relativeTo(origin, sample) },
    ...sampleWarning(`${reason}: ${shown}`),
  };
}

function sampleWarning(sampled: string): { sampled: string; warnings: string[] } {
  return { sampled, warnings: [sampled] };
}

/** Describes an error of a parser for the user. */
export function describeReadError(error: unknown): string {
  if (error instanceof DataError) return error.message;
  // The engine's message ("x.y is not a function") does not help the user; it is kept as the cause.
  return error instanceof RangeError
    ? "it needs more memory than is available, or its sizes are damaged"
    : "its content is damaged";
}
