import { BufferAttribute, BufferGeometry, type Material, Mesh, type Object3D } from "three";
import { FULL_DETAIL_LAYER, LOD_LAYER } from "./detail-layers.ts";
import { simplifyTriangles } from "./simplify.ts";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

/** SwiftShader on two cores draws so many triangles in some 10 ms: a scene of fewer is not worth drafts. */
const MIN_TRIANGLES = 20_000;

/** A mesh of fewer costs about as much for being drawn at all. */
const MIN_MESH_TRIANGLES = 500;

/** The bunny is hardly told from the full one with this share of its triangles. */
const RATIO = 1 / 4;

/** Triangles that a draft picture aims at; very large scenes are simplified further than by RATIO. */
const MAX_DRAWN = 60_000;

/** A draft that saves less than half is no gain for what it costs in looks. */
const WORTHWHILE = 1 / 2;

/**
 * Gives the meshes that stand for themselves, in a scene of many triangles, simplified ones, which draft pictures show in
 * their place: on a software driver the time of a frame goes with its triangles. Meshes whose vertices move or whose pixels let
 * others through stay as they are, and so does what cannot be simplified. The draft is an index into the same
 * vertices, and the child of its mesh.
 *
 * Works in the background, a few milliseconds at a time.
 *
 * @param signal ends it: from then on nothing is added
 */
export async function addLevelsOfDetail(root: Object3D, signal: AbortSignal): Promise<void> {
  const meshes: Mesh[] = [];
  root.traverse((object) => {
    if (canHaveDraft(object)) meshes.push(object);
  });
  const total = meshes.reduce((sum, { geometry }) => sum + trianglesOf(geometry), 0);
  if (total < MIN_TRIANGLES) return;
  const ratio = Math.min(RATIO, MAX_DRAWN / total);
  const drafts = new Map<BufferGeometry, BufferGeometry | undefined>();
  for (const mesh of meshes) {
    try {
      await yieldToEventLoop(signal);
      if (!drafts.has(mesh.geometry)) {
        // Known before it is made: a geometry that fails once is not tried again for the next mesh.
        drafts.set(mesh.geometry, undefined);
        drafts.set(mesh.geometry, await simplified(mesh, ratio, signal));
      }
      const geometry = drafts.get(mesh.geometry);
      // Looked at again: another call, or the program, may have been at the mesh in the meantime.
      if (geometry !== undefined && canHaveDraft(mesh)) addDraft(mesh, geometry);
    } catch {
      // Without a draft, the mesh itself is drawn.
      if (signal.aborted) return;
    }
  }
}

function canHaveDraft(object: Object3D): object is Mesh {
  if (!("isMesh" in object)) return false;
  const mesh = object as Mesh;
  const { geometry } = mesh;
  const moves =
    "isSkinnedMesh" in mesh ||
    "isInstancedMesh" in mesh ||
    "isBatchedMesh" in mesh ||
    "isInstancedBufferGeometry" in geometry ||
    Object.keys(geometry.morphAttributes).length > 0;
  const { start, count } = geometry.drawRange;
  return (
    !moves &&
    // Not the inside of another, and without a draft so far.
    mesh.layers.mask === 1 &&
    start === 0 &&
    count === Number.POSITIVE_INFINITY &&
    trianglesOf(geometry) >= MIN_MESH_TRIANGLES &&
    [mesh.material].flat().every(isSolid)
  );
}

/** Whether all of a surface's pixels are covered by it, and its vertices are where its attributes say. */
function isSolid(material: Material): boolean {
  const seeThrough =
    material.transparent ||
    material.opacity < 1 ||
    material.alphaTest > 0 ||
    material.alphaHash ||
    ("transmission" in material && Number(material.transmission) > 0);
  return !seeThrough && !("isShaderMaterial" in material) && !("wireframe" in material && material.wireframe);
}

function trianglesOf(geometry: BufferGeometry): number {
  return Math.floor((geometry.index?.count ?? geometry.getAttribute("position")?.count ?? 0) / 3);
}

/** The draft's geometry; undefined when it would save too little. */
async function simplified(
  { geometry, material }: Mesh,
  ratio: number,
  signal: AbortSignal,
): Promise<BufferGeometry | undefined> {
  const corners = 3 * trianglesOf(geometry);
  // As three draws it: groups count with a list of materials only.
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
  if (kept === 0 || kept > drawn * WORTHWHILE) return undefined;

  const draft = new BufferGeometry();
  for (const [name, attribute] of Object.entries(geometry.attributes)) draft.setAttribute(name, attribute);
  const index = new Uint32Array(kept);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    index.set(part, at);
    const materialIndex = groups[i]?.materialIndex;
    if (materialIndex !== undefined) draft.addGroup(at, part.length, materialIndex);
    at += part.length;
  }
  draft.setIndex(new BufferAttribute(index, 1));
  draft.boundingBox = geometry.boundingBox;
  draft.boundingSphere = geometry.boundingSphere;
  return draft;
}

function addDraft(mesh: Mesh, geometry: BufferGeometry): void {
  const draft = new Mesh(geometry, mesh.material);
  draft.renderOrder = mesh.renderOrder;
  draft.frustumCulled = mesh.frustumCulled;
  draft.layers.set(LOD_LAYER);
  mesh.add(draft);
  mesh.layers.set(FULL_DETAIL_LAYER);
}
