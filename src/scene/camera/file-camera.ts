import { MathUtils, type Object3D, Vector3 } from "three";
import type { CameraState } from "../../protocol/camera-state.ts";
import { boxOf } from "../scene-bounds.ts";
import { assertCameraState, MAX_VIEW_ANGLE, MIN_VIEW_ANGLE } from "./camera-state.ts";
import { DEFAULT_VIEW_ANGLE, type SceneCamera } from "./view-camera.ts";

/**
 * Returns the viewpoint of the first visible camera in a file. Files store no focal point: it is placed at the depth
 * of the centre of the scene.
 *
 * @returns undefined if there is no camera, or if its state is not valid
 */
export function fileCamera(root: Object3D): CameraState | undefined {
  root.updateWorldMatrix(true, true);
  let camera: SceneCamera | undefined;
  root.traverseVisible((object) => {
    if ("isCamera" in object) camera ??= object as SceneCamera;
  });
  if (camera === undefined) return undefined;
  const position = camera.getWorldPosition(new Vector3());
  const forward = new Vector3(0, 0, -1).transformDirection(camera.matrixWorld);
  const up = new Vector3(0, 1, 0).transformDirection(camera.matrixWorld);
  const scale = new Vector3().setFromMatrixColumn(camera.matrixWorld, 1).length();
  const depth = boxOf(root).getCenter(new Vector3()).sub(position).dot(forward);
  const state: CameraState = {
    position: position.toArray(),
    focalPoint: position
      .clone()
      .addScaledVector(forward, depth > 0 ? depth : 1)
      .toArray(),
    viewUp: up.toArray(),
    ...("fov" in camera
      ? { viewAngle: MathUtils.clamp(camera.fov, MIN_VIEW_ANGLE, MAX_VIEW_ANGLE) }
      : { viewAngle: DEFAULT_VIEW_ANGLE, parallelScale: ((camera.top - camera.bottom) / 2) * scale }),
  };
  try {
    assertCameraState(state);
    return state;
  } catch {
    return undefined;
  }
}
