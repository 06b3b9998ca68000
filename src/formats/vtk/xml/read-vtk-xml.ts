import type { FileData } from "../../data-kinds.ts";
import type { FileSource } from "../../file-source.ts";
import type { ReadContext } from "../../format.ts";
import { datasetData } from "../dataset-data.ts";
import type { VtkDataset } from "../vtk-dataset.ts";
import { type GridPiece, mergeGrids } from "./merge-grids.ts";
import { mergePieces } from "./merge-pieces.ts";
import { datasetOfPiece } from "./xml-dataset.ts";
import { readXmlDocument } from "./xml-document.ts";

/**
 * Reads a VTK file in XML: VTP, VTU, VTI, VTS and VTR.
 *
 * @throws LoadError, DataError
 */
export async function readVtkXml(context: ReadContext): Promise<FileData> {
  const warnings: string[] = [];
  const { grids, others } = await readXmlPieces(context.source, warnings);
  const dataset = grids.length > 0 ? mergeGrids(grids) : mergePieces(others, warnings);
  return datasetData(dataset, warnings, context);
}

/** The pieces of a file that have points. */
export interface XmlPieces {
  readonly grids: readonly GridPiece[];
  readonly others: readonly VtkDataset[];
}

/** @throws LoadError, DataError */
export async function readXmlPieces(source: FileSource, warnings: string[]): Promise<XmlPieces> {
  const document = await readXmlDocument(source, warnings);
  const others: VtkDataset[] = [];
  const grids: GridPiece[] = [];
  for (const piece of document.pieces) {
    if (piece.points === 0) continue;
    const dataset = datasetOfPiece(document, piece, warnings);
    if (dataset.kind === "polydata" || dataset.kind === "unstructured") others.push(dataset);
    else grids.push({ grid: dataset, extent: piece.extent });
  }
  return { grids, others };
}
