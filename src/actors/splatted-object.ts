import {
  type Camera,
  type ColorSpace,
  type Matrix4,
  type Scene,
  type ShaderMaterial,
  type Sphere,
  SRGBColorSpace,
  Vector2,
  type WebGLRenderer,
} from "three";
import type { PlaneCoefficients } from "../native/clip-planes.ts";
import type { VertexBounds } from "../native/mesh-kernels.ts";
import { CpuRenderedObject, setUniforms, squareUniforms } from "./cpu-rendered-object.ts";
import { selectedLevel } from "./detail-layers.ts";
import type { PickQuery } from "./picking/pick-query.ts";
import { type Area, updateTexture } from "./screen-area.ts";
import { setBounds } from "./set-bounds.ts";

/** Cost of drawing one pixel of the textures, in points: 28 ns of CPU time with llvmpipe, 62 ns with SwiftShader. */
const POINTS_PER_PIXEL = 5;

/**
 * Minimum time between two drawings of an incomplete image, ms. An image is also not drawn before it has twice the points of the one
 * before, so that all drawings together cost a few times one.
 */
const INCOMPLETE_IMAGE_MS = 300;

/** Uniforms of the material of a {@link SplattedObject}, which sets their values. */
export function splatUniforms() {
  return { ...squareUniforms(), origin: { value: new Vector2() } };
}

/** Image of a C kernel; rows bottom-up. */
export interface SplatImage {
  /** Depth of each pixel, 0 (near) to 1 (far), or above 1 where nothing is drawn. */
  readonly depths: Float32Array<ArrayBuffer>;
  /** RGBA in sRGB of each pixel; empty if the material colors the pixels. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** The nearest element at a pixel and its depth; undefined without an element. */
  elementAt(x: number, y: number): { readonly element: number; readonly depth: number } | undefined;
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
  /** Clip planes in the coordinates of the elements. */
  readonly planes: readonly PlaneCoefficients[];
}

/**
 * An object whose elements the CPU splats, for GL drivers that render in software.
 *
 * The draw range of the geometry counts points; from time to time, a progressive frame draws the incomplete image. Beyond the last
 * point, the range stands for the cost of drawing the textures, which is part of the last step.
 */
export abstract class SplattedObject extends CpuRenderedObject {
  /** Sphere around the outline. */
  protected readonly sphere: Sphere;
  /** Number of points. */
  readonly #count: number;
  /** Key of the image in the splatter, and the end of the range of points that were added to it. */
  #imageKey = "";
  #end = 0;
  /** Where the image is in the drawing buffer, px. */
  #area: Area | undefined;
  /** End of the range in the image that was last drawn, and when it was drawn, ms. */
  #shown = { end: 0, at: 0 };

  constructor(count: number, bounds: VertexBounds, material: ShaderMaterial) {
    super(material);
    this.sphere = setBounds(this.geometry, bounds);
    this.geometry.userData.drawCount = count;
    this.#count = count;
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

  /** The element at the pixel of a query, if it is in its range. */
  elementAt({ pixel, near, far, distanceAt }: PickQuery): { element: number; distance: number } | undefined {
    const [x, y] = pixel;
    const area = this.#area;
    const found = area && this.image.elementAt(x - area.x, y - area.y);
    if (found === undefined) return undefined;
    const distance = distanceAt(found.depth);
    return distance >= near && distance <= far ? { element: found.element, distance } : undefined;
  }

  override dispose(): void {
    super.dispose();
    this.#area = undefined;
    this.image.clear();
    this.#imageKey = "";
  }

  protected override renderImage(
    renderer: WebGLRenderer,
    scene: Scene,
    camera: Camera,
    start: number,
    end: number,
  ): boolean {
    const { size, margin } = this.sizeIn(renderer, camera);
    const place = this.placeIn(renderer, camera, margin);
    if (place === undefined) return false;
    const { area, modelView, projection } = place;
    const { x, y, width, height } = area;
    const matrix = new Float64Array(projection.elements);
    const level = selectedLevel(camera.layers);
    const isDraft = level !== "full";
    const planes = this.planesIn(renderer);
    const imageKey = [x, y, width, height, size, this.chooseElements(level), ...matrix, ...planes].join();
    const view: SplatView = {
      ...{ renderer, scene, camera, width, height, size, modelView, matrix, planes },
      viewHeight: this.viewport.w,
    };
    const continues = start > 0 && start <= this.#end && imageKey === this.#imageKey;
    if (!continues) {
      this.beginImage(view);
      this.#shown = { end: 0, at: performance.now() };
    }
    this.#area = { x: this.viewport.x + x, y: this.viewport.y + y, width, height };
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
    const textures = this.textures[isDraft ? "draft" : "full"];
    const { depths, pixels } = this.image;
    textures.depths = updateTexture(textures.depths, depths, area);
    if (pixels.length > 0) {
      textures.colors = updateTexture(textures.colors, pixels, area);
      textures.colors.colorSpace = this.pixelColorSpace;
    }
    this.showTextures(textures, area);
    setUniforms(this.material, { origin: new Vector2(this.viewport.x + x, this.viewport.y + y) });
    this.#shown = { end, at: performance.now() };
    return true;
  }
}
