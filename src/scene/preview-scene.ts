import { Group, type Object3D } from "three";
import { buildPoints } from "../actors/mesh.ts";
import { isGzip } from "../formats/gzip.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { SampledFile } from "../formats/sampled-file.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";

/** Minimum size of a file for a preview, bytes: smaller ones are loaded in less than half a second. */
const MIN_BYTES = 16_000_000;

/** Sample of the points of large files, shown until they are loaded. */
export interface PreviewScene {
  readonly object: Object3D;
  readonly up: UpAxis;
}

/**
 * Makes a preview of large files from a sample of evenly spaced vertices, in about 0.1 s for any file size.
 *
 * @returns undefined if no file is large, or none can be sampled
 */
export async function previewScene(paths: readonly string[]): Promise<PreviewScene | undefined> {
  const object = new Group();
  let up: UpAxis | undefined;
  for (const path of paths) {
    const { format, bytes } = inspectFile(path);
    up ??= format.up;
    const sample = bytes < MIN_BYTES ? [] : await samplePoints(path, format);
    if (sample.length === 0) continue;
    const origin = coordinateOrigin(sample);
    object.add(buildPoints({ vertices: { positions: relativeTo(origin, sample) }, origin }).object);
  }
  if (up === undefined || object.children.length === 0) return undefined;
  return { object, up };
}

async function samplePoints(
  path: string,
  format: ReturnType<typeof inspectFile>["format"],
): Promise<number[]> {
  try {
    using file = new SampledFile(path);
    // Compressed data cannot be sampled, because the offsets of its vertices are unknown.
    if (isGzip(file.head())) return [];
    return (await format.samplePoints?.(path, file)) ?? [];
  } catch {
    // Reading the whole file reports the error.
    return [];
  }
}
