import { DataError, quote } from "../../load-error.ts";
import { type GridDims, gridCounts } from "../vtk-dataset.ts";
import { type ArrayUse, XmlArray } from "./xml-array.ts";

export type XmlAttributes = ReadonlyMap<string, string>;

interface XmlSection {
  readonly attributes: XmlAttributes;
  readonly arrays: XmlArray[];
}

/** The lists of cells of polygonal data, in the order of the numbers of cells. */
const POLYDATA_LISTS = ["Verts", "Lines", "Polys", "Strips"] as const;

const SECTIONS = new Set(["PointData", "CellData", "Points", "Coordinates", "Cells", ...POLYDATA_LISTS]);

/** A part of the dataset of a file, with its arrays. */
export class XmlPiece {
  readonly attributes: XmlAttributes;
  readonly points: number;
  readonly cells: number;
  /** Of a grid: first and last index along i, j and k. */
  readonly extent: readonly number[];
  readonly #sections = new Map<string, XmlSection>();
  #current: XmlSection | undefined;
  #currentName = "";

  /** @param type of the dataset */
  constructor(type: string, attributes: XmlAttributes) {
    this.attributes = attributes;
    this.extent = extentOf(attributes.get("Extent") ?? "0 -1 0 -1 0 -1");
    if (type === "PolyData" || type === "UnstructuredGrid") {
      this.points = this.count("NumberOfPoints");
      this.cells =
        type === "UnstructuredGrid"
          ? this.count("NumberOfCells")
          : POLYDATA_LISTS.reduce((sum, list) => sum + this.count(`NumberOf${list}`), 0);
    } else {
      const counts = gridCounts(dimsOf(this.extent));
      this.points = counts.points;
      this.cells = counts.cells;
    }
  }

  /** Begins a group of arrays, such as PointData. @returns false if the name is not one */
  begin(name: string, attributes: XmlAttributes): boolean {
    if (!SECTIONS.has(name)) return false;
    this.#currentName = name;
    this.#current = this.#sections.get(name) ?? { attributes, arrays: [] };
    this.#sections.set(name, this.#current);
    return true;
  }

  /** Adds an array to the current group. @returns undefined if it is not needed */
  add(attributes: XmlAttributes): XmlArray | undefined {
    const section = this.#current;
    if (section === undefined || isLaterStep(attributes)) return undefined;
    const name = this.#currentName;
    const isData = name === "PointData" || name === "CellData";
    const array = new XmlArray(
      attributes,
      this.#use(attributes.get("Name") ?? "", section.arrays.length),
      isData,
    );
    section.arrays.push(array);
    return array;
  }

  section(name: string): XmlSection | undefined {
    return this.#sections.get(name);
  }

  /** All arrays, in the order of the file. */
  arrays(): XmlArray[] {
    return [...this.#sections.values()].flatMap(({ arrays }) => arrays);
  }

  /** @throws DataError if the attribute is not a count */
  count(name: string): number {
    const text = this.attributes.get(name) ?? "0";
    const count = Number(text);
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new DataError(`${name} is ${quote(text)}, which is not a count: the file is damaged`);
  }

  /** What an array of the current group is for. */
  #use(name: string, position: number): ArrayUse {
    const section = this.#currentName;
    const required = { kind: "values", isRequired: true } as const;
    switch (section) {
      case "PointData":
        return { kind: "values", values: this.points, isRequired: false };
      case "CellData":
        return { kind: "values", values: this.cells, isRequired: false };
      case "Points":
        return { ...required, values: 3 * this.points };
      case "Coordinates":
        return { ...required, values: dimsOf(this.extent)[position] };
      default: {
        const cells = section === "Cells" ? this.cells : this.count(`NumberOf${section}`);
        if (name === "types") return { ...required, values: cells };
        if (name === "offsets") return { kind: "ends", values: cells, isRequired: true };
        return { kind: "indices", values: name === "faceoffsets" ? cells : undefined, isRequired: true };
      }
    }
  }
}

/** Whether an array belongs to a time step after the first of several in one file. */
function isLaterStep(attributes: XmlAttributes): boolean {
  return Number.parseInt(attributes.get("TimeStep") ?? "0", 10) > 0;
}

/** @throws DataError */
function extentOf(text: string): number[] {
  const extent = text.trim().split(/\s+/).map(Number);
  if (extent.length === 6 && extent.every(Number.isSafeInteger)) return extent;
  throw new DataError(`an extent is ${quote(text)}, which are not six integers: the file is damaged`);
}

/** Number of points of an extent. */
export function dimsOf([x0 = 0, x1 = 0, y0 = 0, y1 = 0, z0 = 0, z1 = 0]: readonly number[]): GridDims {
  return [Math.max(0, x1 - x0 + 1), Math.max(0, y1 - y0 + 1), Math.max(0, z1 - z0 + 1)];
}
