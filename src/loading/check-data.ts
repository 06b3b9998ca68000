import type {
  DataArray,
  Lines,
  Mesh,
  Molecule,
  Points,
  Streamlines,
  Surface,
  Vertices,
  Volume,
} from "../formats/data-kinds.ts";
import { isInvertible } from "../formats/volume/affine.ts";

/**
 * Checks data from a program, as the readers of files check theirs: kernels in C use its indices without checking them.
 *
 * @throws RangeError with a sentence that names the field
 */
export function checkData(data: Mesh | Points | Streamlines | Volume | Molecule): void {
  checkLength("origin", data.origin, 3);
  switch (data.kind) {
    case "mesh":
      for (const [i, surface] of data.surfaces.entries()) checkSurface(`surfaces[${i}]`, surface);
      if (data.lines !== undefined) checkLines("lines", data.lines);
      if (data.points !== undefined) checkVertices("points", data.points, 1);
      return;
    case "points":
      checkVertices("vertices", data.vertices, 1);
      return;
    case "streamlines":
      checkStreamlines(data);
      return;
    case "volume":
      checkVolume(data);
      return;
    case "molecule":
      checkMolecule(data);
  }
}

/** @returns the number of elements, such as triangles */
function checkVertices(field: string, vertices: Vertices, perElement: 1 | 2 | 3): number {
  const { positions, colors, indices, arrays = [] } = vertices;
  const count = checkTriples(`${field}.positions`, positions);
  if (colors !== undefined) checkFloats(`${field}.colors`, colors, 3 * count);
  checkArrays(`${field}.arrays`, arrays, count);
  if (indices !== undefined) checkIndexArray(`${field}.indices`, indices, count);
  const corners = indices?.length ?? count;
  check(
    corners % perElement === 0,
    `${field} has ${corners} corners, which is not a multiple of ${perElement}`,
  );
  return corners / perElement;
}

function checkSurface(field: string, surface: Surface): void {
  const triangles = checkVertices(field, surface, 3);
  const { positions, normals, uvs, cells, cellArrays = [] } = surface;
  if (normals !== undefined) checkFloats(`${field}.normals`, normals, positions.length);
  if (uvs !== undefined) checkFloats(`${field}.uvs`, uvs, (positions.length / 3) * 2);
  checkCells(field, cells, cellArrays, triangles);
}

function checkLines(field: string, lines: Lines): void {
  checkCells(field, lines.cells, lines.cellArrays ?? [], checkVertices(field, lines, 2));
}

/** @param count number of triangles or segments */
function checkCells(
  field: string,
  cells: Uint32Array | undefined,
  arrays: readonly DataArray[],
  count: number,
): void {
  if (cells === undefined) {
    checkArrays(`${field}.cellArrays`, arrays, count);
    return;
  }
  checkLength(`${field}.cells`, cells, count);
  const [first] = arrays;
  const cellCount = first === undefined ? count : first.values.length / first.components;
  checkIndexArray(`${field}.cells`, cells, cellCount);
  checkArrays(`${field}.cellArrays`, arrays, cellCount);
}

function checkStreamlines(data: Streamlines): void {
  const { positions, offsets, pointArrays, streamlineArrays, groups } = data;
  const points = checkTriples("positions", positions);
  check(
    offsets instanceof Uint32Array && offsets.length > 0,
    "offsets must be a Uint32Array with an element",
  );
  const ascending = offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 0));
  check(
    ascending && offsets[0] === 0 && offsets.at(-1) === points,
    `offsets must ascend from 0 to the number of points, ${points}`,
  );
  const count = offsets.length - 1;
  checkArrays("pointArrays", pointArrays, points);
  checkArrays("streamlineArrays", streamlineArrays, count);
  for (const { name, streamlines, arrays } of groups) {
    checkIndexArray(`the group ${name}`, streamlines, count);
    checkArrays(`the arrays of the group ${name}`, arrays, 1);
  }
}

function checkVolume({ dims, frames, components, values, affine, slope, intercept }: Volume): void {
  checkLength("dims", dims, 3);
  for (const [name, count] of Object.entries({ i: dims[0], j: dims[1], k: dims[2], frames, components })) {
    check(Number.isInteger(count) && count > 0, `the size along ${name} must be a whole number above 0`);
  }
  check([1, 3, 4].includes(components), "components must be 1, or 3 and 4 for RGB and RGBA");
  checkLength("values", values, dims[0] * dims[1] * dims[2] * frames * components);
  check(Number.isFinite(slope) && Number.isFinite(intercept), "slope and intercept must be finite numbers");
  check(
    affine.length === 16 && isInvertible(affine),
    "affine must be the 16 numbers of an invertible matrix, row by row",
  );
}

function checkMolecule(data: Molecule): void {
  const atoms = checkTriples("positions", data.positions);
  checkLength("elements", data.elements, atoms);
  checkLength("names", data.names, atoms);
  checkLength("bFactors", data.bFactors, atoms);
  checkLength("residueOfAtom", data.residueOfAtom, atoms);
  checkIndexArray("residueOfAtom", data.residueOfAtom, data.residues.length);
  checkIndices(
    "residues[…].chain",
    data.residues.map(({ chain }) => chain),
    data.chains.length,
  );
  checkLength("bonds", data.bonds, 2 * data.bondOrders.length);
  checkIndexArray("bonds", data.bonds, atoms);
  for (const [i, model] of data.models.entries()) checkFloats(`models[${i}]`, model, data.positions.length);
  for (const { name, copies } of data.assemblies) {
    for (const { chains, matrix } of copies) {
      checkIndices(`the chains of the assembly ${name}`, chains, data.chains.length);
      checkLength(`a matrix of the assembly ${name}`, matrix, 16);
    }
  }
}

function checkArrays(field: string, arrays: readonly DataArray[], count: number): void {
  for (const { name, components, values } of arrays) {
    check(Number.isInteger(components) && components > 0, `${field}: ${name} needs a number of components`);
    checkLength(`${field}: ${name}`, values, count * components);
  }
}

/** @returns the number of points */
function checkTriples(field: string, values: Float32Array): number {
  check(
    values instanceof Float32Array && values.length % 3 === 0,
    `${field} must be a Float32Array with x, y and z of each point`,
  );
  return values.length / 3;
}

function checkFloats(field: string, values: Float32Array, length: number): void {
  check(values instanceof Float32Array, `${field} must be a Float32Array`);
  checkLength(field, values, length);
}

function checkLength(field: string, values: { readonly length: number }, length: number): void {
  check(values.length === length, `${field} has ${values.length} elements instead of ${length}`);
}

function checkIndexArray(field: string, indices: Uint32Array, count: number): void {
  check(indices instanceof Uint32Array, `${field} must be a Uint32Array`);
  checkIndices(field, indices, count);
}

function checkIndices(field: string, indices: ArrayLike<number>, count: number): void {
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i] ?? Number.NaN;
    check(
      Number.isInteger(index) && index >= 0 && index < count,
      `${field}[${i}] is ${index}, but there are ${count}`,
    );
  }
}

function check(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new RangeError(`${sentence}.`);
}
