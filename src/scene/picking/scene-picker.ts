import type { Object3D, Scene, Vector3, WebGLRenderer } from "three";
import type { Actor } from "../../actors/actor.ts";
import { castObject } from "../../actors/picking/cast-object.ts";
import {
  clippedRange,
  isBetter,
  type ObjectHit,
  type PickedElement,
  type PickQuery,
  pointOnRay,
} from "../../actors/picking/pick-query.ts";
import type { PickedLayer, PickFact, PickResult } from "../../protocol/pick.ts";
import type { DrawnView } from "./drawn-view.ts";

/** A layer whose elements can be picked. */
export interface PickableLayer {
  /** Id in the scene document. */
  readonly id: string;
  /** Name of the file. */
  readonly label: string;
  readonly kind: string;
  readonly actor: Actor;
  /** Of the coordinates; default: unknown. */
  readonly unit?: string | undefined;
}

/** Of the drawing buffer, from the lower left corner. */
type Pixel = readonly [x: number, y: number];

/** The frame that is asked about. */
interface PickedFrame {
  /** Undefined if there is none. */
  readonly drawn: DrawnView | undefined;
  depthAt(pixel: readonly [number, number]): number;
}

interface Candidate {
  /** Undefined for an object of a program. */
  readonly layer: PickableLayer | undefined;
  readonly name: string;
  readonly element: PickedElement;
}

/** Difference of the distances of coplanar slices, as a share. */
const SAME = 1e-9;

const EMPTY: PickResult = { layer: null, facts: [] };

/** Error of a depth of 24 bits, with some reserve for rounding in the driver. */
const DEPTH_ERROR = 4 / 2 ** 24;

/** Search radius around a pixel of the background, px: a line of one pixel could hardly be hit otherwise. */
const REACH_PIXELS = 3;

/** Depth tolerance of a pick, px: the depth of a pixel is that of a sample beside its center. */
const NEAR_PIXELS = 2;

/** Depth tolerance in a draft, as a share of the distance: simplified meshes deviate by 0.7 % of the extent. Also for a second attempt. */
const FAR_SHARE = 0.03;

/**
 * Finds what is under a pixel: the depth of the frame gives the place, and the layers say which of their elements is there. Only elements near
 * this place are searched, so that the answer does not depend on the size of the data.
 */
export class ScenePicker {
  readonly #scene: Scene;
  readonly #frame: PickedFrame;
  readonly #renderer: Pick<WebGLRenderer, "clippingPlanes">;
  readonly #sources = new Set<() => readonly PickableLayer[]>();

  constructor(scene: Scene, frame: PickedFrame, renderer: Pick<WebGLRenderer, "clippingPlanes">) {
    this.#scene = scene;
    this.#frame = frame;
    this.#renderer = renderer;
  }

  /** Adds layers, which are asked for at each question. @returns a function that removes them */
  addLayers(layers: () => readonly PickableLayer[]): () => void {
    this.#sources.add(layers);
    return () => this.#sources.delete(layers);
  }

