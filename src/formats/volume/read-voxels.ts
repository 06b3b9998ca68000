import type { NumericArray } from "../data-kinds.ts";
import { MAX_ARRAY_BYTES } from "../growing-array.ts";
import { DataError, formatBytes } from "../load-error.ts";
import { swapBytes } from "./byte-order.ts";
import { isConverted, readConverted } from "./convert-voxels.ts";
import type { AxisRole, StoredAxis } from "./stored-axis.ts";
import { isInMemoryOrder, toMemoryOrder } from "./transpose-voxels.ts";
import type { VoxelSource } from "./voxel-source.ts";
import { createVoxels, type DirectType, memoryBytes, VOXEL_BYTES, type VoxelType } from "./voxel-type.ts";

export interface VoxelLayout {
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  /** The fastest first. A role occurs at most once. */
  readonly axes: readonly StoredAxis[];
}

export interface Voxels {
  readonly dims: readonly [number, number, number];
  readonly frames: number;
  readonly components: number;
  /** Components fastest, then i, j, k and time. */
  readonly values: NumericArray;
}

const AXIS_NAMES: Readonly<Record<AxisRole, string>> = {
  component: "components",
  i: "columns",
  j: "rows",
  k: "slices",
  time: "time steps",
};

/**
 * Reads the voxels of a file in the order of memory. A file that is cut off has fewer slices or time steps, and a warning; memory is
 * allocated for no more than the file can contain.
 *
 * @throws DataError if there is not one complete slice (the slowest axis of more than 1)
 */
export async function readVoxels(
  source: VoxelSource,
  layout: VoxelLayout,
  warnings: string[],
): Promise<Voxels> {
  const { type } = layout;
  for (const { role, size } of layout.axes) {
    if (!Number.isInteger(size) || size < 1)
      throw new DataError(`its number of ${AXIS_NAMES[role]} is ${size}`);
  }
  const declared = countOf(layout.axes);
  const available = Math.floor(source.availableBytes / VOXEL_BYTES[type]);
  const limit = Math.min(available, Math.floor((MAX_ARRAY_BYTES - 1) / memoryBytes(type)));
  const planned = shorten(layout.axes, limit, "at most");
  const values = await readValues(source, layout, countOf(planned));
  const axes = shorten(planned, values.length);
  const count = countOf(axes);
  if (count < declared) {
    const whole = limit < available ? "exceeds the maximum of 4.3 GB" : "is cut off";
    warnings.push(`the image ${whole}: ${describeShown(axes, layout.axes)} are shown`);
  }
  const sizeOf = (role: AxisRole): number => axes.find((axis) => axis.role === role)?.size ?? 1;
  // A copy where the rest of a cut file would waste memory.
  const shown = count === values.length ? values : values.slice(0, count);
  return {
    dims: [sizeOf("i"), sizeOf("j"), sizeOf("k")],
    frames: sizeOf("time"),
    components: sizeOf("component"),
    values: isInMemoryOrder(axes) ? shown : toMemoryOrder(shown, axes),
  };
}

function countOf(axes: readonly StoredAxis[]): number {
  return axes.reduce((count, { size }) => count * size, 1);
}

/**
 * Shortens the slowest axis to what is complete within a number of values.
 *
 * @param bound whether the number is an upper bound, for the message
 * @throws DataError if nothing is
 */
function shorten(
  axes: readonly StoredAxis[],
  values: number,
  bound: "" | "at most" = "",
): readonly StoredAxis[] {
  if (countOf(axes) <= values) return axes;
  const there = `${bound} ${values}`.trim();
  const slowest = axes.findLastIndex(({ size, role }) => size > 1 && role !== "component");
  const axis = axes[slowest];
  const size = Math.floor(values / countOf(axes.slice(0, slowest)));
  // Without the first time step, there can be complete slices of it.
  if (axis !== undefined && size === 0 && axis.role === "time")
    return shorten(axes.with(slowest, { ...axis, size: 1 }), values, bound);
  if (axis === undefined || size === 0) {
    throw new DataError(
      `the image is cut off before the end of its first slice: ${describeAxes(axes)} values are declared, ${there} are there`,
    );
  }
  // Of a reversed axis the first entries are missing, which would move the others.
  if (axis.reversed === true) {
    throw new DataError(
      `the image is cut off: ${describeAxes(axes)} values are declared, ${there} are there`,
    );
  }
  return axes.with(slowest, { ...axis, size });
}

function describeAxes(axes: readonly StoredAxis[]): string {
  return axes.flatMap(({ size }) => (size === 1 ? [] : [size])).join(" x ");
}

function describeShown(shown: readonly StoredAxis[], declared: readonly StoredAxis[]): string {
  return shown
    .flatMap(({ role, size }, i) => {
      const of = declared[i]?.size ?? size;
      return of === size ? [] : [`${size} of ${of} ${AXIS_NAMES[role]}`];
    })
    .join(", ");
}

async function readValues(
  source: VoxelSource,
  { type, littleEndian }: VoxelLayout,
  count: number,
): Promise<NumericArray> {
  if (isConverted(type)) return readConverted(source, type, littleEndian, count);
  const values = allocate(type, count);
  const bytes = new Uint8Array(values.buffer);
  const read = await source.readInto(bytes);
  if (!littleEndian) swapBytes(bytes.subarray(0, read), VOXEL_BYTES[type]);
  return values.subarray(0, Math.floor(read / VOXEL_BYTES[type]));
}

function allocate(type: DirectType, count: number): NumericArray {
  try {
    return createVoxels(type, count);
  } catch (error) {
    const bytes = formatBytes(count * VOXEL_BYTES[type]);
    throw new DataError(`it needs ${bytes} of memory for its voxels, which is not available`, {
      cause: error,
    });
  }
}
