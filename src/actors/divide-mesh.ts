import { Box3, BufferAttribute, BufferGeometry, type Material, Mesh, Sphere } from "three";
import type { SurfaceDetail } from "../loading/surface-detail.ts";
import { FULL_DETAIL_LAYER, setLevel } from "./detail-layers.ts";

/**
 * Divides a large mesh into parts that share its vertices and indices: the mesh itself draws the first, its children draw the others
 * and the simplified versions. three.js then omits parts outside of the view and draws the nearest first.
 *
 * @param draftMaterial for the simplified versions; default: that of the mesh
 */
export function divideMesh(
  mesh: Mesh,
  { parts, levels, outline }: SurfaceDetail,
  draftMaterial?: Material,
): void {
  const whole = mesh.geometry;
  const geometryOf = (index: BufferAttribute | null): BufferGeometry => {
    const geometry = new BufferGeometry();
    for (const [name, attribute] of Object.entries(whole.attributes)) geometry.setAttribute(name, attribute);
    geometry.setIndex(index);
    return geometry;
  };
  const wholeBox = new Box3();
  for (const [i, { start, count, box }] of parts.entries()) {
    const geometry = i === 0 ? whole : geometryOf(whole.index);
    geometry.setDrawRange(start, count);
    geometry.boundingBox = new Box3().setFromArray(box);
    geometry.boundingSphere = geometry.boundingBox.getBoundingSphere(new Sphere());
    wholeBox.union(geometry.boundingBox);
    // Bounds of the scene are computed from the outline of the first part instead of all vertices.
    geometry.userData.outline = new BufferAttribute(i === 0 ? outline : new Float32Array(), 3);
    const part = i === 0 ? mesh : new Mesh(geometry, mesh.material);
    part.layers.set(FULL_DETAIL_LAYER);
    if (i > 0) mesh.add(part);
  }
  for (const [level, indices] of levels.entries()) {
    const geometry = geometryOf(new BufferAttribute(indices, 1));
    geometry.boundingBox = wholeBox;
    geometry.boundingSphere = wholeBox.getBoundingSphere(new Sphere());
    const simplified = new Mesh(geometry, draftMaterial ?? mesh.material);
    setLevel(simplified.layers, level, { isCoarsest: level === levels.length - 1 });
    mesh.add(simplified);
  }
}
