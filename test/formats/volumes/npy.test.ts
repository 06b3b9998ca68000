import { afterAll, expect, test } from "bun:test";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { testIf } from "../../support/test-if.ts";
import { missingNibabel, type NibabelImage, runNibabel } from "../nibabel.ts";
import { outcome } from "../read-outcomes.ts";
import { npyFile } from "./npy-file.ts";
import { expectSameImage, readVolume } from "./volumes.ts";

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const write = directory.write.bind(directory);

testIf(missingNibabel)("arrays that NumPy has saved have their values at their indices", async () => {
  for (const image of await runNibabel<NibabelImage[]>("make_npy.py", directory.path)) {
    const volume = await readVolume(image.file);
    expectSameImage(image, volume);
    expect(volume.space).toBe("unknown");
  }
});

test("a last axis of three bytes is a color", async () => {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2, 3), }";
  const data = Uint8Array.from({ length: 24 }, (_, i) => i);
  const { components, dims, values } = await readVolume(write("rgb.npy", npyFile({ header, data })));
  expect([components, dims]).toEqual([3, [2, 2, 2]]);
  // Voxel 1, 0, 0 is the fifth in C order and the second in memory.
  expect([...values.subarray(3, 6)]).toEqual([12, 13, 14]);
});

test("a file that is cut off has fewer of its first axis; damage is an error with one sentence", async () => {
  const cut = await readVolume(write("cut.npy", npyFile({}).subarray(0, -20)));
  expect([cut.dims, ...cut.warnings]).toEqual([[1, 3, 4], "the image is cut off: 1 of 2 columns are shown"]);
  for (const [header, message] of [
    ["{'descr': '<f2', 'shape': (2, 3, 4)}", 'its type "f2" cannot be read; save it as float32'],
    ["{'descr': [('a', '<f4')], 'shape': (2, 3, 4)}", 'its type "" cannot be read'],
    ["{'descr': '<i2', 'shape': (24,)}", "its shape (24,) is not that of a volume"],
    ["{'descr': '<i2', 'shape': (1099511627776, 2, 2)}", "are shown"],
    ["{'descr': '<i2', 'shape': (2, 2, 1099511627776)}", "cut off before the end of its first slice"],
  ] as const) {
    expect(
      JSON.stringify(await outcome(write("bad.npy", npyFile({ header })))).replaceAll("\\", ""),
    ).toContain(message);
  }
});
