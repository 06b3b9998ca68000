import { basename } from "node:path";
import { Color, SRGBColorSpace } from "three";
import type { LoadedLayer } from "../load-layer.ts";
import type { ShowManager } from "../show-manager.ts";
import { type AnnotatedScene, Annotations } from "./annotations.ts";

/** The unit of the coordinates, if the layers agree. */
function unitOf(layers: readonly LoadedLayer[], space: AnnotatedScene["space"]): string | undefined {
  const units = new Set(layers.flatMap(({ actor }) => actor.unit ?? []));
  if (space === "ras") units.add("mm");
  return units.size === 1 ? [...units][0] : undefined;
}

/** Adds annotations to a show, which describe the given layers. */
export function annotateShow(
  show: ShowManager,
  {
    layers,
    ...scene
  }: Pick<AnnotatedScene, "style" | "space" | "bounds" | "clipHandles"> & { layers: readonly LoadedLayer[] },
): Annotations {
  const annotations = new Annotations({
    ...scene,
    unit: unitOf(layers, scene.space),
    legends: () =>
      layers.flatMap(({ actor: { legend, legendsBelow = [] }, path }) =>
        [...(legend ? [legend] : []), ...legendsBelow].map((each) => ({
          ...each,
          title: each.title || basename(path),
        })),
      ),
    background: () => {
      const { background } = show.scene;
      if (!(background instanceof Color)) return null;
      const { r, g, b } = background.getRGB({ r: 0, g: 0, b: 0 }, SRGBColorSpace);
      return [r, g, b];
    },
  });
  show.overlay = annotations;
  return annotations;
}
