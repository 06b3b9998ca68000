import type { FileData } from "../../data-kinds.ts";
import type { FileSource } from "../../file-source.ts";
import type { ReadContext } from "../../format.ts";
import { DataError, quote } from "../../load-error.ts";
import { AttributeBuilder } from "../attribute-builder.ts";
import { datasetData } from "../dataset-data.ts";
import type { VtkDataset } from "../vtk-dataset.ts";
import { LegacyAttributes } from "./legacy-attributes.ts";
import { type Geometry, readGeometry } from "./legacy-geometry.ts";
import { type LegacyHeader, MAX_LEGACY_HEADER_BYTES, parseLegacyHeader } from "./legacy-header.ts";
import { LegacyText } from "./legacy-text.ts";
import { LegacyValues } from "./legacy-values.ts";

/**
 * Reads a legacy VTK file, versions 1.0 to 5.1, text or binary.
 *
 * @throws LoadError, DataError
 */
export async function readLegacyVtk(context: ReadContext): Promise<FileData> {
  const warnings: string[] = [];
  return datasetData(await readLegacyDataset(context.source, warnings), warnings, context);
}

/** @throws LoadError, DataError */
export async function readLegacyDataset(source: FileSource, warnings: string[]): Promise<VtkDataset> {
  await source.fillTo(MAX_LEGACY_HEADER_BYTES);
  const header = parseLegacyHeader(source.window);
  if (header === undefined) {
    throw new DataError("its first three lines must be the version, a title, and ASCII or BINARY");
  }
  source.consume(header.bytes);
  const text = new LegacyText(source);
  const values = new LegacyValues(source, text, header.isBinary);
  return readDataset(text, values, header, warnings);
}

async function readDataset(
  text: LegacyText,
  values: LegacyValues,
  header: LegacyHeader,
  warnings: string[],
): Promise<VtkDataset> {
  const attributes = new LegacyAttributes(text, values);
  const geometry = await readGeometry(text, values, attributes);
  const builders = {
    point: new AttributeBuilder("points", geometry.points, warnings),
    cell: new AttributeBuilder("cells", geometry.cells, warnings),
  };
  try {
    await readAttributes(text, attributes, geometry, builders);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    warnings.push(`${error.message}; the arrays before are shown`);
  }
  return {
    ...geometry.dataset,
    ...spaceOf(header.title),
    pointData: builders.point.finish(),
    cellData: builders.cell.finish(),
  };
}

async function readAttributes(
  text: LegacyText,
  attributes: LegacyAttributes,
  geometry: Geometry,
  builders: Readonly<Record<"point" | "cell", AttributeBuilder>>,
): Promise<void> {
  let of: "point" | "cell" = "point";
  for (;;) {
    const keyword = (await text.word())?.toUpperCase();
    if (keyword === undefined) return;
    if (keyword === "POINT_DATA" || keyword === "CELL_DATA") {
      of = keyword === "POINT_DATA" ? "point" : "cell";
      const expected = geometry[`${of}s`];
      const count = await text.count(`${of}s`);
      if (count !== expected) {
        throw new DataError(`${keyword} is for ${count} ${of}s, but there are ${expected}`);
      }
    } else if (keyword === "METADATA") {
      await text.line();
      await text.skipParagraph();
    } else if (!(await attributes.read(keyword, geometry[`${of}s`], builders[of]))) {
      throw new DataError(`${quote(keyword)} is not a known keyword`);
    }
  }
}

/** The anatomical space that 3D Slicer and MRtrix name in the title. */
function spaceOf(title: string): { space?: "ras" } {
  return /\bSPACE=RAS\b/.test(title) || title.startsWith("Data values for Tracks") ? { space: "ras" } : {};
}
