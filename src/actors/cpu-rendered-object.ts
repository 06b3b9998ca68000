import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  type DataTexture,
  type Material,
  Matrix4,
  Mesh,
  type Plane,
  type Scene,
  type ShaderMaterial,
  Vector4,
  type WebGLRenderer,
} from "three";
import type { PlaneCoefficients } from "../native/clip-planes.ts";
import { type Area, projectionOfArea, screenArea } from "./screen-area.ts";

/** The unit square, as two triangles. */
const SQUARE = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0]);

/** Vertex shader of the material of a {@link CpuRenderedObject}. */
export const SQUARE_VERTEX_SHADER = `
uniform vec4 square; // in normalized device coordinates: lower left corner, size
varying vec2 vPlace; // in the textures, 0 to 1
void main() {
  vPlace = position.xy;
  gl_Position = vec4(square.xy + square.zw * position.xy, 0.0, 1.0);
}`;

/** Uniforms of the material of a {@link CpuRenderedObject}, which sets their values. */
export function squareUniforms() {
  return { depths: { value: null }, colors: { value: null }, square: { value: new Vector4() } };
}

/** Textures of an image; rows bottom-up. */
export interface ImageTextures {
  /** Depth of each pixel, 0 (near) to 1 (far), or above 1 where nothing is drawn. */
  depths?: DataTexture;
  colors?: DataTexture;
}

/** The part of the viewport that shows an object. */
export interface ImagePlace {
  readonly area: Area;
  readonly modelView: Matrix4;
  /** Model-view-projection of the area. */
  readonly projection: Matrix4;
}

/**
 * An object that the CPU renders. Before three.js draws the object, it is rendered into two textures, depth and color, which cover the
 * part of the viewport that contains it. three.js draws these textures as one rectangle.
 *
 * The draw range of the geometry counts work, of which `userData.drawCount` is the sum, so that a progressive frame can draw the object
 * in parts.
 */
export abstract class CpuRenderedObject extends Mesh<BufferGeometry, ShaderMaterial> {
  /** Separate textures for drafts and full views, whose sizes differ: allocating new storage costs as much as 5 million points. */
  protected textures: Record<"draft" | "full", ImageTextures> = { draft: {}, full: {} };
  /** Of the renderer, px. */
  protected readonly viewport = new Vector4();
  /** The draw range before three.js draws the square. */
  #range = { start: 0, count: 0 };
  /** What was drawn last, and where in the drawing buffer, px. */
  #shown: { readonly textures: ImageTextures; readonly area: Area } | undefined;

  constructor(material: ShaderMaterial) {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(SQUARE, 3));
    super(geometry, material);
  }

  /** Renders a range of the work. @returns whether the textures are to be drawn */
  protected abstract renderImage(
    renderer: WebGLRenderer,
    scene: Scene,
    camera: Camera,
    start: number,
    end: number,
  ): boolean;

  override onBeforeRender(
    renderer: WebGLRenderer,
    scene: Scene,
    camera: Camera,
    geometry: BufferGeometry,
    material: Material,
  ): void {
    this.#range = { ...geometry.drawRange };
    const { start, count } = this.#range;
    const hasImage = this.renderImage(renderer, scene, camera, start, start + count);
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

  /** Depth of a pixel of the drawing buffer in what was drawn last, 0 to 1; undefined where nothing was drawn. */
  depthAt([x, y]: readonly [number, number]): number | undefined {
    const { area, textures } = this.#shown ?? {};
    const depths = textures?.depths?.image;
    if (area === undefined || !(depths?.data instanceof Float32Array)) return undefined;
    const [u, v] = [(x + 0.5 - area.x) / area.width, (y + 0.5 - area.y) / area.height];
    if (!(u >= 0 && u < 1 && v >= 0 && v < 1)) return undefined;
    const depth = depths.data[Math.floor(v * depths.height) * depths.width + Math.floor(u * depths.width)];
    return depth === undefined || depth > 1 ? undefined : depth;
  }

  /** Frees the textures. */
  override dispose(): void {
    this.#shown = undefined;
    for (const textures of Object.values(this.textures)) {
      for (const texture of Object.values(textures)) texture.dispose();
    }
    this.textures = { draft: {}, full: {} };
  }

  /**
   * Returns the part of the viewport that can show the bounding box; undefined if the box is outside of the viewport.
   *
   * @param margin around the box, px
   */
  protected placeIn(renderer: WebGLRenderer, camera: Camera, margin: number): ImagePlace | undefined {
    const { z: width, w: height } = renderer.getCurrentViewport(this.viewport);
    const modelView = new Matrix4().multiplyMatrices(camera.matrixWorldInverse, this.matrixWorld);
    const projection = new Matrix4().multiplyMatrices(camera.projectionMatrix, modelView);
    const area = screenArea(this.geometry.boundingBox ?? new Box3(), projection, width, height, margin);
    if (area === undefined) return undefined;
    return { area, modelView, projection: projectionOfArea(projection, area, width, height) };
  }

  /** The clip planes of the view in the coordinates of a child whose matrix to those of this object is given. Default: its own. */
  protected planesIn({ clippingPlanes }: WebGLRenderer, toObject = new Matrix4()): PlaneCoefficients[] {
    const toLocal = new Matrix4().multiplyMatrices(this.matrixWorld, toObject).invert();
    return (clippingPlanes as Plane[]).map((plane) => {
      const { normal, constant } = plane.clone().applyMatrix4(toLocal);
      return [normal.x, normal.y, normal.z, constant];
    });
  }

  /** Sets the uniforms of {@link squareUniforms}, so that three.js draws the textures in an area of the viewport. */
  protected showTextures(textures: ImageTextures, area: Area): void {
    const { depths, colors } = textures;
    const { x, y, width, height } = area;
    const { x: left, y: bottom, z: viewWidth, w: viewHeight } = this.viewport;
    this.#shown = { textures, area: { x: left + x, y: bottom + y, width, height } };
    const square = new Vector4(
      (2 * x) / viewWidth - 1,
      (2 * y) / viewHeight - 1,
      (2 * width) / viewWidth,
      (2 * height) / viewHeight,
    );
    setUniforms(this.material, { depths, colors: colors ?? null, square });
  }
}

/** Returns an estimate of a time after a measurement. It at most doubles or halves, since a single measurement may be an outlier. */
export function nextEstimate(before: number, measured: number): number {
  return Math.min(2 * before, Math.max(before / 2, measured));
}

export function setUniforms(material: ShaderMaterial, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.assign(material.uniforms[name] ?? {}, { value });
  }
}
