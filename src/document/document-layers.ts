import type { Layer } from "../layers/layer.ts";
import { withIds } from "./layer-ids.ts";
import { DOCUMENT_VERSION, type SceneDocument, styleOf } from "./scene-document.ts";

/** Adds layers to a document, with ids from the names of their files. */
export function withLayers(document: SceneDocument, layers: readonly Layer[]): SceneDocument {
  const added = layers.map(({ path, style, overlays = [] }) => ({
    file: path,
    ...defined(style),
    ...(overlays.length > 0 && {
      overlays: overlays.map((overlay) => ({ file: overlay.path, ...defined(overlay.style) })),
    }),
  }));
  return { ...document, layers: withIds([...document.layers, ...added]) };
}

/** Makes a document of layers. */
export function documentOf(layers: readonly Layer[]): SceneDocument {
  return withLayers({ version: DOCUMENT_VERSION, layers: [], view: {} }, layers);
}

/** The layers of a document as they are loaded, in its order. */
export function layersOf({ layers }: SceneDocument): Layer[] {
  return layers.map((layer) => ({
    path: layer.file,
    style: styleOf(layer),
    overlays: (layer.overlays ?? []).map((overlay) => ({ path: overlay.file, style: styleOf(overlay) })),
  }));
}

function defined(style: Layer["style"] = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined));
}
