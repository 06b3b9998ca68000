import type { Surface } from "../formats/data-kinds.ts";
import { appendVertices } from "../native/mesh-kernels.ts";
import { MISSING, type ScalarLayer } from "../scalars/scalar-field.ts";
import type { ElementScalars } from "./choose-scalars.ts";
import { assignProvokingVertices, type ProvokingVertices } from "./provoking-vertices.ts";

interface VertexScalars {
  /** With one value per vertex. */
  readonly scalars: readonly ScalarLayer[];
  /** For each vertex to append, the vertex that it copies. */
  readonly copies: Uint32Array;
}

/**
 * Gives scalar layers of a surface one value per vertex. Values of cells, and labels, which must not be interpolated, become values of
 * triangles, for which vertices are appended (see `assignProvokingVertices`).
 *
 * @param surface with its creases separated: `sources` has the vertex of the file for each appended one; its indices are modified
 */
export function vertexScalars(
  { positions, indices, cells }: Surface,
  layers: readonly ElementScalars[],
  sources: Uint32Array,
): VertexScalars {
  const vertices = positions.length / 3;
  const triangles = Math.floor((indices?.length ?? vertices) / 3);
  // Arrays of a file can be longer than its vertices.
  const expand = ({ values }: ScalarLayer["field"]) =>
    appendVertices(values.subarray(0, vertices - sources.length), 1, sources);
  const vertexOfFile = (corner: number): number => {
    const vertex = indices?.[corner] ?? corner;
    const appended = vertex - (vertices - sources.length);
    return appended < 0 ? vertex : (sources[appended] ?? 0);
  };
  const parts = layers.map((layer) => {
    const { field, of } = layer;
    const smooth = of === "points" ? expand(field) : undefined;
    if (smooth !== undefined && field.labels === undefined) return { layer, smooth };
    const flat =
      smooth === undefined
        ? valuesOfCells(field.values, cells, triangles)
        : labelsOfTriangles(smooth, indices, triangles);
    return { layer, flat: layer.outline ? outlineOf(flat, vertices, vertexOfFile) : flat };
  });
  const flats = parts.flatMap(({ flat }) => flat ?? []);
  const { copies, triangles: owners } = provokingVertices(indices, vertices, flats);
  const scalars = parts.map(({ layer: { field, ...layer }, smooth, flat }): ScalarLayer => {
    const values = flat
      ? Float32Array.from(owners, (triangle) => flat[triangle] ?? MISSING)
      : appendVertices(smooth ?? new Float32Array(), 1, copies);
    return { ...layer, field: { ...field, values }, flat: flat !== undefined };
  });
  return { scalars, copies };
}

function provokingVertices(
  indices: Uint32Array | undefined,
  vertices: number,
  values: readonly Float32Array[],
): ProvokingVertices {
  const [first, ...others] = values;
  if (first === undefined) return { copies: new Uint32Array(), triangles: new Uint32Array() };
  if (indices === undefined)
    return {
      copies: new Uint32Array(),
      triangles: Uint32Array.from({ length: vertices }, (_, i) => Math.floor(i / 3)),
    };
  return assignProvokingVertices(
    indices,
    vertices,
    (a, b) => first[a] === first[b] && others.every((other) => other[a] === other[b]),
  );
}

function valuesOfCells(
  values: Float32Array,
  cells: Uint32Array | undefined,
  triangles: number,
): Float32Array {
  const ofTriangles = new Float32Array(triangles);
  for (let i = 0; i < triangles; i += 1) ofTriangles[i] = values[cells?.[i] ?? i] ?? MISSING;
  return ofTriangles;
}

/** Returns the label that most corners of each triangle have; if they differ, that of the first. */
function labelsOfTriangles(
  labels: Float32Array,
  indices: Uint32Array | undefined,
  triangles: number,
): Float32Array {
  const ofTriangles = new Float32Array(triangles);
  const label = (corner: number): number => labels[indices?.[corner] ?? corner] ?? MISSING;
  for (let i = 0; i < triangles; i += 1) {
    const [a, b, c] = [label(3 * i), label(3 * i + 1), label(3 * i + 2)];
    ofTriangles[i] = b === c ? b : a;
  }
  return ofTriangles;
}

/** Keeps the labels of the triangles that have two vertices in common with triangles of other labels; the others become missing. */
function outlineOf(
  labels: Float32Array,
  vertices: number,
  vertexAt: (corner: number) => number,
): Float32Array {
  const first = new Float32Array(vertices).fill(Number.NaN);
  const isMixed = new Uint8Array(vertices);
  for (let corner = 0; corner < 3 * labels.length; corner += 1) {
    const vertex = vertexAt(corner);
    const label = labels[Math.floor(corner / 3)] ?? MISSING;
    if (Number.isNaN(first[vertex])) first[vertex] = label;
    else if (first[vertex] !== label) isMixed[vertex] = 1;
  }
  return labels.map((label, triangle) => {
    const mixed = [0, 1, 2].filter((corner) => isMixed[vertexAt(3 * triangle + corner)] === 1);
    return mixed.length >= 2 ? label : MISSING;
  });
}
