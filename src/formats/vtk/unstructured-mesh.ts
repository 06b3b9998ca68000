import { relativeTo } from "../../geometry/coordinate-origin.ts";
import { findOuterFaces } from "../../native/outer-faces.ts";
import type { Mesh, Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { isCellValid } from "./cell-lists.ts";
import { CellParts } from "./cell-parts.ts";
import { CELL_SHAPES, type CellShape, type Face, nodesNeeded, POLYHEDRON } from "./cell-types.ts";
import { meshOfParts } from "./mesh-parts.ts";
import type { CellLists, UnstructuredGrid } from "./vtk-dataset.ts";

/** VTK's flags of ghost cells that are not drawn: duplicates of another piece's, and hidden ones. */
const HIDDEN_CELL = 1 | 32;

/**
 * Makes a mesh of the outer faces of the cells with volume, and of all cells of lower dimension.
 *
 * @throws DataError
 */
export function unstructuredMesh(
  grid: UnstructuredGrid,
  warnings: string[],
  { keepsCells = false }: Pick<ReadContext, "keepsCells"> = {},
): Mesh | Points {
  const { points, cells } = grid;
  const types = visibleTypes(grid);
  const counts = countTypes(types);
  const parts = new CellParts(points);
  const shapes = [...counts.keys()].map((type) => CELL_SHAPES.get(type));
  if (shapes.some(isSolid)) addOuterFaces(grid, types, parts);
  if (!shapes.every(isSolid)) addFlatCells(grid, types, parts);
  const unknown = [...counts].filter(([type]) => !CELL_SHAPES.has(type));
  if (unknown.length > 0) {
    const count = unknown.reduce((sum, [, cellsOfType]) => sum + cellsOfType, 0);
    const names = unknown.map(([type]) => type).join(", ");
    warnings.push(`${count} cells are of a type that cannot be drawn (VTK's cell type ${names}); left out`);
  }
  const mesh = meshOfParts(grid, parts.finish(cells.offsets.length - 1, warnings), warnings);
  if (!keepsCells || !shapes.some(isSolid)) return mesh;
  return withSolidCells(mesh, { ...grid, types }, shapes.every(isSolid));
}

/** Keeps the cells of a mesh. @param areAll whether they are those of all its surfaces */
export function withSolidCells(
  mesh: Mesh | Points,
  { points, cells, types, pointData, cellData }: UnstructuredGrid,
  areAll: boolean,
): Mesh | Points {
  if (mesh.kind !== "mesh") return mesh;
  const vertices = { positions: relativeTo(mesh.origin, points), arrays: pointData.arrays };
  return {
    ...mesh,
    solidCells: { points: vertices, ...cells, types, cellArrays: cellData.arrays, areAll },
  };
}

/** The types of the cells; 0 for those that are hidden. */
function visibleTypes({ types, cellData: { ghosts } }: UnstructuredGrid): Uint8Array {
  return ghosts === undefined
    ? types
    : types.map((type, cell) => ((ghosts[cell] ?? 0) & HIDDEN_CELL ? 0 : type));
}

function isSolid(shape: CellShape | undefined): boolean {
  return shape?.kind === "solid" || shape?.kind === "polyhedron";
}

/** Number of cells of each type that occurs. */
function countTypes(types: Uint8Array): ReadonlyMap<number, number> {
  const counts = new Uint32Array(256);
  for (let i = 0; i < types.length; i += 1) counts[types[i] ?? 0] = (counts[types[i] ?? 0] ?? 0) + 1;
  return new Map([...counts.entries()].filter(([, count]) => count > 0));
}

function addOuterFaces({ points, cells }: UnstructuredGrid, types: Uint8Array, parts: CellParts): void {
  const { connectivity, offsets } = cells;
  const lists = new Map<number, (readonly number[])[]>();
  const faces: (readonly Face[])[] = [];
  for (const [type, shape] of CELL_SHAPES) {
    if (shape.kind !== "solid") continue;
    faces[type] = shape.faces;
    lists.set(
      type,
      shape.faces.map(({ corners }) => [...corners]),
    );
  }
  const outer = findOuterFaces({ connectivity, offsets, types, points: points.length / 3 }, lists);
  parts.invalid += outer.invalidCells;
  for (let i = 0; i < outer.cells.length; i += 1) {
    const cell = outer.cells[i] ?? 0;
    const number = outer.numbers[i] ?? 0;
    const type = types[cell] ?? 0;
    if (type === POLYHEDRON) {
      parts.addPolygon(cells, number + 1, number + 1 + (connectivity[number] ?? 0), cell);
      continue;
    }
    const face = faces[type]?.[number];
    if (face !== undefined)
      parts.addFace(cells, offsets[cell] ?? 0, drawable(cells, cell, face, parts.pointCount), cell);
  }
}

/** The face, or the face between its corners if nodes of its edges are missing. */
function drawable({ connectivity, offsets }: CellLists, cell: number, face: Face, points: number): Face {
  if (face.edges === undefined) return face;
  const start = offsets[cell] ?? 0;
  const length = (offsets[cell + 1] ?? 0) - start;
  const nodes = face.center === undefined ? face.edges : [...face.edges, face.center];
  const isComplete = nodes.every((node) => node < length && (connectivity[start + node] ?? points) < points);
  return isComplete ? face : { corners: face.corners };
}

/** Adds the cells without volume. */
function addFlatCells({ cells }: UnstructuredGrid, types: Uint8Array, parts: CellParts): void {
  const { connectivity, offsets } = cells;
  const points = parts.pointCount;
  const shapes = Array.from({ length: 256 }, (_, type) => {
    const shape = CELL_SHAPES.get(type);
    return isSolid(shape) || shape?.kind === "empty" ? undefined : shape;
  });
  for (let cell = 0; cell < types.length; cell += 1) {
    const shape = shapes[types[cell] ?? 0];
    if (shape === undefined) continue;
    const start = offsets[cell] ?? 0;
    const end = offsets[cell + 1] ?? 0;
    if (!isCellValid(cells, start, end, points) || end - start < nodesNeeded(shape)) {
      parts.invalid += 1;
      continue;
    }
    if (shape.kind === "vertices") parts.addVertices(cells, start, end);
    else if (shape.kind === "strip") parts.addStrip(cells, start, end, cell);
    else if (shape.kind === "line") {
      if (shape.nodes === undefined) parts.addLine(cells, start, end, cell);
      else parts.addNodes(cells, start, shape.nodes, cell);
    } else if (shape.kind === "quadratic-polygon") {
      const corners = (end - start) >> 1;
      const outline = Uint32Array.from(
        { length: 2 * corners },
        (_, i) => connectivity[start + (i >> 1) + (i & 1) * corners] ?? 0,
      );
      parts.addPolygon({ connectivity: outline, offsets }, 0, outline.length, cell);
    } else if (shape.kind === "polygon") {
      if (shape.face === undefined) parts.addPolygon(cells, start, end, cell);
      else parts.addFace(cells, start, shape.face, cell);
    }
  }
}
