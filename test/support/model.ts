import { type BufferGeometry, IcosahedronGeometry, TorusKnotGeometry, Vector3 } from "three";
import { mergeVertices } from "three/examples/jsm/utils/BufferGeometryUtils.js";
import { randomNumbers } from "./random.ts";

/** The geometry with welded vertices, without normals. */
function welded(geometry: BufferGeometry): BufferGeometry {
  return mergeVertices(geometry.deleteAttribute("uv").deleteAttribute("normal"));
}

function toObj({ attributes, index }: BufferGeometry): string {
  const rows = (letter: string, numbers: ArrayLike<number>, add: number) =>
    Array.from({ length: numbers.length / 3 }, (_, row) =>
      [letter, ...[0, 1, 2].map((column) => (numbers[3 * row + column] ?? 0) + add)].join(" "),
    );
  return [...rows("v", attributes.position?.array ?? [], 0), ...rows("f", index?.array ?? [], 1)].join("\n");
}

/** A geometry in OBJ, with welded vertices and without normals. */
export function weldedObj(geometry: BufferGeometry): string {
  return toObj(welded(geometry));
}

/** A torus knot in OBJ with 12,288 triangles; it covers parts of itself. */
export function torusKnotObj(): string {
  return weldedObj(new TorusKnotGeometry(1, 0.3, 256, 24));
}

/** A sphere with 60 random bumps in OBJ, 69,620 triangles: a curved closed mesh, large enough to be simplified while it moves. */
export function bumpySphereObj(seed = 1): string {
  const random = randomNumbers(seed);
  const bumps = Array.from({ length: 60 }, () => ({
    direction: new Vector3(random() - 0.5, random() - 0.5, random() - 0.5).normalize(),
    height: 0.4 * random() - 0.1,
  }));
  const geometry = welded(new IcosahedronGeometry(1, 58));
  const { position } = geometry.attributes;
  for (let i = 0, at = new Vector3(); position && i < position.count; i++) {
    at = at.fromBufferAttribute(position, i).normalize();
    const radius = bumps.reduce(
      (sum, { direction, height }) => sum + height * Math.exp(-30 * (1 - direction.dot(at))),
      1,
    );
    position.setXYZ(i, ...at.multiplyScalar(radius).toArray());
  }
  return toObj(geometry);
}

/** A solid in OBJ that looks different from every side: three blocks of different sizes along the axes from one corner. */
export function cornerObj(): string {
  const blocks: [from: number[], to: number[]][] = [
    [
      [0, 0, 0],
      [4, 1, 1],
    ],
    [
      [0, 1, 0],
      [1, 3, 1],
    ],
    [
      [0, 0, 1],
      [1, 0.5, 2.5],
    ],
  ];
  const lines: string[] = [];
  let first = 1;
  for (const [from, to] of blocks) {
    for (let corner = 0; corner < 8; corner++) {
      const at = [0, 1, 2].map((axis) => (corner & (1 << axis) ? to : from)[axis]);
      lines.push(`v ${at.join(" ")}`);
    }
    for (const face of ["0 2 3 1", "4 5 7 6", "0 1 5 4", "2 6 7 3", "0 4 6 2", "1 3 7 5"]) {
      lines.push(
        `f ${face
          .split(" ")
          .map((corner) => Number(corner) + first)
          .join(" ")}`,
      );
    }
    first += 8;
  }
  return `${lines.join("\n")}\n`;
}

/** An OBJ with `points` points and as many triangles, large enough that loading takes time. */
export function largeObj(points: number): string {
  const numbers = Array.from({ length: points }, (_, i) => i);
  const vertices = numbers.map((i) => `v ${i % 200} ${Math.floor(i / 200)} ${i % 7}`);
  const faces = numbers.map((i) => `f ${i + 1} ${((i + 1) % points) + 1} ${((i + 200) % points) + 1}`);
  return [...vertices, ...faces].join("\n");
}

/** Makes a wavy sphere in binary PLY with 8 x `rings`^2 triangles. */
export function largePly(rings: number): Uint8Array {
  const [rows, columns] = [2 * rings, 2 * rings];
  const vertices = new Float32Array(3 * (rows + 1) * columns);
  for (let row = 0, at = 0; row <= rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [polar, azimuth] = [(Math.PI * row) / rows, (2 * Math.PI * column) / columns];
      const radius = 1 + 0.1 * Math.sin(12 * polar) * Math.sin(7 * azimuth);
      vertices[at++] = radius * Math.sin(polar) * Math.cos(azimuth);
      vertices[at++] = radius * Math.cos(polar);
      vertices[at++] = radius * Math.sin(polar) * Math.sin(azimuth);
    }
  }
  const faces = Buffer.alloc(13 * 2 * rows * columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [a, b] = [row * columns + column, row * columns + ((column + 1) % columns)];
      for (const corners of [
        [a, b, a + columns],
        [b, b + columns, a + columns],
      ]) {
        at = faces.writeUInt8(3, at);
        for (const corner of corners) at = faces.writeUInt32LE(corner, at);
      }
    }
  }
  const header = [
    ...["ply", "format binary_little_endian 1.0", `element vertex ${vertices.length / 3}`],
    ...["property float x", "property float y", "property float z"],
    ...[`element face ${faces.length / 13}`, "property list uchar uint vertex_indices", "end_header", ""],
  ];
  return Buffer.concat([Buffer.from(header.join("\n")), Buffer.from(vertices.buffer), faces]);
}
