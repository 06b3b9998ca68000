import { DataError, quote } from "../../load-error.ts";
import { packCellLists } from "../cell-lists.ts";
import { NOT_FOUND_TYPE } from "../cell-types.ts";
import {
  type CellLists,
  cellCount,
  type GridDims,
  gridCounts,
  NO_CELLS,
  type PointValues,
  type VtkDataset,
} from "../vtk-dataset.ts";
import type { LegacyAttributes } from "./legacy-attributes.ts";
import type { LegacyText } from "./legacy-text.ts";
import type { LegacyValues } from "./legacy-values.ts";

/** A dataset without its arrays. */
type BareDataset = VtkDataset extends infer D
  ? D extends VtkDataset
    ? Omit<D, "pointData" | "cellData">
    : never
  : never;

export interface Geometry {
  readonly dataset: BareDataset;
  readonly points: number;
  readonly cells: number;
}

/** Parts of the geometry, by keyword, as far as they were read. */
interface Parts {
  points: PointValues | undefined;
  dims: GridDims | undefined;
  origin: readonly number[];
  spacing: readonly number[];
  readonly axes: [PointValues, PointValues, PointValues];
  readonly lists: Record<"VERTICES" | "LINES" | "POLYGONS" | "TRIANGLE_STRIPS" | "CELLS", CellLists>;
  types: Uint8Array | undefined;
}

/**
 * Reads from `DATASET` up to the arrays of the points or cells.
 *
 * @throws DataError
 */
export async function readGeometry(
  text: LegacyText,
  values: LegacyValues,
  attributes: LegacyAttributes,
): Promise<Geometry> {
  let keyword = (await text.word())?.toUpperCase();
  while (keyword === "FIELD" || keyword === "METADATA") {
    await skipField(keyword, text, attributes);
    keyword = (await text.word())?.toUpperCase();
  }
  if (keyword !== "DATASET") {
    throw new DataError(
      `DATASET is expected after the header, but ${quote(keyword ?? "the end of the file")} was found`,
    );
  }
  const type = (await text.word())?.toUpperCase() ?? "";
  const parts: Parts = {
    points: undefined,
    dims: undefined,
    origin: [0, 0, 0],
    spacing: [1, 1, 1],
    axes: [new Float32Array(1), new Float32Array(1), new Float32Array(1)],
    lists: {
      VERTICES: NO_CELLS,
      LINES: NO_CELLS,
      POLYGONS: NO_CELLS,
      TRIANGLE_STRIPS: NO_CELLS,
      CELLS: NO_CELLS,
    },
    types: undefined,
  };
  for (;;) {
    const next = (await text.peekWord())?.toUpperCase();
    if (next === undefined || next === "POINT_DATA" || next === "CELL_DATA") break;
    await text.word();
    if (next === "FIELD" || next === "METADATA") await skipField(next, text, attributes);
    else await readPart(next, text, values, parts);
  }
  return geometryOf(type, parts);
}

async function skipField(keyword: string, text: LegacyText, attributes: LegacyAttributes): Promise<void> {
  if (keyword === "FIELD") return attributes.readField(undefined);
  await text.line();
  await text.skipParagraph();
}

async function readPart(
  keyword: string,
  text: LegacyText,
  values: LegacyValues,
  parts: Parts,
): Promise<void> {
  switch (keyword) {
    case "POINTS": {
      const count = await text.count("points");
      parts.points = await readPoints(text, values, 3 * count);
      return;
    }
    case "VERTICES":
    case "LINES":
    case "POLYGONS":
    case "TRIANGLE_STRIPS":
    case "CELLS":
      parts.lists[keyword] = await readCellLists(text, values);
      return;
    case "CELL_TYPES": {
      const count = await text.count("cell types");
      const types = await values.indices("int", count);
      parts.types = Uint8Array.from(types, (type) => Math.min(type, NOT_FOUND_TYPE));
      return;
    }
    case "DIMENSIONS":
      parts.dims = [
        await text.count("points along x"),
        await text.count("points along y"),
        await text.count("points along z"),
      ];
      return;
    case "EXTENT": {
      const e = [];
      for (let i = 0; i < 6; i += 1) e.push(await text.number("EXTENT"));
      const [x0 = 0, x1 = 0, y0 = 0, y1 = 0, z0 = 0, z1 = 0] = e;
      parts.dims = [x1 - x0 + 1, y1 - y0 + 1, z1 - z0 + 1];
      return;
    }
    case "ORIGIN":
      parts.origin = await readVector(text, keyword);
      return;
    case "SPACING":
    case "ASPECT_RATIO":
      parts.spacing = await readVector(text, keyword);
      return;
    case "X_COORDINATES":
    case "Y_COORDINATES":
    case "Z_COORDINATES": {
      const count = await text.count("coordinates");
      parts.axes["XYZ".indexOf(keyword.charAt(0))] = await readPoints(text, values, count);
      return;
    }
    default:
      throw new DataError(`${quote(keyword)} is not a known keyword of a dataset`);
  }
}

