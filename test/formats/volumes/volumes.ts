import { expect } from "bun:test";
import { Matrix4, Vector3 } from "three";
import type { Volume } from "../../../src/formats/data-kinds.ts";
import { voxelToWorld } from "../../../src/formats/volume/affine.ts";
import type { NibabelImage } from "../nibabel.ts";
import { read } from "../read-outcomes.ts";

export async function readVolume(path: string): Promise<Volume> {
  const data = await read(path);
  if (data.kind !== "volume") throw new Error(`${path} is read as ${data.kind}`);
  return data;
}

/** The scaled value of a voxel of one component. */
export function valueAt({ dims, values, slope, intercept }: Volume, i: number, j: number, k: number): number {
  return slope * (values[i + dims[0] * (j + dims[1] * k)] ?? Number.NaN) + intercept;
}

/** Expects the same sizes, affine and scaled values, up to the rounding of Float32. */
export function expectSameImage(
  { file, affine, shape, count, step, values }: NibabelImage,
  volume: Volume,
): void {
  const problems: string[] = [];
  const [x = 1, y = 1, z = 1, ...others] = shape;
  if (volume.dims.join() !== [x, y, z].join()) problems.push(`dims ${volume.dims}`);
  if (volume.frames !== others.reduce((a, b) => a * b, 1)) problems.push(`${volume.frames} frames`);
  if (!affine.every((value, i) => Math.abs(value - (volume.affine[i] ?? Number.NaN)) < 1e-5)) {
    problems.push(`affine ${volume.affine} instead of ${affine}`);
  }
  const { slope, intercept } = volume;
  if (volume.values.length !== count) problems.push(`${volume.values.length} values`);
  const wrong = values.findIndex((value, i) => {
    const actual = slope * (volume.values[i * step] ?? 0) + intercept;
    return value === null
      ? !Number.isNaN(actual)
      : !(Math.abs(actual - value) <= 1e-6 * Math.max(1, Math.abs(value)));
  });
  if (wrong >= 0) problems.push(`value ${wrong}: ${volume.values[wrong * step]} instead of ${values[wrong]}`);
  expect(problems.map((problem) => `${file}: ${problem}`)).toEqual([]);
}

/** The value of the voxel at a point of the world; undefined outside. */
function sample(volume: Volume, point: readonly number[]): number | undefined {
  const matrix = new Matrix4()
    .fromArray([...volume.affine])
    .transpose()
    .invert();
  const [x = 0, y = 0, z = 0] = point;
  const { x: i, y: j, z: k } = new Vector3(x, y, z).applyMatrix4(matrix);
  const voxel = [i, j, k].map(Math.round);
  const isInside = voxel.every((index, axis) => index >= 0 && index < (volume.dims[axis] ?? 0));
  const [a = 0, b = 0, c = 0] = voxel;
  return isInside ? valueAt(volume, a, b, c) : undefined;
}

/** Expects the same values at the same points of the world. */
export function expectSameWorld(volumes: readonly Volume[]): void {
  const [first, ...others] = volumes;
  if (first === undefined) throw new Error("no volumes");
  for (const other of others) {
    const [x, y, z] = first.dims;
    const voxels = Array.from({ length: 500 }, (_, n) => [(7 * n) % x, (13 * n) % y, (31 * n) % z] as const);
    const differing = voxels.filter(
      ([i, j, k]) => sample(other, voxelToWorld(first.affine, [i, j, k])) !== valueAt(first, i, j, k),
    );
    expect(differing).toEqual([]);
  }
}
