import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  Color,
  type DataTexture,
  type Material,
  Matrix4,
  Mesh,
  type Scene,
  ShaderMaterial,
  type Sphere,
  Vector2,
  Vector4,
  type WebGLRenderer,
} from "three";
import type { Vertices } from "../formats/data-kinds.ts";
import type { VertexBounds } from "../native/mesh-kernels.ts";
import { type PointRange, PointSplatter } from "../native/point-splat.ts";
import { POINT_SHADING, pointColor } from "./default-materials.ts";
import { FULL_DETAIL_LAYER } from "./detail-layers.ts";
import { pointPixels } from "./point-size.ts";
import { type Area, projectionOfArea, screenArea, updateTexture } from "./screen-area.ts";
import { setBounds } from "./set-bounds.ts";

/** Time budget for the points of a draft, ms: half of a frame at 30 frames per second. */
const DRAFT_MS = 15;

/** Time per point until it is measured, ms: for consecutive points, and for a sample, whose points are cache misses. */
const INITIAL_MS = { all: 20e-6, sample: 40e-6 } as const;

/** Minimum number of points in a measurement of the time per point. */
const MIN_MEASURED_POINTS = 10_000;

/** Factor by which a draft may exceed or undercut {@link DRAFT_MS} before its sample changes, since each change is visible. */
const TOLERANCE = 1.3;

/** Cost of drawing one pixel of the textures, in points: 28 ns of CPU time with llvmpipe, 62 ns with SwiftShader. */
const POINTS_PER_PIXEL = 5;

/** The unit square, as two triangles. */
const SQUARE = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0]);

const VERTEX_SHADER = `
uniform vec4 square; // in normalized device coordinates: lower left corner, size
void main() {
  gl_Position = vec4(square.xy + square.zw * position.xy, 0.0, 1.0);
}`;

const FRAGMENT_SHADER = `
uniform highp sampler2D depths;
uniform sampler2D colors;
uniform vec3 diffuse;
uniform vec2 origin; // of the textures in the framebuffer
uniform vec4 projection; // elements of the projection matrix that determine depth
uniform vec2 cloud; // z of the centre in view coordinates, radius
#include <common>
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy - origin);
  float depth = texelFetch(depths, pixel, 0).r;
  if (depth > 1.0) discard;
  gl_FragDepth = depth;
  float clipZ = 2.0 * depth - 1.0;
  float viewZ = (projection.y - clipZ * projection.w) / (clipZ * projection.z - projection.x);
  float vDepth = (cloud.x - viewZ) / cloud.y;
  vec4 diffuseColor = vec4(diffuse, 1.0);
  #ifdef HAS_COLORS
    diffuseColor.rgb *= texelFetch(colors, pixel, 0).rgb;
  #endif
  ${POINT_SHADING}
  gl_FragColor = diffuseColor;
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
}`;

/**
 * A large point cloud that the CPU splats, for GL drivers that render in software: these take 0.5 to 1 µs per point, splatting takes
 * 5 to 30 ns. The image matches that of `Points` with `pointMaterial` and `fitPointSize`.
 *
 * Before three.js draws the object, its points are splatted into two textures, depth and colour, which cover the part of the viewport
 * that contains the cloud. three.js draws these textures as one rectangle. A draft shows a sample of the points, spread evenly over
 * the array, as large as {@link DRAFT_MS} allows.
 *
 * The draw range of the geometry counts points, so that a progressive frame can draw the cloud in parts. Beyond the last point, the range
 * stands for the cost of drawing the textures, which is part of the last step; `userData.drawCount` is the sum of both.
 */
export class SplattedPoints extends Mesh<BufferGeometry, ShaderMaterial> {
  readonly #splatter: PointSplatter;
  readonly #sphere: Sphere;
  /** Separate textures for drafts and full views, whose sizes differ: allocating new storage costs as much as 5 million points. */
  #textures: Record<"draft" | "full", Textures> = { draft: {}, full: {} };
  readonly #viewport = new Vector4();
  readonly #modelView = new Matrix4();
  /** Key of the image in the splatter, and the end of the range of points that were added to it. */
  #imageKey = "";
  #end = 0;
  /** The draw range before three.js draws the square. */
  #range = { start: 0, count: 0 };
  readonly #msPerPoint: { all: number; sample: number } = { ...INITIAL_MS };
  /** A draft shows one of this many consecutive points. */
  #draftStride = 1;

