import { LoadError, quote } from "../load-error.ts";
import type { PlyElement, PlyHeader, PlyType } from "../ply/ply-header.ts";

/** Prefixes of the keyword: texture coordinates, colors, normals, a fourth coordinate, n dimensions. */
const KEYWORD = /^(ST)?(C)?(N)?(4)?(n)?OFF$/;

const COLORS = ["red", "green", "blue", "alpha"] as const;

/**
 * Parses the header of an OFF file: the keyword and the numbers of vertices, faces and edges. The columns of the vertices follow from
 * the keyword and from the first vertex.
 *
 * @param head the start of the file
 * @returns the header of an ASCII PLY file with the same rows
 * @throws LoadError
 */
export function parseOffHeader(path: string, head: Uint8Array): PlyHeader {
  const fail = (line: number, reason: string): LoadError =>
    new LoadError(path, reason, { format: "OFF", position: { line } });
  const lines = new TextDecoder("latin1").decode(head).split(/\r\n|\n|\r/);
  const rows = lines.flatMap((text, i) => {
    const words = text.replace(/#.*/, "").trim().split(/\s+/);
    return words[0] === "" ? [] : [{ words, line: i + 1 }];
  });
  const [keyword = "", ...rest] = rows[0]?.words ?? [];
  const match = KEYWORD.exec(keyword);
  if (match === null) throw fail(1, `${quote(keyword)} is not OFF: it is not an OFF file`);
  const [, , , normals, fourth, dimensions] = match;
  if (fourth !== undefined || dimensions !== undefined)
    throw fail(1, "vertices with other than three coordinates are not supported");
  if (/^BINARY$/i.test(rest[0] ?? ""))
    throw fail(1, "binary OFF is not supported; save it as text, or as PLY or STL");
  const countsAt = rest.length > 0 ? 0 : 1;
  const counts = countsAt === 0 ? rest : (rows[1]?.words ?? []);
  const line = rows[countsAt]?.line ?? 1;
  const [vertices, faces] = counts
    .slice(0, 2)
    .map((word) => (/^\d{1,15}$/.test(word) ? Number(word) : Number.NaN));
  if (vertices === undefined || faces === undefined || Number.isNaN(vertices + faces))
    throw fail(line, "the numbers of vertices and faces are missing: the file is damaged");
  if (vertices === 0) throw fail(line, "the header declares 0 vertices: there is nothing to draw");
  const elements = [
    {
      name: "vertex",
      count: vertices,
      properties: vertexColumns(rows[countsAt + 1]?.words ?? [], normals !== undefined),
    },
    {
      name: "face",
      count: faces,
      properties: [{ name: "vertex_indices", type: "int32", countType: "int32" }],
    },
  ] satisfies PlyElement[];
  return { encoding: "ascii", elements, textureFiles: [], bytes: endOf(head, line), lines: line };
}

function vertexColumns(words: readonly string[], hasNormals: boolean): PlyElement["properties"] {
  const scalar = (type: PlyType) => (name: string) => ({ name, type, countType: undefined });
  const positions = ["x", "y", "z"].map(scalar("float64"));
  const normals = hasNormals ? ["nx", "ny", "nz"].map(scalar("float32")) : [];
  const more = words.length - positions.length - normals.length;
  // 0 to 1, or 0 to 255: decided by the largest value.
  const colors = more === 3 || more === 4 ? COLORS.slice(0, more).map(scalar("float32")) : [];
  return [...positions, ...normals, ...colors];
}

/** Offset after the line with this number, from 1. */
function endOf(head: Uint8Array, line: number): number {
  let lines = 0;
  for (let offset = 0; offset < head.length; offset += 1) {
    const isEnd = head[offset] === 10 || (head[offset] === 13 && head[offset + 1] !== 10);
    if (!isEnd) continue;
    lines += 1;
    if (lines === line) return offset + 1;
  }
  return head.length;
}
