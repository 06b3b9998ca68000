/** The triangle that each vertex provides a flat value for. */
export interface ProvokingVertices {
  /** For each appended vertex, the vertex that it copies. */
  readonly copies: Uint32Array;
  /**
   * For each vertex, with the appended ones, the triangle whose last corner it is; a vertex that is the last corner of none has one of its
   * triangles, so that simplified versions of the mesh can use it; 0 for an unused one.
   */
  readonly triangles: Uint32Array;
}

const NONE = 0xffffffff;

/**
 * Makes the last corner of each triangle a vertex that no triangle with another value has as its last corner: the provoking vertex, whose
 * value GL uses for the whole triangle with flat interpolation. A closed surface has twice as many triangles as vertices, so that at most
 * as many vertices are appended as it has, instead of four more for each with three separate vertices per triangle.
 *
 * @param indices modified: corners are rotated, which keeps the winding, or replaced by an appended vertex
 * @param hasSameValue whether two triangles have the same value
 */
export function assignProvokingVertices(
  indices: Uint32Array,
  vertices: number,
  hasSameValue: (a: number, b: number) => boolean,
): ProvokingVertices {
  const count = Math.floor(indices.length / 3);
  const owners = new Uint32Array(vertices).fill(NONE);
  const copies = new Uint32Array(count);
  const copyOwners = new Uint32Array(count);
  let appended = 0;
  for (let triangle = 0; triangle < count; triangle += 1) {
    const at = 3 * triangle;
    let [free, shared] = [-1, -1];
    for (let corner = 2; corner >= 0; corner -= 1) {
      const owner = owners[indices[at + corner] ?? 0] ?? NONE;
      if (owner === NONE) free = corner;
      else if (hasSameValue(owner, triangle)) shared = corner;
    }
    const chosen = shared >= 0 ? shared : free;
    if (chosen >= 0) {
      rotate(indices, at, chosen);
      if (shared < 0) owners[indices[at + 2] ?? 0] = triangle;
    } else {
      copies[appended] = indices[at + 2] ?? 0;
      copyOwners[appended] = triangle;
      indices[at + 2] = vertices + appended;
      appended += 1;
    }
  }
  const triangles = new Uint32Array(vertices + appended);
  triangles.set(owners);
  triangles.set(copyOwners.subarray(0, appended), vertices);
  for (let i = 0; i < 3 * count; i += 1) {
    const vertex = indices[i] ?? 0;
    if (triangles[vertex] === NONE) triangles[vertex] = Math.floor(i / 3);
  }
  for (let i = 0; i < vertices; i += 1) if (triangles[i] === NONE) triangles[i] = 0;
  return { copies: copies.slice(0, appended), triangles };
}

/** Rotates the corners of a triangle so that the given one is the last. */
function rotate(indices: Uint32Array, at: number, corner: number): void {
  if (corner === 2) return;
  const [a = 0, b = 0, c = 0] = indices.subarray(at, at + 3);
  indices[at] = corner === 0 ? b : c;
  indices[at + 1] = corner === 0 ? c : a;
  indices[at + 2] = corner === 0 ? a : b;
}