async function readVector(text: LegacyText, what: string): Promise<number[]> {
  return [await text.number(what), await text.number(what), await text.number(what)];
}

async function readPoints(text: LegacyText, values: LegacyValues, count: number): Promise<PointValues> {
  const read = await values.numbers((await text.word()) ?? "", count);
  return read instanceof Float32Array || read instanceof Float64Array ? read : Float64Array.from(read);
}

/** Reads lists of vertex indices: those of version 5.1 with offsets, or the older ones with the length before each list. */
async function readCellLists(text: LegacyText, values: LegacyValues): Promise<CellLists> {
  const count = await text.count("cells");
  const size = await text.count("vertex indices");
  if (!(await text.isNextLine("OFFSETS"))) {
    return count === 0 ? NO_CELLS : packCellLists(await values.indices("int", size), count);
  }
  await text.word();
  const offsets = await values.indices((await text.word()) ?? "", count);
  if ((await text.word())?.toUpperCase() !== "CONNECTIVITY") {
    throw new DataError("CONNECTIVITY is expected after the offsets of cells: the file is damaged");
  }
  const connectivity = await values.indices((await text.word()) ?? "", size);
  return count === 0 ? NO_CELLS : { offsets, connectivity };
}

/** @throws DataError if parts are missing */
function geometryOf(type: string, parts: Parts): Geometry {
  const { points, dims, lists, types } = parts;
  const need = <T>(part: T | undefined, keyword: string): T => {
    if (part === undefined)
      throw new DataError(`the dataset has no ${keyword}: the file is cut off or damaged`);
    return part;
  };
  const empty = new Float32Array();
  switch (type) {
    case "POLYDATA": {
      const dataset = {
        kind: "polydata",
        points: points ?? empty,
        verts: lists.VERTICES,
        lines: lists.LINES,
        polys: lists.POLYGONS,
        strips: lists.TRIANGLE_STRIPS,
      } as const;
      const all = [dataset.verts, dataset.lines, dataset.polys, dataset.strips];
      const cells = all.reduce((sum, list) => sum + cellCount(list), 0);
      return { dataset, points: dataset.points.length / 3, cells };
    }
    case "UNSTRUCTURED_GRID": {
      const cells = cellCount(lists.CELLS);
      const cellTypes = cells === 0 ? new Uint8Array() : need(types, "CELL_TYPES");
      const dataset = {
        kind: "unstructured",
        points: points ?? empty,
        cells: lists.CELLS,
        types: cellTypes,
      } as const;
      return { dataset, points: dataset.points.length / 3, cells };
    }
    case "STRUCTURED_GRID":
      return gridGeometry({
        kind: "structured",
        dims: need(dims, "DIMENSIONS"),
        points: need(points, "POINTS"),
      });
    case "STRUCTURED_POINTS": {
      const [x = 0, y = 0, z = 0] = parts.origin;
      const [dx = 1, dy = 1, dz = 1] = parts.spacing;
      const affine = [dx, 0, 0, x, 0, dy, 0, y, 0, 0, dz, z, 0, 0, 0, 1];
      return gridGeometry({ kind: "image", dims: need(dims, "DIMENSIONS"), affine });
    }
    case "RECTILINEAR_GRID":
      return gridGeometry({ kind: "rectilinear", dims: need(dims, "DIMENSIONS"), axes: parts.axes });
    default:
      throw new DataError(
        `datasets of the type ${quote(type)} cannot be shown; those of POLYDATA, UNSTRUCTURED_GRID, STRUCTURED_GRID, STRUCTURED_POINTS and RECTILINEAR_GRID can`,
      );
  }
}

function gridGeometry(dataset: BareDataset & { readonly dims: GridDims }): Geometry {
  return { dataset, ...gridCounts(dataset.dims) };
}
