import { basename } from "node:path";
import { hemisphereOf } from "../brain-structure.ts";
import type { Mesh, NumericArray, Points } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { anatomicalSurface } from "../surface-mesh.ts";
import type { Affine } from "../volume/affine.ts";
import { readBigEndian, readThreeBytes } from "./big-endian.ts";
import { surfaceKind } from "./surface-kind.ts";
import { surfaceToScanner } from "./surface-space.ts";

const NEWLINE = 10;
const MAX_COMMENT_BYTES = 4096;
/** The geometry of the volume is text in the first 2 kB after the triangles; command lines follow. */
const FOOTER_BYTES = 65_536;
const TAG_USE_REAL_RAS = 2;

interface Geometry {
  readonly points: NumericArray;
  readonly triangles: NumericArray;
}

/**
 * Reads a surface of FreeSurfer. Its surface coordinates become scanner coordinates, by the geometry of the volume after the triangles.
 *
 * @throws DataError
 */
export async function readSurface({ path, source }: ReadContext): Promise<Mesh | Points> {
  const warnings: string[] = [];
  await source.fillTo(16);
  const kind = surfaceKind(source.window, source.maxBytes);
  await source.skip(3);
  const geometry = await (kind === "quads" || kind === "float quads"
    ? readQuads(source, kind === "quads", warnings)
    : readTriangles(source, warnings));
  return anatomicalSurface({
    ...geometry,
    transform: await readFooter(source, warnings),
    arrays: [],
    structure: hemisphereOf(basename(path)),
    warnings,
  });
}

async function readTriangles(source: FileSource, warnings: string[]): Promise<Geometry> {
  await skipComment(source);
  const [vertices = 0, count = 0] = await readBigEndian(source, "int32", 2);
  const points = await readBigEndian(source, "float32", 3 * vertices);
  checkComplete(points.length, 3 * vertices);
  const triangles = await readBigEndian(source, "int32", 3 * count);
  return { points, triangles: complete(triangles, 3, count, warnings) };
}

/** Skips "created by NAME on DATE" and the empty line after it. */
async function skipComment(source: FileSource): Promise<void> {
  await source.fillTo(MAX_COMMENT_BYTES);
  const end = source.window.indexOf(NEWLINE);
  if (end < 0 || end >= MAX_COMMENT_BYTES) throw new DataError("its first line does not end");
  source.consume(source.window[end + 1] === NEWLINE ? end + 2 : end + 1);
}

/** @param hasShorts coordinates are integers, hundredths of a mm */
async function readQuads(source: FileSource, hasShorts: boolean, warnings: string[]): Promise<Geometry> {
  const [vertices = 0, count = 0] = await readThreeBytes(source, 2);
  const stored = await readBigEndian(source, hasShorts ? "int16" : "float32", 3 * vertices);
  checkComplete(stored.length, 3 * vertices);
  const points = hasShorts ? Float32Array.from(stored, (value) => value / 100) : stored;
  const quads = complete(await readThreeBytes(source, 4 * count), 4, count, warnings);
  return { points, triangles: divideQuads(quads) };
}

/** Divides quads as FreeSurfer does: along another diagonal for even and odd first vertices. */
function divideQuads(quads: NumericArray): Uint32Array {
  const triangles = new Uint32Array((quads.length / 4) * 6);
  for (let i = 0; i + 3 < quads.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = quads.subarray(i, i + 4);
    triangles.set(a % 2 === 0 ? [a, b, d, c, d, b] : [a, b, c, a, c, d], (i / 4) * 6);
  }
  return triangles;
}

function checkComplete(values: number, declared: number): void {
  if (declared > 0 && values === declared) return;
  const reason = declared > 0 ? "is cut off in its vertices" : "has no vertices";
  throw new DataError(`the file ${reason}: ${Math.floor(values / 3)} of ${declared / 3} are there`);
}

function complete(corners: NumericArray, size: number, declared: number, warnings: string[]): NumericArray {
  const count = Math.floor(corners.length / size);
  if (count === declared) return corners;
  if (count === 0) throw new DataError(`the file is cut off: none of its ${declared} faces is there`);
  warnings.push(`the file is cut off: ${count} of ${declared} faces are shown`);
  return corners.subarray(0, count * size);
}

/** Reads the geometry of the volume that the surface was made from. @returns the matrix to scanner coordinates */
async function readFooter(source: FileSource, warnings: string[]): Promise<Affine | undefined> {
  await source.fillTo(FOOTER_BYTES);
  const footer = source.window.subarray(0, FOOTER_BYTES);
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  const isScanner = footer.length >= 8 && view.getInt32(0) === TAG_USE_REAL_RAS && view.getInt32(4) === 1;
  if (isScanner) return undefined;
  const text = new TextDecoder("latin1").decode(footer);
  const vector = (name: string): number[] => {
    const [, numbers = ""] = new RegExp(`^${name}\\s*=\\s*(.*)$`, "m").exec(text) ?? [];
    const values = numbers.trim().split(/\s+/).map(Number);
    return values.length === 3 ? values : [Number.NaN, Number.NaN, Number.NaN];
  };
  const directions = ["xras", "yras", "zras"].map(vector);
  const isValid = /^valid\s*=\s*1\b/m.test(text.replace(/^.*?(?=valid\s*=)/s, ""));
  const matrix = isValid ? surfaceToScanner({ directions, centre: vector("cras") }) : undefined;
  if (matrix === undefined) {
    warnings.push(
      "it does not say where its volume is: it is shown in FreeSurfer's surface coordinates, and can be shifted from volumes",
    );
  }
  return matrix;
}
