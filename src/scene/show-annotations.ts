import type { Box3, Object3D } from "three";
import { disposeObject } from "../actors/dispose-object.ts";
import type { SceneDocument } from "../document/scene-document.ts";
import type { Space } from "../formats/data-kinds.ts";
import type { LoadedLayer } from "./load-layer.ts";
import type { ShowManager } from "./show-manager.ts";

/** Properties of the view that annotations show. */
export const ANNOTATION_KEYS = [
  "title",
  "scalarBar",
  "letters",
  "axes",
  "scaleBar",
  "boundingBox",
  "clipHandles",
  "crosshair",
  "measurements",
] as const;

/** What the annotations of a scene describe. */
interface AnnotatedScene {
  readonly style: SceneDocument["view"];
  readonly space: Space;
  readonly bounds: Box3;
  readonly layers: readonly LoadedLayer[];
}

/**
 * Adds annotations to a show, if there is anything to annotate; their code and font are loaded only then.
 *
 * @param root object to which the box around the scene is added
 */
export async function annotate(show: ShowManager, scene: AnnotatedScene, root: Object3D) {
  const { title, axes, scaleBar, boundingBox, crosshair, measurements = [] } = scene.style;
  const hasLegends = scene.layers.some(({ actor }) => actor.legend !== undefined);
  const clipHandles = show.clipping.setHandles(
    scene.style.clipHandles ? scene.style.clipPlanes : undefined,
    scene.bounds,
  );
  const isMarked = crosshair !== undefined || measurements.length > 0;
  if (
    !(
      clipHandles ||
      isMarked ||
      title ||
      axes ||
      scaleBar ||
      boundingBox ||
      hasLegends ||
      scene.space === "ras"
    )
  )
    return undefined;
  const { annotateShow } = await import("./annotations/annotate-show.ts");
  const box = boundingBox && (await import("./annotations/box-lines.ts")).boxLines(scene.bounds);
  if (box) root.add(box);
  const annotations = annotateShow(show, { ...scene, clipHandles });
  return {
    /** Removes them and frees their memory. */
    dispose() {
      annotations.dispose();
      if (show.overlay === annotations) show.overlay = undefined;
      if (!box) return;
      root.remove(box);
      disposeObject(box);
    },
  };
}
