import {
  Box3,
  type BufferGeometry,
  type Color,
  DoubleSide,
  Frustum,
  type Material,
  Matrix4,
  MeshBasicMaterial,
  type Object3D,
  Vector3,
} from "three";
import { boundsOf } from "./scene-bounds.ts";
import type { ShowManager } from "./show-manager.ts";

/**
 * Whether the last picture of a show is its background alone, and why: a sentence part that follows "nothing is to be
 * seen: ". The picture itself is the witness, so any cause is found; what the cause is, trial pictures tell, each with
 * one more obstacle taken away.
 *
 * @returns undefined when something is to be seen
 */
export function whyNothingIsSeen(show: ShowManager): string | undefined {
  if (!isOneColor(show)) return undefined;
  const picture = firstPixel(show);
  using trials = new Trials(show);
  if (picture !== trials.backgroundPixel()) return undefined;
  return findReason(show, trials);
}

function findReason(show: ShowManager, trials: Trials): string {
  const { scene, camera } = show;
  const drawn = drawnObjects(scene, true);
  if (drawn.length === 0) {
    return drawnObjects(scene, false).length === 0
      ? "there is nothing in it"
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
  const materials = new Set(drawn.flatMap((object) => [object.material].flat()));
  if (trials.shows(() => each(materials, (material) => (material.side = DoubleSide)))) {
    return "only the back faces of its surfaces are turned here, which its materials do not show; look from the other side";
  }
  if (trials.shows(() => each(materials, makeOpaque))) return "its materials are fully transparent";
  const background = scene.background as Color | null;
  const contrast = background !== null && background.g > 0.5 ? "black" : "white";
  if (
    trials.shows(
      () => (scene.overrideMaterial = new MeshBasicMaterial({ color: contrast, side: DoubleSide })),
    )
  ) {
    return "it has the colour of the background; try another --background";
  }
  return "its faces have no area from here: they are seen from their edges, or have none";
}

type Drawn = Object3D & { geometry: BufferGeometry; material: Material | Material[] };

/** The objects with vertices, those that are hidden among them unless only visible ones are asked for. */
function drawnObjects(root: Object3D, visible: boolean): Drawn[] {
  const found: Drawn[] = [];
  const visit = (object: Object3D): void => {
    if (!("geometry" in object) || !("material" in object)) return;
    const drawn = object as Drawn;
    if ((drawn.geometry.getAttribute("position")?.count ?? 0) > 0) found.push(drawn);
  };
  if (visible) root.traverseVisible(visit);
  else root.traverse(visit);
  return found;
}

function each(materials: Iterable<Material>, change: (material: Material) => void): void {
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

/** Whether a box that is in front of the camera covers less than a pixel. */
function isBelowOnePixel({ min, max }: Box3, projection: Matrix4, width: number, height: number): boolean {
  const cover = new Box3();
  for (let corner = 0; corner < 8; corner += 1) {
    const point = new Vector3(
      corner & 1 ? max.x : min.x,
      corner & 2 ? max.y : min.y,
      corner & 4 ? max.z : min.z,
    );
    cover.expandByPoint(point.applyMatrix4(projection));
  }
  const { x, y } = cover.getSize(new Vector3());
  return (x * width) / 2 < 1 && (y * height) / 2 < 1;
}

/** Pictures of a show with something changed; afterwards all is as it was. They cause no events. */
class Trials implements Disposable {
  readonly #show: ShowManager;
  readonly #restore: (() => void)[] = [];
  #background: number | undefined;

  constructor(show: ShowManager) {
    this.#show = show;
    const { scene } = show;
    const { overrideMaterial } = scene;
    this.#restore.push(() => {
      scene.overrideMaterial?.dispose();
      scene.overrideMaterial = overrideMaterial;
    });
    const seen = new Set<Material>();
    for (const object of drawnObjects(scene, false)) {
      for (const material of [object.material].flat()) if (!seen.has(material)) this.#keep(material);
      for (const material of [object.material].flat()) seen.add(material);
    }
  }

  /** The pixel that a picture without any objects has. */
  backgroundPixel(): number {
    const shown = this.#show.scene.children.filter(({ visible }) => visible);
    for (const child of shown) child.visible = false;
    this.#render();
    for (const child of shown) child.visible = true;
    this.#background = firstPixel(this.#show);
    return this.#background;
  }

  /** Whether something is to be seen after this change, on top of those before. */
  shows(change: () => void): boolean {
    change();
    this.#render();
    return !isOneColor(this.#show) || firstPixel(this.#show) !== this.#background;
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
    this.#render();
  }

  #render(): void {
    this.#show.renderer.render(this.#show.scene, this.#show.camera);
  }

  #keep(material: Material): void {
    const { side, transparent, opacity, alphaTest } = material;
    const more: Record<string, unknown> = {};
    for (const name of ["alphaMap", "transmission"] as const) {
      if (name in material) more[name] = (material as unknown as Record<string, unknown>)[name];
    }
    this.#restore.push(() => {
      Object.assign(material, { side, transparent, opacity, alphaTest, ...more });
      material.needsUpdate = true;
    });
  }
}

/** Whether all pixels of the last picture are equal. */
export function isOneColor(show: ShowManager): boolean {
  const pixels = pixelsOf(show);
  const first = pixels[0];
  return pixels.every((pixel) => pixel === first);
}

function firstPixel(show: ShowManager): number {
  return pixelsOf(show)[0] ?? 0;
}

/** RGBA in one number each. */
function pixelsOf(show: ShowManager): Uint32Array {
  return new Uint32Array(show.snapshot().data.buffer);
}
