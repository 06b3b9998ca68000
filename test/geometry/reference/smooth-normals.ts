import type { Weld } from "../../../src/native/mesh-kernels.ts";

/** Crease angle of 60 degrees: edges between faces at a larger angle stay sharp, such as those of a cube. */
const CREASE_COSINE = Math.cos((60 * Math.PI) / 180);

/** Maximum number of faces at a vertex for smooth normals, whose cost is quadratic in it. Above it, each corner has its face normal. */
const MAX_FACES_PER_VERTEX = 256;

/** Computes smooth vertex normals with creases: the area-weighted mean of the faces at a position that are within the crease angle. */
export function smoothNormals(positions: Float32Array, { ids, count }: Weld): Float32Array {
  const vertices = positions.length / 3;
  const corners = vertices - (vertices % 3);
  const faceNormals = new Float64Array(corners);
  const lengths = new Float64Array(corners / 3);
  const first = new Int32Array(count + 1);
  for (let c = 0; c < corners; c += 3) {
    const offset = 3 * c;
    const x = positions[offset] ?? 0;
    const y = positions[offset + 1] ?? 0;
    const z = positions[offset + 2] ?? 0;
    const ux = (positions[offset + 3] ?? 0) - x;
    const uy = (positions[offset + 4] ?? 0) - y;
    const uz = (positions[offset + 5] ?? 0) - z;
    const vx = (positions[offset + 6] ?? 0) - x;
    const vy = (positions[offset + 7] ?? 0) - y;
    const vz = (positions[offset + 8] ?? 0) - z;
    const nx = uy * vz - uz * vy;
    const ny = uz * vx - ux * vz;
    const nz = ux * vy - uy * vx;
    faceNormals[c] = nx;
    faceNormals[c + 1] = ny;
    faceNormals[c + 2] = nz;
    lengths[c / 3] = Math.sqrt(nx * nx + ny * ny + nz * nz);
    for (let i = c; i < c + 3; i += 1) first[(ids[i] ?? 0) + 1] = (first[(ids[i] ?? 0) + 1] ?? 0) + 1;
  }
  // The faces at vertex v are faces[first[v] .. first[v + 1]].
  for (let v = 0; v < count; v += 1) first[v + 1] = (first[v + 1] ?? 0) + (first[v] ?? 0);
  const next = first.slice();
  const faces = new Int32Array(corners);
  for (let c = 0; c < corners; c += 1) {
    const v = ids[c] ?? 0;
    const slot = next[v] ?? 0;
    faces[slot] = c - (c % 3);
    next[v] = slot + 1;
  }

  const normals = new Float32Array(vertices * 3);
  for (let c = 0; c < corners; c += 1) {
    const ownFace = c - (c % 3);
    const nx = faceNormals[ownFace] ?? 0;
    const ny = faceNormals[ownFace + 1] ?? 0;
    const nz = faceNormals[ownFace + 2] ?? 0;
    const length = lengths[ownFace / 3] ?? 0;
    let x = 0;
    let y = 0;
    let z = 0;
    const v = ids[c] ?? 0;
    const start = first[v] ?? 0;
    const end = first[v + 1] ?? 0;
    const hasTooManyFaces = end - start > MAX_FACES_PER_VERTEX;
    for (let i = hasTooManyFaces ? end - 1 : start; i < end; i += 1) {
      const f = hasTooManyFaces ? ownFace : (faces[i] ?? 0);
      const fx = faceNormals[f] ?? 0;
      const fy = faceNormals[f + 1] ?? 0;
      const fz = faceNormals[f + 2] ?? 0;
      if (fx * nx + fy * ny + fz * nz >= CREASE_COSINE * length * (lengths[f / 3] ?? 0)) {
        x += fx;
        y += fy;
        z += fz;
      }
    }
    const sum = Math.sqrt(x * x + y * y + z * z);
    // Degenerate triangles and triangles that are not finite cover no pixels, so any normal is correct.
    const isValid = sum > 0 && sum < Number.POSITIVE_INFINITY;
    normals[3 * c] = isValid ? x / sum : 0;
    normals[3 * c + 1] = isValid ? y / sum : 0;
    normals[3 * c + 2] = isValid ? z / sum : 1;
  }
  return normals;
}
