import {
  type BufferAttribute,
  type Material,
  type Mesh,
  MirroredRepeatWrapping,
  type Object3D,
  type Ray,
  RepeatWrapping,
  type Texture,
  Triangle,
  Vector2,
  Vector3,
  type Wrapping,
} from "three";
import type { ObjectHit } from "./pick-query.ts";

/** Alpha below which a texel is invisible. */
const INVISIBLE = 0.02;

type SeeThroughMaterial = Material & { readonly map?: Texture | null };

/** Whether an object is a mesh that is blended with what is behind it, without a depth of its own: glTF's BLEND. */
export function isSeeThrough(object: Object3D): boolean {
  const materials = "isMesh" in object ? [(object as Mesh).material].flat() : [];
  return materials.length > 0 && materials.every(({ transparent, depthWrite }) => transparent && !depthWrite);
}

/**
 * Returns the alpha of a see-through mesh where a ray meets it: 0 for an invisible place, such as the one between the leaves of a texture.
 *
 * @param ray in local coordinates
 * @param deformed positions of the vertices, if bones or morph targets have moved them
 */
export function alphaAt(
  mesh: Mesh,
  ray: Ray,
  { distance, corners }: Pick<ObjectHit, "distance" | "corners">,
  deformed: Float32Array | undefined,
): number {
  const [material] = [mesh.material].flat() as SeeThroughMaterial[];
  const { attributes } = mesh.geometry;
  const opacity = material?.opacity ?? 1;
  if (corners === undefined) return opacity;
  const position = attributes.position as BufferAttribute;
  const [a, b, c] = corners.map((corner) =>
    deformed
      ? new Vector3().fromArray(deformed, 3 * corner)
      : new Vector3().fromBufferAttribute(position, corner),
  ) as [Vector3, Vector3, Vector3];
  const weights = Triangle.getBarycoord(ray.at(distance, new Vector3()), a, b, c, new Vector3());
  if (weights === null) return opacity;
  const { map } = material ?? {};
  const uv = attributes[map?.channel ? `uv${map.channel}` : "uv"] as BufferAttribute | undefined;
  let alpha = opacity;
  if (map && uv !== undefined) {
    const place = Triangle.getInterpolatedAttribute(uv, ...corners, weights, new Vector2());
    alpha *= texelAlpha(map, place as Vector2);
  }
  return alpha < INVISIBLE ? 0 : alpha;
}

/** Alpha of the texel at texture coordinates, 0 to 1; 1 for an image that is not in memory as RGBA. */
function texelAlpha(map: Texture, place: Vector2): number {
  const { data, width, height } = (map.image ?? {}) as {
    readonly data?: ArrayLike<number>;
    readonly width?: number;
    readonly height?: number;
  };
  if (data === undefined || width === undefined || height === undefined) return 1;
  if (data.length !== 4 * width * height) return 1;
  if (map.matrixAutoUpdate) map.updateMatrix();
  place.applyMatrix3(map.matrix);
  const column = texelOf(place.x, width, map.wrapS);
  const row = texelOf(map.flipY ? 1 - place.y : place.y, height, map.wrapT);
  return (data[4 * (row * width + column) + 3] ?? 255) / 255;
}

function texelOf(at: number, size: number, wrapping: Wrapping): number {
  let place = at;
  if (wrapping === RepeatWrapping) place -= Math.floor(place);
  else if (wrapping === MirroredRepeatWrapping) place = 1 - Math.abs((Math.abs(place) % 2) - 1);
  return Math.min(size - 1, Math.max(0, Math.floor(place * size)));
}
