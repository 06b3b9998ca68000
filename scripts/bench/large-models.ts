import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The formats of the generated models. */
export type LargeModelFormat = "ply" | "stl" | "obj" | "glb" | "points.ply";

/** Size of the write buffer, bytes. */
const CHUNK_BYTES = 8 * 2 ** 20;

/**
 * Writes a closed, bumpy sphere of about `triangles` triangles (or as many points), unless the file exists.
 *
 * The surface is the same in each format: binary little-endian PLY and STL, OBJ with six decimals, GLB without normals, and a binary
 * PLY of points. The sphere is a grid of latitudes and longitudes, so that consecutive rows of the file are close in space, as in most
 * files of scanners and isosurface programs.
 */
export function writeLargeModel(path: string, format: LargeModelFormat, triangles: number): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const out = new ChunkWriter(partial);
  const grid = new SphereGrid(format === "points.ply" ? 2 * triangles : triangles);
  if (format === "ply") writePly(out, grid);
  else if (format === "stl") writeStl(out, grid);
  else if (format === "obj") writeObj(out, grid);
  else if (format === "glb") writeGlb(out, grid);
  else writePoints(out, grid);
  out.close();
  renameSync(partial, path);
}

/** A closed sphere with a grid of (rows + 1) x columns vertices; each cell of the grid is two triangles. */
class SphereGrid {
  readonly rows: number;
  readonly columns: number;
  readonly #position = new Float64Array(3);

  constructor(triangles: number) {
    this.rows = Math.max(2, Math.round(Math.sqrt(triangles / 4)));
    this.columns = 2 * this.rows;
  }

  get vertices(): number {
    return (this.rows + 1) * this.columns;
  }

  get triangles(): number {
    return 2 * this.rows * this.columns;
  }

  /** x, y, z of a vertex; the array is reused. */
  position(vertex: number): Float64Array {
    const row = Math.floor(vertex / this.columns);
    const theta = (Math.PI * row) / this.rows;
    const phi = (2 * Math.PI * (vertex % this.columns)) / this.columns;
    const bumps = Math.sin(12 * theta) * Math.cos(9 * phi) + 0.2 * Math.sin(70 * theta) * Math.sin(61 * phi);
    const radius = 1 + 0.06 * bumps * Math.sin(theta);
    this.#position[0] = radius * Math.sin(theta) * Math.cos(phi);
    this.#position[1] = radius * Math.cos(theta);
    this.#position[2] = -radius * Math.sin(theta) * Math.sin(phi);
    return this.#position;
  }

  /** Calls `each` with the three vertices of each triangle, counter-clockwise from outside. */
  forEachTriangle(each: (a: number, b: number, c: number) => void): void {
    for (let row = 0; row < this.rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1) {
        const a = row * this.columns + column;
        const b = row * this.columns + ((column + 1) % this.columns);
        each(a, a + this.columns, b);
        each(b, a + this.columns, b + this.columns);
      }
    }
  }
}

function writePly(out: ChunkWriter, grid: SphereGrid): void {
  out.text(
    `ply\nformat binary_little_endian 1.0\nelement vertex ${grid.vertices}\nproperty float x\nproperty float y\nproperty float z\n` +
      `element face ${grid.triangles}\nproperty list uchar int vertex_indices\nend_header\n`,
  );
  for (let v = 0; v < grid.vertices; v += 1) for (const value of grid.position(v)) out.float32(value);
  grid.forEachTriangle((a, b, c) => {
    out.uint8(3);
    out.uint32(a);
    out.uint32(b);
    out.uint32(c);
  });
}

function writePoints(out: ChunkWriter, grid: SphereGrid): void {
  out.text(
    `ply\nformat binary_little_endian 1.0\nelement vertex ${grid.vertices}\nproperty float x\nproperty float y\nproperty float z\nend_header\n`,
  );
  for (let v = 0; v < grid.vertices; v += 1) for (const value of grid.position(v)) out.float32(value);
}

function writeStl(out: ChunkWriter, grid: SphereGrid): void {
  out.text("scenecast benchmark".padEnd(80));
  out.uint32(grid.triangles);
  grid.forEachTriangle((...corners) => {
    for (let i = 0; i < 3; i += 1) out.float32(0);
    for (const corner of corners) for (const value of grid.position(corner)) out.float32(value);
    out.uint8(0);
    out.uint8(0);
  });
}

function writeObj(out: ChunkWriter, grid: SphereGrid): void {
  for (let v = 0; v < grid.vertices; v += 1) {
    const [x = 0, y = 0, z = 0] = grid.position(v);
    out.text(`v ${x.toFixed(6)} ${y.toFixed(6)} ${z.toFixed(6)}\n`);
  }
  grid.forEachTriangle((a, b, c) => out.text(`f ${a + 1} ${b + 1} ${c + 1}\n`));
}

function writeGlb(out: ChunkWriter, grid: SphereGrid): void {
  const positionBytes = 12 * grid.vertices;
  const indexBytes = 12 * grid.triangles;
  const bytes = positionBytes + indexBytes;
  const json = JSON.stringify({
    asset: { version: "2.0" },
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
    accessors: [
      {
        bufferView: 0,
        componentType: 5126,
        count: grid.vertices,
        type: "VEC3",
        min: [-1.1, -1.1, -1.1],
        max: [1.1, 1.1, 1.1],
      },
      { bufferView: 1, componentType: 5125, count: 3 * grid.triangles, type: "SCALAR" },
    ],
    bufferViews: [
      { buffer: 0, byteOffset: 0, byteLength: positionBytes, target: 34962 },
      { buffer: 0, byteOffset: positionBytes, byteLength: indexBytes, target: 34963 },
    ],
    buffers: [{ byteLength: bytes }],
  });
  const text = json.padEnd(4 * Math.ceil(json.length / 4));
  out.text("glTF");
  out.uint32(2);
  out.uint32(12 + 8 + text.length + 8 + bytes);
  out.uint32(text.length);
  out.text("JSON");
  out.text(text);
  out.uint32(bytes);
  out.text("BIN\0");
  for (let v = 0; v < grid.vertices; v += 1) for (const value of grid.position(v)) out.float32(value);
  grid.forEachTriangle((...corners) => {
    for (const corner of corners) out.uint32(corner);
  });
}

/** Writes little-endian values to a file in large chunks. */
class ChunkWriter {
  readonly #file: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #used = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  uint8(value: number): void {
    this.#used = this.#chunk.writeUInt8(value, this.#reserve(1));
  }

  uint32(value: number): void {
    this.#used = this.#chunk.writeUInt32LE(value, this.#reserve(4));
  }

  float32(value: number): void {
    this.#used = this.#chunk.writeFloatLE(value, this.#reserve(4));
  }

  text(text: string): void {
    this.#used = this.#reserve(text.length) + this.#chunk.write(text, this.#used, "latin1");
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #reserve(bytes: number): number {
    if (this.#used + bytes > CHUNK_BYTES) this.#flush();
    return this.#used;
  }

  #flush(): void {
    for (let written = 0; written < this.#used; )
      written += writeSync(this.#file, this.#chunk, written, this.#used - written);
    this.#used = 0;
  }
}
