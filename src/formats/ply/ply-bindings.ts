import type { FilePositions } from "../file-positions.ts";
import { bindArrays, type PlyArray } from "./ply-arrays.ts";
import { bindColors, type PlyColors } from "./ply-colors.ts";
import {
  bindList,
  bindPositions,
  bindScalars,
  makeTable,
  type PlyLists,
  type PlyTable,
} from "./ply-columns.ts";
import { type PlyHeader, POSITION_NAMES } from "./ply-header.ts";

const NORMAL_NAMES = [
  ["nx", "ny", "nz"],
  ["normal_x", "normal_y", "normal_z"],
  ["normalx", "normaly", "normalz"],
] as const;

const TEXTURE_COORDINATE_NAMES = [
  ["s", "t"],
  ["u", "v"],
  ["texture_u", "texture_v"],
  ["texture_s", "texture_t"],
  ["tx", "ty"],
  ["texcoord_u", "texcoord_v"],
] as const;

const FACE_LISTS = ["vertex_indices", "vertex_index", "vertex_indexes"] as const;
const EDGE_NAMES = [
  ["vertex1", "vertex2"],
  ["vertex_1", "vertex_2"],
  ["v1", "v2"],
] as const;

/** The properties of a PLY file that are drawn, bound to arrays. The arrays are filled when the rows are read. */
export interface PlyBindings {
  /** One per element of the header, in the same order. */
  readonly tables: readonly PlyTable[];
  readonly vertex: {
    readonly table: PlyTable;
    readonly positions: FilePositions;
    readonly normals: Float32Array | undefined;
    readonly colors: PlyColors | undefined;
    readonly uvs: Float32Array | undefined;
    readonly arrays: readonly PlyArray[];
  };
  readonly face:
    | {
        readonly table: PlyTable;
        readonly corners: PlyLists;
        readonly colors: PlyColors | undefined;
        /** u, v of each corner. */
        readonly uvs: PlyLists | undefined;
        /** Texture file of each face, as an index in the header's `textureFiles`. */
        readonly textures: Float32Array | undefined;
        readonly arrays: readonly PlyArray[];
      }
    | undefined;
  readonly strips: PlyLists | undefined;
  readonly edges: { readonly table: PlyTable; readonly ends: Float64Array } | undefined;
}

/**
 * Binds the properties that are used for drawing to arrays. `parsePlyHeader` guarantees a vertex element with coordinates.
 *
 * @param maxBytes upper bound for the size of the file
 */
export function bindPlyColumns(header: PlyHeader, maxBytes: number): PlyBindings {
  const tables = header.elements.map((element) => makeTable(element, header, maxBytes));
  const find = (name: string): PlyTable | undefined => tables.find(({ element }) => element.name === name);
  const vertexTable = find("vertex");
  if (vertexTable === undefined) throw new Error("no vertex element");
  const hasTextures = header.textureFiles.length > 0;
  const face = bindFaces(find("face"), hasTextures);
  const stripTable = find("tristrips");
  const strips = stripTable && bindList(stripTable, FACE_LISTS, "index");
  const hasSurface = face !== undefined || strips !== undefined;
  const vertex = {
    table: vertexTable,
    positions: bindCoordinates(vertexTable, header),
    // Points and lines are not shaded.
    normals: hasSurface ? bindFirst(vertexTable, NORMAL_NAMES) : undefined,
    colors: bindColors(vertexTable),
    uvs: hasTextures ? bindFirst(vertexTable, TEXTURE_COORDINATE_NAMES) : undefined,
  };
  return {
    tables,
    vertex: { ...vertex, arrays: bindArrays(vertexTable) },
    face,
    strips,
    edges: bindEdges(find("edge")),
  };
}

/** Binds the coordinates, as doubles if Float32 could round them: ASCII files often exceed the declared precision. */
function bindCoordinates(table: PlyTable, header: PlyHeader): FilePositions {
  const { properties } = table.element;
  for (const names of POSITION_NAMES) {
    const needsDoubles = properties.some(
      ({ name, type }) =>
        (names as readonly string[]).includes(name) && ["float64", "int32", "uint32"].includes(type),
    );
    const positions = bindPositions(table, names, needsDoubles || header.encoding === "ascii");
    if (positions !== undefined) return positions;
  }
  throw new Error("no coordinates");
}

function bindFirst(table: PlyTable, names: readonly (readonly string[])[]): Float32Array | undefined {
  for (const group of names) {
    const values = bindScalars(table, group, false);
    if (values !== undefined) return values;
  }
  return undefined;
}

function bindFaces(table: PlyTable | undefined, hasTextures: boolean): PlyBindings["face"] {
  if (table === undefined || table.element.count === 0) return undefined;
  const integerList = table.element.properties.find(
    ({ countType, type }) => countType !== undefined && !type.startsWith("float"),
  );
  const corners = bindList(table, [...FACE_LISTS, integerList?.name ?? ""], "index");
  if (corners === undefined) return undefined;
  const drawn = {
    colors: bindColors(table),
    uvs: hasTextures ? bindList(table, ["texcoord", "texcoords", "uv"], "number") : undefined,
    textures: hasTextures ? bindScalars(table, ["texnumber"], false) : undefined,
  };
  return { table, corners, ...drawn, arrays: bindArrays(table) };
}

function bindEdges(table: PlyTable | undefined): PlyBindings["edges"] {
  if (table === undefined) return undefined;
  for (const names of EDGE_NAMES) {
    const ends = bindScalars(table, names, true);
    if (ends !== undefined) return { table, ends };
  }
  return undefined;
}
