import type { Weld } from "../../../src/native/mesh-kernels.ts";

/** Maximum share of boundary edges (edges of only one face). The Stanford bunny has 223 of 104,288, around its holes. */
const MAX_BOUNDARY_EDGE_SHARE = 0.01;

/**
 * Whether a triangle mesh is watertight except for small holes, and its faces are oriented outward (counter-clockwise). Back
 * faces are then visible only through the holes.
 *
 * @param positions x, y, z of three vertices for each triangle
 * @param welded the distinct positions of these vertices
 */
export function isWatertight(positions: Float32Array, welded: Weld): boolean {
  const corners = positions.length / 3 - ((positions.length / 3) % 3);
  const boundaryShare = boundaryEdgeShare(welded, corners);
  return boundaryShare <= MAX_BOUNDARY_EDGE_SHARE && isOrientedOutward(positions, welded, corners);
}

/**
 * Matches each directed edge with its opposite, using lists of the outgoing edges of each position.
 *
 * @returns the share of edges without an opposite: boundary edges, and edges that two faces have in the same direction
 */
function boundaryEdgeShare({ ids, count }: Weld, corners: number): number {
  const head = new Int32Array(count).fill(-1);
  const next = new Int32Array(corners);
  const target = new Int32Array(corners);
  let unmatchedEdges = 0;
  let edges = 0;
  for (let c = 0; c < corners; c += 1) {
    const a = ids[c] ?? 0;
    const b = ids[c % 3 === 2 ? c - 2 : c + 1] ?? 0;
    if (a === b) continue;
    let previous = -1;
    let edge = head[b] ?? -1;
    while (edge !== -1 && target[edge] !== a) {
      previous = edge;
      edge = next[edge] ?? -1;
    }
    if (edge === -1) {
      target[c] = b;
      next[c] = head[a] ?? -1;
      head[a] = c;
      unmatchedEdges += 1;
      edges += 1;
    } else {
      if (previous === -1) head[b] = next[edge] ?? -1;
      else next[previous] = next[edge] ?? -1;
      unmatchedEdges -= 1;
    }
  }
  return edges === 0 ? 1 : unmatchedEdges / edges;
}

/** Whether the signed volume of each connected part is positive, that is, whether its faces are oriented outward. */
function isOrientedOutward(positions: Float32Array, { ids, count }: Weld, corners: number): boolean {
  const parent = new Int32Array(count);
  for (let i = 0; i < count; i += 1) parent[i] = i;
  const rootOf = (id: number): number => {
    let offset = id;
    while (parent[offset] !== offset) {
      parent[offset] = parent[parent[offset] ?? 0] ?? 0;
      offset = parent[offset] ?? 0;
    }
    return offset;
  };
  for (let c = 0; c < corners; c += 3) {
    const root = rootOf(ids[c] ?? 0);
    parent[rootOf(ids[c + 1] ?? 0)] = root;
    parent[rootOf(ids[c + 2] ?? 0)] = root;
  }
  // Positions relative to a vertex of each part reduce the effect of holes and of the distance from the origin.
  const baseOffsets = new Int32Array(count).fill(-1);
  const volume = new Float64Array(count);
  for (let c = 0; c < corners; c += 3) {
    const root = rootOf(ids[c] ?? 0);
    if (baseOffsets[root] === -1) baseOffsets[root] = 3 * c;
    const o = baseOffsets[root] ?? 0;
    const ox = positions[o] ?? 0;
    const oy = positions[o + 1] ?? 0;
    const oz = positions[o + 2] ?? 0;
    const ax = (positions[3 * c] ?? 0) - ox;
    const ay = (positions[3 * c + 1] ?? 0) - oy;
    const az = (positions[3 * c + 2] ?? 0) - oz;
    const bx = (positions[3 * c + 3] ?? 0) - ox;
    const by = (positions[3 * c + 4] ?? 0) - oy;
    const bz = (positions[3 * c + 5] ?? 0) - oz;
    const cx = (positions[3 * c + 6] ?? 0) - ox;
    const cy = (positions[3 * c + 7] ?? 0) - oy;
    const cz = (positions[3 * c + 8] ?? 0) - oz;
    const determinant = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
    volume[root] = (volume[root] ?? 0) + determinant;
  }
  return volume.every((value) => value >= 0);
}
