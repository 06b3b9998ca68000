/** VTK's cell types by their shape (vtkCellType.h). Nodes of a cell are numbered from 0: first the corners, then those of higher order. */
export type CellShape =
  | { readonly kind: "empty" }
  | { readonly kind: "vertices" }
  /** A polyline along these nodes; default: all, in order. */
  | { readonly kind: "line"; readonly nodes?: readonly number[] }
  | { readonly kind: "strip" }
  /** A polygon along its outline; default: all nodes, in order. */
  | { readonly kind: "polygon"; readonly face?: Face }
  /** Outlines of its corners alternate with those of its edges: quadratic polygons. */
  | { readonly kind: "quadratic-polygon" }
  | { readonly kind: "solid"; readonly faces: readonly Face[] }
  | { readonly kind: "polyhedron" };

export interface Face {
  /** Nodes of the outline. */
  readonly corners: readonly number[];
  /** Node of each edge, from corner to corner. */
  readonly edges?: readonly number[] | undefined;
  readonly center?: number | undefined;
}

/** A number that is no cell type, for those that are out of range. */
export const NOT_FOUND_TYPE = 255;
export const POLYHEDRON = 42;

type Pairs = readonly (readonly [number, number])[];

const faces = (...lists: (readonly number[])[]): readonly Face[] => lists.map((corners) => ({ corners }));

const TETRAHEDRON = faces([0, 1, 3], [1, 2, 3], [2, 0, 3], [0, 2, 1]);
const HEXAHEDRON = faces([0, 4, 7, 3], [1, 2, 6, 5], [0, 1, 5, 4], [3, 7, 6, 2], [0, 3, 2, 1], [4, 5, 6, 7]);
const VOXEL = faces([2, 0, 4, 6], [1, 3, 7, 5], [0, 1, 5, 4], [3, 2, 6, 7], [1, 0, 2, 3], [4, 5, 7, 6]);
const WEDGE = faces([0, 1, 2], [3, 5, 4], [0, 3, 4, 1], [1, 4, 5, 2], [2, 5, 3, 0]);
const PYRAMID = faces([0, 3, 2, 1], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]);
const PENTAGONAL_PRISM = faces(
  [0, 4, 3, 2, 1],
  [5, 6, 7, 8, 9],
  ...[0, 1, 2, 3, 4].map((i) => [i, (i + 1) % 5, 5 + ((i + 1) % 5), 5 + i]),
);
const HEXAGONAL_PRISM = faces(
  [0, 5, 4, 3, 2, 1],
  [6, 7, 8, 9, 10, 11],
  ...[0, 1, 2, 3, 4, 5].map((i) => [i, (i + 1) % 6, 6 + ((i + 1) % 6), 6 + i]),
);

const TRIANGLE_EDGES: Pairs = [
  [0, 1],
  [1, 2],
  [2, 0],
];
const QUAD_EDGES: Pairs = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
];
const TETRAHEDRON_EDGES: Pairs = [...TRIANGLE_EDGES, [0, 3], [1, 3], [2, 3]];
const HEXAHEDRON_EDGES: Pairs = [
  ...QUAD_EDGES,
  [4, 5],
  [5, 6],
  [6, 7],
  [7, 4],
  [0, 4],
  [1, 5],
  [2, 6],
  [3, 7],
];
const WEDGE_EDGES: Pairs = [...TRIANGLE_EDGES, [3, 4], [4, 5], [5, 3], [0, 3], [1, 4], [2, 5]];
const PYRAMID_EDGES: Pairs = [...QUAD_EDGES, [0, 4], [1, 4], [2, 4], [3, 4]];

/**
 * Adds the nodes of edges, which follow the corners in the order of `pairs`, and those of face centres.
 *
 * @param centers node of the centre of each face, if it has one
 */
function quadratic(
  linear: readonly Face[],
  corners: number,
  pairs: Pairs,
  centers: readonly (number | undefined)[] = [],
): readonly Face[] {
  const nodeOf = (a: number, b: number): number =>
    corners + pairs.findIndex(([from, to]) => (from === a && to === b) || (from === b && to === a));
  return linear.map(({ corners: outline }, i) => ({
    corners: outline,
    edges: outline.map((corner, k) => nodeOf(corner, outline[(k + 1) % outline.length] ?? 0)),
    center: centers[i],
  }));
}

const polygon = (linear: readonly number[], pairs?: Pairs, center?: number): CellShape => {
  const [face] =
    pairs === undefined ? faces(linear) : quadratic(faces(linear), linear.length, pairs, [center]);
  return { kind: "polygon", ...(face && { face }) };
};
const solid = (list: readonly Face[]): CellShape => ({ kind: "solid", faces: list });

