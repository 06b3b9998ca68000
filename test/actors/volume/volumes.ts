import type { NumericArray } from "../../../src/formats/data-kinds.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import { prepareData } from "../../../src/loading/prepare-data.ts";
import type { PreparedVolume } from "../../../src/loading/prepared-data.ts";

type Vec3 = readonly [number, number, number];

export interface VolumeSpec extends Partial<Omit<PreparedVolume, "values" | "dims">> {
  readonly dims?: Vec3;
  /** Value of a component of the voxel i, j, k at world coordinates x, y, z and a time step. */
  readonly value: (place: { voxel: Vec3; world: Vec3; component: number; frame: number }) => number;
  readonly Type?: new (length: number) => NumericArray;
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] as const;

/** Makes a volume by a function, and prepares it; of 10 x 10 x 10 voxels of 1 mm by default. */
export function volume(
  { value, Type = Float32Array, ...spec }: VolumeSpec,
  style: VolumeStyle = {},
): PreparedVolume {
  const { dims = [10, 10, 10], components = 1, frames = 1, affine = IDENTITY } = spec;
  const values = new Type(dims[0] * dims[1] * dims[2] * components * frames);
  let at = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    for (let k = 0; k < dims[2]; k += 1) {
      for (let j = 0; j < dims[1]; j += 1) {
        for (let i = 0; i < dims[0]; i += 1) {
          const row = (r: number): number =>
            (affine[4 * r] ?? 0) * i +
            (affine[4 * r + 1] ?? 0) * j +
            (affine[4 * r + 2] ?? 0) * k +
            (affine[4 * r + 3] ?? 0);
          const world = [row(0), row(1), row(2)] as const;
          for (let component = 0; component < components; component += 1, at += 1)
            values[at] = value({ voxel: [i, j, k], world, component, frame });
        }
      }
    }
  }
  const data = {
    kind: "volume",
    space: "ras",
    slope: 1,
    intercept: 0,
    origin: [0, 0, 0],
    warnings: [],
    ...spec,
    dims,
    frames,
    components,
    affine,
    values,
  } as const;
  const prepared = prepareData(
    { ...data, warnings: [] },
    { path: "", format: "NIfTI", drafts: true, style },
    () => {},
  );
  if (prepared.kind !== "volume") throw new Error("the volume became something else");
  return prepared;
}
