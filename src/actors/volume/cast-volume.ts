import {
  BufferAttribute,
  type Camera,
  LinearFilter,
  Matrix3,
  Matrix4,
  type Scene,
  ShaderMaterial,
  Sphere,
  type WebGLRenderer,
} from "three";
import type { PlaneCoefficients } from "../../native/clip-planes.ts";
import { BrickCaster, type BrickData, type CastPicture, type CastView } from "../../native/volume-bricks.ts";
import {
  CpuRenderedObject,
  nextEstimate,
  SQUARE_VERTEX_SHADER,
  setUniforms,
  squareUniforms,
} from "../cpu-rendered-object.ts";
import { FULL_DETAIL_LAYER } from "../detail-layers.ts";
import { type Area, updateTexture } from "../screen-area.ts";
import type { CastColors } from "./cast-colors.ts";
import type { VoxelGrid } from "./voxel-grid.ts";

/** Time budget for the volume in a draft, ms: half of a frame at 20 frames per second, since encoding needs a CPU too. */
const DRAFT_MS = 25;

/** Sizes of a draft's pixels, px, of which the smallest that keeps the budget is chosen. */
const DRAFT_PIXELS = [1, 1.5, 2, 3, 4, 6, 8] as const;

/** Factor by which a draft may exceed or undercut the budget before its pixels change, since each change is visible. */
const TOLERANCE = 1.4;

/** Time per ray of a draft until it is measured, ms. */
const INITIAL_MS = 1e-3;

/** Distance of two samples, in the shortest side of a voxel. */
const STEP = { draft: 1, full: 0.5 } as const;

/** Maximum number of samples of a ray, for voxels that are very flat. */
const MAX_STEPS = 4096;

/**
 * Nominal work of a picture: a progressive frame draws it in parts of at least 50,000 (`MIN_BATCH_WORK`), 0.6 % of the rays, which take
 * 10 ms where all take 2 s.
 */
const WORK = 8_000_000;

// Colors are in sRGB, in which the ray was composited, as the frame is.
const FRAGMENT_SHADER = `
uniform highp sampler2D depths;
uniform sampler2D colors;
uniform float opacity;
varying highp vec2 vPlace;
void main() {
  ivec2 size = textureSize(depths, 0);
  float depth = texelFetch(depths, min(ivec2(vPlace * vec2(size)), size - 1), 0).r;
  if (depth > 1.0) discard;
  gl_FragDepth = depth;
  gl_FragColor = opacity * texture2D(colors, vPlace);
}`;

interface Picture extends CastPicture {
  readonly colors: Uint8Array<ArrayBuffer>;
  readonly depths: Float32Array<ArrayBuffer>;
}

/**
 * A volume whose rays are cast on the CPU: its maximum intensity, or a lit rendering with an opacity curve. A draft has larger pixels
 * and fewer samples. A pixel hides or shows an object as a whole, by the place where its ray has half of its opacity.
 */
export class CastVolume extends CpuRenderedObject {
  readonly #grid: VoxelGrid;
  #colors: CastColors;
  readonly #isLinear: boolean;
  #bricks: BrickData;
  #caster: BrickCaster;
  #pictures: Partial<Record<"draft" | "full", Picture>> = {};
  /** What the picture of each kind shows, and the number of its rows that are cast. */
  #done = { draft: { key: "", rows: 0 }, full: { key: "", rows: 0 } };
  #msPerRay = INITIAL_MS;
  #draftPixels = 3;
  #version = 0;

  constructor(
    bricks: BrickData,
    grid: VoxelGrid,
    colors: CastColors,
    { opacity, isLinear }: { readonly opacity: number; readonly isLinear: boolean },
  ) {
    super(createMaterial(opacity));
    const { geometry } = this;
    geometry.boundingBox = grid.box.clone();
    geometry.boundingSphere = grid.box.getBoundingSphere(new Sphere());
    const corners = grid.corners.flatMap((corner) => corner.toArray());
    geometry.userData = { outline: new BufferAttribute(new Float32Array(corners), 3), drawCount: WORK };
    this.userData.isVolume = true;
    this.#grid = grid;
    this.#colors = colors;
    this.#isLinear = isLinear;
    this.#bricks = bricks;
    this.#caster = new BrickCaster(bricks, colors.isVisible);
  }

  /** Shows other voxels of the same grid, such as those of another time step. */
  setBricks(bricks: BrickData): void {
    this.#bricks = bricks;
    this.#caster = new BrickCaster(bricks, this.#colors.isVisible);
    this.#version += 1;
  }

