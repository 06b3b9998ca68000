import type { NumericArray } from "../../data-kinds.ts";
import { DataError, quote } from "../../load-error.ts";
import { AttributeBuilder } from "../attribute-builder.ts";
import type { Attributes, CellLists, PointValues, VtkDataset } from "../vtk-dataset.ts";
import { withPolyhedra } from "./polyhedra.ts";
import type { XmlDocument } from "./xml-document.ts";
import { dimsOf, type XmlAttributes, type XmlPiece } from "./xml-piece.ts";

/**
 * Makes the dataset of one piece of a file.
 *
 * @throws DataError if parts are missing
 */
export function datasetOfPiece(
  { type, attributes }: XmlDocument,
  piece: XmlPiece,
  warnings: string[],
): VtkDataset {
  const data = {
    pointData: attributesOf(piece, "PointData", "points", piece.points, warnings),
    cellData: attributesOf(piece, "CellData", "cells", piece.cells, warnings),
  };
  const dims = dimsOf(piece.extent);
  switch (type) {
    case "PolyData":
      return {
        kind: "polydata",
        points: pointsOf(piece),
        verts: listsOf(piece, "Verts"),
        lines: listsOf(piece, "Lines"),
        polys: listsOf(piece, "Polys"),
        strips: listsOf(piece, "Strips"),
        ...data,
      };
    case "UnstructuredGrid": {
      const types = arrayNamed(piece, "Cells", "types") ?? new Uint8Array();
      const numbers = types instanceof Uint8Array ? types : Uint8Array.from(types);
      const cells = withPolyhedra(listsOf(piece, "Cells"), numbers, {
        faces: arrayNamed(piece, "Cells", "faces"),
        ends: arrayNamed(piece, "Cells", "faceoffsets"),
      });
      return { kind: "unstructured", points: pointsOf(piece), cells, types: numbers, ...data };
    }
    case "StructuredGrid":
      return { kind: "structured", dims, points: pointsOf(piece), ...data };
    case "RectilinearGrid": {
      const [x, y, z] = piece.section("Coordinates")?.arrays ?? [];
      const axis = (array: { values: NumericArray | undefined } | undefined): NumericArray =>
        array?.values ?? new Float32Array(1);
      return { kind: "rectilinear", dims, axes: [axis(x), axis(y), axis(z)], ...data };
    }
    case "ImageData":
      return { kind: "image", dims, affine: affineOf(attributes, piece.extent), ...data };
    default:
      throw new DataError(
        `datasets of the type ${quote(type)} cannot be shown; those of PolyData, UnstructuredGrid, ImageData, StructuredGrid and RectilinearGrid can`,
      );
  }
}

function attributesOf(
  piece: XmlPiece,
  name: "PointData" | "CellData",
  of: "points" | "cells",
  count: number,
  warnings: string[],
): Attributes {
  const builder = new AttributeBuilder(of, count, warnings);
  const section = piece.section(name);
  for (const { name: array, components, values } of section?.arrays ?? []) {
    if (values === undefined) continue;
    const data = { name: array, components, values };
    if (array === section?.attributes.get("Scalars")) builder.setScalars(data);
    else if (array === section?.attributes.get("Normals")) builder.setNormals(data);
    else builder.add(data);
  }
  return builder.finish();
}

function pointsOf(piece: XmlPiece): PointValues {
  const values = piece.section("Points")?.arrays[0]?.values;
  if (values === undefined) {
    if (piece.points === 0) return new Float32Array();
    throw new DataError("it has no points: the file is cut off or damaged");
  }
  return values instanceof Float32Array || values instanceof Float64Array
    ? values
    : Float64Array.from(values);
}

function arrayNamed(piece: XmlPiece, section: string, name: string): NumericArray | undefined {
  return piece.section(section)?.arrays.find((array) => array.name === name)?.values;
}

function listsOf(piece: XmlPiece, section: string): CellLists {
  const connectivity = arrayNamed(piece, section, "connectivity") ?? new Uint32Array();
  const offsets = arrayNamed(piece, section, "offsets") ?? new Uint32Array(1);
  if (connectivity instanceof Uint32Array && offsets instanceof Uint32Array) return { offsets, connectivity };
  throw new DataError(`its ${section} are damaged`);
}

/** @throws DataError if the attributes are not numbers */
function affineOf(attributes: XmlAttributes, extent: readonly number[]): number[] {
  const numbers = (name: string, defaults: string): number[] => {
    const text = attributes.get(name) ?? defaults;
    const values = text.trim().split(/\s+/).map(Number);
    if (values.length === defaults.split(" ").length && values.every(Number.isFinite)) return values;
    throw new DataError(`${name} is ${quote(text)}, which are not its numbers: the file is damaged`);
  };
  const origin = numbers("Origin", "0 0 0");
  const spacing = numbers("Spacing", "1 1 1");
  const direction = numbers("Direction", "1 0 0 0 1 0 0 0 1");
  const first = [extent[0] ?? 0, extent[2] ?? 0, extent[4] ?? 0];
  const rows = [0, 1, 2].flatMap((row) => {
    const columns = [0, 1, 2].map((column) => (direction[3 * row + column] ?? 0) * (spacing[column] ?? 1));
    const start = columns.reduce((sum, step, column) => sum + step * (first[column] ?? 0), origin[row] ?? 0);
    return [...columns, start];
  });
  return [...rows, 0, 0, 0, 1];
}
