import type { Weld } from "./weld.ts";

/** Of all edges, how many may have a face on one side only: the bunny has 223 such of 104,288, around its holes. */
const MAX_OPEN_EDGES = 0.01;

const MAX_OPEN_AT_PLACE = 1000;

/**
 * Tells whether a triangle mesh is a shell: closed but for a few holes, its faces seen from outside counter-clockwise.
 * The back faces of a shell are hidden but for what shows through the holes, and a software driver takes half of its
 * time for them.
 *
 * @param places x, y, z of three corners for each triangle
 * @param welded which corners are at the same place
 */
export function isWatertight(places: Float32Array, welded: Weld): boolean {
  const corners = places.length / 3 - ((places.length / 3) % 3);
  const open = openShare(welded, corners);
  return open <= MAX_OPEN_EDGES && looksOutwards(places, welded, corners);
}

/**
 * Matches each directed edge with its opposite, by lists of the edges that leave each place.
 *
 * @returns the share of edges that stay without, or that two faces run through the same way
 */
function openShare({ ids, count }: Weld, corners: number): number {
  const head = new Int32Array(count).fill(-1);
  const next = new Int32Array(corners);
  const target = new Int32Array(corners);
  let open = 0;
  let total = 0;
  for (let c = 0; c < corners; c += 1) {
    const a = ids[c] ?? 0;
    const b = ids[c % 3 === 2 ? c - 2 : c + 1] ?? 0;
    if (a === b) continue;
    let before = -1;
    let edge = head[b] ?? -1;
    for (let steps = 0; edge !== -1 && target[edge] !== a; steps += 1) {
      // So many open edges at one place are no surface, and looking through them would take for ever.
      if (steps > MAX_OPEN_AT_PLACE) return 1;
      before = edge;
      edge = next[edge] ?? -1;
    }
    if (edge === -1) {
      target[c] = b;
      next[c] = head[a] ?? -1;
      head[a] = c;
      open += 1;
      total += 1;
    } else {
      if (before === -1) head[b] = next[edge] ?? -1;
      else next[before] = next[edge] ?? -1;
      open -= 1;
    }
  }
  return total === 0 ? 1 : open / total;
}

/** Whether the signed volume of each connected part is positive, as it is when its faces look outwards. */
function looksOutwards(places: Float32Array, { ids, count }: Weld, corners: number): boolean {
  const parent = new Int32Array(count);
  for (let i = 0; i < count; i += 1) parent[i] = i;
  const rootOf = (id: number): number => {
    let at = id;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? 0] ?? 0;
      at = parent[at] ?? 0;
    }
    return at;
  };
  for (let c = 0; c < corners; c += 3) {
    const root = rootOf(ids[c] ?? 0);
    parent[rootOf(ids[c + 1] ?? 0)] = root;
    parent[rootOf(ids[c + 2] ?? 0)] = root;
  }
  // Relative to a point of each part, so that its holes and its distance from the origin count little.
  const base = new Int32Array(count).fill(-1);
  const volume = new Float64Array(count);
  for (let c = 0; c < corners; c += 3) {
    const root = rootOf(ids[c] ?? 0);
    if (base[root] === -1) base[root] = 3 * c;
    const o = base[root] ?? 0;
    const ox = places[o] ?? 0;
    const oy = places[o + 1] ?? 0;
    const oz = places[o + 2] ?? 0;
    const ax = (places[3 * c] ?? 0) - ox;
    const ay = (places[3 * c + 1] ?? 0) - oy;
    const az = (places[3 * c + 2] ?? 0) - oz;
    const bx = (places[3 * c + 3] ?? 0) - ox;
    const by = (places[3 * c + 4] ?? 0) - oy;
    const bz = (places[3 * c + 5] ?? 0) - oz;
    const cx = (places[3 * c + 6] ?? 0) - ox;
    const cy = (places[3 * c + 7] ?? 0) - oy;
    const cz = (places[3 * c + 8] ?? 0) - oz;
    const determinant = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
    volume[root] = (volume[root] ?? 0) + determinant;
  }
  return volume.every((value) => value >= 0);
}
