import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { Mesh, Surface } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError, quote } from "../load-error.ts";
import { linearFromSrgb } from "../srgb.ts";
import { readZipDirectory, type ZipEntry } from "../zip/zip-directory.ts";
import { openZipEntry } from "../zip/zip-entry-reader.ts";
import {
  type Component,
  type ModelObject,
  type ModelPart,
  parseModelPart,
  type Transform,
} from "./model-part.ts";

const IDENTITY: Transform = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];

/** Maximum depth of components, and number of placed objects. */
const MAX_DEPTH = 32;
const MAX_PLACED = 100_000;

/** Maximum number of triangles of all placed objects, if that is more than 16 times those of the file. */
const MAX_REPEATED_TRIANGLES = 4_000_000;

/**
 * Reads the objects that a 3MF file builds (3MF core specification 1.3, production extension, colors of the materials extension).
 *
 * @throws DataError
 */
export async function read3mf(context: ReadContext): Promise<Mesh> {
  const archive = await Archive.open(context);
  const root = await archive.rootPath();
  const builder = new BuildPlate(archive);
  const { items } = await archive.part(root);
  for (const item of items) await builder.place(root, item, IDENTITY, 0);
  const { placed } = builder;
  if (placed.length === 0) throw new DataError("it builds no object: there is nothing to draw");
  const origin = coordinateOrigin(placed[0]?.positions ?? []);
  const surfaces = placed.map(({ positions, ...rest }) => ({
    ...rest,
    positions: relativeTo(origin, positions),
  }));
  return {
    kind: "mesh",
    origin,
    warnings: [...archive.warnings],
    surfaces,
    lines: undefined,
    points: undefined,
  };
}

/** The parts of an Open Packaging archive, each parsed once. */
class Archive {
  readonly warnings = new Set<string>();
  readonly #context: ReadContext;
  readonly #entries: readonly ZipEntry[];
  readonly #size: number;
  readonly #parts = new Map<string, Promise<ModelPart>>();

  private constructor(context: ReadContext, entries: readonly ZipEntry[], size: number) {
    this.#context = context;
    this.#entries = entries;
    this.#size = size;
  }

  static async open(context: ReadContext): Promise<Archive> {
    const size = await context.source.size();
    const readAt = (target: Uint8Array, offset: number) => context.source.readAt(target, offset);
    return new Archive(context, await readZipDirectory(readAt, size), size);
  }

  /** Path of the model that the relationships of the package name; by default that of most files. */
  async rootPath(): Promise<string> {
    const relationships = this.#find("_rels/.rels");
    const text = relationships === undefined ? "" : new TextDecoder().decode(await this.#read(relationships));
    const model = (text.match(/<Relationship\s[^>]*>/g) ?? []).find((tag) =>
      /Type\s*=\s*["'][^"']*3dmodel["']/.test(tag),
    );
    return /Target\s*=\s*["']([^"']+)["']/.exec(model ?? "")?.[1] ?? "3D/3dmodel.model";
  }

  part(path: string): Promise<ModelPart> {
    const key = path.replace(/^\/+/, "").toLowerCase();
    const part = this.#parts.get(key) ?? this.#parse(key, path);
    this.#parts.set(key, part);
    return part;
  }

  async #parse(key: string, path: string): Promise<ModelPart> {
    const entry = this.#find(key);
    if (entry === undefined) throw new DataError(`there is no ${quote(path)} in the archive`);
    const part = await parseModelPart(await this.#read(entry));
    for (const warning of part.warnings) this.warnings.add(warning);
    return part;
  }

  #find(path: string): ZipEntry | undefined {
    return this.#entries.find(({ name }) => name.toLowerCase() === path);
  }

  async #read(entry: ZipEntry): Promise<Uint8Array> {
    const readAt = (target: Uint8Array, offset: number) => this.#context.source.readAt(target, offset);
    const reader = await openZipEntry(readAt, this.#size, entry);
    try {
      const bytes = new Uint8Array(entry.bytes);
      await reader.read(bytes);
      return bytes;
    } finally {
      await reader.close();
    }
  }
}

type PlacedSurface = Omit<Surface, "positions"> & { readonly positions: Float64Array };

