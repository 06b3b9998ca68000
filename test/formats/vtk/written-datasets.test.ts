import { afterAll, describe } from "bun:test";
import { testIf } from "../../support/test-if.ts";
import { expectSameDataset } from "./compare-dataset.ts";
import { VTK_MISSING, type WrittenDatasets, writeDatasets } from "./vtk-peer.ts";

const NAMES = [
  "polydata",
  "lines",
  "unstructured",
  "polyhedra",
  "quadratic",
  "structured",
  "sheet",
  "rectilinear",
  "image",
] as const;

for (const [encoding, what] of [
  ["legacy", "legacy files of VTK's own writer, versions 4.2 and 5.1, text and binary"],
  [
    "xml",
    "XML files of VTK's own writers: text, base64, appended, zlib, LZ4, both byte orders and sizes of headers",
  ],
] as const) {
  describe(what, () => {
    let written: WrittenDatasets | undefined;
    afterAll(() => written?.[Symbol.dispose]());

    for (const name of NAMES) {
      testIf(VTK_MISSING)(`${name}: points, outer faces and arrays are those of VTK`, async () => {
        written ??= writeDatasets(encoding);
        const expected = written.datasets.find((dataset) => dataset.name === name);
        if (expected === undefined) throw new Error(`no dataset ${name}`);
        await expectSameDataset(written.folder, expected);
      });
    }
  });
}
