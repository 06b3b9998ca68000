import {
  Box3,
  BufferAttribute,
  BufferGeometry,
  type Camera,
  Frustum,
  Matrix4,
  Mesh,
  type Scene,
  Sphere,
} from "three";
import { castOwnGeometry } from "../actors/picking/cast-object.ts";
import { projectVertices, sampleTriangles } from "../native/sampled-triangles.ts";

/** Minimum number of triangles of a mesh, per sample of the picture: below, most triangles contain a sample. */
const MIN_TRIANGLES_PER_SAMPLE = 0.5;

/** Minimum number of consecutive triangles that stay together when a mesh is ordered by depth, and maximum number of such blocks. */
const BLOCK_TRIANGLES = 512;
const MAX_BLOCKS = 16_384;

type Size = readonly [width: number, height: number];

/**
 * Leaves out the triangles of large meshes that contain no sample of one picture, which is then the same: two thirds of 8 million triangles
 * at 1280x720. The others are drawn front to back, so that hidden ones are not shaded. llvmpipe takes 190 ns of CPU time for each triangle,
 * with or without a sample, and finding those with a sample takes 35 ns.
 *
 * Each `next()` is a step of 10 to 25 ms. `restores` receives functions that restore the meshes, also if it is not continued.
 *
 * @param size size of the drawing buffer, px; it must have one sample per pixel
 * @param isOnly whether it is the only picture: smaller meshes that are not divided into chunks are then drawn front to back too
 */
export function* leaveOutUnsampled(
  scene: Scene,
  camera: Camera,
  size: Size,
  isOnly: boolean,
  restores: (() => void)[],
): Generator<void, void> {
  scene.updateMatrixWorld();
  camera.updateMatrixWorld();
  const toClip = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
  const meshes: Mesh[] = [];
  scene.traverseVisible((object) => {
    if (object instanceof Mesh && isPlain(object)) meshes.push(object);
  });
  for (const mesh of meshes) {
    const chunks = [mesh, ...mesh.children.filter(isChunk)];
    const part = yield* sampledPart(chunks, toClip, size, isOnly);
    if (part !== undefined) restores.push(replaceGeometry(chunks, part));
  }
}

/** Shows one geometry instead of all chunks of a mesh. */
function replaceGeometry(chunks: readonly Mesh[], part: BufferGeometry): () => void {
  const [mesh, ...others] = chunks;
  const whole = mesh?.geometry;
  if (mesh === undefined || whole === undefined) return () => {};
  const endCast = castOwnGeometry(chunks);
  mesh.geometry = part;
  for (const other of others) other.visible = false;
  return () => {
    endCast();
    mesh.geometry = whole;
    for (const other of others) other.visible = true;
    // Disposing of the part would free the attributes, which the whole needs for another picture.
    for (const name of Object.keys(part.attributes)) part.deleteAttribute(name);
    part.dispose();
  };
}

function isChunk(object: unknown): object is Mesh {
  return object instanceof Mesh && object.geometry.userData.isChunk === true;
}

/** Whether a mesh, with all of its chunks, is drawn as filled triangles at the positions of its vertices. */
function isPlain(mesh: Mesh): boolean {
  const { material, parent } = mesh;
  if (!isChunk(mesh) || isChunk(parent) || Array.isArray(material)) return false;
  const { displacementMap, wireframe } = material as { displacementMap?: unknown; wireframe?: boolean };
  return !("isShaderMaterial" in material || material.transparent || displacementMap || wireframe);
}

/** Orders blocks of triangles by the depth of one vertex of each: consecutive triangles are close in most files. */
function frontToBack(
  { positions, indices }: { readonly positions: Float32Array; readonly indices: Uint32Array },
  [, , a = 0, , , , b = 0, , , , c = 0]: readonly number[],
): Uint32Array<ArrayBuffer> {
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
function* sampledPart(
  chunks: readonly Mesh[],
  toClip: Matrix4,
  size: Size,
  isOnly: boolean,
): Generator<void, BufferGeometry | undefined> {
  const [mesh] = chunks;
  const arrays = mesh && arraysOf(mesh.geometry);
  if (mesh === undefined || arrays === undefined) return undefined;
  const { positions, indices } = arrays;
  const frustum = new Frustum().setFromProjectionMatrix(toClip);
  const ranges = rangesOf(chunks.filter((chunk) => frustum.intersectsObject(chunk)));
  const corners = ranges.reduce((sum, { start, end }) => sum + Math.min(end, indices.length) - start, 0);
  const isDense = corners / 3 >= MIN_TRIANGLES_PER_SAMPLE * size[0] * size[1];
  if (!(isDense || (isOnly && chunks.length === 1))) return undefined;
  const matrix = toClip.clone().multiply(mesh.matrixWorld).elements;
  const triangles = ranges.map(({ start, end }) => indices.subarray(start, end));
  const sampled = isDense ? yield* sampledOf(positions, triangles, matrix, size) : undefined;
  const ordered = frontToBack({ positions, indices: sampled ?? indices }, matrix);
  // Frees the memory: the next garbage collection may be far away.
  sampled?.buffer.transfer(0);
  const whole = mesh.geometry;
  const part = new BufferGeometry();
  for (const [name, attribute] of Object.entries(whole.attributes)) part.setAttribute(name, attribute);
  part.setIndex(new BufferAttribute(ordered, 1).onUpload(() => ordered.buffer.transfer(0)));
  part.boundingBox = chunks.reduce(
    (box, { geometry }) => box.union(geometry.boundingBox ?? new Box3()),
    new Box3(),
  );
  part.boundingSphere = part.boundingBox.getBoundingSphere(new Sphere());
  part.userData = whole.userData;
  return part;
}

/** The ranges of the indices of chunks; those of consecutive chunks are one, so that they are processed in few calls. */
function rangesOf(chunks: readonly Mesh[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const { geometry } of chunks) {
    const { start, count } = geometry.drawRange;
    const last = ranges.at(-1);
    if (last?.end === start) last.end += count;
    else ranges.push({ start, end: start + count });
  }
  return ranges;
}

/** @param ranges indices of the triangles */
function* sampledOf(
  positions: Float32Array,
  ranges: readonly Uint32Array[],
  matrix: readonly number[],
  size: Size,
): Generator<void, Uint32Array<ArrayBuffer>> {
  const projected = yield* projectVertices(positions, matrix, size);
  // Untouched capacity needs no memory.
  const sampled = new Uint32Array(ranges.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const range of ranges)
    length += yield* sampleTriangles(projected, range, size, sampled.subarray(length));
  projected.buffer.transfer(0);
  return sampled.subarray(0, length);
}

function arraysOf({ attributes: { position }, index }: BufferGeometry) {
  const [indices, positions] = [index?.array, position?.array];
  if (!(indices instanceof Uint32Array && positions instanceof Float32Array)) return undefined;
  const isComplete = positions.length === 3 * (position?.count ?? 0) && positions.length > 0;
  return isComplete && indices.length > 0 ? { positions, indices } : undefined;
}
