import {
  type Camera,
  type PerspectiveCamera,
  type Points,
  PointsMaterial,
  Vector4,
  type WebGLRenderer,
} from "three";

/** Image height that the sizes below refer to, px. */
const REFERENCE_HEIGHT = 720;
const MIN_SIZE = 3;
const MAX_SIZE = 8;
/** Minimum size in small images, px: points of one pixel are hardly visible. */
const MIN_PIXELS = 2;

/** Maximum number of points that are drawn round: more are not distinguishable. */
const MAX_ROUND_POINTS = 20_000;

const VIEWPORT = new Vector4();

/**
 * Returns the size of each of `count` points, in pixels of an image of 720 rows: half of their spacing when they are
 * evenly distributed over most of its height, clamped to 3 (a dense cloud reads as a surface from afar) to 8.
 */
export function pointSize(count: number): number {
  return Math.min(MAX_SIZE, Math.max(MIN_SIZE, 300 / Math.sqrt(count)));
}

/**
 * Scales the size of points with the image height. Points whose size depends on the distance are not changed.
 *
 * @param fixedSize returns a fixed size, px
 */
export function fitPointSize(points: Points, fixedSize: () => number | undefined = () => undefined): void {
  const { material } = points;
  if (!(material instanceof PointsMaterial) || material.sizeAttenuation) return;
  const { count } = points.geometry.getAttribute("position");
  if (count <= MAX_ROUND_POINTS) makeRound(material);
  points.onBeforeRender = (renderer, _scene, camera) => {
    material.size = fixedSize() ?? pointPixels(count, renderer, camera);
  };
}

/** Returns the size of each of `count` points for the viewport of a renderer; three.js multiplies it by the pixel ratio. */
export function pointPixels(count: number, renderer: WebGLRenderer, camera: Camera): number {
  // While a tile is rendered, the viewport is only a part of the view.
  const view = (camera as PerspectiveCamera).view;
  const height = view?.enabled
    ? view.fullHeight
    : renderer.getCurrentViewport(VIEWPORT).w / renderer.getPixelRatio();
  return Math.max(MIN_PIXELS, (pointSize(count) * height) / REFERENCE_HEIGHT);
}

/** Makes points round by discarding fragments outside the circle. It is for few points: discard disables early depth tests. */
function makeRound(material: PointsMaterial): void {
  const previousHook = material.onBeforeCompile;
  const key = material.customProgramCacheKey();
  material.onBeforeCompile = (shader, renderer) => {
    previousHook.call(material, shader, renderer);
    shader.fragmentShader = shader.fragmentShader.replace(
      "#include <clipping_planes_fragment>",
      "#include <clipping_planes_fragment>\nif (distance(gl_PointCoord, vec2(0.5)) > 0.5) discard;",
    );
  };
  material.customProgramCacheKey = () => `${key} round`;
}
