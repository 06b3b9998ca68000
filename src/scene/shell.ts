import type { BufferAttribute, InterleavedBufferAttribute } from "three";
import { hash, type Weld } from "./weld.ts";

/** Of all edges, how many may have a face on one side only: the bunny has 223 such of 104,288, around its holes. */
const MAX_OPEN_EDGES = 0.01;

/**
 * Tells whether a triangle mesh is a shell: closed but for a few holes, its faces seen from outside counter-clockwise.
 * The back faces of a shell are hidden but for what shows through the holes, and a software driver takes half of its
 * time for them.
 *
 * @param position three corners for each triangle, not indexed
 */
export function isShell(
  position: BufferAttribute | InterleavedBufferAttribute,
  { ids, count }: Weld,
): boolean {
  const corners = position.count - (position.count % 3);
  const open = openEdges(ids, corners);
  if (open === undefined || open.edges > MAX_OPEN_EDGES * open.total) return false;
  return volumes(position, ids, count, corners).every((volume) => volume >= 0);
}

/**
 * Matches each directed edge with its opposite.
 *
 * @returns how many stay without, or undefined where faces disagree about the direction
 */
function openEdges(ids: Int32Array, corners: number): { edges: number; total: number } | undefined {
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, corners * 2)));
  const from = new Int32Array(size).fill(-1);
  const to = new Int32Array(size);
  const waiting = new Uint8Array(size);
  let edges = 0;
  let total = 0;
  const find = (a: number, b: number): number => {
    let slot = hash(a, b, 0) & (size - 1);
    while (from[slot] !== -1 && (from[slot] !== a || to[slot] !== b)) slot = (slot + 1) & (size - 1);
    return slot;
  };
  let conflicts = 0;
  for (let c = 0; c < corners; c += 1) {
    const a = ids[c] ?? 0;
    const b = ids[c % 3 === 2 ? c - 2 : c + 1] ?? 0;
    if (a === b) continue;
    const opposite = find(b, a);
    if (from[opposite] !== -1 && waiting[opposite] === 1) {
      waiting[opposite] = 0;
      edges -= 1;
      continue;
    }
    total += 1;
    const slot = find(a, b);
    if (from[slot] !== -1 && waiting[slot] === 1) conflicts += 1;
    from[slot] = a;
    to[slot] = b;
    waiting[slot] = 1;
    edges += 1;
  }
  return total === 0 || conflicts > MAX_OPEN_EDGES * total ? undefined : { edges, total };
}

/** Six times the signed volume of each connected part; positive when its faces look outwards. */
function volumes(
  position: BufferAttribute | InterleavedBufferAttribute,
  ids: Int32Array,
  count: number,
  corners: number,
): number[] {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const rootOf = (id: number): number => {
    let at = id;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? 0] ?? 0;
      at = parent[at] ?? 0;
    }
    return at;
  };
  for (let c = 0; c < corners; c += 3) {
    for (const next of [c + 1, c + 2]) parent[rootOf(ids[next] ?? 0)] = rootOf(ids[c] ?? 0);
  }
  // Relative to a point of each part, so that its holes and its distance from the origin count little.
  const base = new Int32Array(count).fill(-1);
  const volume = new Float64Array(count);
  for (let c = 0; c < corners; c += 3) {
    const root = rootOf(ids[c] ?? 0);
    if (base[root] === -1) base[root] = c;
    const o = base[root] ?? 0;
    const [ox, oy, oz] = [position.getX(o), position.getY(o), position.getZ(o)];
    const [ax, ay, az] = [position.getX(c) - ox, position.getY(c) - oy, position.getZ(c) - oz];
    const [bx, by, bz] = [position.getX(c + 1) - ox, position.getY(c + 1) - oy, position.getZ(c + 1) - oz];
    const [cx, cy, cz] = [position.getX(c + 2) - ox, position.getY(c + 2) - oy, position.getZ(c + 2) - oz];
    volume[root] =
      (volume[root] ?? 0) + ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  return [...volume].filter((_, i) => base[i] !== -1);
}
