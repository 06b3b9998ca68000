import type {
  BufferGeometry,
  Camera,
  InstancedBufferGeometry,
  InstancedMesh,
  Material,
  Object3D,
  Scene,
  WebGLRenderer,
} from "three";

type RenderList = ReturnType<WebGLRenderer["renderLists"]["get"]>;
/** A draw call: an object, or one group of its geometry. */
type RenderItem = RenderList["opaque"][number];

/** Cost of a vertex of points or lines relative to a vertex of triangles, which share shaded vertices; measured with SwiftShader. */
const POINT_WORK = 6;

/** Drawing rate until the first measurement, work per ms. SwiftShader on two cores reaches 10,000 with small triangles. */
const INITIAL_RATE = 2000;

/** Limit of the change of a rate by one measurement, as a factor: a single measurement may be an outlier. */
const MAX_RATE_CHANGE = 4;

/**
 * Minimum size of a batch, as work and as a share of the frame. Each batch has a fixed cost for loading and storing the buffers, 3 ms
 * at 1280x720 and 25 ms at 3840x2160, so batches that are sized by time alone could become smaller and smaller.
 */
const MIN_BATCH_WORK = 50_000;
const MIN_BATCH_SHARE = 1 / 500;

/** Maximum time for which a batch is waited for, ns. */
const MAX_WAIT_NS = 1e9;

/** Measured drawing rates of materials. */
export class DrawingRates {
  readonly #rates = new WeakMap<Material, number>();

  /** Returns the rate of a material, work per ms. It depends more on the material than on the kind of object: a culled back face costs a tenth. */
  get(material: Material): number {
    return this.#rates.get(material) ?? INITIAL_RATE;
  }

  record(material: Material, work: number, ms: number): void {
    const [rate, measured] = [this.get(material), work / Math.max(ms, 0.1)];
    const [min, max] = [rate / MAX_RATE_CHANGE, rate * MAX_RATE_CHANGE];
    this.#rates.set(material, Math.min(max, Math.max(min, measured)));
  }
}

/** Contents and estimated cost of a full frame of a scene. */
export interface FramePlan {
  /** Estimated rendering time, ms. */
  readonly ms: number;
  readonly isTransmissive: boolean;
  readonly isTransparent: boolean;
  readonly hasLines: boolean;
  /** Whether a custom shader sets the size of points, regardless of the pixel ratio. */
  readonly hasShaderPoints: boolean;
}

/** Determines the contents and estimated cost of a frame, without drawing it. */
export function planFrame(
  renderer: WebGLRenderer,
  scene: Scene,
  camera: Camera,
  rates: DrawingRates,
): FramePlan {
  let items: RenderItem[] = [];
  let [isTransmissive, isTransparent] = [false, false];
  renderOver(renderer, scene, camera, (list) => {
    isTransmissive = list.transmissive.length > 0;
    isTransparent = list.transparent.length > 0;
    items = [...list.opaque, ...list.transmissive, ...list.transparent];
    removeAll(list);
  });
  return {
    ms: items.reduce((sum, item) => sum + estimate(item, rates), 0),
    isTransmissive,
    isTransparent,
    hasLines: items.some(({ object }) => "isLine" in object),
    hasShaderPoints: items.some(
      ({ object, material }) => "isPoints" in object && "isShaderMaterial" in material,
    ),
  };
}

/** Draws only the background. */
export function drawBackground(renderer: WebGLRenderer, scene: Scene, camera: Camera): void {
  renderChosen(renderer, scene, camera, removeAll);
}

/**
 * Draws the objects of a scene in batches onto the background, in three.js's order: opaque objects front to back, then transparent
 * ones back to front. A batch is a part of three.js's render list, so culling, sorting, lights and materials are the same as in a
 * frame that is drawn in one pass. Transmissive objects are not supported, because they need all opaque objects in the same pass.
 */
export class ProgressiveFrame implements Disposable {
  readonly #renderer: WebGLRenderer;
  readonly #scene: Scene;
  readonly #camera: Camera;
  readonly #rates: DrawingRates;
  /** Index of the next item to draw, and the number of its vertices that are drawn already. */
  #next = 0;
  #offset = 0;
  #completeness = 0;
  /** The batch that the driver may still be drawing, and the time when it was submitted. */
  #previous: { readonly fence: WebGLSync; readonly batch: Batch; readonly start: number } | null = null;
  /** When the last batch was known to be drawn. */
  #finishedAt = 0;

  constructor(renderer: WebGLRenderer, scene: Scene, camera: Camera, rates: DrawingRates) {
    this.#renderer = renderer;
    this.#scene = scene;
    this.#camera = camera;
    this.#rates = rates;
  }

