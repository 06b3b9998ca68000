import fc from "fast-check";

/** Coordinates on a small grid, so that positions coincide and sums are exact; some are negative zero. */
const gridCoordinate = fc.integer({ min: -2, max: 2 }).map((value) => (value === 0 ? -0 : value));

const wildCoordinate = fc.oneof(
  { weight: 4, arbitrary: gridCoordinate },
  { weight: 2, arbitrary: fc.float({ min: -10, max: 10, noNaN: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1e-40,
      3e38,
    ),
  },
);

export interface GeneratedMesh {
  positions: Float32Array;
  indices: Uint32Array;
}

function meshOf(coordinate: fc.Arbitrary<number>): fc.Arbitrary<GeneratedMesh> {
  return fc
    .array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 60 })
    .chain((vertices) =>
      fc.record({
        positions: fc.constant(Float32Array.from(vertices.flat())),
        indices: fc
          .array(fc.integer({ min: 0, max: vertices.length - 1 }), { maxLength: 300 })
          .map((corners) => Uint32Array.from(corners.slice(0, corners.length - (corners.length % 3)))),
      }),
    );
}

/** Meshes with coinciding vertices and degenerate triangles, on which sums of products are exact. */
export const gridMeshes = meshOf(gridCoordinate);

/** Meshes that also have NaN, infinities, and very small and large coordinates. */
export const wildMeshes = meshOf(wildCoordinate);

/** Closed boxes with integer coordinates and two triangles per side; some are inside out or lack a triangle. */
export const boxes: fc.Arbitrary<GeneratedMesh> = fc
  .array(
    fc.record({
      at: fc.integer({ min: -50, max: 50 }),
      size: fc.integer({ min: 1, max: 3 }),
      inside: fc.integer({ min: 0, max: 30 }).map((number) => number === 0),
      open: fc.integer({ min: 0, max: 30 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) => {
    const positions: number[] = [];
    const indices: number[] = [];
    const sides = [
      [0, 2, 3, 1],
      [4, 5, 7, 6],
      [0, 1, 5, 4],
      [2, 6, 7, 3],
      [0, 4, 6, 2],
      [1, 3, 7, 5],
    ];
    for (const { at, size, inside, open } of list) {
      const base = positions.length / 3;
      for (let v = 0; v < 8; v += 1)
        positions.push(4 * at + size * (v & 1), size * ((v >> 1) & 1), size * (v >> 2));
      const corners = sides.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, a, c, d]);
      if (inside) corners.reverse();
      indices.push(...corners.slice(open === 0 ? 3 : 0).map((v) => base + v));
    }
    return { positions: Float32Array.from(positions), indices: Uint32Array.from(indices) };
  });

/** x, y, z of each corner. */
export function cornersOf({ positions, indices }: GeneratedMesh): Float32Array {
  const corners = new Float32Array(3 * indices.length);
  for (const [corner, vertex] of indices.entries())
    corners.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * corner);
  return corners;
}

/** A torus of 2 `side`² triangles, without creases. */
export function torus(side: number): GeneratedMesh {
  const vertex = (i: number, j: number): number => (i % side) * side + (j % side);
  const positions = new Float32Array(3 * side * side);
  const indices: number[] = [];
  for (let i = 0; i < side; i += 1) {
    for (let j = 0; j < side; j += 1) {
      const u = (2 * Math.PI * i) / side;
      const v = (2 * Math.PI * j) / side;
      positions.set(
        [(2 + Math.cos(v)) * Math.cos(u), (2 + Math.cos(v)) * Math.sin(u), Math.sin(v)],
        3 * vertex(i, j),
      );
      indices.push(vertex(i, j), vertex(i + 1, j), vertex(i + 1, j + 1));
      indices.push(vertex(i, j), vertex(i + 1, j + 1), vertex(i, j + 1));
    }
  }
  return { positions, indices: Uint32Array.from(indices) };
}
