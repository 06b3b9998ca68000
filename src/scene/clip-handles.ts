import { type Box3, Vector3 } from "three";
import { formatPlanes, type Plane, parsePlanes } from "../layers/plane.ts";
import type { SceneCamera } from "./camera/view-camera.ts";
import { cornersOf } from "./scene-bounds.ts";

/** Distance from the middle of a handle within which it is grabbed, px. */
const GRAB_RADIUS = 22;

/** Cosine of the angle between a normal and the line of sight from which on a vertical movement drags a handle: it points at the viewer. */
const ALONG_SIGHT = 0.97;

type Point = readonly [x: number, y: number];

/** A view in which handles are grabbed. */
interface HandleView {
  readonly camera: SceneCamera;
  /** px */
  readonly size: readonly [width: number, height: number];
}

/** A handle that is dragged. */
interface Grip {
  readonly index: number;
  /** Of the plane, and the place along the normal that is under the pointer, when it was grabbed. */
  readonly offset: number;
  readonly along: number;
}

/** The handles of clip planes, by which they are dragged along their normals. Positions are fractions of the view, y down. */
export class ClipHandles {
  #planes: Plane[];
  readonly #bounds: Box3;
  readonly #onDrag: (planes: string) => void;
  #grip: Grip | undefined;

  /**
   * @param planes as the property `clipPlanes` of the view
   * @param bounds of the scene, world coordinates
   * @param onDrag called with the new value of the property
   */
  constructor(planes: string, bounds: Box3, onDrag: (planes: string) => void) {
    this.#planes = parsePlanes(planes);
    this.#bounds = bounds;
    this.#onDrag = onDrag;
  }

  /** Normals and middles of the handles, in world coordinates. */
  get handles(): { readonly normal: Vector3; readonly middle: Vector3 }[] {
    return this.#planes.map(({ normal: values, offset }) => {
      const normal = new Vector3(...values);
      const middle = this.#bounds.getCenter(new Vector3());
      return { normal, middle: middle.addScaledVector(normal, offset - normal.dot(middle)) };
    });
  }

  /** Grabs the handle at a position. @returns whether there is one */
  press(x: number, y: number, view: HandleView): boolean {
    const [width, height] = view.size;
    const distances = this.handles.map(({ middle }) => {
      const [px, py] = toFraction(middle, view.camera);
      return Math.hypot((px - x) * width, (py - y) * height);
    });
    const nearest = Math.min(...distances);
    const index = distances.indexOf(nearest);
    const plane = this.#planes[index];
    if (plane === undefined || !(nearest <= GRAB_RADIUS)) return false;
    this.#grip = { index, offset: plane.offset, along: this.#placeAlong(index, plane.offset, [x, y], view) };
    return true;
  }

  drag(x: number, y: number, view: HandleView): void {
    const grip = this.#grip;
    if (grip === undefined) return;
    const plane = this.#planes[grip.index];
    if (plane === undefined) return;
    const moved = this.#placeAlong(grip.index, grip.offset, [x, y], view) - grip.along;
    // The handle stays within reach.
    const ends = cornersOf(this.#bounds).map((corner) => corner.dot(new Vector3(...plane.normal)));
    const offset = Math.min(Math.max(grip.offset + moved, Math.min(...ends)), Math.max(...ends));
    if (!Number.isFinite(offset)) return;
    this.#planes[grip.index] = { ...plane, offset };
    this.#onDrag(formatPlanes(this.#planes));
  }

  release(): void {
    this.#grip = undefined;
  }

  /** Distance from a handle at `offset`, along its normal, of the place that is nearest to the line of sight. */
  #placeAlong(index: number, offset: number, [x, y]: Point, { camera, size }: HandleView): number {
    const { normal, middle } = this.handles[index] ?? { normal: new Vector3(1), middle: new Vector3() };
    middle.addScaledVector(normal, offset - normal.dot(middle));
    camera.updateMatrixWorld();
    const near = new Vector3(2 * x - 1, 1 - 2 * y, -1).unproject(camera);
    const sight = new Vector3(2 * x - 1, 1 - 2 * y, 1).unproject(camera).sub(near).normalize();
    const cosine = normal.dot(sight);
    if (Math.abs(cosine) > ALONG_SIGHT) {
      const up = new Vector3(0, 1, 0).transformDirection(camera.matrixWorld);
      const [from, to] = [middle, middle.clone().add(up)].map((point) => toFraction(point, camera));
      const perUnit = ((from?.[1] ?? 0) - (to?.[1] ?? 0)) * size[1];
      return ((1 - y) * size[1]) / perUnit;
    }
    const fromEye = middle.sub(near);
    return (cosine * sight.dot(fromEye) - normal.dot(fromEye)) / (1 - cosine * cosine);
  }
}

function toFraction(point: Vector3, camera: SceneCamera): Point {
  const { x, y } = point.clone().project(camera);
  return [(x + 1) / 2, (1 - y) / 2];
}
