import {
  type Camera,
  type ColorSpace,
  NoColorSpace,
  type PerspectiveCamera,
  ShaderMaterial,
  Vector4,
  type WebGLRenderer,
} from "three";
import { type LineColors, type LineData, LineSplatter } from "../../native/line-splat.ts";
import type { VertexBounds } from "../../native/mesh-kernels.ts";
import { nextEstimate, SQUARE_VERTEX_SHADER } from "../cpu-rendered-object.ts";
import { SplattedObject, type SplatView, splatUniforms } from "../splatted-object.ts";
import { LightTable } from "./light-table.ts";

/**
 * Time budgets for the streamlines of drafts, ms, by level of detail. The rest of a draft takes 12 ms with llvmpipe at 1280x720, so that the
 * first allows 45 frames per second.
 */
const DRAFT_MS = [8, 3] as const;

/** Number of points from which on a scene has several levels of detail; smaller ones are drawn as a whole in time. */
const MIN_LEVEL_POINTS = 100_000;

/** Time per point until it is measured, ms: for lines and for tubes. */
const INITIAL_MS = { lines: 30e-6, tubes: 300e-6 } as const;

/** Minimum number of streamlines in a measurement. */
const MIN_MEASURED = 200;

/** Factor by which a draft may exceed or undercut {@link DRAFT_MS} before its sample changes, since each change is visible. */
const TOLERANCE = 1.3;

/** Maximum width of lines that replace tubes in drafts, px. */
const MAX_DRAFT_WIDTH = 16;

/** Image height from which on the width of lines grows with it, px. */
const REFERENCE_HEIGHT = 720;

/** The pixels are sRGB already, and lit. */
const FRAGMENT_SHADER = `
uniform highp sampler2D depths;
uniform sampler2D colors;
uniform float opacity;
uniform vec2 origin; // of the textures in the framebuffer
void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy - origin);
  float depth = texelFetch(depths, pixel, 0).r;
  if (depth > 1.0) discard;
  gl_FragDepth = depth;
  gl_FragColor = vec4(texelFetch(colors, pixel, 0).rgb, opacity);
}`;

export interface LineStyle {
  readonly colors: LineColors;
  /** Diameter of tubes in the units of the positions; undefined for lines. */
  readonly diameter?: number | undefined;
  /** Width of lines, px; in an image of more than 720 rows, of one of 720 rows. Default: 1. */
  readonly lineWidth?: number | undefined;
  /** 0 to 1; default: 1. */
  readonly opacity?: number | undefined;
}

/**
 * The streamlines of a tractogram, which the CPU splats, also with a GPU: GL would need a copy of all points, and on software drivers
 * 0.5 µs per segment instead of 30 ns.
 *
 * A full view shows all of them, as lines or as tubes. A draft shows as many of the first ones as {@link DRAFT_MS} allows; their order
 * is random, which makes this a fair sample. A draft has tubes if those of all streamlines are fast enough.
 */
export class SplattedLines extends SplattedObject {
  readonly #splatter: LineSplatter;
  #style: LineStyle;
  readonly #points: number;
  readonly #light = new LightTable();
  /** Time per streamline, ms. */
  readonly #ms: { lines: number; tubes: number };
  /** Number of streamlines in a draft. */
  #draftCount: number;
  /** What the image shows: the first streamlines, and how. */
  #chosen: { readonly count: number; readonly kind: "lines" | "tubes" };

  constructor(data: LineData, bounds: VertexBounds, style: LineStyle) {
    const { offsets, order } = data;
    let points = 0;
    for (const line of order) points += (offsets[line + 1] ?? 0) - (offsets[line] ?? 0);
    super(points, extended(bounds, (style.diameter ?? 0) / 2), createMaterial(style.opacity ?? 1));
    this.#splatter = new LineSplatter(data);
    this.#style = style;
    this.#points = Math.max(1, points);
    const perLine = points / Math.max(1, order.length);
    this.#ms = { lines: perLine * INITIAL_MS.lines, tubes: perLine * INITIAL_MS.tubes };
    this.#draftCount = order.length;
    this.#chosen = { count: order.length, kind: "lines" };
    this.userData.hasLevels = points >= MIN_LEVEL_POINTS;
  }

  /** Changes colors, opacity and the width of lines. */
  restyle(style: Omit<LineStyle, "diameter">): void {
    this.#style = { ...this.#style, ...style };
    const { opacity = 1 } = style;
    this.material.transparent = opacity < 1;
    Object.assign(this.material.uniforms.opacity ?? {}, { value: opacity });
  }

