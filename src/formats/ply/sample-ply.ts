import type { SampledFile } from "../sampled-file.ts";
import { READ_PLY_VALUE } from "./ply-binary.ts";
import { PLY_TYPE_BYTES, type PlyElement, POSITION_NAMES, parsePlyHeader } from "./ply-header.ts";

/** Samples the vertices of a binary PLY in which they have a fixed size and offset. Returns an empty list for other files. */
export function samplePly(path: string, file: SampledFile): number[] {
  const header = parsePlyHeader(path, file.head(), file.size);
  const { encoding, elements } = header;
  if (encoding === "ascii") return [];
  const index = elements.findIndex(({ name }) => name === "vertex");
  const vertex = elements[index];
  const isFixed = ({ properties }: PlyElement) =>
    properties.every(({ countType }) => countType === undefined);
  if (vertex === undefined || !elements.slice(0, index + 1).every(isFixed)) return [];
  const start = elements
    .slice(0, index)
    .reduce((sum, element) => sum + element.count * rowBytes(element), header.bytes);
  const names = POSITION_NAMES.find((group) => group.every((name) => columnOf(vertex, name) !== undefined));
  const columns = names?.flatMap((name) => columnOf(vertex, name) ?? []) ?? [];
  const little = encoding === "binary_little_endian";
  return file.sampleRecords(start, rowBytes(vertex), vertex.count, (record) =>
    columns.map(({ type, offset }) => READ_PLY_VALUE[type](record, offset, little)),
  );
}

function rowBytes({ properties }: PlyElement): number {
  return properties.reduce((sum, { type }) => sum + PLY_TYPE_BYTES[type], 0);
}

function columnOf({ properties }: PlyElement, name: string) {
  const index = properties.findIndex((property) => property.name === name);
  const property = properties[index];
  if (property === undefined) return undefined;
  const offset = properties.slice(0, index).reduce((sum, { type }) => sum + PLY_TYPE_BYTES[type], 0);
  return { type: property.type, offset };
}
