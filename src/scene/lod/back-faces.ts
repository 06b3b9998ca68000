import { BackSide, FrontSide, type Material, Mesh, type Side } from "three";
import { BACK_FACE_LAYER } from "./detail-layers.ts";

/**
 * Divides a watertight mesh into front faces, and back faces as a child mesh that drafts omit: they are visible through small
 * holes only, and cost a software driver half of the frame time.
 *
 * @param materialFor creates the material of one side
 */
export function separateBackFaces(mesh: Mesh, materialFor: (side: Side) => Material): void {
  mesh.material = materialFor(FrontSide);
  const backFaces = new Mesh(mesh.geometry, materialFor(BackSide));
  backFaces.layers.set(BACK_FACE_LAYER);
  mesh.add(backFaces);
}
