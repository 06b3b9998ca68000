import type { Vec3 } from "../../geometry/coordinates.ts";
import { TriangleIndexer, weldIndexed } from "../../native/mesh-records.ts";
import { readRows } from "../../native/parse-rows.ts";
import { allocateShared } from "../../native/shared-array.ts";
import type { Surface } from "../data-kinds.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import { GrowingArray, withCapacity } from "../growing-array.ts";
import { CHECKED_TRIANGLES, decodeColors, type StlColors, stlColors } from "./stl-colors.ts";
import {
  declaredStlBytes,
  STL_COLOR_OFFSET,
  STL_HEADER_BYTES,
  STL_TRIANGLE_BYTES,
  type StlTriangles,
} from "./stl-layout.ts";

/** Initial capacity, in triangles, if the header does not declare their number. */
const INITIAL_TRIANGLES = 65_536;
/** Expected coordinates per triangle: a closed surface has half a vertex per triangle. */
const COORDINATES_PER_TRIANGLE = 1.7;
/**
 * Maximum number of vertices per triangle at which vertices with the position of another are left: computing the normals finds them, and
 * welding all vertices takes three times as long as reading them.
 */
const MAX_VERTICES_PER_TRIANGLE = 0.75;
/** Maximum number of triangles in one surface. The corners of 119 million separate triangles fill an ArrayBuffer. */
const MAX_SURFACE_TRIANGLES = 2 ** 26;

/** Offset of the corners in a triangle, after its normal, bytes. */
const CORNERS_OFFSET = 12;

/** Reads binary STL. If the triangle count in the header is wrong, the file size determines it. */
export async function readStlBinary(source: FileSource, warnings: string[]): Promise<StlTriangles> {
  await source.fillTo(STL_HEADER_BYTES);
  const header = source.window.slice(0, STL_HEADER_BYTES);
  source.consume(STL_HEADER_BYTES);
  const declared = (declaredStlBytes(header) - STL_HEADER_BYTES) / STL_TRIANGLE_BYTES;
  const max = Math.floor((source.maxBytes - STL_HEADER_BYTES) / STL_TRIANGLE_BYTES);
  const expected = Math.min(max, isUnsetCount(declared) ? INITIAL_TRIANGLES : declared);
  await source.fillTo(CHECKED_TRIANGLES * STL_TRIANGLE_BYTES);
  const colors = stlColors(header, source.window);
  const parts: BinaryTriangles[] = [];
  let available = 0;
  do {
    const capacity = Math.min(MAX_SURFACE_TRIANGLES, Math.max(0, expected - available));
    const part = new BinaryTriangles(capacity, colors);
    await part.read(source);
    parts.push(part);
    available += part.count;
  } while (source.window.length >= STL_TRIANGLE_BYTES);
  let rest = triangleCount(declared, available, source.window.length, warnings);
  const surfaces: Surface[] = [];
  let origin: Vec3 | undefined;
  for (const part of parts) {
    const count = Math.min(part.count, rest);
    rest -= count;
    if (count === 0) break;
    surfaces.push(part.finish(count, origin));
    origin = part.origin;
  }
  return { surfaces, origin: origin ?? [0, 0, 0] };
}

/** Collects consecutive triangles of a file. They share vertices, unless each has a color of its own. */
class BinaryTriangles {
  count = 0;
  readonly #positions: FilePositions;
  readonly #encoding: StlColors | undefined;
  /** Nine values per triangle; the first has the bits of its color until they are converted. */
  #colors: Float32Array | undefined;
  readonly #indices: GrowingArray<Uint32Array>;
  readonly #indexer = new TriangleIndexer();

  constructor(capacity: number, encoding: StlColors | undefined) {
    const isShared = encoding === undefined;
    const expected = Math.ceil((isShared ? COORDINATES_PER_TRIANGLE : 9) * capacity);
    this.#positions = new FilePositions(expected, false);
    this.#indices = new GrowingArray(allocateShared(Uint32Array, isShared ? 3 * capacity : 0));
    this.#encoding = encoding;
    this.#colors = encoding && new Float32Array(9 * capacity);
  }

  async read(source: FileSource): Promise<void> {
    for (;;) {
      await source.fillTo(STL_TRIANGLE_BYTES);
      const { window, fraction } = source;
      const rows = Math.min(
        Math.floor(window.length / STL_TRIANGLE_BYTES),
        MAX_SURFACE_TRIANGLES - this.count,
      );
      if (rows === 0) return;
      this.#positions.reserve(9 * rows, fraction);
      if (this.#encoding === undefined) this.#addShared(window, rows, fraction);
      else this.#addColored(window, rows);
      this.count += rows;
      source.consume(rows * STL_TRIANGLE_BYTES);
    }
  }

  get origin(): Vec3 {
    return this.#positions.origin;
  }

  /** Returns the first `count` triangles. @param origin default: chosen from their coordinates */
  finish(count: number, origin: Vec3 | undefined): Surface {
    const positions = this.#positions;
    if (this.#encoding !== undefined) {
      positions.length = 9 * count;
      const colors = this.#colors?.subarray(0, 9 * count);
      return {
        positions: positions.finish(origin),
        colors: colors && decodeColors(colors, this.#encoding),
      };
    }
    const indices = this.#indices.values.subarray(0, 3 * count);
    // Vertices are numbered in the order of the triangles, so those of the first triangles have the lowest numbers.
    if (count < this.count) positions.length = 3 * (1 + indices.reduce((max, i) => Math.max(max, i), 0));
    if (positions.length > 3 * MAX_VERTICES_PER_TRIANGLE * count)
      positions.length = 3 * weldIndexed(positions.values as Float32Array, indices);
    return { positions: positions.finish(origin), indices };
  }

  #addShared(bytes: Uint8Array, records: number, fraction: number): void {
    const positions = this.#positions;
    const indices = this.#indices;
    indices.reserve(3 * records, fraction);
    const triangles = { bytes, records, offset: CORNERS_OFFSET, stride: STL_TRIANGLE_BYTES };
    this.#indexer.add(triangles, positions.array as Float32Array, indices.array.subarray(indices.length));
    positions.length = 3 * this.#indexer.vertices;
    indices.length += 3 * records;
  }

  #addColored(bytes: Uint8Array, rows: number): void {
    const positions = this.#positions;
    const binary = { bytes, rows, rowBytes: STL_TRIANGLE_BYTES, bigEndian: false };
    const place = { start: positions.length, stride: 9 };
    readRows(binary, { type: "float32", offset: CORNERS_OFFSET, count: 9, to: positions.array, ...place });
    const used = positions.length;
    this.#colors = withCapacity(this.#colors ?? new Float32Array(), used, used + 9 * rows);
    readRows(binary, { type: "uint16", offset: STL_COLOR_OFFSET, to: this.#colors, ...place });
    positions.length += 9 * rows;
  }
}

/** Some exporters never fill in the count and leave it at 0 or -1. */
function isUnsetCount(declared: number): boolean {
  return declared === 0 || declared === 0xff_ff_ff_ff;
}

/** Decides how many triangles are shown, and warns if the header declares another number. */
function triangleCount(
  declared: number,
  available: number,
  trailingBytes: number,
  warnings: string[],
): number {
  if (declared === available) return available;
  const isUnset = isUnsetCount(declared);
  if (declared < available && !isUnset && trailingBytes > 0) return declared;
  const cause = declared > available && !isUnset ? ": the file is cut off, or its header is wrong" : "";
  if (!isUnset || trailingBytes > 0) {
    warnings.push(
      `the header declares ${declared} triangles, the file has ${available}${cause}; ${available} are shown`,
    );
  }
  return available;
}
