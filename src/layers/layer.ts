import { DataError, LoadError } from "../formats/load-error.ts";
import { LAYER_PROPERTIES, type LayerKind, OVERLAY_PROPERTIES } from "./layer-properties.ts";
import type { Properties } from "./property.ts";

/** Values of properties by name. Each was checked against its description, but may not exist for the kind of the layer. */
export type LayerStyle = Readonly<Record<string, unknown>>;

/** A file to show, and how. */
export interface Layer {
  /** Absolute path. */
  readonly path: string;
  readonly style?: LayerStyle | undefined;
  /** Files with arrays for the data of this one, such as the curvature of a surface, in the order given. */
  readonly overlays?: readonly Pick<Layer, "path" | "style">[] | undefined;
}

/**
 * Checks that a kind of layer has all properties of a style.
 *
 * @throws DataError with a sentence that names the first one that does not exist for the kind
 */
export function checkStyle(kind: LayerKind, style: LayerStyle): void {
  const known: Properties = LAYER_PROPERTIES[kind];
  for (const [name, value] of Object.entries(style)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const kinds = Object.entries<Properties>(LAYER_PROPERTIES).filter(([, properties]) =>
      Object.hasOwn(properties, name),
    );
    const owners = kinds.map(([owner]) => owner).join(", ");
    throw new DataError(`the property ${name} is for ${owners || "no layer"}; this file is shown as ${kind}`);
  }
}

/**
 * Checks the style of an overlay file.
 *
 * @throws LoadError with a sentence that names the first property that overlays do not have
 */
export function checkOverlayStyle({ path, style = {} }: Pick<Layer, "path" | "style">): void {
  for (const [name, value] of Object.entries(style)) {
    if (value === undefined || Object.hasOwn(OVERLAY_PROPERTIES, name)) continue;
    throw new LoadError(
      path,
      `the property ${name} is not for a file with values for another file: give it to that file`,
    );
  }
}
