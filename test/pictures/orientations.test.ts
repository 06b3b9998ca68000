import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Volume } from "../../src/formats/data-kinds.ts";
import { readFile } from "../../src/loading/read-data.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { niftiFile } from "../formats/volumes/nifti-file.ts";
import { difference } from "../scene/images.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { PICTURE_SIZE, renderCase } from "./picture-cases.ts";

const directory = new TemporaryDirectory();
let show: ShowManager;
beforeAll(() => {
  show = new ShowManager({ size: PICTURE_SIZE, background: "black", glBackend: "mesa" });
});
afterAll(() => {
  show.dispose();
  directory[Symbol.dispose]();
});

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** The same volume with its axes in another order, and some of them reversed, as a NIfTI file. */
function reoriented(
  { dims, affine, values }: Volume,
  order: readonly number[],
  reversed: number,
): Uint8Array {
  const isReversed = (axis: number): boolean => (reversed & (1 << axis)) !== 0;
  const sizes = order.map((axis) => dims[axis] ?? 0);
  const strides = [1, dims[0], dims[0] * dims[1]];
  const voxels = new Int16Array(values.length);
  let at = 0;
  const index = [0, 0, 0];
  for (let k = 0; k < (sizes[2] ?? 0); k += 1)
    for (let j = 0; j < (sizes[1] ?? 0); j += 1)
      for (let i = 0; i < (sizes[0] ?? 0); i += 1, at += 1) {
        for (const [place, axis] of order.entries()) {
          const along = [i, j, k][place] ?? 0;
          index[axis] = isReversed(axis) ? (dims[axis] ?? 0) - 1 - along : along;
        }
        voxels[at] = Number(
          values[index.reduce((sum, value, axis) => sum + value * (strides[axis] ?? 0), 0)],
        );
      }
  const srow = [0, 1, 2].flatMap((row) => {
    const column = (axis: number): number => affine[4 * row + axis] ?? 0;
    let translation = affine[4 * row + 3] ?? 0;
    for (const axis of [0, 1, 2]) if (isReversed(axis)) translation += column(axis) * ((dims[axis] ?? 0) - 1);
    return [...order.map((axis) => (isReversed(axis) ? -1 : 1) * column(axis)), translation];
  });
  return niftiFile({ dim: [3, ...sizes], srow, voxels: new Uint8Array(voxels.buffer) });
}

test("one head in all 48 orientations of its voxels gives one picture", async () => {
  const head = await readFile(join(import.meta.dir, "files/head.nii.gz"), undefined);
  if (head.kind !== "volume") throw new Error("the head is no volume");
  const slices = "--slice x=10mm,y=-10mm,z=0mm --range 0,800 --no-scalar-bar";
  let first: Snapshot | undefined;
  for (const order of ORDERS) {
    for (let reversed = 0; reversed < 8; reversed += 1) {
      const path = directory.write("head.nii", reoriented(head, order, reversed));
      const picture = await renderCase(show, "slices", `${path} ${slices}`);
      first ??= await renderCase(show, "slices", `${join(import.meta.dir, "files/head.nii.gz")} ${slices}`);
      const { mean, strong } = difference(picture, first);
      // A point on the border of two voxels can be in either.
      expect([order, reversed, mean < 0.3, strong < 0.004]).toEqual([order, reversed, true, true]);
    }
  }
}, 30_000);
