import { BufferAttribute, type BufferGeometry, type Mesh } from "three";
import { divideMesh } from "../../actors/divide-mesh.ts";
import type { GltfSurface } from "../../loading/prepare-gltf.ts";
import { makeSurfaceDetail, type SurfaceDetail } from "../../loading/surface-detail.ts";
import { analyzeSurface, appendVertices } from "../../native/mesh-kernels.ts";
import { positionsOf } from "../positions-of.ts";

/** Adds missing normals, and divides large meshes. Several meshes can have the same geometry. */
export function prepareMeshes(meshes: readonly Mesh[], drafts: boolean): void {
  const details = new Map<BufferGeometry, SurfaceDetail | undefined>();
  for (const { geometry } of meshes) {
    if (!geometry.hasAttribute("normal")) addNormals(geometry);
  }
  for (const mesh of meshes) {
    const { geometry } = mesh;
    if (!isRigid(mesh)) continue;
    const prepared = geometry.userData.prepared as GltfSurface | undefined;
    if (!details.has(geometry))
      details.set(geometry, prepared ? prepared.detail : addDetail(geometry, drafts));
    const detail = details.get(geometry);
    if (detail !== undefined) divideMesh(mesh, detail);
  }
}

/** Adds smooth normals with creases; without creases to a geometry whose vertices move or belong to groups. */
function addNormals(geometry: BufferGeometry): void {
  if (
    Object.keys(geometry.morphAttributes).length > 0 ||
    geometry.groups.length > 1 ||
    geometry.hasAttribute("skinIndex")
  ) {
    geometry.computeVertexNormals();
    return;
  }
  const indices = geometry.index && Uint32Array.from(geometry.index.array);
  const positions = positionsOf(geometry.getAttribute("position"));
  const { normals, sources } = analyzeSurface(
    { positions, indices: indices ?? undefined },
    { normals: true },
  );
  if (sources.length > 0) {
    for (const [name, { array, itemSize, normalized, count }] of Object.entries(geometry.attributes)) {
      const values = (array as Float32Array).subarray(0, count * itemSize);
      geometry.setAttribute(
        name,
        new BufferAttribute(appendVertices(values, itemSize, sources), itemSize, normalized),
      );
    }
  }
  if (indices !== null) geometry.setIndex(new BufferAttribute(indices, 1));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
}

/** Makes the detail of a large geometry, and puts its triangles in the order of the chunks. */
function addDetail(geometry: BufferGeometry, drafts: boolean): SurfaceDetail | undefined {
  const { index } = geometry;
  if (index === null) return undefined;
  const indices = index.array instanceof Uint32Array ? index.array : Uint32Array.from(index.array);
  const positions = positionsOf(geometry.getAttribute("position"));
  const made = makeSurfaceDetail({ positions, indices }, drafts, () => {});
  if (made !== undefined && made.indices !== index.array)
    geometry.setIndex(new BufferAttribute(made.indices, 1));
  return made?.detail;
}

/** Whether a mesh is drawn once and all of its vertices move together. */
function isRigid(mesh: Mesh): boolean {
  const isMany = "isSkinnedMesh" in mesh || "isInstancedMesh" in mesh || Array.isArray(mesh.material);
  return !isMany && Object.keys(mesh.geometry.morphAttributes).length === 0;
}
