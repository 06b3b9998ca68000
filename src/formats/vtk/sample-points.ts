import type { SampledFile } from "../sampled-file.ts";
import { parseLegacyHeader } from "./legacy/legacy-header.ts";

/** Binary coordinates of points in a file. */
interface PointTable {
  readonly start: number;
  readonly count: number;
  readonly isDouble: boolean;
  readonly littleEndian: boolean;
}

/** Samples the points of a binary legacy file. Returns an empty list for other files. */
export function sampleLegacy(file: SampledFile): number[] {
  const head = file.head();
  if (!parseLegacyHeader(head)?.isBinary) return [];
  const text = new TextDecoder("latin1").decode(head);
  const match = /\nPOINTS[ \t]+(\d+)[ \t]+(float|double)[ \t\r]*\n/i.exec(text);
  if (match === null) return [];
  const [line, count = "0", type = ""] = match;
  const start = match.index + line.length;
  return sample(file, { start, count: Number(count), isDouble: /double/i.test(type), littleEndian: false });
}

/** Samples the points of an XML file whose data is appended raw. Returns an empty list for other files. */
export function sampleXml(file: SampledFile): number[] {
  const text = new TextDecoder("latin1").decode(file.head());
  const appended = /<AppendedData\b[^>]*\bencoding\s*=\s*["']raw["'][^>]*>\s*_/.exec(text);
  const root = /<VTKFile\b[^>]*>/.exec(text)?.[0] ?? "";
  if (appended === null || /\bcompressor\s*=\s*["'][^"']/.test(root)) return [];
  const data = appended.index + appended[0].length + (attributeOf(root, "header_type") === "UInt64" ? 8 : 4);
  const structure = text.slice(0, appended.index);
  return [...structure.matchAll(/<Piece\b([^>]*)>[\s\S]*?<\/Piece>/g)].flatMap(([piece, attributes = ""]) => {
    const points = /<Points\b[^>]*>\s*(<DataArray\b[^>]*>)/.exec(piece)?.[1] ?? "";
    const offset = Number(attributeOf(points, "offset") ?? Number.NaN);
    const type = attributeOf(points, "type");
    if (!Number.isSafeInteger(offset) || (type !== "Float32" && type !== "Float64")) return [];
    const isDouble = type === "Float64";
    // The number of points of a structured grid is not in an attribute: its points are not sampled.
    const count = Number(attributeOf(attributes, "NumberOfPoints") ?? 0);
    const littleEndian = attributeOf(root, "byte_order") !== "BigEndian";
    return sample(file, { start: data + offset, count, isDouble, littleEndian });
  });
}

function sample(file: SampledFile, { start, count, isDouble, littleEndian }: PointTable): number[] {
  const bytes = isDouble ? 8 : 4;
  return file.sampleRecords(start, 3 * bytes, count, (record) =>
    [0, 1, 2].map((axis) =>
      isDouble
        ? record.getFloat64(bytes * axis, littleEndian)
        : record.getFloat32(bytes * axis, littleEndian),
    ),
  );
}

function attributeOf(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`).exec(tag)?.[1];
}
