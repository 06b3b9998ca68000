import { BackSide, FrontSide, type Material, Mesh, type Side } from "three";
import { isWatertight } from "../../geometry/watertight.ts";
import { positionsOf, type Weld } from "../../geometry/weld.ts";
import { BACK_FACE_LAYER } from "./detail-layers.ts";

/**
 * Divides a watertight mesh into front faces, and back faces as a child mesh that drafts omit: they are visible through small
 * holes only, and cost a software driver half of the frame time.
 *
 * @param welded positions of the non-indexed vertices
 * @param materialFor creates the material of one side
 * @returns false, without a change, if the mesh is not watertight
 */
export function separateBackFaces(mesh: Mesh, welded: Weld, materialFor: (side: Side) => Material): boolean {
  if (!isWatertight(positionsOf(mesh.geometry.getAttribute("position")), welded)) return false;
  mesh.material = materialFor(FrontSide);
  const backFaces = new Mesh(mesh.geometry, materialFor(BackSide));
  backFaces.layers.set(BACK_FACE_LAYER);
  mesh.add(backFaces);
  return true;
}
