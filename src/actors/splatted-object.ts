import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  type ColorSpace,
  type DataTexture,
  type Material,
  Matrix4,
  Mesh,
  type Scene,
  type ShaderMaterial,
  type Sphere,
  SRGBColorSpace,
  Vector2,
  Vector4,
  type WebGLRenderer,
} from "three";
import type { VertexBounds } from "../native/mesh-kernels.ts";
import { selectedLevel } from "./detail-layers.ts";
import { type Area, projectionOfArea, screenArea, updateTexture } from "./screen-area.ts";
import { setBounds } from "./set-bounds.ts";

/** Cost of drawing one pixel of the textures, in points: 28 ns of CPU time with llvmpipe, 62 ns with SwiftShader. */
const POINTS_PER_PIXEL = 5;

/**
 * Minimum time between two drawings of an incomplete image, ms. An image is also not drawn before it has twice the points of the one
 * before, so that all drawings together cost a few times one.
 */
const INCOMPLETE_IMAGE_MS = 300;

/** The unit square, as two triangles. */
const SQUARE = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0]);

/** Vertex shader of the material of a {@link SplattedObject}. */
export const SQUARE_VERTEX_SHADER = `
uniform vec4 square; // in normalized device coordinates: lower left corner, size
void main() {
  gl_Position = vec4(square.xy + square.zw * position.xy, 0.0, 1.0);
}`;

/** Uniforms of the material of a {@link SplattedObject}, which sets their values. */
export function squareUniforms() {
  return {
    depths: { value: null },
    colors: { value: null },
    square: { value: new Vector4() },
    origin: { value: new Vector2() },
  };
}

/** Image of a C kernel; rows bottom-up. */
export interface SplatImage {
  /** Depth of each pixel, 0 (near) to 1 (far), or above 1 where nothing is drawn. */
  readonly depths: Float32Array<ArrayBuffer>;
  /** RGBA in sRGB of each pixel; empty if the material colors the pixels. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Frees the memory of the image. */
  clear(): void;
}

/** View of one image. */
export interface SplatView {
  readonly renderer: WebGLRenderer;
  readonly scene: Scene;
  readonly camera: Camera;
  /** Size of the image, px. */
  readonly width: number;
  readonly height: number;
  /** Height of the viewport, of which the image shows a part, px. */
  readonly viewHeight: number;
  /** Side of an element's square, px. */
  readonly size: number;
  readonly modelView: Matrix4;
  /** Model-view-projection of the image, column-major. */
  readonly matrix: Float64Array;
}

/**
 * An object whose elements the CPU splats, for GL drivers that render in software.
 *
 * Before three.js draws the object, its elements are splatted into two textures, depth and color, which cover the part of the viewport
 * that contains the object. three.js draws these textures as one rectangle.
 *
 * The draw range of the geometry counts points, so that a progressive frame can draw the object in parts; from time to time, the
 * incomplete image is drawn. Beyond the last point, the range stands for the cost of drawing the textures, which is part of the last
 * step; `userData.drawCount` is the sum of both.
 */
export abstract class SplattedObject extends Mesh<BufferGeometry, ShaderMaterial> {
  /** Sphere around the outline. */
  protected readonly sphere: Sphere;
  /** Number of points. */
  readonly #count: number;
  /** Separate textures for drafts and full views, whose sizes differ: allocating new storage costs as much as 5 million points. */
  #textures: Record<"draft" | "full", Textures> = { draft: {}, full: {} };
  readonly #viewport = new Vector4();
  readonly #modelView = new Matrix4();
  /** Key of the image in the splatter, and the end of the range of points that were added to it. */
  #imageKey = "";
  #end = 0;
  /** End of the range in the image that was last drawn, and when it was drawn, ms. */
  #shown = { end: 0, at: 0 };
  /** The draw range before three.js draws the square. */
  #range = { start: 0, count: 0 };

