import { brainStructure } from "../brain-structure.ts";
import type { Label } from "../data-kinds.ts";
import { FileSource } from "../file-source.ts";
import { readLabelTable } from "../gifti/label-table.ts";
import { DataError, quote } from "../load-error.ts";
import { readChildren } from "../xml/read-children.ts";
import { XmlReader, type XmlStartTag } from "../xml/xml-reader.ts";

/** Rows of the matrix that have values for the vertices of one surface. */
export interface SurfaceRows {
  /** Name of the structure, such as "cortex left". */
  readonly structure: string;
  /** Number of vertices of the surface. */
  readonly vertexCount: number;
  /** Pairs of a row and a vertex, in increasing order of the rows. */
  readonly rows: Uint32Array;
  readonly vertices: Uint32Array;
}

/** What the columns of the matrix are. */
export type CiftiColumns =
  | { readonly type: "maps"; readonly maps: readonly CiftiMap[] }
  | { readonly type: "series"; readonly secondsOf: ((step: number) => number) | undefined };

interface CiftiMap {
  readonly name: string;
  readonly labels: readonly Label[] | undefined;
}

export interface CiftiDocument {
  readonly columns: CiftiColumns;
  readonly surfaces: readonly SurfaceRows[];
  /** Number of voxels that have values. */
  readonly voxels: number;
}

interface PartialRows {
  vertexCount: number;
  readonly pairs: { readonly row: number; readonly vertices: Uint32Array; readonly isParcel: boolean }[];
}

const INDEX_TYPE = "CIFTI_INDEX_TYPE_";

/**
 * Reads the XML of a CIFTI-2 file: the names of the columns, and the vertices of the rows.
 *
 * @see https://www.nitrc.org/projects/cifti
 * @throws DataError
 */
export async function readCiftiDocument(xml: Uint8Array): Promise<CiftiDocument> {
  await using source = FileSource.ofBytes(xml);
  const reader = new XmlReader(source);
  let columns: CiftiColumns | undefined;
  let rows: Omit<CiftiDocument, "columns"> | undefined;
  for (let tag = await reader.next(); tag !== undefined; tag = await reader.next()) {
    if (tag.type === "end") continue;
    const { name, attributes } = tag;
    if (name === "CIFTI" && !(attributes.get("Version") ?? "").startsWith("2")) {
      throw new DataError(
        "it is of version 1 of CIFTI: convert it with wb_command -file-convert -cifti-version-convert IN 2 OUT",
      );
    }
    if (name === "MatrixIndicesMap") {
      const dimensions = (attributes.get("AppliesToMatrixDimension") ?? "").split(",").map(Number);
      const type = attributes.get("IndicesMapToDataType") ?? "";
      if (dimensions.includes(0)) columns = await readColumns(reader, tag, type);
      else if (dimensions.includes(1)) rows = await readRows(reader, type);
      else throw new DataError("it has a third dimension, and cannot be shown on a surface");
    } else if (name !== "CIFTI" && name !== "Matrix") await reader.skipElement();
  }
  if (columns === undefined || rows === undefined)
    throw new DataError("its XML is cut off or damaged: it does not say what rows and columns are");
  return { columns, ...rows };
}

async function readColumns(
  reader: XmlReader,
  { attributes }: XmlStartTag,
  type: string,
): Promise<CiftiColumns> {
  if (type === `${INDEX_TYPE}SERIES`) {
    await reader.skipElement();
    const number = (key: string): number => Number(attributes.get(key) ?? Number.NaN);
    const factor = 10 ** number("SeriesExponent");
    const [start, step] = [factor * number("SeriesStart"), factor * number("SeriesStep")];
    const isKnown = attributes.get("SeriesUnit") === "SECOND" && Number.isFinite(start + step);
    return { type: "series", secondsOf: isKnown ? (i) => start + i * step : undefined };
  }
  if (type !== `${INDEX_TYPE}SCALARS` && type !== `${INDEX_TYPE}LABELS`) {
    const what = type.replace(INDEX_TYPE, "").toLowerCase().replaceAll("_", " ");
    throw new DataError(
      `its columns are ${quote(what)}, as in connectivity, and not values of a surface; extract the row of a seed with wb_command`,
    );
  }
  const maps: CiftiMap[] = [];
  await readChildren(reader, async ({ name }) => {
    if (name !== "NamedMap") return;
    let map: CiftiMap = { name: "", labels: undefined };
    await readChildren(reader, async (tag) => {
      if (tag.name === "MapName") map = { ...map, name: (await reader.text()).trim() };
      else if (tag.name === "LabelTable") map = { ...map, labels: await readLabelTable(reader) };
    });
    maps.push(map);
  });
  return { type: "maps", maps };
}

