import { DataError } from "../load-error.ts";
import { BitReader } from "./bit-reader.ts";

/** Numbers of values of small differences, by their index: the powers of 2^(1/3), rounded down, but for three that all writers have. */
const SIZES: readonly number[] = Array.from({ length: 73 }, (_, i) =>
  i < 9 ? 0 : ({ 37: 5060, 57: 524_287, 69: 8_388_607 }[i] ?? Math.floor(2 ** (i / 3) + 1e-9)),
);
const FIRST_SIZE = 9;
/** Above this size of one axis, axes are stored separately. */
const MAX_JOINT_SIZE = 0xff_ff_ff;
const RUN_BITS = 5;

interface XtcEncoding {
  readonly atoms: number;
  /** Smallest and largest integer of each axis. */
  readonly min: readonly [number, number, number];
  readonly max: readonly [number, number, number];
  /** Index of the first size of small differences. */
  readonly sizeIndex: number;
  /** Å per integer. */
  readonly scale: number;
}

type Triple = readonly [number, number, number];

/**
 * Decodes the positions of a frame. They are rounded to integers, and stored relative to the minimum of the frame; up to ten atoms that follow
 * are stored as small differences from the atom before. Of such a run, the first two atoms are swapped, since the hydrogens of water
 * are near its oxygen.
 *
 * Format: "The XTC trajectory format" in the GROMACS reference manual, and the description of xdr3dfcoord.
 *
 * @param positions receives x, y, z of each atom
 * @throws DataError
 */
export function decodeCoordinates(
  bytes: Uint8Array,
  { atoms, min, max, sizeIndex, scale }: XtcEncoding,
  positions: Float32Array,
): void {
  const sizes: Triple = [max[0] - min[0] + 1, max[1] - min[1] + 1, max[2] - min[2] + 1];
  if (sizes.some((size) => size < 1)) throw new DataError("the range of its positions is damaged");
  const isJoint = sizes.every((size) => size <= MAX_JOINT_SIZE);
  const jointBits = bitLength(BigInt(sizes[0]) * BigInt(sizes[1]) * BigInt(sizes[2]));
  const axisBits = sizes.map((size) => bitLength(BigInt(size)));
  const reader = new BitReader(bytes);
  const current = new Float64Array(3);
  const previous = new Float64Array(3);
  let index = sizeIndex;
  let [runLength, filled] = [0, 0];
  const put = (values: Float64Array): void => {
    for (let axis = 0; axis < 3; axis += 1) positions[3 * filled + axis] = scale * (values[axis] ?? 0);
    filled += 1;
  };
  while (filled < atoms) {
    if (isJoint) reader.triple(jointBits, sizes, current);
    else for (let axis = 0; axis < 3; axis += 1) current[axis] = reader.bits(axisBits[axis] ?? 0);
    for (let axis = 0; axis < 3; axis += 1) current[axis] = (current[axis] ?? 0) + (min[axis] ?? 0);
    let change = 0;
    if (reader.bits(1) === 1) {
      const run = reader.bits(RUN_BITS);
      change = (run % 3) - 1;
      runLength = Math.floor(run / 3);
    }
    const size = SIZES[index] ?? 0;
    if (size === 0) throw new DataError("the size of its differences is damaged");
    if (filled + 1 + runLength > atoms || reader.isBeyondEnd)
      throw new DataError("its compressed positions are damaged");
    if (runLength === 0) put(current);
    const first = current.slice();
    previous.set(current);
    const half = Math.floor(size / 2);
    for (let i = 0; i < runLength; i += 1) {
      reader.triple(index, [size, size, size], current);
      for (let axis = 0; axis < 3; axis += 1) {
        current[axis] = (current[axis] ?? 0) + (previous[axis] ?? 0) - half;
      }
      put(current);
      if (i === 0) put(first);
      previous.set(current);
    }
    index += change;
    if (change < 0 && index < FIRST_SIZE) throw new DataError("the size of its differences is damaged");
  }
  if (reader.isBeyondEnd) throw new DataError("its compressed positions are damaged");
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}
