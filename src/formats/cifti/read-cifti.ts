import type { DataArray, FileSteps, Overlay } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError, formatBytes } from "../load-error.ts";
import { NIFTI2_BYTES, type NiftiHeader, niftiDatatype, parseNiftiHeader } from "../nifti/nifti-header.ts";
import { overlayName } from "../overlay-name.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { type CiftiColumns, type CiftiDocument, readCiftiDocument } from "./cifti-document.ts";
import { type MatrixLayout, readMatrix } from "./read-matrix.ts";

/** Code of the extension with the XML. */
const CIFTI_EXTENSION = 32;

/**
 * Memory that the values of the vertices may need in any file, bytes. Beyond that, they need at most 16 times as much as the file, which
 * lists the vertices that have values: usually 9 of 10.
 */
const ALWAYS_ALLOWED_BYTES = 2 ** 28;
const MAX_RATIO = 16;

/**
 * Reads CIFTI-2: values for the vertices of surfaces, by structure. Of a series, it reads one time step.
 *
 * @throws DataError
 */
export async function readCifti({ path, source, step = 0 }: ReadContext): Promise<Overlay> {
  const warnings: string[] = [];
  await source.fillTo(NIFTI2_BYTES);
  const header = parseNiftiHeader(source.window);
  const document = await readCiftiDocument(await readXml(source, header));
  const { surfaces, columns, voxels } = document;
  if (surfaces.length === 0) {
    throw new DataError(`it has no values of surfaces, only of ${voxels} voxels, which cannot be shown`);
  }
  if (voxels > 0) warnings.push(`its values of ${voxels} voxels are not shown, only those of surfaces`);
  const layout = layoutOf(header, document, source.maxBytes);
  const isSeries = columns.type === "series";
  const shown = isSeries ? [Math.min(step, layout.columns - 1)] : undefined;
  const count = shown?.length ?? layout.columns;
  checkMemory(document, count, source);
  const values = await readMatrix(source, layout, surfaces, shown, warnings);
  await source.finish();
  const arrays = surfaces.flatMap(({ structure }, s) =>
    Array.from({ length: count }, (_, map): DataArray => {
      const array = values[s]?.[map] ?? new Float32Array();
      return { ...nameAndLabels(columns, map, overlayName(path)), components: 1, values: array, structure };
    }),
  );
  const steps = isSeries ? stepsOf(columns.secondsOf, layout.columns) : undefined;
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays, warnings, steps };
}

function nameAndLabels(
  columns: CiftiColumns,
  i: number,
  fileName: string,
): Pick<DataArray, "name" | "labels"> {
  const { name = "", labels } = (columns.type === "maps" ? columns.maps[i] : undefined) ?? {};
  return { name: name || (i === 0 ? fileName : `${fileName} ${i + 1}`), labels };
}

function stepsOf(secondsOf: ((step: number) => number) | undefined, count: number): FileSteps | undefined {
  if (count < 2) return undefined;
  return { count, ...(secondsOf && { seconds: Array.from({ length: count }, (_, i) => secondsOf(i)) }) };
}

/** Reads the extension with the XML, and skips to the matrix. */
async function readXml(source: FileSource, { littleEndian, voxOffset }: NiftiHeader): Promise<Uint8Array> {
  if (!(voxOffset > NIFTI2_BYTES && voxOffset <= source.maxBytes)) {
    throw new DataError(
      `its matrix starts at byte ${voxOffset} (vox_offset) of ${formatBytes(source.maxBytes)}`,
    );
  }
  await source.fillTo(voxOffset);
  const head = source.window.subarray(0, voxOffset);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = NIFTI2_BYTES + 4; at + 8 <= head.length; ) {
    const bytes = view.getInt32(at, littleEndian);
    if (bytes < 8) break;
    if (view.getInt32(at + 4, littleEndian) === CIFTI_EXTENSION) {
      const padded = head.slice(at + 8, at + bytes);
      const end = padded.indexOf(0);
      source.consume(head.length);
      return end < 0 ? padded : padded.subarray(0, end);
    }
    at += bytes;
  }
  throw new DataError("it has no XML that says what its values belong to");
}

/** The matrix is stored by rows: dim[5] columns, dim[6] rows. */
function layoutOf(
  header: NiftiHeader,
  { columns, surfaces }: CiftiDocument,
  fileBytes: number,
): MatrixLayout {
  const { type, components } = niftiDatatype(header);
  const [, , , , width = 1, height = 1] = header.dim;
  const last = surfaces.reduce((row, { rows }) => Math.max(row, rows.at(-1) ?? 0), 0);
  if (components > 1) throw new DataError("its values are colors");
  if (last >= height) throw new DataError(`it has ${height} rows, but its XML describes row ${last}`);
  if (columns.type === "maps" && columns.maps.length !== width) {
    throw new DataError(`it has ${width} columns, but the names of ${columns.maps.length}`);
  }
  if (width * VOXEL_BYTES[type] > fileBytes) throw new DataError("it is cut off in its first row");
  const isScaled = Number.isFinite(header.slope + header.intercept) && header.slope !== 0;
  const [slope, intercept] = isScaled ? [header.slope, header.intercept] : [1, 0];
  return { type, littleEndian: header.littleEndian, columns: width, slope, intercept };
}

function checkMemory(
  { surfaces }: CiftiDocument,
  arrays: number,
  { maxBytes, isCompressed }: FileSource,
): void {
  const bytes = surfaces.reduce((sum, { vertexCount }) => sum + 4 * arrays * vertexCount, 0);
  if (bytes <= ALWAYS_ALLOWED_BYTES + (isCompressed ? maxBytes : MAX_RATIO * maxBytes)) return;
  throw new DataError(
    `its numbers of vertices need ${formatBytes(bytes)}, which is too much for what is in the file`,
  );
}
