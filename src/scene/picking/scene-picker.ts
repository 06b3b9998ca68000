import type { Object3D, Scene, Vector3, WebGLRenderer } from "three";
import type { Actor } from "../../actors/actor.ts";
import { castObject } from "../../actors/picking/cast-object.ts";
import {
  clippedRange,
  isBetter,
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
    const pixel = view.pixelAt(x, y);
    const depth = this.#frame.depthAt(pixel);
    // Where nothing is drawn yet, something may still come.
    if (depth >= 1 && view.isComplete) return EMPTY;
    const ray = view.rayThrough(pixel);
    const distanceAt = (at: number): number => view.distanceAt(pixel, at);
    const base = { ray, pixel, pixelSizeAt: (at: number) => view.pixelSizeAt(at), distanceAt };
    if (depth >= 1) {
      const range = clippedRange(
        { ray, near: distanceAt(0), far: distanceAt(1) },
        this.#renderer.clippingPlanes,
      );
      return range === undefined
        ? EMPTY
        : this.#answer({ ...base, near: range[0], far: range[1], distance: undefined });
    }
    const distance = distanceAt(depth);
    const error = Math.max(
      NEAR_PIXELS * view.pixelSizeAt(distance),
      distanceAt(Math.min(1, depth + DEPTH_ERROR)) - distance,
    );
    const around = (reach: number): PickQuery => ({
      ...base,
      near: distance - reach,
      far: distance + reach,
      distance,
    });
    const near = view.isDraft ? undefined : this.#find(around(error));
    return near ?? this.#answer(around(Math.max(error, FAR_SHARE * distance)));
  }

  /** The answer of a query, also if only the place is known. */
  #answer(query: PickQuery): PickResult {
    const found = this.#find(query);
    if (found !== undefined) return found;
    if (query.distance === undefined) return EMPTY;
    const point = pointOnRay(query.ray, query.distance);
    return {
      layer: null,
      label: "",
      kind: "object",
      point: point.toArray(),
      facts: [],
      ...this.#alsoAt(point),
    };
  }

  #find(query: PickQuery): PickResult | undefined {
    let best: Candidate | undefined;
    for (const part of this.#parts()) {
      const { layer, object } = part;
      const hit = castObject(object, query);
      const element = layer?.actor.pick
        ? layer.actor.pick(query, hit)
        : hit && { distance: hit.distance, point: hit.point, facts: nameFacts(hit.object) };
      if (element === undefined) continue;
      // Of two at the same distance, the later layer is drawn over the earlier one.
      const isSame = Math.abs(element.distance - (best?.element.distance ?? 0)) <= SAME * element.distance;
      if (isSame || isBetter(query, element.distance, best?.element.distance))
        best = { layer, name: (hit?.object ?? object).name, element };
    }
    if (best === undefined) return undefined;
    const { layer, name, element } = best;
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

/** Objects of glTF files and of programs have names. */
function nameFacts({ name }: Object3D): PickFact[] {
  return name === "" ? [] : [{ name: "object", value: name }];
}

function isShown(object: Object3D): boolean {
  return object.visible && (object.parent === null || isShown(object.parent));
}
