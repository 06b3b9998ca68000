import { BufferAttribute, DoubleSide, type Mesh, type Side } from "three";
import { surfaceMaterial } from "../../actors/default-materials.ts";
import { analyzeSurface } from "../../native/mesh-kernels.ts";
import { separateBackFaces } from "../lod/back-faces.ts";
import { positionsOf } from "../positions-of.ts";

/**
 * Adds normals and, unless the file's material is kept, the default material. Triangles of rigid meshes then share no vertices, as
 * normals at creases require. Shared vertices would not be faster on software drivers (bunny at 720p, SwiftShader: 26.0 ms with,
 * 26.6 without; llvmpipe: 42.7 and 31.1).
 */
export function prepareMesh(mesh: Mesh, keepMaterial: boolean): void {
  const flat = isFlatShaded(mesh);
  const isRigid =
    !("isSkinnedMesh" in mesh) &&
    Object.keys(mesh.geometry.morphAttributes).length === 0 &&
    mesh.geometry.groups.length <= 1;
  const needsNormals = !mesh.geometry.hasAttribute("normal") && !flat;
  let isWatertight = false;
  if (isRigid && (needsNormals || !keepMaterial)) {
    if (mesh.geometry.index !== null) {
      const shared = mesh.geometry;
      mesh.geometry = shared.toNonIndexed();
      shared.dispose();
    }
    const positions = positionsOf(mesh.geometry.getAttribute("position"));
    const surface = analyzeSurface({ positions }, { normals: needsNormals, watertight: !keepMaterial });
    if (needsNormals) mesh.geometry.setAttribute("normal", new BufferAttribute(surface.normals, 3));
    isWatertight = surface.isWatertight;
  } else if (needsNormals) mesh.geometry.computeVertexNormals();
  if (keepMaterial) return;
  const vertexColors = mesh.geometry.hasAttribute("color");
  const material = (side: Side) => surfaceMaterial({ vertexColors, flat, side });
  if (isWatertight) separateBackFaces(mesh, material);
  else mesh.material = material(DoubleSide);
}

/** Whether the file requests flat shading ("s off" in an OBJ file with materials). */
function isFlatShaded(mesh: Mesh): boolean {
  return [mesh.material]
    .flat()
    .every((material) => "flatShading" in material && material.flatShading === true);
}
