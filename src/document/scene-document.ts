import type { UpAxis } from "../formats/up-axis.ts";
import { LAYER_PROPERTIES, type LayerKind, OVERLAY_PROPERTIES } from "../layers/layer-properties.ts";
import type { Properties } from "../layers/property.ts";
import type { ViewStyle } from "../layers/view-properties.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { Measurement } from "../protocol/measure.ts";

/** Version of the document, incremented by incompatible changes. A later version reads the earlier ones. */
export const DOCUMENT_VERSION = 1;

/** End of the name of a file with a scene document. */
export const DOCUMENT_EXTENSION = ".scenecast.json";

/** A file with values for another one, and the properties of `OVERLAY_PROPERTIES`. */
export interface OverlayDocument {
  /** Unique in its list. */
  readonly id: string;
  /** Path; absolute in memory, relative to the document in its file. */
  readonly file: string;
  readonly [property: string]: unknown;
}

/** A file to show, and the properties of `LAYER_PROPERTIES` for its kind. */
export interface LayerDocument extends OverlayDocument {
  /** What the file is shown as; another kind of data in it is an error. Default: what it contains. */
  readonly kind?: LayerKind | undefined;
  /** Default: true. */
  readonly visible?: boolean | undefined;
  /** The later ones are drawn over the earlier ones. */
  readonly overlays?: readonly OverlayDocument[] | undefined;
}

/** The view: the camera, and what is drawn around the data. */
interface ViewDocument extends Omit<ViewStyle, "time"> {
  /** Precedes `view`, `azimuth`, `elevation` and `zoom`. Default: the scene is framed from the side that they describe. */
  readonly camera?: CameraState | undefined;
  /** CSS color, or "transparent" for a picture. */
  readonly background?: string | undefined;
  readonly up?: UpAxis | undefined;
  /** Distances and angles that are drawn in the view. Default: none. */
  readonly measurements?: readonly Measurement[] | undefined;
}

/** Everything that a person can set of a scene. */
export interface SceneDocument {
  readonly version: typeof DOCUMENT_VERSION;
  /** Later ones are drawn over earlier ones where both are translucent, or in the same place. */
  readonly layers: readonly LayerDocument[];
  readonly view: ViewDocument;
  /** Time step, from 0. */
  readonly time?: number | undefined;
}

/** A document that cannot be used. The message is a clause that names the value by its path. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

/** Keys of a layer that are not properties of its kind. */
const LAYER_KEYS = ["id", "file", "kind", "visible", "overlays"];

/** Names of the properties that are paths of files. */
export const FILE_PROPERTIES: readonly string[] = [
  ...new Set(
    [...Object.values<Properties>(LAYER_PROPERTIES), OVERLAY_PROPERTIES as Properties].flatMap((properties) =>
      Object.entries(properties).flatMap(([name, { type }]) => (type === "file" ? [name] : [])),
    ),
  ),
];

/** Returns the properties of a layer or an overlay. */
export function styleOf(layer: OverlayDocument): Record<string, unknown> {
  return Object.fromEntries(Object.entries(layer).filter(([key]) => !LAYER_KEYS.includes(key)));
}

/** Returns a document with other paths of its files. */
export function mapFiles(document: SceneDocument, map: (file: string) => string): SceneDocument {
  const mapped = (layer: OverlayDocument): OverlayDocument => {
    const properties = FILE_PROPERTIES.flatMap((name) => {
      const file = layer[name];
      return typeof file === "string" ? [[name, map(file)]] : [];
    });
    return { ...layer, ...Object.fromEntries(properties), file: map(layer.file) };
  };
  const layers = document.layers.map((layer) => ({
    ...mapped(layer),
    ...(layer.overlays && { overlays: layer.overlays.map(mapped) }),
  }));
  return { ...document, layers };
}

/** Returns the paths of all files of a document, each once: those of layers, overlays and properties. */
export function filesOf(document: SceneDocument): string[] {
  const files = new Set<string>();
  mapFiles(document, (file) => {
    files.add(file);
    return file;
  });
  return [...files];
}
