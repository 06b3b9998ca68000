/** A damaged file that must not exhaust memory or time. It is large enough to be read in a Worker (4 MB). */
export interface BadFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const BODY_BYTES = 5_000_000;

/** The bytes of floats between 0 and 1. */
function floats(): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: BODY_BYTES / 4 }, (_, i) => (i % 1000) / 1000).buffer);
}

function ply(encoding: string, elements: readonly string[], body: Uint8Array | string): Uint8Array {
  return Buffer.concat([
    Buffer.from(`ply\nformat ${encoding} 1.0\n${elements.join("\n")}\nend_header\n`),
    Buffer.from(body),
  ]);
}

const vertices = (count: number | bigint): string =>
  `element vertex ${count}\nproperty float x\nproperty float y\nproperty float z`;
const faces = (count: number | bigint, countType: string): string =>
  `element face ${count}\nproperty list ${countType} int vertex_indices`;

/** A binary PLY whose first face declares a list of this length. */
function binaryList(countType: "uint" | "int" | "double", length: number): Uint8Array {
  const body = Buffer.from(floats());
  const start = 12 * 1000;
  if (countType === "uint") body.writeUInt32LE(length, start);
  else if (countType === "int") body.writeInt32LE(length, start);
  else body.writeDoubleLE(length, start);
  return ply("binary_little_endian", [vertices(1000), faces(1000, countType)], body);
}

function stl(triangles: number): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(84), floats()]);
  bytes.writeUInt32LE(triangles, 80);
  return bytes;
}

const corners = BODY_BYTES / 10;
const lines = (line: (i: number) => string, count: number): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");
const point = (i: number): string => `${i % 97} ${i % 89} ${i % 83}`;
const obj = (rest: string): Uint8Array =>
  Buffer.from(`${lines((i) => `v ${point(i)}`, BODY_BYTES / 8)}\n${rest}\n`);

export const BAD_FILES: readonly BadFile[] = [
  ...[2n ** 60n, 2n ** 52n, 2n ** 32n].flatMap((count) => [
    { name: `vertices-${count}.ply`, bytes: ply("binary_little_endian", [vertices(count)], floats()) },
    {
      name: `faces-${count}.ply`,
      bytes: ply("binary_little_endian", [vertices(1000), faces(count, "uchar")], floats()),
    },
    {
      name: `text-vertices-${count}.ply`,
      bytes: ply("ascii", [vertices(count)], lines(point, BODY_BYTES / 8)),
    },
    {
      name: `text-faces-${count}.ply`,
      bytes: ply(
        "ascii",
        [vertices(3), faces(count, "uint")],
        `0 0 0\n1 0 0\n0 1 0\n${lines(() => "3 0 1 2", BODY_BYTES / 8)}`,
      ),
    },
  ]),
  { name: "list-2147483648.ply", bytes: binaryList("uint", 2 ** 31) },
  { name: "list-4294967295.ply", bytes: binaryList("uint", 2 ** 32 - 1) },
  { name: "list-negative.ply", bytes: binaryList("int", -(2 ** 31)) },
  { name: "list-double.ply", bytes: binaryList("double", 1e300) },
  {
    name: "text-list-2147483648.ply",
    bytes: ply(
      "ascii",
      [vertices(BODY_BYTES / 8), faces(2, "uint")],
      `${lines(point, BODY_BYTES / 8)}\n2147483648 0 1 2\n`,
    ),
  },
  {
    name: "one-polygon.ply",
    bytes: ply(
      "ascii",
      [vertices(corners), faces(1, "uint")],
      `${lines(point, corners)}\n${corners} ${Array.from({ length: corners }, (_, i) => i).join(" ")}\n`,
    ),
  },
  { name: "triangles-4294967295.stl", bytes: stl(2 ** 32 - 1) },
  { name: "one-polygon.obj", bytes: obj(`f ${Array.from({ length: corners }, (_, i) => i + 1).join(" ")}`) },
  { name: "huge-index.obj", bytes: obj("f 1 2 99999999999999999999\nf 1 2 2147483648\nf -1 -2 -2147483649") },
  { name: "one-line.obj", bytes: obj(`l ${Array.from({ length: corners }, (_, i) => i + 1).join(" ")}`) },
  { name: "long-line.obj", bytes: obj(`v ${"1".repeat(BODY_BYTES)} 0 0\nf 1 2 3`) },
];
