import { Box3, type BufferAttribute, type BufferGeometry, type InterleavedBufferAttribute } from "three";
import { positionsOf, weld } from "../../geometry/weld.ts";
import { type CornerRange, type Triangles, triangleChunks } from "./triangle-chunks.ts";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

/**
 * How much is done at once: 10 ms of work (up to 60 at first, while the code is new). The edges of a chunk stay as
 * they are, so that chunks fit each other; with smaller ones that would be many triangles.
 */
const CHUNK_TRIANGLES = 2 ** 14;

/**
 * How far the surface may move, as a share of its extent: 2 px when it fills a picture of 720 rows.
 */
const MAX_ERROR = 0.003;

/**
 * What a change of the normal or the colour by 1 weighs against a distance, as a share of the extent. Without, the
 * bunny's silhouette stays but its eye and fur go; from 0.5 on the silhouette suffers.
 */
const SHADING_WEIGHT = 0.3;

/** In meshoptimizer's vertex locks: seams at this vertex stay seams. */
const PROTECT = 2;

/** Of more vertices at one place, not all are compared: the work grows with the square of their number. */
const MAX_VERTICES_AT_PLACE = 64;

type Attribute = BufferAttribute | InterleavedBufferAttribute;

/** A mesh as the simplifier takes it, vertices alike merged. */
interface Chunk {
  /** Vertices of the chunk, three for each triangle. */
  readonly indices: Uint32Array;
  /** For each vertex of the chunk, the vertex of the geometry. */
  readonly vertices: Uint32Array;
  readonly places: Float32Array;
  /** For each vertex, PROTECT where texture or colours have a seam. */
  readonly locks: Uint8Array;
}

/**
 * Shows about the same surface with fewer triangles of the same vertices. Open edges and seams of colours and texture
 * stay. Takes long, and pauses every few milliseconds.
 *
 * @param ranges simplified each by itself
 * @param ratio of triangles that are to be left; more are where the shape needs them
 * @returns for each range the vertices of its triangles' corners
 * @throws the signal's reason, or RangeError when there is not enough memory
 */
export async function simplifyTriangles(
  geometry: BufferGeometry,
  ranges: readonly CornerRange[],
  ratio: number,
  signal: AbortSignal,
): Promise<Uint32Array[]> {
  const { MeshoptSimplifier } = await import("meshoptimizer/simplifier");
  await MeshoptSimplifier.ready;
  const { position, normal, color, ...others } = geometry.attributes;
  if (position === undefined) return ranges.map(() => new Uint32Array());
  if (geometry.boundingBox === null) geometry.computeBoundingBox();
  const box = geometry.boundingBox ?? new Box3();
  const index = geometry.index?.array;
  const triangles: Triangles = {
    positions: positionsOf(position),
    box,
    vertexOf: index === undefined ? (corner) => corner : (corner) => index[corner] ?? 0,
  };
  const shading = [normal, color].filter((attribute) => attribute !== undefined);
  const seams = [color, ...Object.values(others)].filter((attribute) => attribute !== undefined);
  const extent = Math.max(box.max.x - box.min.x, box.max.y - box.min.y, box.max.z - box.min.z);

  const simplifyChunk = (corners: Uint32Array): Uint32Array => {
    const chunk = mergeVertices(triangles, corners, normal, seams);
    const values = valuesOf(shading, chunk.vertices);
    // The simplifier takes weights in extents of what it is given: of the chunk.
    const weight = (SHADING_WEIGHT * extent) / (MeshoptSimplifier.getScale(chunk.places, 3) || 1);
    const [kept] = MeshoptSimplifier.simplifyWithAttributes(
      chunk.indices,
      chunk.places,
      3,
      values,
      3 * shading.length,
      new Array<number>(3 * shading.length).fill(weight),
      chunk.locks,
      3 * Math.floor(corners.length * ratio),
      MAX_ERROR * extent,
      ["LockBorder", "ErrorAbsolute", "Permissive"],
    );
    return kept.map((vertex) => chunk.vertices[vertex] ?? 0);
  };

  const simplified: Uint32Array[] = [];
  for (const range of ranges) {
    const parts: Uint32Array[] = [];
    for (const corners of await triangleChunks(triangles, range, CHUNK_TRIANGLES, signal)) {
      await yieldToEventLoop(signal);
      parts.push(simplifyChunk(corners));
    }
    simplified.push(joined(parts));
  }
  return simplified;
}