  protected override get image(): LineSplatter {
    return this.#splatter;
  }

  protected override get pixelColorSpace(): ColorSpace {
    return NoColorSpace;
  }

  protected override sizeIn(renderer: WebGLRenderer, camera: Camera): { size: number; margin: number } {
    const { lineWidth = 1 } = this.#style;
    // While a tile is rendered, the viewport is only a part of the view.
    const view = (camera as PerspectiveCamera).view;
    const ratio = renderer.getPixelRatio();
    const height = view?.enabled ? view.fullHeight : renderer.getCurrentViewport(new Vector4()).w / ratio;
    const width = lineWidth * Math.max(1, height / REFERENCE_HEIGHT);
    const size = Math.max(1, Math.round(width * ratio));
    return { size, margin: size };
  }

  protected override chooseElements(level: number | "full"): string {
    const { count } = this.#splatter;
    const { lines, tubes } = this.#ms;
    const hasTubes = this.#style.diameter !== undefined;
    const budget = level === "full" ? Number.POSITIVE_INFINITY : (DRAFT_MS[level] ?? DRAFT_MS[0]);
    if (hasTubes && count * tubes <= budget) this.#chosen = { count, kind: "tubes" };
    else if (level === "full") this.#chosen = { count, kind: "lines" };
    else {
      const wanted = Math.max(1, Math.min(count, Math.floor(budget / lines)));
      const ratio = wanted / this.#draftCount;
      if (ratio > TOLERANCE || ratio < 1 / TOLERANCE || wanted === count) this.#draftCount = wanted;
      this.#chosen = { count: this.#draftCount, kind: "lines" };
    }
    return `${this.#chosen.count} ${this.#chosen.kind}`;
  }

  protected override beginImage(view: SplatView): void {
    const { camera, modelView, matrix, width, height, viewHeight, size, planes } = view;
    const { elements: projection } = camera.projectionMatrix;
    const isOrthographic = "isOrthographicCamera" in camera;
    const isTube = this.#chosen.kind === "tubes";
    const { diameter = 0 } = this.#style;
    // Of the model-view matrix, in view coordinates.
    const radius = (Math.hypot(...modelView.elements.slice(0, 3)) * diameter) / 2;
    const radiusPixels = (radius * (projection[5] ?? 1) * viewHeight) / 2;
    const distance = isOrthographic ? 1 : -this.sphere.center.clone().applyMatrix4(modelView).z;
    // Lines that replace tubes in drafts are as thick as tubes in the middle.
    const thickness = distance > 0 ? Math.round((2 * radiusPixels) / distance) : size;
    const lineWidth = diameter > 0 ? Math.min(MAX_DRAFT_WIDTH, Math.max(1, thickness)) : size;
    this.#splatter.begin(width, height, isTube ? 1 : lineWidth, {
      projection: matrix,
      modelView: modelView.elements,
      isOrthographic,
      planes,
      radius: isTube ? radiusPixels : 0,
      // Derivative of the depth by the distance: of c - d / w in perspective, and of a linear one otherwise.
      relief: isTube ? (radius * (projection[isOrthographic ? 10 : 14] ?? 0)) / 2 : 0,
    });
  }

  protected override addPoints(start: number, end: number): void {
    const { count, kind } = this.#chosen;
    // All parts of a random order are alike.
    const [from, to] = [start, end].map((at) => Math.floor((at / this.#points) * count));
    const startedAt = performance.now();
    this.#splatter.add(from ?? 0, to ?? 0);
    const added = (to ?? 0) - (from ?? 0);
    if (added < Math.min(MIN_MEASURED, count)) return;
    this.#ms[kind] = nextEstimate(this.#ms[kind], (performance.now() - startedAt) / added);
  }

  protected override resolveImage({ scene, camera }: SplatView): void {
    this.#splatter.resolve(this.#style.colors, this.#light.update(scene, camera));
  }
}

/** Bounds whose box is larger by a margin. */
function extended({ min, max, ...bounds }: VertexBounds, margin: number): VertexBounds {
  const [x, y, z] = min;
  const [maxX, maxY, maxZ] = max;
  return {
    ...bounds,
    min: [x - margin, y - margin, z - margin],
    max: [maxX + margin, maxY + margin, maxZ + margin],
  };
}

function createMaterial(opacity: number): ShaderMaterial {
  return new ShaderMaterial({
    vertexShader: SQUARE_VERTEX_SHADER,
    fragmentShader: FRAGMENT_SHADER,
    uniforms: { ...splatUniforms(), opacity: { value: opacity } },
    transparent: opacity < 1,
  });
}