  /** The world point that the last frame shows at a place of the view; undefined outside of it, or where it shows nothing. */
  pointAt(x: number, y: number): readonly [x: number, y: number, z: number] | undefined {
    const { drawn: view } = this.#frame;
    if (view === undefined || !(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return undefined;
    const pixel = view.pixelAt(x, y);
    const depth = this.#frame.depthAt(pixel);
    if (depth >= 1) return undefined;
    return pointOnRay(view.rayThrough(pixel), view.distanceAt(pixel, depth)).toArray();
  }

  /** See `ShowManager.pick`. @param render renders a frame if there is none */
  pick(x: number, y: number, render: () => void): PickResult {
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1))
      throw new RangeError(`The place ${x}, ${y} is outside of the view: both are fractions from 0 to 1.`);
    if (this.#frame.drawn === undefined) render();
    const { drawn: view } = this.#frame;
    if (view === undefined) return EMPTY;
    const pixel = this.#pixelNear(view, view.pixelAt(x, y));
    const depth = this.#frame.depthAt(pixel);
    const ray = view.rayThrough(pixel);
    const distanceAt = (at: number): number => view.distanceAt(pixel, at);
    const base = { ray, pixel, pixelSizeAt: (at: number) => view.pixelSizeAt(at), distanceAt };
    const { clippingPlanes } = this.#renderer;
    const distance = distanceAt(depth);
    const front = clippedRange({ ray, near: distanceAt(0), far: distance }, clippingPlanes);
    const inFront = front && { ...base, near: front[0], far: front[1], distance: undefined };
    const seeThrough = inFront && this.#findSeeThrough(inFront);
    if (seeThrough !== undefined) return seeThrough;
    if (depth >= 1) {
      // Where nothing is drawn yet, something may still come.
      return (view.isComplete ? undefined : inFront && this.#find(inFront)) ?? EMPTY;
    }
    const error = Math.max(
      NEAR_PIXELS * view.pixelSizeAt(distance),
      distanceAt(Math.min(1, depth + DEPTH_ERROR)) - distance,
    );
    for (const reach of [...(view.isDraft ? [] : [error]), Math.max(error, FAR_SHARE * distance)]) {
      const around = { ray, near: distance - reach, far: distance + reach };
      const range = clippedRange(around, clippingPlanes, error);
      const found = range && this.#find({ ...base, near: range[0], far: range[1], distance });
      if (found !== undefined) return found;
    }
    const point = pointOnRay(ray, distance);
    // Only the position is known.
    return {
      ...{ layer: null, label: "", kind: "object", point: point.toArray(), facts: [] },
      ...this.#alsoAt(point),
    };
  }

  /** The pixel itself, or where it shows nothing, the nearest one to the left, right, top or bottom that shows something: a thin line. */
  #pixelNear(view: DrawnView, pixel: Pixel): Pixel {
    if (!view.isComplete || this.#frame.depthAt(pixel) < 1) return pixel;
    const [x, y] = pixel;
    for (let reach = 1; reach <= Math.round(REACH_PIXELS * view.pixelRatio); reach += 1) {
      const around = [
        [x - reach, y],
        [x + reach, y],
        [x, y - reach],
        [x, y + reach],
      ] as const;
      const found = around.find((each) => view.contains(each) && this.#frame.depthAt(each) < 1);
      if (found !== undefined) return found;
    }
    return pixel;
  }

  #find(query: PickQuery): PickResult | undefined {
    let best: Candidate | undefined;
    for (const part of this.#parts()) {
      const { layer, object } = part;
      const hit = castObject(object, query);
      const element = layer?.actor.pick ? layer.actor.pick(query, hit) : hit && objectElement(hit);
      if (element === undefined) continue;
      // Of two at the same distance, the later layer is drawn over the earlier one.
      const isSame = Math.abs(element.distance - (best?.element.distance ?? 0)) <= SAME * element.distance;
      if (isSame || isBetter(query, element.distance, best?.element.distance))
        best = { layer, name: (hit?.object ?? object).name, element };
    }
    return best && this.#resultOf(best);
  }

  /** The nearest mesh that is blended with what is behind it. */
  #findSeeThrough(query: PickQuery): PickResult | undefined {
    let best: Candidate | undefined;
    for (const { layer, object } of this.#parts()) {
      const hit = castObject(object, query, "see-through");
      if (hit !== undefined && hit.distance < (best?.element.distance ?? Number.POSITIVE_INFINITY))
        best = { layer, name: hit.object.name, element: objectElement(hit) };
    }
    return best && this.#resultOf(best);
  }

  #resultOf({ layer, name, element }: Candidate): PickResult {
    return {
      layer: layer?.id ?? null,
      label: layer?.label ?? name,
      kind: layer?.kind ?? "object",
      point: element.point.toArray(),
      ...(layer?.unit !== undefined && { unit: layer.unit }),
      facts: element.facts,
      ...this.#alsoAt(element.point, layer),
    };
  }

  /** The visible layers, and the other objects of the scene. */
  #parts(): Pick<Candidate & { readonly object: Object3D }, "layer" | "object">[] {
    const layers = new Map(this.#layers.map((layer) => [layer.actor.object, layer]));
    const holders = new Set<Object3D>();
    for (const object of layers.keys()) {
      for (let at = object.parent; at !== null; at = at.parent) holders.add(at);
    }
    const partsOf = (object: Object3D): { layer: PickableLayer | undefined; object: Object3D }[] => {
      if (!object.visible) return [];
      return holders.has(object) ? object.children.flatMap(partsOf) : [{ layer: layers.get(object), object }];
    };
    return partsOf(this.#scene);
  }

  get #layers(): PickableLayer[] {
    return [...this.#sources].flatMap((source) => source());
  }

  /** Other layers that know something about a point. */
  #alsoAt(point: Vector3, except?: PickableLayer): { readonly also?: readonly PickedLayer[] } {
    const also = this.#layers.flatMap(({ id, label, kind, actor }): PickedLayer[] => {
      const facts = actor === except?.actor || !isShown(actor.object) ? undefined : actor.factsAt?.(point);
      return facts === undefined ? [] : [{ layer: id, label, kind, facts }];
    });
    return also.length > 0 ? { also } : {};
  }
}

/** An element of a glTF file or of a program: objects of these have names. */
function objectElement({ object: { name }, instance, distance, point }: ObjectHit): PickedElement {
  const facts: PickFact[] = name === "" ? [] : [{ name: "object", value: name }];
  if (instance !== undefined) facts.push({ name: "instance", value: instance });
  return { distance, point, facts };
}

function isShown(object: Object3D): boolean {
  return object.visible && (object.parent === null || isShown(object.parent));
}
