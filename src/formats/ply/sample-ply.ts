import { MAX_COORDINATE } from "../../geometry/coordinates.ts";
import type { SampledFile } from "../sampled-file.ts";
import { READ_PLY_VALUE } from "./ply-binary.ts";
import {
  PLY_TYPE_BYTES,
  type PlyElement,
  type PlyHeader,
  POSITION_NAMES,
  parsePlyHeader,
} from "./ply-header.ts";

/** Bytes of an ASCII file whose vertices are sampled: lines have no known offsets, and those at other places may be faces. */
const TEXT_BYTES = 4 * 2 ** 20;

/** One of this many vertices of the first part of an ASCII file is sampled. */
const TEXT_STRIDE = 4;

/**
 * Samples the vertices of a binary PLY in which they have a fixed size and offset, or those of the first part of an ASCII file. Returns an
 * empty list for other files.
 */
export function samplePly(path: string, file: SampledFile): number[] {
  const header = parsePlyHeader(path, file.head(), file.size);
  const { encoding, elements } = header;
  if (encoding === "ascii") return sampleText(file, header);
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

function sampleText(file: SampledFile, { elements, bytes }: PlyHeader): number[] {
  const [vertex] = elements;
  if (vertex?.name !== "vertex" || vertex.properties.some(({ countType }) => countType !== undefined))
    return [];
  const columns = POSITION_NAMES.map((names) =>
    names.map((name) => vertex.properties.findIndex((property) => property.name === name)),
  ).find((group) => group.every((column) => column >= 0));
  if (columns === undefined) return [];
  const text = new TextDecoder("latin1").decode(file.read(bytes, TEXT_BYTES));
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n").slice(0, vertex.count);
  const points: number[] = [];
  for (let i = 0; i < lines.length; i += TEXT_STRIDE) {
    const words = lines[i]?.trim().split(/\s+/) ?? [];
    const point = columns.map((column) => Number(words[column] ?? Number.NaN));
    if (words.length === vertex.properties.length && point.every(isCoordinate)) points.push(...point);
  }
  return points;
}

function isCoordinate(value: number): boolean {
  return Math.abs(value) <= MAX_COORDINATE;
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
