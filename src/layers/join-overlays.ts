import { inspectFile } from "../formats/inspect-file.ts";
import type { Layer } from "./layer.ts";

/**
 * Adds the files that have only values for another file to the layer before them.
 *
 * @throws LoadError for a file that cannot be shown
 */
export function joinOverlays(files: readonly (string | Layer)[]): Layer[] {
  const layers: Layer[] = [];
  for (const file of files) {
    const layer = typeof file === "string" ? { path: file } : file;
    const last = layers.at(-1);
    if (last === undefined || !inspectFile(layer.path).isOverlay) layers.push(layer);
    else layers[layers.length - 1] = { ...last, overlays: [...(last.overlays ?? []), layer] };
  }
  return layers;
}
