import { basename } from "node:path";
import { fileLabel } from "../formats/load-error.ts";
import type { Layer } from "../layers/layer.ts";
import { DOCUMENT_VERSION, type LayerDocument, type SceneDocument, styleOf } from "./scene-document.ts";

/** Maximum length of an id that is made from a file's name, characters. */
const MAX_ID = 40;

/** Adds layers to a document, with ids from the names of their files. */
export function withLayers(document: SceneDocument, layers: readonly Layer[]): SceneDocument {
  const ids = new Map<string, LayerDocument>(Object.entries(document.layers));
  for (const { path, style = {}, overlays = [] } of layers) {
    const below = new Map<string, LayerDocument>();
    for (const overlay of overlays)
      below.set(newId(overlay.path, below), { file: overlay.path, ...defined(overlay.style) });
    ids.set(newId(path, ids), {
      file: path,
      ...defined(style),
      ...(overlays.length > 0 && { overlays: Object.fromEntries(below) }),
    });
  }
  return { ...document, layers: Object.fromEntries(ids) };
}

/** Makes a document of layers. */
export function documentOf(layers: readonly Layer[]): SceneDocument {
  return withLayers({ version: DOCUMENT_VERSION, layers: {}, view: {} }, layers);
}

/** The layers of a document as they are loaded, in its order. */
export function layersOf({ layers }: SceneDocument): Layer[] {
  return Object.values(layers).map((layer) => ({
    path: layer.file,
    style: styleOf(layer),
    overlays: Object.values(layer.overlays ?? {}).map((overlay) => ({
      path: overlay.file,
      style: styleOf(overlay),
    })),
  }));
}

/** Makes an id from the name of a file without its folder and extensions: "bundle" for bundle.trk.gz. */
function newId(path: string, taken: ReadonlyMap<string, unknown>): string {
  const name = basename(fileLabel(path)).replace(/(?<=.)\.[^.]+(\.gz)?$/i, "");
  const plain = name.replace(/[^\w.-]+/g, "-").slice(0, MAX_ID);
  const id = /^[A-Za-z]/.test(plain) ? plain : `layer-${plain}`;
  let unique = id;
  for (let n = 2; taken.has(unique); n += 1) unique = `${id}-${n}`;
  return unique;
}

function defined(style: Layer["style"] = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(style).filter(([, value]) => value !== undefined));
}
