import { Box3, BufferAttribute, type BufferGeometry, Sphere, Vector3 } from "three";
import type { VertexBounds } from "../native/mesh-kernels.ts";

/**
 * Sets the bounding box, bounding sphere and outline of a geometry, so that three.js and `boundsOf` need not read all vertices.
 *
 * @returns the bounding sphere of the outline; the geometry gets the larger sphere around its box, which contains all vertices
 */
export function setBounds(geometry: BufferGeometry, { min, max, outline }: VertexBounds): Sphere {
  geometry.boundingBox = new Box3(new Vector3(...min), new Vector3(...max));
  geometry.boundingSphere = geometry.boundingBox.getBoundingSphere(new Sphere());
  geometry.userData.outline = new BufferAttribute(outline, 3);
  const { center } = geometry.boundingSphere;
  const point = new Vector3();
  let radius = 0;
  for (let i = 0; i < outline.length; i += 3)
    radius = Math.max(radius, point.fromArray(outline, i).distanceTo(center));
  return new Sphere(center, radius);
}
