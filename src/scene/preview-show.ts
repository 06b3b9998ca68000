import type { Object3D } from "three";
import { layersOf } from "../document/document-layers.ts";
import type { SceneDocument } from "../document/scene-document.ts";
import { viewpoint } from "./camera/viewpoint.ts";
import type { ShowManager } from "./show-manager.ts";

/** Adds a preview of large files to a show. @returns undefined if no file is large or none can be sampled */
export async function previewShow(show: ShowManager, document: SceneDocument) {
  const { view } = document;
  const { previewScene } = await import("./preview-scene.ts");
  const preview = await previewScene(layersOf(document));
  if (preview === undefined) return undefined;
  const { disposeObject } = await import("../actors/dispose-object.ts");
  let { object } = preview;
  show.add(object);
  /** Removes the preview from the show and frees its memory. */
  const remove = (): void => {
    show.scene.remove(object);
    disposeObject(object);
  };
  return {
    frame: () => show.frameScene(viewpoint(view.up ?? preview.up, { ...view, space: preview.space })),
    /** Replaces the preview by another object. */
    replace(coarse: Object3D) {
      remove();
      object = coarse;
      show.add(object);
    },
    remove,
  };
}
