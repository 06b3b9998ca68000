import { type Object3D, Vector3 } from "three";
import type { SceneDocument } from "../document/scene-document.ts";
import { DEFAULT_BACKGROUND } from "./background.ts";
import type { LoadedShow } from "./load-show.ts";
import { boundsOf } from "./scene-bounds.ts";
import type { ShowManager } from "./show-manager.ts";

type View = SceneDocument["view"];

export interface ViewChange {
  readonly view: View;
  /** The view that was shown until now. */
  readonly before: View;
  /** What happens to the camera: it stays, it becomes that of the view, or the scene is framed as the view describes. */
  readonly camera: "keep" | "set" | "frame";
}

/** Changes background, projection and camera of a show. The scene shows the document already. */
export function changeView(
  show: ShowManager,
  scene: Pick<LoadedShow, "frame"> | undefined,
  { view, before, camera: change }: ViewChange,
): void {
  const { camera, background, orthographic = false } = view;
  if (background !== before.background) show.setBackground(backgroundOf(view));
  if (change === "set" && camera !== undefined) {
    show.setOrthographic(orthographic || camera.parallelScale !== undefined);
    show.cameraState = camera;
    return;
  }
  const isChanged = orthographic !== (before.orthographic ?? false);
  if (isChanged || change === "frame") show.setOrthographic(orthographic);
  if (change === "frame") scene?.frame("animation");
  // What is visible may have changed.
  else show.resetCameraClippingRange();
  const { center } = view;
  if (change === "keep" && center !== undefined && String(center) !== String(before.center))
    rotateAround(show, center);
}

/** Moves a point of the world to the middle of the view, around which the camera then rotates. */
export function rotateAround(show: ShowManager, [x = 0, y = 0, z = 0]: readonly number[]): void {
  show.view.translate(new Vector3(x, y, z).sub(show.view.focalPoint));
  show.resetCameraClippingRange();
}

/** Moves the camera so that an object fits the frame; the direction stays. @returns false if nothing of it is visible */
export function lookAt(show: ShowManager, object: Object3D): boolean {
  const bounds = boundsOf(object);
  if (bounds.box.isEmpty()) return false;
  const { view, size } = show;
  const aspect = size[0] / size[1];
  view.frame(bounds.center, view.fittingRadius(bounds, aspect), aspect);
  show.resetCameraClippingRange();
  return true;
}

/** The background of a show that was opened without transparency. */
export function backgroundOf({ background }: View): string {
  return background === undefined || background === "transparent" ? DEFAULT_BACKGROUND : background;
}
