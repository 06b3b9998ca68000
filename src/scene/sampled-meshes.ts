import { BufferAttribute, BufferGeometry, type Camera, Matrix4, Mesh, type Scene } from "three";
import { sampledTriangles } from "../native/sampled-triangles.ts";

/** Minimum number of triangles of a mesh, per sample of the picture: below, most triangles contain a sample. */
const MIN_TRIANGLES_PER_SAMPLE = 0.5;

/** Minimum number of consecutive triangles that stay together when a mesh is ordered by depth, and maximum number of such blocks. */
const BLOCK_TRIANGLES = 512;
const MAX_BLOCKS = 16_384;

/**
 * Leaves out the triangles of large meshes that contain no sample of one picture, which is then the same: two thirds of 8 million triangles
 * at 1280x720. The others are drawn front to back, so that hidden ones are not shaded. llvmpipe takes 190 ns of CPU time for each triangle, with or without a sample, and finding those with a sample takes 35 ns.
 *
 * @param size size of the drawing buffer, px; it must have one sample per pixel
 * @returns a function that restores the meshes
 */
export function leaveOutUnsampled(
  scene: Scene,
  camera: Camera,
  size: readonly [width: number, height: number],
): () => void {
  scene.updateMatrixWorld();
  camera.updateMatrixWorld();
  const toClip = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
  const restores: (() => void)[] = [];
  scene.traverseVisible((object) => {
    if (!(object instanceof Mesh) || !isPlain(object)) return;
    const whole: BufferGeometry = object.geometry;
    const part = sampledPart(whole, toClip.clone().multiply(object.matrixWorld), size);
    if (part === undefined) return;
    object.geometry = part;
    restores.push(() => {
      object.geometry = whole;
      // Disposing of the part would free the attributes, which the whole needs for another picture.
      for (const name of Object.keys(part.attributes)) part.deleteAttribute(name);
      part.dispose();
    });
  });
  return () => {
    for (const restore of restores.splice(0)) restore();
  };
}

/** Whether a mesh is drawn in one piece, as filled triangles at the positions of its vertices. */
function isPlain({ geometry, material, children }: Mesh): boolean {
  if (geometry.userData.isChunk !== true || children.length > 0 || Array.isArray(material)) return false;
  const { displacementMap, wireframe } = material as { displacementMap?: unknown; wireframe?: boolean };
  return !("isShaderMaterial" in material || material.transparent || displacementMap || wireframe);
}

/** Orders blocks of triangles by the depth of one vertex of each: consecutive triangles are close in most files. */
function frontToBack(
  { positions, indices }: { readonly positions: Float32Array; readonly indices: Uint32Array },
  [, , a = 0, , , , b = 0, , , , c = 0]: readonly number[],
): Uint32Array {
  const length = 3 * Math.max(BLOCK_TRIANGLES, Math.ceil(indices.length / 3 / MAX_BLOCKS));
  const depths = Float64Array.from({ length: Math.ceil(indices.length / length) }, (_, block) => {
    const at = 3 * (indices[block * length] ?? 0);
    return a * (positions[at] ?? 0) + b * (positions[at + 1] ?? 0) + c * (positions[at + 2] ?? 0);
  });
  const ordered = new Uint32Array(indices.length);
  let filled = 0;
  for (const block of [...depths.keys()].sort((one, other) => (depths[one] ?? 0) - (depths[other] ?? 0))) {
    const triangles = indices.subarray(block * length, (block + 1) * length);
    ordered.set(triangles, filled);
    filled += triangles.length;
  }
  return ordered;
}

/** @returns undefined for a small mesh, or one whose arrays were freed after an earlier picture */
function sampledPart(
  whole: BufferGeometry,
  matrix: Matrix4,
  size: readonly [number, number],
): BufferGeometry | undefined {
  const { index, drawRange } = whole;
  const position = whole.getAttribute("position");
  const [indices, positions] = [index?.array, position.array];
  if (!(indices instanceof Uint32Array && positions instanceof Float32Array)) return undefined;
  const isWhole = drawRange.start === 0 && drawRange.count >= indices.length;
  const isComplete = positions.length === 3 * position.count && position.count > 0;
  const isDense = indices.length / 3 >= MIN_TRIANGLES_PER_SAMPLE * size[0] * size[1];
  if (!isWhole || !isComplete) return undefined;
  const mesh = { positions, indices };
  const sampled = isDense ? sampledTriangles(mesh, matrix.elements, size) : indices;
  const part = new BufferGeometry();
  for (const [name, attribute] of Object.entries(whole.attributes)) part.setAttribute(name, attribute);
  part.setIndex(new BufferAttribute(frontToBack({ positions, indices: sampled }, matrix.elements), 1));
  part.boundingBox = whole.boundingBox;
  part.boundingSphere = whole.boundingSphere;
  part.userData = whole.userData;
  return part;
}