async function readRows(reader: XmlReader, type: string): Promise<Omit<CiftiDocument, "columns">> {
  if (type !== `${INDEX_TYPE}BRAIN_MODELS` && type !== `${INDEX_TYPE}PARCELS`) {
    throw new DataError(`its rows are ${quote(type.replace(INDEX_TYPE, ""))}, and not parts of the brain`);
  }
  const structures = new Map<string, PartialRows>();
  const rowsOf = (name: string | undefined): PartialRows => {
    const structure = brainStructure(name) ?? "unknown";
    const known = structures.get(structure) ?? { vertexCount: 0, pairs: [] };
    structures.set(structure, known);
    return known;
  };
  let [voxels, parcel] = [0, 0];
  const models: { readonly row: number; readonly count: number }[] = [];
  await readChildren(reader, async ({ name, attributes }) => {
    if (name === "Surface") {
      rowsOf(attributes.get("BrainStructure")).vertexCount = countOf(attributes, "SurfaceNumberOfVertices");
    } else if (name === "BrainModel") {
      const row = countOf(attributes, "IndexOffset");
      const count = countOf(attributes, "IndexCount");
      models.push({ row, count });
      if (attributes.get("ModelType") !== "CIFTI_MODEL_TYPE_SURFACE") {
        voxels += count;
        await reader.skipElement();
        return;
      }
      const rows = rowsOf(attributes.get("BrainStructure"));
      rows.vertexCount = countOf(attributes, "SurfaceNumberOfVertices");
      let vertices = new Uint32Array();
      await readChildren(reader, async (tag) => {
        if (tag.name === "VertexIndices") vertices = parseIndices(await reader.text());
      });
      if (vertices.length !== count)
        throw new DataError(`a brain model has ${vertices.length} vertices instead of ${count}`);
      rows.pairs.push({ row, vertices, isParcel: false });
    } else if (name === "Parcel") {
      await readChildren(reader, async (tag) => {
        if (tag.name === "Vertices") {
          const vertices = parseIndices(await reader.text());
          rowsOf(tag.attributes.get("BrainStructure")).pairs.push({ row: parcel, vertices, isParcel: true });
        } else if (tag.name === "VoxelIndicesIJK") {
          let numbers = 0;
          await reader.readText((bytes) => {
            numbers += bytes.length;
          });
          if (numbers > 1) voxels += 1;
        }
      });
      parcel += 1;
    }
  });
  models.sort((a, b) => a.row - b.row);
  if (models.some(({ row, count }, i) => row + count > (models[i + 1]?.row ?? Number.POSITIVE_INFINITY)))
    throw new DataError("two brain models have the same rows");
  const surfaces = [...structures]
    .filter(([, { pairs }]) => pairs.length > 0)
    .map(([structure, rows]) => joinPairs(structure, rows));
  return { surfaces, voxels };
}

/** @throws DataError if a vertex does not exist */
function joinPairs(structure: string, { vertexCount, pairs }: PartialRows): SurfaceRows {
  const sorted = pairs.toSorted((a, b) => a.row - b.row);
  const total = sorted.reduce((sum, { vertices }) => sum + vertices.length, 0);
  const [rows, all] = [new Uint32Array(total), new Uint32Array(total)];
  let filled = 0;
  for (const { row, vertices, isParcel } of sorted) {
    for (const [i, vertex] of vertices.entries()) {
      if (vertex >= vertexCount) {
        throw new DataError(`it uses vertex ${vertex} of ${structure}, which has ${vertexCount} vertices`);
      }
      rows[filled] = isParcel ? row : row + i;
      all[filled] = vertex;
      filled += 1;
    }
  }
  return { structure, vertexCount, rows, vertices: all };
}

/** @throws DataError if it is not a whole number from 0 to 2^32 - 1 */
function countOf(attributes: ReadonlyMap<string, string>, name: string): number {
  const value = Number(attributes.get(name) || Number.NaN);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new DataError(`its ${name} ${quote(attributes.get(name) ?? "")} is not a whole number`);
}

/** @throws DataError */
function parseIndices(text: string): Uint32Array<ArrayBuffer> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const invalid = words.find((word) => !/^\d{1,9}$/.test(word));
  if (invalid !== undefined) throw new DataError(`${quote(invalid)} is not the number of a vertex`);
  return Uint32Array.from(words, Number);
}