const TRIANGLE = [0, 1, 2];
const QUAD = [0, 1, 2, 3];

/** The shapes of cell types that can be shown. Cells of higher order than two are shown by their corners. */
export const CELL_SHAPES: ReadonlyMap<number, CellShape> = new Map<number, CellShape>([
  [0, { kind: "empty" }],
  [1, { kind: "vertices" }],
  [2, { kind: "vertices" }],
  [3, { kind: "line" }],
  [4, { kind: "line" }],
  [5, polygon(TRIANGLE)],
  [6, { kind: "strip" }],
  [7, { kind: "polygon" }],
  [8, polygon([0, 1, 3, 2])],
  [9, polygon(QUAD)],
  [10, solid(TETRAHEDRON)],
  [11, solid(VOXEL)],
  [12, solid(HEXAHEDRON)],
  [13, solid(WEDGE)],
  [14, solid(PYRAMID)],
  [15, solid(PENTAGONAL_PRISM)],
  [16, solid(HEXAGONAL_PRISM)],
  [21, { kind: "line", nodes: [0, 2, 1] }],
  [22, polygon(TRIANGLE, TRIANGLE_EDGES)],
  [23, polygon(QUAD, QUAD_EDGES)],
  [24, solid(quadratic(TETRAHEDRON, 4, TETRAHEDRON_EDGES))],
  [25, solid(quadratic(HEXAHEDRON, 8, HEXAHEDRON_EDGES))],
  [26, solid(quadratic(WEDGE, 6, WEDGE_EDGES))],
  [27, solid(quadratic(PYRAMID, 5, PYRAMID_EDGES))],
  [28, polygon(QUAD, QUAD_EDGES, 8)],
  [29, solid(quadratic(HEXAHEDRON, 8, HEXAHEDRON_EDGES, [20, 21, 22, 23, 24, 25]))],
  [30, polygon(QUAD)],
  [31, solid(WEDGE)],
  [32, solid(quadratic(WEDGE, 6, WEDGE_EDGES, [undefined, undefined, 15, 16, 17]))],
  [33, solid(quadratic(HEXAHEDRON, 8, HEXAHEDRON_EDGES, [20, 21, 22, 23]))],
  [34, polygon(TRIANGLE, TRIANGLE_EDGES)],
  [35, { kind: "line", nodes: [0, 2, 3, 1] }],
  [36, { kind: "quadratic-polygon" }],
  [37, solid(quadratic(PYRAMID, 5, PYRAMID_EDGES))],
  [POLYHEDRON, { kind: "polyhedron" }],
  // Lagrange and Bézier cells.
  ...[68, 75].flatMap((first): [number, CellShape][] => [
    [first, { kind: "line", nodes: [0, 1] }],
    [first + 1, polygon(TRIANGLE)],
    [first + 2, polygon(QUAD)],
    [first + 3, solid(TETRAHEDRON)],
    [first + 4, solid(HEXAHEDRON)],
    [first + 5, solid(WEDGE)],
    [first + 6, solid(PYRAMID)],
  ]),
]);

/** Number of nodes that drawing a cell without volume uses. */
export function nodesNeeded(shape: CellShape): number {
  if (shape.kind === "line") return shape.nodes === undefined ? 2 : shape.nodes.length;
  if (shape.kind !== "polygon") return shape.kind === "vertices" ? 1 : 3;
  if (shape.face === undefined) return 3;
  const { corners, edges = [], center } = shape.face;
  return corners.length + edges.length + (center === undefined ? 0 : 1);
}

const TRIANGLE_OF_EDGES = [0, 3, 5, 3, 1, 4, 5, 4, 2, 3, 4, 5];
const QUAD_OF_EDGES = [0, 4, 7, 4, 1, 5, 5, 2, 6, 6, 3, 7, 4, 5, 6, 4, 6, 7];
const QUAD_OF_CENTER = [0, 4, 8, 0, 8, 7, 4, 1, 5, 4, 5, 8, 8, 5, 2, 8, 2, 6, 7, 8, 6, 7, 6, 3];

/**
 * The triangles of a curved face, as positions in its list of corners, edges and centre.
 *
 * @returns undefined for a face with straight edges
 */
export function curvedTriangles({ corners, edges, center }: Face): readonly number[] | undefined {
  if (edges === undefined) return undefined;
  if (corners.length === 3) return TRIANGLE_OF_EDGES;
  return center === undefined ? QUAD_OF_EDGES : QUAD_OF_CENTER;
}
