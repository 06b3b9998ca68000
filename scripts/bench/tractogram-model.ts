import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Size of the write buffer, bytes. */
const CHUNK_BYTES = 8 * 2 ** 20;

/** Points of a streamline, 106 on average. */
const MIN_POINTS = 42;
const MAX_POINTS = 170;

const BUNDLES = 72;

const HEADER_BYTES = 1000;

/** World coordinates of voxel 0, 0, 0, mm, and the size of a voxel, as in MNI space at 2 mm. */
const ORIGIN = [-90, -126, -72] as const;
const VOXEL = 2;

/**
 * Writes a TRK file with this number of streamlines, unless it exists: bundles of curves in a volume like that of a brain, in the order of
 * the bundles, as tractography programs write them. 1.6 million streamlines have 170 million points and 2.0 GB.
 */
export function writeTractogram(path: string, streamlines: number): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const file = openSync(partial, "w");
  writeSync(file, trkHeader(streamlines));
  const random = randomNumbers();
  const buffer = new ArrayBuffer(CHUNK_BYTES + 4 + 12 * MAX_POINTS);
  const [floats, counts] = [new Float32Array(buffer), new Int32Array(buffer)];
  let at = 0;
  for (let bundle = 0; bundle < BUNDLES; bundle += 1) {
    const course = bundleCourse(random);
    const end = Math.floor((streamlines * (bundle + 1)) / BUNDLES);
    for (let line = Math.floor((streamlines * bundle) / BUNDLES); line < end; line += 1) {
      const points = MIN_POINTS + Math.floor(random() * (MAX_POINTS - MIN_POINTS + 1));
      counts[at] = points;
      at += 1;
      at = writeStreamline(floats, at, points, course, random);
      if (4 * at < CHUNK_BYTES) continue;
      writeSync(file, new Uint8Array(buffer, 0, 4 * at));
      at = 0;
    }
  }
  writeSync(file, new Uint8Array(buffer, 0, 4 * at));
  closeSync(file);
  renameSync(partial, path);
}

/** Control points of a cubic Bézier curve, mm, and the spread of the bundle at each of them. */
interface Course {
  readonly points: readonly (readonly [x: number, y: number, z: number])[];
  readonly spread: readonly number[];
}

function bundleCourse(random: () => number): Course {
  const side = random() < 0.5 ? -1 : 1;
  const isCommissural = random() < 0.3;
  const cortex = (x: number): readonly [number, number, number] => {
    const [azimuth, height] = [random() * 2 * Math.PI, random()];
    return [x * (25 + 35 * random()), 80 * Math.cos(azimuth) * (1 - height / 2), -40 + 100 * height];
  };
  const deep = (x: number): readonly [number, number, number] => [
    x * (5 + 25 * random()),
    -40 + 70 * random(),
    -10 + 40 * random(),
  ];
  return {
    points: [
      cortex(side),
      deep(side),
      deep(isCommissural ? -side : side),
      cortex(isCommissural ? -side : side),
    ],
    spread: [14, 4, 4, 14],
  };
}

/** Writes x, y, z of the points in TrackVis's coordinates: mm from the corner of the first voxel. @returns the end */
function writeStreamline(
  to: Float32Array,
  start: number,
  points: number,
  { points: controls, spread }: Course,
  random: () => number,
): number {
  const jittered = controls.map((control, i) =>
    control.map((x) => x + (spread[i] ?? 0) * (random() + random() - 1)),
  );
  // A shorter streamline ends on its way.
  const length = 0.4 + (0.6 * points) / MAX_POINTS;
  const begin = random() * (1 - length);
  const phase = random() * 6;
  let at = start;
  for (let i = 0; i < points; i += 1) {
    const t = begin + (length * i) / (points - 1);
    const s = 1 - t;
    const weights = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    for (let axis = 0; axis < 3; axis += 1) {
      let sum = 0.7 * Math.sin(0.15 * i + phase + 2 * axis) - (ORIGIN[axis] ?? 0) + VOXEL / 2;
      for (let k = 0; k < 4; k += 1) sum += (weights[k] ?? 0) * (jittered[k]?.[axis] ?? 0);
      to[at] = sum;
      at += 1;
    }
  }
  return at;
}

function trkHeader(streamlines: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const bytes = new Uint8Array(header.buffer);
  bytes.set(Buffer.from("TRACK"));
  for (const [i, dim] of [91, 109, 91].entries()) header.setInt16(6 + 2 * i, dim, true);
  for (let axis = 0; axis < 3; axis += 1) {
    header.setFloat32(12 + 4 * axis, VOXEL, true);
    header.setFloat32(440 + 20 * axis, VOXEL, true);
    header.setFloat32(440 + 16 * axis + 12, ORIGIN[axis] ?? 0, true);
  }
  header.setFloat32(500, 1, true);
  bytes.set(Buffer.from("RAS"), 948);
  header.setInt32(988, streamlines, true);
  header.setInt32(992, 2, true);
  header.setInt32(996, HEADER_BYTES, true);
  return bytes;
}

/** Pseudorandom numbers, 0 to 1. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
