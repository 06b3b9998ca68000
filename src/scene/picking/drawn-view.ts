import { type Matrix4, Ray, Vector3 } from "three";
import type { SceneCamera } from "../camera/view-camera.ts";

/** From where the frame in the drawing buffer was drawn. Pixels count from the lower left corner; distances are in world units. */
export class DrawnView {
  /** Size of the drawing buffer, px. */
  readonly width: number;
  readonly height: number;
  /** Whether the whole frame is drawn. */
  isComplete = false;
  /** Whether simplified meshes and samples stand in for large data. */
  readonly isDraft: boolean;
  /** Pixels of the buffer per pixel of the view. */
  readonly pixelRatio: number;
  readonly #toWorld: Matrix4;
  readonly #projection: Matrix4;
  readonly #fromClip: Matrix4;
  readonly #isOrthographic: boolean;

  /** @param viewHeight height of the view, px, of which the buffer has a multiple */
  constructor(
    camera: SceneCamera,
    [width, height]: readonly [number, number],
    { viewHeight, isDraft }: { readonly viewHeight: number; readonly isDraft: boolean },
  ) {
    camera.updateMatrixWorld();
    this.width = width;
    this.height = height;
    this.isDraft = isDraft;
    this.pixelRatio = height / viewHeight;
    this.#toWorld = camera.matrixWorld.clone();
    this.#projection = camera.projectionMatrix.clone();
    this.#fromClip = this.#projection.clone().invert();
    this.#isOrthographic = "isOrthographicCamera" in camera;
  }

  /** The pixel at fractions of the view, y down. */
  pixelAt(x: number, y: number): readonly [x: number, y: number] {
    const clamp = (value: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(value * size)));
    return [clamp(x, this.width), this.height - 1 - clamp(y, this.height)];
  }

  contains([x, y]: readonly [number, number]): boolean {
    return x >= 0 && x < this.width && y >= 0 && y < this.height;
  }

  /** The ray through the center of a pixel: from the camera, or from the near plane of a parallel projection. */
  rayThrough(pixel: readonly [number, number]): Ray {
    const near = this.#pointAt(pixel, 0);
    const start = this.#isOrthographic ? near : new Vector3();
    const origin = start.clone().applyMatrix4(this.#toWorld);
    const direction = (this.#isOrthographic ? this.#pointAt(pixel, 1).sub(near) : near).transformDirection(
      this.#toWorld,
    );
    return new Ray(origin, direction);
  }

  /** Distance along the ray through a pixel at which its depth is `depth`, 0 to 1. */
  distanceAt(pixel: readonly [number, number], depth: number): number {
    const point = this.#pointAt(pixel, depth);
    return this.#isOrthographic ? point.distanceTo(this.#pointAt(pixel, 0)) : point.length();
  }

  /** Size of a pixel of the view at a distance. */
  pixelSizeAt(distance: number): number {
    const size = (2 * this.pixelRatio) / (this.#projection.elements[5] ?? 1) / this.height;
    return this.#isOrthographic ? size : size * distance;
  }

  /** In view coordinates. */
  #pointAt([x, y]: readonly [number, number], depth: number): Vector3 {
    const place = new Vector3(
      (2 * (x + 0.5)) / this.width - 1,
      (2 * (y + 0.5)) / this.height - 1,
      2 * depth - 1,
    );
    return place.applyMatrix4(this.#fromClip);
  }
}
