import {
  Box3,
  type BufferGeometry,
  Color,
  DoubleSide,
  Frustum,
  type Material,
  Matrix4,
  type Object3D,
  Vector3,
} from "three";
import { uniformPixelOf } from "./frame-pixels.ts";
import { boundsOf, cornersOf } from "./scene-bounds.ts";
import type { ShowManager } from "./show-manager.ts";

/**
 * Checks whether the last frame of a show is blank, that is background only, and diagnoses the cause. Blankness is
 * detected from the pixels, so that no cause is missed; the cause is found by test renders, each with one more possible
 * cause removed.
 *
 * @returns a clause that completes "Nothing is visible in the picture: ", or undefined if the frame is not blank
 */
export function blankFrameReason(show: ShowManager): string | undefined {
  const pixel = show.uniformPixel;
  if (pixel === undefined) return undefined;
  using testRenders = new TestRenders(show);
  if (pixel !== testRenders.backgroundPixel()) return undefined;
  return findReason(show, testRenders);
}

function findReason(show: ShowManager, testRenders: TestRenders): string {
  const { scene, camera } = show;
  const drawn = drawableObjects(scene, { visibleOnly: true });
  if (drawn.length === 0) {
    const hidden = drawableObjects(scene, { visibleOnly: false });
    if (hidden.length === 0) return "there is nothing in it";
    return hidden.some(isVolume)
      ? "its slices lie outside of the volume; choose others with --slice"
      : "everything in it is hidden by the file itself";
  }
  const { box } = boundsOf(scene);
  const size = box.getSize(new Vector3());
  if (box.isEmpty() || Math.max(size.x, size.y, size.z) === 0) {
    return "all of it is in one point: its scale is 0, or all of its vertices are at one place";
  }
  const projection = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
  if (!new Frustum().setFromProjectionMatrix(projection).intersectsBox(box)) {
    return "everything lies outside of the view";
  }
  const [width, height] = show.size;
  if (isBelowOnePixel(box, projection, width, height)) return "it is smaller than a pixel from here";
  const materials = materialsOf(drawn);
  if (testRenders.isVisibleAfter(() => updateEach(materials, (material) => (material.side = DoubleSide)))) {
    return "only the back faces of its surfaces point here, which its materials do not draw; look from the other side";
  }
  if (testRenders.isVisibleAfter(() => updateEach(materials, makeOpaque)))
    return "its materials are fully transparent";
  if (testRenders.isVisibleOnContrast()) {
    return "it has the color of the background; try another --background";
  }
  if (drawn.some(isVolume))
    return "all of its voxels there are transparent: they are below the range, outside of the threshold, or not numbers";
  return "its faces have no area from here: they are seen edge-on, or are degenerate";
}

type Drawable = Object3D & { geometry: BufferGeometry; material: Material | Material[] };

/** Returns the objects that have vertices; with `visibleOnly`, without the hidden ones. */
function drawableObjects(root: Object3D, { visibleOnly }: { visibleOnly: boolean }): Drawable[] {
  const found: Drawable[] = [];
  const visit = (object: Object3D): void => {
    if (!("geometry" in object) || !("material" in object)) return;
    const drawable = object as Drawable;
    if ((drawable.geometry.getAttribute("position")?.count ?? 0) > 0) found.push(drawable);
  };
  if (visibleOnly) root.traverseVisible(visit);
  else root.traverse(visit);
  return found;
}

function isVolume({ userData }: Object3D): boolean {
  return userData.isVolume === true;
}

function materialsOf(objects: readonly Drawable[]): Set<Material> {
  return new Set(objects.flatMap(({ material }) => material));
}

function updateEach(materials: Iterable<Material>, change: (material: Material) => void): void {
  for (const material of materials) {
    change(material);
    material.needsUpdate = true;
  }
}

function makeOpaque(material: Material): void {
  material.transparent = false;
  material.opacity = 1;
  material.alphaTest = 0;
  if ("alphaMap" in material) material.alphaMap = null;
  if ("transmission" in material) material.transmission = 0;
}

/** Whether the projection of a box in front of the camera is less than a pixel wide and high. */
function isBelowOnePixel(box: Box3, projection: Matrix4, width: number, height: number): boolean {
  const projected = new Box3();
  for (const corner of cornersOf(box)) projected.expandByPoint(corner.applyMatrix4(projection));
  const { x, y } = projected.getSize(new Vector3());
  return (x * width) / 2 < 1 && (y * height) / 2 < 1;
}

/** Renders a show with cumulative changes, without emitting events. `dispose` restores the scene and the frame. */
class TestRenders implements Disposable {
  readonly #show: ShowManager;
  readonly #restore: (() => void)[] = [];
  #background: number | undefined;

  constructor(show: ShowManager) {
    this.#show = show;
    const { scene } = show;
    const { background } = scene;
    this.#restore.push(() => {
      scene.background = background;
    });
    for (const material of materialsOf(drawableObjects(scene, { visibleOnly: false }))) this.#save(material);
  }

  /** Renders without any objects. @returns the first pixel, which is the background */
  backgroundPixel(): number {
    const visible = this.#show.scene.children.filter((child) => child.visible);
    for (const child of visible) child.visible = false;
    this.#render();
    for (const child of visible) child.visible = true;
    this.#background = pixelsOf(this.#show)[0] ?? 0;
    return this.#background;
  }

  /** Applies a change, on top of the earlier ones, and renders. @returns whether the frame is not blank */
  isVisibleAfter(change: () => void): boolean {
    change();
    this.#render();
    return uniformPixel(this.#show) !== this.#background;
  }

  /** Renders in front of a contrasting background. @returns whether anything is visible */
  isVisibleOnContrast(): boolean {
    const { scene } = this.#show;
    const background = scene.background as Color | null;
    scene.background = new Color(background !== null && background.g > 0.5 ? "black" : "white");
    this.backgroundPixel();
    return this.isVisibleAfter(() => {});
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
    this.#render();
  }

  #render(): void {
    this.#show.renderer.render(this.#show.scene, this.#show.camera);
  }

  #save(material: Material): void {
    const { side, transparent, opacity, alphaTest } = material;
    const optional: Record<string, unknown> = {};
    for (const name of ["alphaMap", "transmission"] as const) {
      if (name in material) optional[name] = (material as unknown as Record<string, unknown>)[name];
    }
    this.#restore.push(() => {
      Object.assign(material, { side, transparent, opacity, alphaTest, ...optional });
      material.needsUpdate = true;
    });
  }
}

/** Whether all pixels of the last frame are equal. */
export function isUniformFrame(show: ShowManager): boolean {
  return show.uniformPixel !== undefined;
}

/** Returns the value that all pixels of the last frame have, or undefined if they differ. */
function uniformPixel(show: ShowManager): number | undefined {
  return uniformPixelOf(show.snapshot().data);
}

/** Returns the last frame, one number per RGBA pixel. */
function pixelsOf(show: ShowManager): Uint32Array {
  return new Uint32Array(show.snapshot().data.buffer);
}
