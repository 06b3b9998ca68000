import { type Box3, Plane as ClippingPlane, type Scene, Vector3, type WebGLRenderer } from "three";
import { showBackFaces } from "../actors/divide-mesh.ts";
import { type Plane, parsePlanes } from "../layers/plane.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { TrackballStyle } from "./camera/trackball-style.ts";
import type { SceneCamera } from "./camera/view-camera.ts";
import { ClipHandles } from "./clip-handles.ts";

/** The view that is clipped. */
interface ClippedView {
  readonly camera: SceneCamera;
  readonly cameraState: CameraState;
  /** px */
  readonly size: readonly [width: number, height: number];
  readonly style: TrackballStyle;
}

/**
 * Distance beyond a plane at which points are still drawn, relative to the distance of the camera: a slice in the plane would speckle with the
 * rounding of its coordinates, which are float32 relative to the camera. 0.02 px at a view angle of 30 degrees.
 */
const TOLERANCE = 2e-5;

/** The clip planes of a view, and the handles by which viewers drag them. */
export class ViewClipping {
  readonly #renderer: WebGLRenderer;
  readonly #view: ClippedView;
  readonly #onDrag: (planes: string) => void;
  #planes: readonly Plane[] = [];
  /** Whether clip planes were set at the last frame. */
  #wasClipped = false;

  /** @param onDrag called with the new value of the property `clipPlanes` after a viewer has dragged a handle */
  constructor(renderer: WebGLRenderer, view: ClippedView, onDrag: (planes: string) => void) {
    this.#renderer = renderer;
    this.#view = view;
    this.#onDrag = onDrag;
  }

  /** Planes in world coordinates; what is beyond one of them, on the side of its normal, is not drawn. Default: none. */
  set planes(planes: readonly Plane[]) {
    this.#planes = planes;
    this.#update();
  }

  /**
   * Lets viewers drag the planes by handles.
   *
   * @param planes as the property `clipPlanes` of the view; undefined: no handles
   * @param bounds of the scene
   * @returns the handles, to be drawn
   */
  setHandles(planes: string | undefined, bounds: Box3): ClipHandles | undefined {
    const handles =
      planes === undefined
        ? undefined
        : new ClipHandles(planes, bounds, (moved) => {
            this.planes = parsePlanes(moved);
            this.#onDrag(moved);
          });
    this.#view.style.handles = handles && {
      press: (x, y) => handles.press(x, y, this.#view),
      drag: (x, y) => handles.drag(x, y, this.#view),
      release: () => handles.release(),
    };
    return handles;
  }

  /** Prepares a scene for the next frame. @returns whether it is clipped */
  prepare(scene: Scene): boolean {
    const isClipped = this.#planes.length > 0;
    if (isClipped) this.#update();
    if (isClipped || this.#wasClipped) showBackFaces(scene, isClipped);
    this.#wasClipped = isClipped;
    return isClipped;
  }

  #update(): void {
    const { position, focalPoint } = this.#view.cameraState;
    const tolerance = TOLERANCE * new Vector3(...position).distanceTo(new Vector3(...focalPoint));
    this.#renderer.clippingPlanes = this.#planes.map(
      ({ normal, offset }) => new ClippingPlane(new Vector3(...normal).negate(), offset + tolerance),
    );
  }
}