/** Places objects, with those that they consist of. */
class BuildPlate {
  readonly placed: PlacedSurface[] = [];
  readonly #archive: Archive;
  readonly #seen = new Set<ModelObject>();
  #triangles = 0;
  #distinctTriangles = 0;
  #placed = 0;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  async place(
    from: string,
    { object: id, path = from, transform }: Component,
    parent: Transform,
    depth: number,
  ): Promise<void> {
    const { objects, colors } = await this.#archive.part(path);
    const object = objects.get(id);
    if (object === undefined) throw new DataError(`it uses object ${quote(id)}, which does not exist`);
    this.#count(object, depth);
    const total = transform === undefined ? parent : multiply(transform, parent);
    if (object.corners.length > 0) this.placed.push(surfaceOf(object, total, colors));
    for (const component of object.components) await this.place(path, component, total, depth + 1);
  }

  /** @throws DataError if components repeat objects without limit, as in a decompression bomb */
  #count(object: ModelObject, depth: number): void {
    // A vertex needs as much memory as half a triangle.
    const triangles = Math.max(object.corners.length / 3, object.positions.length / 6);
    if (!this.#seen.has(object)) this.#distinctTriangles += triangles;
    this.#seen.add(object);
    this.#triangles += triangles;
    this.#placed += 1;
    const limit = Math.max(MAX_REPEATED_TRIANGLES, 16 * this.#distinctTriangles);
    if (depth > MAX_DEPTH || this.#placed > MAX_PLACED || this.#triangles > limit)
      throw new DataError(
        "its components contain each other, or repeat its objects too often: it is damaged",
      );
  }
}

function surfaceOf(object: ModelObject, transform: Transform, colors: ModelPart["colors"]): PlacedSurface {
  const positions = transformed(object.positions, transform);
  const vertices = positions.length / 3;
  const { corners } = object;
  const invalid = corners.find((corner) => !(Number.isInteger(corner) && corner >= 0 && corner < vertices));
  if (invalid !== undefined) {
    const which = Number.isNaN(invalid) ? "lacks a vertex number" : `uses vertex ${invalid}`;
    throw new DataError(`a triangle ${which}; its object has ${vertices} vertices, numbered from 0`);
  }
  const indices = Uint32Array.from(corners);
  const cornerColors = colorsOf(object, colors);
  if (cornerColors === undefined) return { positions, indices };
  const soup = new Float64Array(3 * indices.length);
  for (const [i, vertex] of indices.entries())
    soup.set(positions.subarray(3 * vertex, 3 * vertex + 3), 3 * i);
  return { positions: soup, colors: cornerColors };
}

/** Linear colors of the corners; undefined if no triangle has one. */
function colorsOf(
  { corners, properties, group, property }: ModelObject,
  colors: ModelPart["colors"],
): Float32Array | undefined {
  const linear = new Map(Array.from(colors, ([id, list]) => [id, list.map(linearColor)]));
  const result = new Float32Array(3 * corners.length).fill(1);
  let found = false;
  for (let corner = 0; corner < corners.length; corner += 1) {
    const triangle = 4 * Math.floor(corner / 3);
    const own = properties[triangle + 1 + (corner % 3)] ?? Number.NaN;
    const ownGroup = properties[triangle] ?? Number.NaN;
    const color = Number.isNaN(own)
      ? linear.get(group)?.[property]
      : linear.get(Number.isNaN(ownGroup) ? group : ownGroup)?.[own];
    if (color === undefined) continue;
    found = true;
    result.set(color, 3 * corner);
  }
  return found ? result : undefined;
}

/** @returns undefined for anything but "#RRGGBB" or "#RRGGBBAA", whose alpha is not shown */
function linearColor(text: string): number[] | undefined {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?:[0-9a-f]{2})?$/i.exec(text.trim());
  return match?.slice(1, 4).map((byte) => linearFromSrgb(Number.parseInt(byte, 16) / 255));
}

function transformed(points: Float64Array, m: Transform): Float64Array {
  const result = new Float64Array(points.length - (points.length % 3));
  for (let i = 0; i < result.length; i += 3) {
    const [x = 0, y = 0, z = 0] = points.subarray(i, i + 3);
    for (const axis of [0, 1, 2]) {
      const [a = 0, b = 0, c = 0, d = 0] = [m[axis], m[3 + axis], m[6 + axis], m[9 + axis]];
      result[i + axis] = x * a + y * b + z * c + d;
    }
  }
  return result;
}

/** The transformation by `a` and then by `b`. */
function multiply(a: Transform, b: Transform): Transform {
  return a.map((_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    const sum = [0, 1, 2].reduce((sum, k) => sum + (a[row + k] ?? 0) * (b[3 * k + column] ?? 0), 0);
    return row === 9 ? sum + (b[9 + column] ?? 0) : sum;
  });
}