  constructor(count: number, bounds: VertexBounds, material: ShaderMaterial) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(SQUARE, 3));
    const sphere = setBounds(geometry, bounds);
    geometry.userData.drawCount = count;
    super(geometry, material);
    this.#count = count;
    this.sphere = sphere;
  }

  protected abstract get image(): SplatImage;

  /** Color space of the texture of the pixels: "" if the material writes them as they are. */
  protected get pixelColorSpace(): ColorSpace {
    return SRGBColorSpace;
  }

  /** Side of an element's square, px of the viewport, and how far elements reach beyond the projection of the bounds, px. */
  protected abstract sizeIn(renderer: WebGLRenderer, camera: Camera): { size: number; margin: number };

  /**
   * Chooses the elements of the next image.
   *
   * @param level of detail of a draft, 0 for the most detailed, or "full" for all elements
   * @returns a key that identifies them
   */
  protected abstract chooseElements(level: number | "full"): string;

  protected abstract beginImage(view: SplatView): void;

  /** Adds points to the image. */
  protected abstract addPoints(start: number, end: number, view: SplatView): void;

  /** Writes the image. More points may be added afterwards. */
  protected abstract resolveImage(view: SplatView): void;

  override onBeforeRender(
    renderer: WebGLRenderer,
    scene: Scene,
    camera: Camera,
    geometry: BufferGeometry,
    material: Material,
  ): void {
    this.#range = { ...geometry.drawRange };
    const { start, count } = this.#range;
    const hasImage = this.#splat(renderer, scene, camera, start, start + count);
    // Another material, such as the scene's overrideMaterial, would fill the square.
    geometry.setDrawRange(0, hasImage && material === this.material ? 6 : 0);
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
    this.image.clear();
    this.#imageKey = "";
  }

  /** Splats a range of the points. @returns whether the textures are to be drawn */
  #splat(renderer: WebGLRenderer, scene: Scene, camera: Camera, start: number, end: number): boolean {
    const { z: viewWidth, w: viewHeight } = renderer.getCurrentViewport(this.#viewport);
    const { size, margin } = this.sizeIn(renderer, camera);
    this.#modelView.multiplyMatrices(camera.matrixWorldInverse, this.matrixWorld);
    const projection = new Matrix4().multiplyMatrices(camera.projectionMatrix, this.#modelView);
    const area = screenArea(
      this.geometry.boundingBox ?? new Box3(),
      projection,
      viewWidth,
      viewHeight,
      margin,
    );
    if (area === undefined) return false;
    const { x, y, width, height } = area;
    const matrix = new Float64Array(projectionOfArea(projection, area, viewWidth, viewHeight).elements);
    const level = selectedLevel(camera.layers);
    const isDraft = level !== "full";
    const imageKey = [x, y, width, height, size, this.chooseElements(level), ...matrix].join();
    const view: SplatView = {
      ...{ renderer, scene, camera, width, height, viewHeight, size, matrix },
      modelView: this.#modelView,
    };
    const continues = start > 0 && start <= this.#end && imageKey === this.#imageKey;
    if (!continues) {
      this.beginImage(view);
      this.#shown = { end: 0, at: performance.now() };
    }
    this.#imageKey = imageKey;
    this.#end = end;
    const [first, last] = [continues ? start : 0, end].map((at) => Math.min(at, this.#count));
    this.addPoints(first ?? 0, last ?? 0, view);
    const { userData } = this.geometry;
    const isComplete = end >= userData.drawCount;
    const sinceShown = performance.now() - this.#shown.at;
    // Blending the same pixels again would change them.
    const isDue =
      sinceShown >= INCOMPLETE_IMAGE_MS && end >= 2 * this.#shown.end && !this.material.transparent;
    if (!isComplete && !isDue) return false;
    this.resolveImage(view);
    if (isComplete && !isDraft) userData.drawCount = this.#count + POINTS_PER_PIXEL * width * height;
    const textures = this.#textures[isDraft ? "draft" : "full"];
    const { depths, pixels } = this.image;
    textures.depths = updateTexture(textures.depths, depths, area);
    if (pixels.length > 0) {
      textures.colors = updateTexture(textures.colors, pixels, area);
      textures.colors.colorSpace = this.pixelColorSpace;
    }
    this.#updateUniforms(area, textures);
    this.#shown = { end, at: performance.now() };
    return true;
  }

  #updateUniforms({ x, y, width, height }: Area, { depths, colors }: Textures): void {
    const { x: viewX, y: viewY, z: viewWidth, w: viewHeight } = this.#viewport;
    const square = new Vector4(
      (2 * x) / viewWidth - 1,
      (2 * y) / viewHeight - 1,
      (2 * width) / viewWidth,
      (2 * height) / viewHeight,
    );
    const values = { depths, colors: colors ?? null, square, origin: new Vector2(viewX + x, viewY + y) };
    setUniforms(this.material, values);
  }
}

export function setUniforms(material: ShaderMaterial, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.assign(material.uniforms[name] ?? {}, { value });
  }
}

interface Textures {
  depths?: DataTexture;
  colors?: DataTexture;
}
