import type { NumericArray } from "../data-kinds.ts";
import type { AxisRole, StoredAxis } from "./stored-axis.ts";

/** Axes in memory, the fastest first. */
const MEMORY_ORDER: readonly AxisRole[] = ["component", "i", "j", "k", "time"];

/** Edge of the square tiles that are transposed at a time: 64 rows of 64 values fit into the first-level cache. */
const TILE = 64;

/** Whether values need not be moved: axes of size 1 can be anywhere. */
export function isInMemoryOrder(axes: readonly StoredAxis[]): boolean {
  let last = -1;
  for (const { role, size, reversed } of axes) {
    if (size === 1) continue;
    const rank = MEMORY_ORDER.indexOf(role);
    if (rank < last || reversed === true) return false;
    last = rank;
  }
  return true;
}

interface Step {
  readonly size: number;
  /** Distance of two neighbours in the file and in memory, values. */
  readonly from: number;
  readonly to: number;
}

/** Copies values from the order of a file into that of memory. */
export function toMemoryOrder(values: NumericArray, axes: readonly StoredAxis[]): NumericArray {
  const result = values.slice();
  const steps: (Step & { readonly role: AxisRole })[] = [];
  let start = 0;
  let stride = 1;
  for (const { role, size, reversed } of axes) {
    if (reversed === true) start += stride * (size - 1);
    const before = MEMORY_ORDER.slice(0, MEMORY_ORDER.indexOf(role));
    const to = axes.reduce(
      (product, axis) => (before.includes(axis.role) ? product * axis.size : product),
      1,
    );
    if (size > 1) steps.push({ role, size, from: reversed === true ? -stride : stride, to });
    stride *= size;
  }
  // The inner loops go along the axis that is fastest in the file and the one that is fastest in memory, in tiles.
  const [read, ...others] = steps;
  if (read === undefined) return result;
  const write = others.reduce<Step | undefined>(
    (a, b) => (a === undefined || b.to < a.to ? b : a),
    undefined,
  );
  const inner = write ?? { size: 1, from: 0, to: 0 };
  const outer = others.filter((step) => step !== write);
  forEachOffset(outer, start, 0, (from, to) => copyPlane(values, from, result, to, read, inner));
  return result;
}

function forEachOffset(
  steps: readonly Step[],
  from: number,
  to: number,
  visit: (from: number, to: number) => void,
): void {
  const step = steps.at(-1);
  if (step === undefined) {
    visit(from, to);
    return;
  }
  for (let n = 0; n < step.size; n += 1) {
    forEachOffset(steps.slice(0, -1), from + n * step.from, to + n * step.to, visit);
  }
}

function copyPlane(
  source: NumericArray,
  from: number,
  target: NumericArray,
  to: number,
  a: Step,
  b: Step,
): void {
  for (let b0 = 0; b0 < b.size; b0 += TILE) {
    const bEnd = Math.min(b0 + TILE, b.size);
    for (let a0 = 0; a0 < a.size; a0 += TILE) {
      const aEnd = Math.min(a0 + TILE, a.size);
      for (let m = b0; m < bEnd; m += 1) {
        const read = from + m * b.from;
        const write = to + m * b.to;
        for (let n = a0; n < aEnd; n += 1) target[write + n * a.to] = source[read + n * a.from] ?? 0;
      }
    }
  }
}