/**
 * Takes a chunk out of its mesh and merges the vertices that are the same in everything, which no simplifier sees as
 * one otherwise.
 *
 * @param seams the attributes that a triangle must not be drawn out across
 */
function mergeVertices(
  { positions: places, vertexOf }: Triangles,
  corners: Uint32Array,
  normal: Attribute | undefined,
  seams: readonly Attribute[],
): Chunk {
  const used = new Uint32Array(3 * corners.length);
  const usedPlaces = new Float32Array(3 * used.length);
  for (let c = 0; c < used.length; c += 1) {
    const vertex = vertexOf((corners[Math.floor(c / 3)] ?? 0) + (c % 3));
    used[c] = vertex;
    for (let axis = 0; axis < 3; axis += 1) usedPlaces[3 * c + axis] = places[3 * vertex + axis] ?? 0;
  }
  const { ids, count: placeCount } = weld(usedPlaces);
  const newest = new Int32Array(placeCount).fill(-1);
  const onSeam = new Uint8Array(placeCount);
  const before = new Int32Array(used.length);
  const indices = new Uint32Array(used.length);
  const vertices = new Uint32Array(used.length);
  const placeOf = new Uint32Array(used.length);
  let count = 0;
  for (let c = 0; c < used.length; c += 1) {
    const vertex = used[c] ?? 0;
    const place = ids[c] ?? 0;
    const head = newest[place] ?? -1;
    let same = head;
    for (let steps = 0; same !== -1; steps += 1) {
      const other = vertices[same] ?? 0;
      if (other === vertex) break;
      const alike =
        sameValues(seams, other, vertex) && (normal === undefined || sameValues([normal], other, vertex));
      if (alike) break;
      same = steps < MAX_VERTICES_AT_PLACE ? (before[same] ?? -1) : -1;
    }
    if (same === -1) {
      if (head !== -1 && !sameValues(seams, vertices[head] ?? 0, vertex)) onSeam[place] = PROTECT;
      same = count;
      vertices[same] = vertex;
      placeOf[same] = place;
      before[same] = head;
      newest[place] = same;
      count += 1;
    }
    indices[c] = same;
  }
  const mergedPlaces = new Float32Array(3 * count);
  const locks = new Uint8Array(count);
  for (let v = 0; v < count; v += 1) {
    const vertex = vertices[v] ?? 0;
    mergedPlaces.set(places.subarray(3 * vertex, 3 * vertex + 3), 3 * v);
    locks[v] = onSeam[placeOf[v] ?? 0] ?? 0;
  }
  return { indices, vertices: vertices.subarray(0, count), places: mergedPlaces, locks };
}

function sameValues(attributes: readonly Attribute[], a: number, b: number): boolean {
  for (const attribute of attributes) {
    for (let i = 0; i < attribute.itemSize; i += 1) {
      if (attribute.getComponent(a, i) !== attribute.getComponent(b, i)) return false;
    }
  }
  return true;
}

/** The first three values of each attribute, vertex by vertex. */
function valuesOf(attributes: readonly Attribute[], vertices: Uint32Array): Float32Array {
  const values = new Float32Array(3 * attributes.length * vertices.length);
  let at = 0;
  for (const vertex of vertices) {
    for (const attribute of attributes) {
      for (let i = 0; i < 3; i += 1, at += 1) {
        if (i < attribute.itemSize) values[at] = attribute.getComponent(vertex, i);
      }
    }
  }
  return values;
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
