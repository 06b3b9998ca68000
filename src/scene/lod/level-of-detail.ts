import {
  BufferAttribute,
  BufferGeometry,
  InstancedMesh,
  type Material,
  Mesh,
  type Object3D,
  SkinnedMesh,
} from "three";
import { FULL_DETAIL_LAYER, setLevel } from "../../actors/detail-layers.ts";
import { verticesOf } from "../../actors/divide-mesh.ts";
import { compactVertices } from "../../loading/surface-detail.ts";
import { simplifyTriangles } from "./simplify.ts";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

/** Minimum number of triangles in a scene: SwiftShader on two cores renders fewer within about 10 ms. */
const MIN_TRIANGLES = 20_000;

/** Minimum number of triangles in a mesh, with all instances: smaller meshes cost mostly the draw call. */
const MIN_MESH_TRIANGLES = 500;

/** Minimum number of triangles in a geometry that is simplified: fewer are needed for its shape. */
const MIN_GEOMETRY_TRIANGLES = 100;

/** Share of triangles that a simplified mesh keeps. The bunny is hardly distinguishable from the full one. */
const RATIO = 1 / 4;

/** Target number of triangles in a draft; very large scenes are simplified by more than RATIO. */
const MAX_LOD_TRIANGLES = 60_000;

/** A simplified mesh that keeps more than this share is discarded: its gain does not justify the loss of quality. */
const MAX_KEPT_SHARE = 1 / 2;

/**
 * Adds simplified meshes to a scene of many triangles, which drafts render instead of the full meshes: frame time on a software driver is
 * proportional to the number of triangles. A simplified mesh is a child of the full mesh with another index of the same vertices, which
 * instances, bones and morph targets move in the same way.
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
  const total = meshes.reduce((sum, mesh) => sum + triangleCount(mesh.geometry) * instanceCount(mesh), 0);
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
  const { start, count } = geometry.drawRange;
  return (
    !("isBatchedMesh" in mesh || "isInstancedBufferGeometry" in geometry) &&
    // Neither a duplicate of another mesh nor simplified already.
    mesh.layers.mask === 1 &&
    start === 0 &&
    count === Number.POSITIVE_INFINITY &&
    triangleCount(geometry) >= MIN_GEOMETRY_TRIANGLES &&
    triangleCount(geometry) * instanceCount(mesh) >= MIN_MESH_TRIANGLES &&
    [mesh.material].flat().every(fillsTriangles)
  );
}

/** Whether a material fills the triangles of a mesh, and does not move their vertices. */
function fillsTriangles(material: Material): boolean {
  return !("isShaderMaterial" in material) && !("wireframe" in material && material.wireframe);
}

function triangleCount(geometry: BufferGeometry): number {
  return Math.floor((geometry.index?.count ?? geometry.getAttribute("position")?.count ?? 0) / 3);
}

function instanceCount(mesh: Mesh): number {
  return mesh instanceof InstancedMesh ? mesh.count : 1;
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

  const index = new Uint32Array(kept);
  const simplified = new BufferGeometry();
  let at = 0;
  for (const [i, part] of parts.entries()) {
    index.set(part, at);
    const materialIndex = groups[i]?.materialIndex;
    if (materialIndex !== undefined) simplified.addGroup(at, part.length, materialIndex);
    at += part.length;
  }
  setTriangles(simplified, geometry, index);
  simplified.boundingBox = geometry.boundingBox;
  simplified.boundingSphere = geometry.boundingSphere;
  return simplified;
}

/**
 * Sets triangles of the vertices of another geometry. Used vertices with morph targets are copied, since three.js makes a texture of all
 * vertices of a geometry.
 */
function setTriangles(simplified: BufferGeometry, full: BufferGeometry, index: Uint32Array): void {
  const isMorphed = Object.keys(full.morphAttributes).length > 0;
  const { vertices, indices } = isMorphed ? compactVertices(index) : { vertices: undefined, indices: index };
  const used = (attribute: BufferGeometry["attributes"][string]) =>
    vertices === undefined ? attribute : verticesOf(attribute as BufferAttribute, vertices);
  for (const [name, attribute] of Object.entries(full.attributes))
    simplified.setAttribute(name, used(attribute));
  for (const [name, targets = []] of Object.entries(full.morphAttributes)) {
    simplified.morphAttributes[name as "position"] = targets.map((target) => used(target) as BufferAttribute);
  }
  simplified.morphTargetsRelative = full.morphTargetsRelative;
  simplified.setIndex(new BufferAttribute(indices, 1));
}

function addLod(mesh: Mesh, geometry: BufferGeometry): void {
  const lod = simplifiedMesh(mesh, geometry);
  lod.renderOrder = mesh.renderOrder;
  lod.frustumCulled = mesh.frustumCulled;
  setLevel(lod.layers, 0, { isCoarsest: true });
  mesh.add(lod);
  mesh.layers.set(FULL_DETAIL_LAYER);
}

/** Creates a mesh with the material of another one, and with its bones, instances and morph targets. */
function simplifiedMesh(mesh: Mesh, geometry: BufferGeometry): Mesh {
  const { material, morphTargetInfluences, morphTargetDictionary } = mesh;
  let lod: Mesh;
  if (mesh instanceof SkinnedMesh) {
    const skinned = new SkinnedMesh(geometry, material);
    skinned.bindMode = mesh.bindMode;
    skinned.bind(mesh.skeleton, mesh.bindMatrix);
    lod = withSphereOf(mesh, skinned);
  } else if (mesh instanceof InstancedMesh) {
    const instanced = new InstancedMesh(geometry, material, 0);
    const { instanceMatrix, instanceColor, morphTexture } = mesh;
    Object.assign(instanced, { instanceMatrix, instanceColor, morphTexture });
    // The program can change the number of instances.
    Object.defineProperty(instanced, "count", { get: () => mesh.count });
    lod = withSphereOf(mesh, instanced);
  } else {
    lod = new Mesh(geometry, material);
  }
  // The same array, whose values the animation changes.
  if (morphTargetInfluences !== undefined)
    Object.assign(lod, { morphTargetInfluences, morphTargetDictionary });
  return lod;
}

/** Gives a simplified mesh the bounding sphere of the full mesh, which three.js would compute from all vertices and instances. */
function withSphereOf<T extends SkinnedMesh | InstancedMesh>(mesh: T, lod: T): T {
  return Object.defineProperty(lod, "boundingSphere", {
    get: () => {
      if (mesh.boundingSphere === null) mesh.computeBoundingSphere();
      return mesh.boundingSphere;
    },
  });
}
