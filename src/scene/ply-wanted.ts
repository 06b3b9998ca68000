import { type PlyColors, wantColors } from "./ply-colors.ts";
import { makeTable, type PlyLists, type PlyTable, wantList, wantScalars } from "./ply-columns.ts";
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

/** What of a PLY file is drawn. The arrays are filled when the rows are read. */
export interface PlyWanted {
  /** One for each element of the header, in its order. */
  readonly tables: readonly PlyTable[];
  readonly vertex: {
    readonly table: PlyTable;
    readonly places: Float32Array | Float64Array;
    readonly normals: Float32Array | undefined;
    readonly colors: PlyColors | undefined;
    readonly uvs: Float32Array | undefined;
  };
  readonly face:
    | {
        readonly table: PlyTable;
        readonly corners: PlyLists;
        readonly colors: PlyColors | undefined;
        /** Two numbers for each corner. */
        readonly uvs: PlyLists | undefined;
        /** Which of the header's texture files each face has. */
        readonly textures: Float32Array | undefined;
      }
    | undefined;
  readonly strips: PlyLists | undefined;
  readonly edges: { readonly table: PlyTable; readonly ends: Float64Array } | undefined;
}

/** Chooses what is read. The header has a vertex element with coordinates. */
export function choosePlyColumns(header: PlyHeader, fileBytes: number): PlyWanted {
  const tables = header.elements.map((element) => makeTable(element, header, fileBytes));
  const find = (name: string): PlyTable | undefined => tables.find(({ element }) => element.name === name);
  const vertexTable = find("vertex");
  if (vertexTable === undefined) throw new Error("no vertex element");
  const textured = header.textureFiles.length > 0;
  const face = wantFaces(find("face"), textured);
  const stripTable = find("tristrips");
  const strips = stripTable && wantList(stripTable, FACE_LISTS, "index");
  const surface = face !== undefined || strips !== undefined;
  return {
    tables,
    vertex: {
      table: vertexTable,
      places: wantPlaces(vertexTable, header),
      // Points have no shading.
      normals: surface ? wantFirst(vertexTable, NORMAL_NAMES) : undefined,
      colors: wantColors(vertexTable),
      uvs: textured ? wantFirst(vertexTable, TEXTURE_COORDINATE_NAMES) : undefined,
    },
    face,
    strips,
    edges: wantEdges(find("edge")),
  };
}

/** As doubles where Float32 may round them: digits in ASCII do not keep to the declared type. */
function wantPlaces(table: PlyTable, header: PlyHeader): Float32Array | Float64Array {
  const { properties } = table.element;
  for (const names of POSITION_NAMES) {
    const wide = properties.some(
      ({ name, type }) =>
        (names as readonly string[]).includes(name) && ["float64", "int32", "uint32"].includes(type),
    );
    const places = wantScalars(table, names, wide || header.encoding === "ascii");
    if (places !== undefined) return places;
  }
  throw new Error("no coordinates");
}

function wantFirst(table: PlyTable, names: readonly (readonly string[])[]): Float32Array | undefined {
  for (const group of names) {
    const values = wantScalars(table, group, false);
    if (values !== undefined) return values;
  }
  return undefined;
}

function wantFaces(table: PlyTable | undefined, textured: boolean): PlyWanted["face"] {
  if (table === undefined || table.element.count === 0) return undefined;
  const whole = table.element.properties.find(
    ({ countType, type }) => countType !== undefined && !type.startsWith("float"),
  );
  const corners = wantList(table, [...FACE_LISTS, whole?.name ?? ""], "index");
  if (corners === undefined) return undefined;
  return {
    table,
    corners,
    colors: wantColors(table),
    uvs: textured ? wantList(table, ["texcoord", "texcoords", "uv"], "number") : undefined,
    textures: textured ? wantScalars(table, ["texnumber"], false) : undefined,
  };
}

function wantEdges(table: PlyTable | undefined): PlyWanted["edges"] {
  if (table === undefined) return undefined;
  for (const names of EDGE_NAMES) {
    const ends = wantScalars(table, names, true);
    if (ends !== undefined) return { table, ends };
  }
  return undefined;
}