  /** Shows the same voxels in other colors. @param opacity 0 to 1 */
  recolor(colors: CastColors, opacity: number): void {
    this.#colors = colors;
    this.material.opacity = opacity;
    this.setBricks(this.#bricks);
  }

  override dispose(): void {
    super.dispose();
    this.#pictures = {};
    this.#done = { draft: { key: "", rows: 0 }, full: { key: "", rows: 0 } };
  }

  /** Casts rays up to a fraction of the rows. @returns whether all are cast, so that the textures are complete */
  protected override renderImage(
    renderer: WebGLRenderer,
    _scene: Scene,
    camera: Camera,
    _start: number,
    end: number,
  ): boolean {
    const to = Math.min(1, end / WORK);
    const place = this.placeIn(renderer, camera, 1);
    if (place === undefined) return false;
    const { area, modelView, projection } = place;
    const isDraft = !camera.layers.isEnabled(FULL_DETAIL_LAYER);
    const kind = isDraft ? "draft" : "full";
    // A supersampled frame has as many rays as pixels: the textures are interpolated.
    const pixelSize = Math.max(1, renderer.getPixelRatio()) * (isDraft ? this.#draftPixels : 1);
    const width = Math.max(1, Math.round(area.width / pixelSize));
    const height = Math.max(1, Math.round(area.height / pixelSize));
    const toClip = projection.clone().multiply(this.#grid.toWorld);
    const planes = this.planesIn(renderer, this.#grid.toWorld);
    const key = [this.#version, width, height, ...toClip.elements, ...planes].join();
    const done = this.#done[kind];
    if (key !== done.key) Object.assign(done, { key, rows: 0 });
    const picture = this.#pictureOf(kind, width, height);
    const last = to < 1 ? Math.floor(to * height) : height;
    const hasChanged = done.rows < last;
    if (hasChanged) {
      const startedAt = performance.now();
      const rows = [done.rows, last] as const;
      this.#caster.cast(this.#viewOf(toClip, modelView, planes, isDraft), this.#tableOf(kind), picture, rows);
      if (isDraft && done.rows === 0)
        this.#choosePixels((performance.now() - startedAt) / (width * last), area);
      done.rows = last;
    }
    if (to < 1 || done.rows < height) return false;
    this.#update(kind, picture, area, hasChanged);
    return true;
  }

  #viewOf(
    toClip: Matrix4,
    modelView: Matrix4,
    planes: readonly PlaneCoefficients[],
    isDraft: boolean,
  ): CastView {
    const { mode } = this.#colors;
    const toWorld = new Matrix4().multiplyMatrices(this.matrixWorld, this.#grid.toWorld);
    const toView = new Matrix4().multiplyMatrices(modelView, this.#grid.toWorld);
    return {
      toVoxel: toClip.clone().invert().elements,
      toClip: toClip.elements,
      toWorld: new Matrix3().setFromMatrix4(toWorld).elements,
      toNormal: new Matrix3().getNormalMatrix(toView).elements,
      step: this.#stepOf(isDraft ? "draft" : "full") * this.matrixWorld.getMaxScaleOnAxis(),
      mode,
      isLinear: this.#isLinear,
      isFine: !isDraft,
      planes,
    };
  }

  #stepOf(kind: "draft" | "full"): number {
    const { spacing, box } = this.#grid;
    return Math.max(STEP[kind] * Math.min(...spacing), box.min.distanceTo(box.max) / MAX_STEPS);
  }

  #tableOf(kind: "draft" | "full"): Float32Array {
    return this.#colors.table(this.#stepOf(kind));
  }

  #pictureOf(kind: "draft" | "full", width: number, height: number): Picture {
    const before = this.#pictures[kind];
    if (before?.width === width && before.height === height) return before;
    const pixels = width * height;
    const picture = { width, height, colors: new Uint8Array(4 * pixels), depths: new Float32Array(pixels) };
    this.#pictures[kind] = picture;
    return picture;
  }

  #update(kind: "draft" | "full", picture: Picture, area: Area, hasChanged: boolean): void {
    const textures = this.textures[kind];
    if (hasChanged || textures.colors === undefined) {
      textures.colors = updateTexture(textures.colors, picture.colors, picture);
      textures.depths = updateTexture(textures.depths, picture.depths, picture);
      Object.assign(textures.colors, {
        magFilter: LinearFilter,
        minFilter: LinearFilter,
      });
    }
    this.showTextures(textures, area);
    setUniforms(this.material, { opacity: this.material.opacity });
  }

  /** Chooses the size of a draft's pixels by the time per ray of the last one. */
  #choosePixels(measured: number, area: Area): void {
    this.#msPerRay = nextEstimate(this.#msPerRay, measured);
    const timeOf = (size: number): number => (this.#msPerRay * area.width * area.height) / size ** 2;
    const time = timeOf(this.#draftPixels);
    const fitting = DRAFT_PIXELS.find((size) => timeOf(size) <= DRAFT_MS) ?? 8;
    if (
      time > DRAFT_MS * TOLERANCE ||
      (fitting < this.#draftPixels && timeOf(fitting) * TOLERANCE <= DRAFT_MS)
    )
      this.#draftPixels = fitting;
  }
}

function createMaterial(opacity: number): ShaderMaterial {
  return new ShaderMaterial({
    vertexShader: SQUARE_VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    uniforms: {
      ...squareUniforms(),
      opacity: { value: opacity },
    },
    transparent: true,
    premultipliedAlpha: true,
    opacity,
  });
}
