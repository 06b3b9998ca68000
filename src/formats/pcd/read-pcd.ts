import type { DataArray, Points } from "../data-kinds.ts";
import { DETECTION_BYTES } from "../detection-bytes.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { linearPointColors } from "../points/point-colors.ts";
import { RecordPoints, readRecords } from "../points/record-points.ts";
import type { SampledFile } from "../sampled-file.ts";
import { readTextRows } from "../text-points/read-text-points.ts";
import type { TextLayout } from "../text-points/text-layout.ts";
import { decompressLzf, MAX_LZF_RATIO } from "./lzf.ts";
import { type PcdHeader, parsePcdHeader } from "./pcd-header.ts";

/**
 * Reads PCD. The points are as they are stored: VIEWPOINT is the place of the sensor, and not a transform of the points.
 *
 * @throws LoadError
 */
export async function readPcd({ path, source }: ReadContext): Promise<Points> {
  await source.fillTo(DETECTION_BYTES);
  const header = parsePcdHeader(path, source.window.subarray(0, DETECTION_BYTES));
  source.consume(header.headerBytes);
  const points =
    header.data === "ascii"
      ? await readAscii(source, header)
      : header.data === "binary"
        ? await readRecords(source, header.layout, header.points)
        : await readCompressed(source, header);
  if (header.unsupported.length > 0) {
    const names = header.unsupported.slice(0, 5).join(", ");
    points.warnings.push(`values of 64-bit integers or unknown types are not shown: ${names}`);
  }
  return points;
}

/** Samples the points of a binary file. */
export function samplePcd(path: string, file: SampledFile): number[] {
  const { data, points, layout, headerBytes } = parsePcdHeader(path, file.head());
  if (data !== "binary" || layout.xyz.some(({ type }) => !type.startsWith("float"))) return [];
  return file.sampleRecords(headerBytes, layout.rowBytes, points, (record) =>
    layout.xyz.map(({ type, offset }) =>
      type === "float64" ? record.getFloat64(offset, true) : record.getFloat32(offset, true),
    ),
  );
}

async function readAscii(source: FileSource, header: PcdHeader): Promise<Points> {
  const { layout, points } = header;
  const colorAt = header.fields.findIndex(({ offset }) => offset + 2 === layout.rgb?.[0]?.offset);
  const columns = header.fields.flatMap((field, i): TextLayout["columns"][number][] => {
    const { name, type, count, offset } = field;
    const isArray = i === colorAt || layout.arrays.some((array) => array.offset === offset);
    const needsDoubles = i === colorAt || type === "float64" || type.endsWith("int32");
    const use = name === "x" || name === "y" || name === "z" ? name : isArray ? "array" : undefined;
    return Array.from({ length: count }, (_, k) => ({ use: k === 0 ? use : undefined, name, needsDoubles }));
  });
  const data = await readTextRows(source, {
    separator: undefined,
    decimalComma: false,
    columns,
    headerBytes: header.headerBytes,
    headerLines: header.headerLines,
    declared: points,
    rowBytes: layout.rowBytes,
  });
  const color = header.fields[colorAt];
  const packed = data.vertices.arrays?.find(({ name }) => name === color?.name);
  if (packed === undefined || color === undefined) return data;
  const arrays = data.vertices.arrays?.filter((array) => array !== packed);
  const colors = unpackColors(packed.values, color.type === "float32");
  return { ...data, vertices: { ...data.vertices, colors, arrays } };
}

/** @param areFloats whether the bits of a Float32 are the color */
function unpackColors(values: DataArray["values"], areFloats: boolean): Float32Array {
  const colors = new Float32Array(3 * values.length);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    // Colors as bits of floats are below 1e-37. Some programs write the integer although the type is F.
    if (areFloats && !(Number.isInteger(value) && value >= 1 && value < 2 ** 32)) float[0] = value;
    else bits[0] = value;
    const [rgb = 0] = bits;
    colors[3 * i] = (rgb >> 16) & 255;
    colors[3 * i + 1] = (rgb >> 8) & 255;
    colors[3 * i + 2] = rgb & 255;
  }
  return linearPointColors(colors, 255);
}

/** Reads all values of the first field, then those of the next, compressed together. */
async function readCompressed(source: FileSource, { points, layout, fields }: PcdHeader): Promise<Points> {
  const sizes = new Uint8Array(8);
  if ((await source.readInto(sizes)) < 8) throw new DataError("the file is cut off before its points");
  const view = new DataView(sizes.buffer);
  const [compressed, size] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (size !== points * layout.rowBytes)
    throw new DataError(`its compressed data has ${size} bytes for ${points} points: the file is damaged`);
  if (compressed > source.maxBytes - source.offset || size > MAX_LZF_RATIO * compressed)
    throw new DataError("its compressed data is cut off or damaged; copy the file again");
  const packed = new Uint8Array(compressed);
  if ((await source.readInto(packed)) < compressed)
    throw new DataError("its compressed data is cut off or damaged; copy the file again");
  const bytes = new Uint8Array(size);
  decompressLzf(packed, bytes);
  const records = new RecordPoints(layout, points);
  records.appendColumns(points, ({ offset }, row) => {
    const field = fields.findLast((one) => one.offset <= offset);
    const rowBytes = (field?.size ?? 1) * (field?.count ?? 1);
    const start = points * (field?.offset ?? 0) + row * rowBytes + offset - (field?.offset ?? 0);
    return { bytes: bytes.subarray(start), rowBytes };
  });
  return records.finish([]);
}