  /** @param vertices with finite positions; indices are not supported */
  constructor({ positions, colors }: Vertices, bounds: VertexBounds) {
    const splatter = new PointSplatter(positions, colors);
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(SQUARE, 3));
    const sphere = setBounds(geometry, bounds);
    geometry.userData.drawCount = splatter.count;
    super(geometry, createMaterial(splatter.hasColors));
    this.#splatter = splatter;
    this.#sphere = sphere;
  }

  override onBeforeRender(
    renderer: WebGLRenderer,
    _scene: Scene,
    camera: Camera,
    geometry: BufferGeometry,
    material: Material,
  ): void {
    this.#range = { ...geometry.drawRange };
    const { start, count } = this.#range;
    const isComplete = this.#splat(renderer, camera, start, start + count);
    // Another material, such as the scene's overrideMaterial, would fill the square.
    geometry.setDrawRange(0, isComplete && material === this.material ? 6 : 0);
  }

  override onAfterRender(
    _renderer: WebGLRenderer,
    _scene: Scene,
    _camera: Camera,
    geometry: BufferGeometry,
  ): void {
    geometry.setDrawRange(this.#range.start, this.#range.count);
  }

  /** Frees the textures. */
  override dispose(): void {
    for (const textures of Object.values(this.#textures)) {
      for (const texture of Object.values(textures)) texture.dispose();
    }
    this.#textures = { draft: {}, full: {} };
    this.#splatter.clear();
    this.#imageKey = "";
  }

  /** Splats a range of the points. @returns whether it is the last one, after which the textures are complete */
  #splat(renderer: WebGLRenderer, camera: Camera, start: number, end: number): boolean {
    const splatter = this.#splatter;
    const { z: viewWidth, w: viewHeight } = renderer.getCurrentViewport(this.#viewport);
    const pointSize = pointPixels(splatter.count, renderer, camera) * renderer.getPixelRatio();
    this.#modelView.multiplyMatrices(camera.matrixWorldInverse, this.matrixWorld);
    const projection = new Matrix4().multiplyMatrices(camera.projectionMatrix, this.#modelView);
    const area = screenArea(
      this.geometry.boundingBox ?? new Box3(),
      projection,
      viewWidth,
      viewHeight,
      pointSize,
    );
    if (area === undefined) return false;
    const { x, y, width, height } = area;
    const matrix = projectionOfArea(projection, area, viewWidth, viewHeight).elements;
    const isDraft = !camera.layers.isEnabled(FULL_DETAIL_LAYER);
    const stride = isDraft ? this.#chooseStride() : 1;
    const imageKey = [x, y, width, height, pointSize, stride, ...matrix].join();
    const continues = start > 0 && start <= this.#end && imageKey === this.#imageKey;
    if (!continues) splatter.begin(width, height, pointSize);
    this.#imageKey = imageKey;
    this.#end = end;
    const [first, last] = [continues ? start : 0, end].map((at) => Math.min(at, splatter.count));
    this.#add({ start: first ?? 0, end: last ?? 0, stride }, new Float64Array(matrix));
    const { userData } = this.geometry;
    if (end < userData.drawCount) return false;
    splatter.resolve();
    if (!isDraft) userData.drawCount = splatter.count + POINTS_PER_PIXEL * width * height;
    const textures = this.#textures[isDraft ? "draft" : "full"];
    textures.depths = updateTexture(textures.depths, splatter.depths, area);
    if (splatter.hasColors) textures.colors = updateTexture(textures.colors, splatter.pixels, area);
    this.#updateUniforms(camera, area, textures);
    return true;
  }

  #add(range: PointRange, matrix: Float64Array): void {
    const startedAt = performance.now();
    this.#splatter.add(range, matrix);
    const points = (range.end - range.start) / range.stride;
    if (points < MIN_MEASURED_POINTS) return;
    const kind = range.stride === 1 ? "all" : "sample";
    const before = this.#msPerPoint[kind];
    // A single measurement may be an outlier.
    const measured = (performance.now() - startedAt) / points;
    this.#msPerPoint[kind] = Math.min(2 * before, Math.max(before / 2, measured));
  }

  #chooseStride(): number {
    const { count } = this.#splatter;
    const { all, sample } = this.#msPerPoint;
    if (count * all <= DRAFT_MS * (this.#draftStride === 1 ? TOLERANCE : 1)) this.#draftStride = 1;
    else {
      const wanted = Math.max(2, Math.ceil((count * sample) / DRAFT_MS));
      const ratio = wanted / this.#draftStride;
      if (ratio > TOLERANCE || ratio < 1 / TOLERANCE) this.#draftStride = wanted;
    }
    return this.#draftStride;
  }

  #updateUniforms(camera: Camera, { x, y, width, height }: Area, { depths, colors }: Textures): void {
    const { x: viewX, y: viewY, z: viewWidth, w: viewHeight } = this.#viewport;
    const { uniforms } = this.material;
    const { elements } = camera.projectionMatrix;
    const scale = Math.hypot(...this.#modelView.elements.slice(0, 3));
    const { center, radius } = this.#sphere;
    const values = {
      depths,
      colors: colors ?? null,
      square: new Vector4(
        (2 * x) / viewWidth - 1,
        (2 * y) / viewHeight - 1,
        (2 * width) / viewWidth,
        (2 * height) / viewHeight,
      ),
      origin: new Vector2(viewX + x, viewY + y),
      projection: new Vector4(elements[10], elements[14], elements[11], elements[15]),
      cloud: new Vector2(center.clone().applyMatrix4(this.#modelView).z, (radius || 1) * scale),
    };
    for (const [name, value] of Object.entries(values)) Object.assign(uniforms[name] ?? {}, { value });
  }
}

interface Textures {
  depths?: DataTexture;
  colors?: DataTexture;
}

function createMaterial(hasColors: boolean): ShaderMaterial {
  return new ShaderMaterial({
    vertexShader: VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    defines: hasColors ? { HAS_COLORS: "" } : {},
    uniforms: {
      depths: { value: null },
      colors: { value: null },
      diffuse: { value: new Color(pointColor(hasColors)) },
      square: { value: new Vector4() },
      origin: { value: new Vector2() },
      projection: { value: new Vector4() },
      cloud: { value: new Vector2() },
    },
  });
}
