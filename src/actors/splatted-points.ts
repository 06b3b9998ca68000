import { type Camera, Color, ShaderMaterial, Vector2, Vector3, Vector4, type WebGLRenderer } from "three";
import type { PointsStyle } from "../layers/layer-properties.ts";
import type { Plane } from "../layers/plane.ts";
import type { PreparedVertices } from "../loading/prepared-data.ts";
import type { VertexBounds } from "../native/mesh-kernels.ts";
import { PointSplatter } from "../native/point-splat.ts";
import { nextEstimate, SQUARE_VERTEX_SHADER, setUniforms } from "./cpu-rendered-object.ts";
import { POINT_SHADING, pointColor } from "./default-materials.ts";
import { pointPixels } from "./point-size.ts";
import { splatPoints } from "./scalars/splat-colors.ts";
import { SplattedObject, type SplatView, splatUniforms } from "./splatted-object.ts";

/** Time budget for the points of a draft, ms: half of a frame at 30 frames per second. */
const DRAFT_MS = 15;

/** Time per point until it is measured, ms: for consecutive points, and for a sample, whose points are cache misses. */
const INITIAL_MS = { all: 20e-6, sample: 40e-6 } as const;

/** Minimum number of points in a measurement of the time per point. */
const MIN_MEASURED_POINTS = 10_000;

/** Factor by which a draft may exceed or undercut {@link DRAFT_MS} before its sample changes, since each change is visible. */
const TOLERANCE = 1.3;

const FRAGMENT_SHADER = `
uniform highp sampler2D depths;
uniform sampler2D colors;
uniform vec3 diffuse;
uniform float opacity;
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
  vec4 diffuseColor = vec4(diffuse, opacity);
  #ifdef USE_COLOR
    diffuseColor.rgb *= texelFetch(colors, pixel, 0).rgb;
  #endif
  ${POINT_SHADING}
  gl_FragColor = diffuseColor;
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
}`;

/**
 * A large point cloud that the CPU splats, for GL drivers that render in software: these take 0.5 to 1 µs per point, splatting takes
 * 5 to 30 ns. The image matches that of `Points` with `pointMaterial` and `fitPointSize`. A draft shows a sample of the points, spread
 * evenly over the array, as large as {@link DRAFT_MS} allows.
 */
export class SplattedPoints extends SplattedObject {
  readonly #splatter: PointSplatter;
  readonly #positions: Float32Array;
  /** Numbers of the points in the file, or 0 where they are the same; undefined if all are shown. */
  readonly #numbers: Uint32Array | undefined;
  readonly #msPerPoint: { all: number; sample: number } = { ...INITIAL_MS };
  /** A draft shows one of this many consecutive points. */
  #draftStride = 1;
  /** Of the image. */
  #stride = 1;

  readonly #style: () => PointsStyle;

  /**
   * @param vertices with finite positions; indices are not supported
   * @param style returns the present style, of which the size of points may change
   * @param plane relative to the positions; points beyond it are not shown
   */
  constructor(
    vertices: PreparedVertices,
    bounds: VertexBounds,
    style: () => PointsStyle = () => ({}),
    plane?: Plane,
  ) {
    const { color } = style();
    const { positions, colors, numbers } = splatPoints(vertices, color, plane);
    const splatter = new PointSplatter(positions, colors);
    super(splatter.count, bounds, createMaterial(splatter.hasColors, color));
    this.#splatter = splatter;
    this.#positions = positions;
    this.#numbers = numbers;
    this.#style = style;
  }

  /** World coordinates of a point. */
  positionOf(point: number): Vector3 {
    return new Vector3().fromArray(this.#positions, 3 * point).applyMatrix4(this.matrixWorld);
  }

  /** Number of a point in the file. */
  numberOf(point: number): number {
    return this.#numbers?.[point] || point;
  }

  protected override get image(): PointSplatter {
    return this.#splatter;
  }

  protected override sizeIn(renderer: WebGLRenderer, camera: Camera): { size: number; margin: number } {
    const pixels = this.#style().pointSize ?? pointPixels(this.#splatter.count, renderer, camera);
    const size = pixels * renderer.getPixelRatio();
    return { size, margin: size };
  }

  protected override chooseElements(level: number | "full"): string {
    this.#stride = level === "full" ? 1 : this.#chooseStride();
    return `stride ${this.#stride}`;
  }

  protected override beginImage({ width, height, size }: SplatView): void {
    this.#splatter.begin(width, height, size);
  }

  protected override addPoints(start: number, end: number, { matrix, planes }: SplatView): void {
    const startedAt = performance.now();
    this.#splatter.add({ start, end, stride: this.#stride }, matrix, planes);
    const points = (end - start) / this.#stride;
    if (points < MIN_MEASURED_POINTS) return;
    const kind = this.#stride === 1 ? "all" : "sample";
    const measured = (performance.now() - startedAt) / points;
    this.#msPerPoint[kind] = nextEstimate(this.#msPerPoint[kind], measured);
  }

  protected override resolveImage({ camera, modelView }: SplatView): void {
    this.#splatter.resolve();
    const { elements } = camera.projectionMatrix;
    const scale = Math.hypot(...modelView.elements.slice(0, 3));
    const { center, radius } = this.sphere;
    setUniforms(this.material, {
      projection: new Vector4(elements[10], elements[14], elements[11], elements[15]),
      cloud: new Vector2(center.clone().applyMatrix4(modelView).z, (radius || 1) * scale),
    });
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
}

/** Its `color` and `vertexColors` can change, as those of three.js's own materials. */
function createMaterial(hasColors: boolean, style: string | undefined): ShaderMaterial {
  const color = new Color(pointColor(hasColors, style));
  const material = new ShaderMaterial({
    vertexShader: SQUARE_VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    vertexColors: hasColors,
    uniforms: {
      ...splatUniforms(),
      diffuse: { value: color },
      opacity: { value: 1 },
      projection: { value: new Vector4() },
      cloud: { value: new Vector2() },
    },
  });
  return Object.assign(material, { color });
}
