import { BufferAttribute, BufferGeometry, type Material, Mesh, type Object3D } from "three";
import { FULL_DETAIL_LAYER, setLevel } from "../../actors/detail-layers.ts";
import { simplifyTriangles } from "./simplify.ts";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

/** Minimum number of triangles in a scene: SwiftShader on two cores renders fewer within about 10 ms. */
const MIN_TRIANGLES = 20_000;

/** Minimum number of triangles in a mesh: smaller meshes cost mostly the draw call. */
const MIN_MESH_TRIANGLES = 500;

/** Share of triangles that a simplified mesh keeps. The bunny is hardly distinguishable from the full one. */
const RATIO = 1 / 4;

/** Target number of triangles in a draft; very large scenes are simplified by more than RATIO. */
const MAX_LOD_TRIANGLES = 60_000;

/** A simplified mesh that keeps more than this share is discarded: its gain does not justify the loss of quality. */
const MAX_KEPT_SHARE = 1 / 2;

/**
 * Adds simplified meshes to a scene of many triangles, which drafts render instead of the full meshes: frame time on a software driver is
 * proportional to the number of triangles. Meshes that are deformed, instanced or transparent are not simplified. A simplified mesh is a
 * child of the full mesh with another index of the same vertices.
 *
 * Runs in the background in slices of a few milliseconds.
 *
 * @param signal stops it: nothing is added afterwards
 */
export async function addLevelsOfDetail(root: Object3D, signal: AbortSignal): Promise<void> {
  const meshes: Mesh[] = [];
  root.traverse((object) => {
    if (canHaveLod(object)) meshes.push(object);
  });
  const total = meshes.reduce((sum, { geometry }) => sum + triangleCount(geometry), 0);
  if (total < MIN_TRIANGLES) return;
  const ratio = Math.min(RATIO, MAX_LOD_TRIANGLES / total);
  const geometries = new Map<BufferGeometry, BufferGeometry | undefined>();
  for (const mesh of meshes) {
    try {
      await yieldToEventLoop(signal);
      if (!geometries.has(mesh.geometry)) {
        // Set before the attempt, so that a geometry that fails is not tried again for the next mesh.
        geometries.set(mesh.geometry, undefined);
        geometries.set(mesh.geometry, await createLodGeometry(mesh, ratio, signal));
      }
      const geometry = geometries.get(mesh.geometry);
      // Checked again, since another call or the program may have changed the mesh in the meantime.
      if (geometry !== undefined && canHaveLod(mesh)) addLod(mesh, geometry);
    } catch {
      // Drafts then render the full mesh.
      if (signal.aborted) return;
    }
  }
}

function canHaveLod(object: Object3D): object is Mesh {
  if (!("isMesh" in object)) return false;
  const mesh = object as Mesh;
  const { geometry } = mesh;
  const isDeformed =
    "isSkinnedMesh" in mesh ||
    "isInstancedMesh" in mesh ||
    "isBatchedMesh" in mesh ||
    "isInstancedBufferGeometry" in geometry ||
    Object.keys(geometry.morphAttributes).length > 0;
  const { start, count } = geometry.drawRange;
  return (
    !isDeformed &&
    // Neither a duplicate of another mesh nor simplified already.
    mesh.layers.mask === 1 &&
    start === 0 &&
    count === Number.POSITIVE_INFINITY &&
    triangleCount(geometry) >= MIN_MESH_TRIANGLES &&
    [mesh.material].flat().every(isOpaque)
  );
}

/** Whether a material is opaque and does not move vertices. */
function isOpaque(material: Material): boolean {
  const isTransparent =
    material.transparent ||
    material.opacity < 1 ||
    material.alphaTest > 0 ||
    material.alphaHash ||
    ("transmission" in material && Number(material.transmission) > 0);
  return (
    !isTransparent && !("isShaderMaterial" in material) && !("wireframe" in material && material.wireframe)
  );
}

function triangleCount(geometry: BufferGeometry): number {
  return Math.floor((geometry.index?.count ?? geometry.getAttribute("position")?.count ?? 0) / 3);
}

/** Returns the simplified geometry, or undefined if it would save too little. */
async function createLodGeometry(
  { geometry, material }: Mesh,
  ratio: number,
  signal: AbortSignal,
): Promise<BufferGeometry | undefined> {
  const corners = 3 * triangleCount(geometry);
  // three.js uses groups only with an array of materials.
  const groups = Array.isArray(material)
    ? geometry.groups.map(({ start, count, materialIndex }) => ({
        start,
        count: Math.max(0, Math.min(count, corners - start)),
        materialIndex,
      }))
    : [{ start: 0, count: corners, materialIndex: undefined }];
  const parts = await simplifyTriangles(geometry, groups, ratio, signal);
  const kept = parts.reduce((sum, { length }) => sum + length, 0);
  const drawn = groups.reduce((sum, { count }) => sum + count, 0);
  if (kept === 0 || kept > drawn * MAX_KEPT_SHARE) return undefined;

  const simplified = new BufferGeometry();
  for (const [name, attribute] of Object.entries(geometry.attributes))
    simplified.setAttribute(name, attribute);
  const index = new Uint32Array(kept);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    index.set(part, at);
    const materialIndex = groups[i]?.materialIndex;
    if (materialIndex !== undefined) simplified.addGroup(at, part.length, materialIndex);
    at += part.length;
  }
  simplified.setIndex(new BufferAttribute(index, 1));
  simplified.boundingBox = geometry.boundingBox;
  simplified.boundingSphere = geometry.boundingSphere;
  return simplified;
}

function addLod(mesh: Mesh, geometry: BufferGeometry): void {
  const lod = new Mesh(geometry, mesh.material);
  lod.renderOrder = mesh.renderOrder;
  lod.frustumCulled = mesh.frustumCulled;
  setLevel(lod.layers, 0, { isCoarsest: true });
  mesh.add(lod);
  mesh.layers.set(FULL_DETAIL_LAYER);
}
