import { type Points, PointsMaterial, Vector4 } from "three";

/** Height of the picture that the sizes below are for, in pixels. */
const REFERENCE_HEIGHT = 720;
const MIN_SIZE = 3;
const MAX_SIZE = 8;
/** Also in small pictures a point of one pixel is lost. */
const MIN_PIXELS = 2;

/** From fewer points on, each is seen by itself, and is round. */
const MAX_ROUND_POINTS = 20_000;

/**
 * Side of each of `count` points, in pixels of a picture of 720 rows: half of their distance when they are spread
 * evenly over most of its height, between 3 (a dense cloud is a surface from afar) and 8.
 */
export function pointSize(count: number): number {
  return Math.min(MAX_SIZE, Math.max(MIN_SIZE, 300 / Math.sqrt(count)));
}

/** Gives points a size that can be seen in a picture of any height. Sizes that depend on the distance stay. */
export function fitPointSize(points: Points): void {
  const { material } = points;
  if (!(material instanceof PointsMaterial) || material.sizeAttenuation) return;
  const { count } = points.geometry.getAttribute("position");
  const size = pointSize(count);
  if (count <= MAX_ROUND_POINTS) makeRound(material);
  const viewport = new Vector4();
  points.onBeforeRender = (renderer) => {
    renderer.getCurrentViewport(viewport);
    material.size = Math.max(MIN_PIXELS, (size * viewport.w) / REFERENCE_HEIGHT);
  };
}

/** Only where there are few: leaving pixels out keeps a GPU from sorting out hidden ones early. */
function makeRound(material: PointsMaterial): void {
  const before = material.onBeforeCompile;
  const key = material.customProgramCacheKey();
  material.onBeforeCompile = (shader, renderer) => {
    before.call(material, shader, renderer);
    shader.fragmentShader = shader.fragmentShader.replace(
      "#include <clipping_planes_fragment>",
      "#include <clipping_planes_fragment>\nif (distance(gl_PointCoord, vec2(0.5)) > 0.5) discard;",
    );
  };
  material.customProgramCacheKey = () => `${key} round`;
}
