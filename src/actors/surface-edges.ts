import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  LineBasicMaterial,
  LineSegments,
  type Material,
  Sphere,
  Vector3,
} from "three";
import type { MeshStyle } from "../layers/layer-properties.ts";
import type { PreparedSurface } from "../loading/prepared-data.ts";
import { FULL_DETAIL_LAYER } from "./detail-layers.ts";
import type { LiveMaterials } from "./live-materials.ts";

/** Dark, but visible on the dark background. */
const EDGE_COLOR = 0x3a3f47;

/** Builds the edges of a surface's cells, on its vertices. Drafts of a large surface omit them. */
export function surfaceEdges(
  { edges, detail }: PreparedSurface,
  positions: BufferAttribute,
  { lineWidth }: MeshStyle,
  live: LiveMaterials,
): LineSegments | undefined {
  if (edges === undefined || edges.length === 0) return undefined;
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", positions);
  geometry.setIndex(new BufferAttribute(edges, 1));
  const material = new LineBasicMaterial({
    color: EDGE_COLOR,
    linewidth: lineWidth ?? 1,
  });
  live.add(material, undefined, { isFixed: true });
  const lines = new LineSegments(geometry, material);
  // What is under the pointer is the surface.
  lines.raycast = () => {};
  if (detail === undefined) return lines;
  const box = new Box3();
  for (const { min, max } of detail.chunks) box.union(new Box3(new Vector3(...min), new Vector3(...max)));
  geometry.boundingBox = box;
  geometry.boundingSphere = box.getBoundingSphere(new Sphere());
  // As of a chunk: its arrays are freed after their upload, and the bounds of the scene come from the surface.
  geometry.userData.isChunk = true;
  geometry.userData.outline = new BufferAttribute(new Float32Array(), 3);
  lines.layers.set(FULL_DETAIL_LAYER);
  return lines;
}

/** Moves a surface away from the viewer, so that its edges are not hidden by it. */
export function moveBehindEdges(material: Material): void {
  material.polygonOffset = true;
  material.polygonOffsetFactor = 1;
  material.polygonOffsetUnits = 1;
}