  /** Estimated share of the rendering time that is done, 0 to 1. */
  get completeness(): number {
    return this.#completeness;
  }

  /** Draws for about `budgetMs`. The driver may still be drawing the last batch. */
  step(budgetMs: number): void {
    const start = performance.now();
    let left = budgetMs;
    do {
      this.#drawBatch(left);
      left = budgetMs - (performance.now() - start);
      // With less than half of the budget left, another batch is not worth its fixed cost.
    } while (this.#completeness < 1 && left > budgetMs / 2);
  }

  #drawBatch(budgetMs: number): void {
    const gl = this.#renderer.getContext() as WebGL2RenderingContext;
    const start = performance.now();
    let drawn: Batch | undefined;
    let restore = (): void => {};
    try {
      renderOver(this.#renderer, this.#scene, this.#camera, ({ opaque, transparent }) => {
        const items = [...opaque, ...transparent];
        drawn = this.#chooseBatch(items, budgetMs);
        const batch = items.slice(this.#next, this.#next + drawn.items);
        const solid = batch.slice(0, Math.max(0, opaque.length - this.#next));
        opaque.splice(0, opaque.length, ...solid);
        transparent.splice(0, transparent.length, ...batch.slice(solid.length));
        this.#advance(items, drawn);
        if (drawn.part !== undefined) restore = restrict(batch[0]?.geometry, drawn.part);
      });
    } finally {
      restore();
    }
    this.#finishPrevious(gl);
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence !== null && drawn !== undefined) this.#previous = { fence, batch: drawn, start };
  }

  /**
   * Waits until the driver has drawn the batch before the one that was just submitted, and measures it. Draw calls are asynchronous: the
   * vertices of a batch are processed while the driver fills the triangles of the one before. On llvmpipe and two CPUs, a frame of 8M triangles
   * takes 520 ms instead of 800 when each batch is waited for.
   */
  #finishPrevious(gl: WebGL2RenderingContext): void {
    gl.flush();
    if (this.#previous === null) return;
    const { fence, batch, start } = this.#previous;
    gl.clientWaitSync(fence, 0, MAX_WAIT_NS);
    this[Symbol.dispose]();
    const end = performance.now();
    if (batch.material)
      this.#rates.record(batch.material, batch.work, end - Math.max(start, this.#finishedAt));
    this.#finishedAt = end;
  }

  [Symbol.dispose](): void {
    if (this.#previous === null) return;
    (this.#renderer.getContext() as WebGL2RenderingContext).deleteSync(this.#previous.fence);
    this.#previous = null;
  }

  /** Chooses the next items of one material that fit the budget, or a part of an item that exceeds it. */
  #chooseBatch(items: readonly RenderItem[], budgetMs: number): Batch {
    const [first] = items.slice(this.#next);
    if (first === undefined) return { material: null, items: 0, work: 0 };
    const { material } = first;
    const total = items.reduce((sum, item) => sum + workOf(item), 0);
    const capacity = Math.max(this.#rates.get(material) * budgetMs, MIN_BATCH_WORK, MIN_BATCH_SHARE * total);
    const { start, count } = rangeOf(first);
    const perVertex = workPerVertex(first);
    const left = count - this.#offset;
    const isLarge = left * perVertex > 1.5 * capacity;
    if (this.#offset > 0 || (isLarge && canSplit(first))) {
      const unit = verticesPerPrimitive(first);
      const whole = Math.max(unit, Math.floor(capacity / perVertex / unit) * unit);
      const size = isLarge ? Math.min(left, whole) : left;
      // A strip repeats the vertex at which it was interrupted.
      const overlap = this.#offset > 0 && isStrip(first.object) ? 1 : 0;
      const part = { start: start + this.#offset - overlap, count: size + overlap };
      return { material, items: 1, work: size * perVertex, part, size };
    }
    let [taken, work] = [0, 0];
    for (const item of items.slice(this.#next)) {
      const more = workOf(item);
      if (taken > 0 && (item.material !== material || work + more > capacity)) break;
      taken += 1;
      work += more;
    }
    return { material, items: taken, work };
  }

  #advance(items: readonly RenderItem[], { items: taken, size }: Batch): void {
    const current = items[this.#next];
    if (size !== undefined && current !== undefined && this.#offset + size < rangeOf(current).count) {
      this.#offset += size;
    } else {
      this.#next += taken;
      this.#offset = 0;
    }
    const costs = items.map((item) => estimate(item, this.#rates));
    const total = costs.reduce((sum, ms) => sum + ms, 0);
    const done = costs.slice(0, this.#next).reduce((sum, ms) => sum + ms, 0);
    const part = items[this.#next];
    const ofPart =
      part === undefined || this.#offset === 0
        ? 0
        : (this.#offset * workPerVertex(part)) / this.#rates.get(part.material);
    this.#completeness =
      this.#next >= items.length ? 1 : Math.max(this.#completeness, Math.min(0.99, (done + ofPart) / total));
  }
}

interface Batch {
  /** Null if nothing is left. */
  readonly material: Material | null;
  readonly items: number;
  readonly work: number;
  /** Range of the geometry to draw if the batch is a part of one item; default: all of each item. */
  readonly part?: { readonly start: number; readonly count: number };
  /** Number of vertices in `part`, without the one that a strip repeats. */
  readonly size?: number;
}

function removeAll(list: RenderList): void {
  for (const part of [list.opaque, list.transmissive, list.transparent]) part.length = 0;
}

/** Renders a scene after `choose` has edited three.js's render list. */
function renderChosen(
  renderer: WebGLRenderer,
  scene: Scene,
  camera: Camera,
  choose: (list: RenderList) => void,
): void {
  const list = renderer.renderLists.get(scene, 0);
  const { sort } = list;
  const { sortObjects } = renderer;
  list.sort = (...comparisons) => {
    if (sortObjects) sort(...comparisons);
    choose(list);
  };
  renderer.sortObjects = true;
  try {
    renderer.render(scene, camera);
  } finally {
    list.sort = sort;
    renderer.sortObjects = sortObjects;
  }
}

/** As {@link renderChosen}, but on top of the contents of the buffer: without clearing it, and without a background. */
function renderOver(
  renderer: WebGLRenderer,
  scene: Scene,
  camera: Camera,
  choose: (list: RenderList) => void,
): void {
  const { autoClear, shadowMap } = renderer;
  const { background } = scene;
  const { autoUpdate } = shadowMap;
  renderer.autoClear = false;
  scene.background = null;
  shadowMap.autoUpdate = false;
  try {
    renderChosen(renderer, scene, camera, choose);
  } finally {
    renderer.autoClear = autoClear;
    scene.background = background;
    shadowMap.autoUpdate = autoUpdate;
  }
}

/** Restricts the vertices of a geometry that are drawn. @returns a function that restores them */
function restrict(
  geometry: BufferGeometry | null | undefined,
  { start, count }: { start: number; count: number },
): () => void {
  if (!geometry) return () => {};
  const before = { ...geometry.drawRange };
  geometry.setDrawRange(start, count);
  return () => geometry.setDrawRange(before.start, before.count);
}

/** Returns the range of an item's vertices or indices, as in `drawRange`. */
function rangeOf({ geometry, group }: RenderItem): { start: number; count: number } {
  if (geometry === null) return { start: 0, count: 0 };
  const { drawCount } = geometry.userData as { drawCount?: number };
  const all = drawCount ?? geometry.index?.count ?? geometry.getAttribute("position")?.count ?? 0;
  // three.js's types declare the geometry group as a scene object.
  const { start: groupStart, count: groupCount } = (group as { start: number; count: number } | null) ?? {
    start: 0,
    count: all,
  };
  const { drawRange } = geometry;
  const start = Math.max(drawRange.start, groupStart);
  const end = Math.min(drawRange.start + drawRange.count, groupStart + groupCount, all);
  return { start, count: Math.max(0, end - start) };
}

function instancesOf({ object, geometry }: RenderItem): number {
  if ("isInstancedMesh" in object) return Math.max(1, (object as InstancedMesh).count);
  if (geometry === null || !("isInstancedBufferGeometry" in geometry)) return 1;
  const { instanceCount } = geometry as InstancedBufferGeometry;
  return Number.isFinite(instanceCount) ? Math.max(1, instanceCount) : 1;
}

function workOf(item: RenderItem): number {
  return rangeOf(item).count * workPerVertex(item);
}

function workPerVertex(item: RenderItem): number {
  const isPointOrLine = "isPoints" in item.object || "isLine" in item.object;
  return instancesOf(item) * (isPointOrLine ? POINT_WORK : 1);
}

function estimate(item: RenderItem, rates: DrawingRates): number {
  return workOf(item) / rates.get(item.material);
}

function isStrip(object: Object3D): boolean {
  return "isLine" in object && !("isLineSegments" in object);
}

/** Whether an item can be drawn in parts; line loops, sprites and batched meshes cannot. */
function canSplit({ object }: RenderItem): boolean {
  return !["isLineLoop", "isSprite", "isBatchedMesh"].some((flag) => flag in object);
}

function verticesPerPrimitive({ object }: RenderItem): number {
  return "isPoints" in object || isStrip(object) ? 1 : "isLine" in object ? 2 : 3;
}
