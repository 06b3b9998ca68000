import { describe, expect, test } from "bun:test";
import { readoutParts, readoutText } from "../../../src/web/pointer/readout-text.ts";
import { annotationFile, surfaceFile } from "../../formats/surfaces/freesurfer-files.ts";
import { giftiFile, POINTSET, TRIANGLE } from "../../formats/surfaces/gifti-file.ts";
import { mghFile, mghLabels } from "../../formats/volumes/mgh-file.ts";
import { sceneFiles } from "../scene-files.ts";
import { open } from "./pick-view.ts";

const files = sceneFiles();

/** What the page shows under the pointer at x, y of a view along -z. */
async function readoutAt(layer: object, [x, y, z]: readonly [number, number, number]): Promise<string> {
  const camera = { position: [x, y, z + 50], focalPoint: [x, y, z], viewUp: [0, 1, 0], viewAngle: 30 };
  using show = await open([layer], { view: { camera: { ...camera, parallelScale: 40 } } });
  return readoutText(readoutParts(show.pick(0.5, 0.5)));
}

describe("labels are named under the pointer", () => {
  test.each([1, 2] as const)(
    "by the color table of an annotation of FreeSurfer, version %i",
    async (version) => {
      const file = files.write("lh.pial", surfaceFile());
      const annotation = files.write("lh.parts.annot", annotationFile(version));
      const layer = { file, overlays: [{ file: annotation }] };
      expect(await readoutAt(layer, [0.5, 0.5, 28])).toMatch(/\nlh\.parts\.annot: area one \(0\)$/);
      expect(await readoutAt(layer, [9, 0.5, 1])).toMatch(/\nlh\.parts\.annot: area two \(1\)$/);
    },
  );

  test("by the label table of GIFTI", async () => {
    const file = files.write("lh.surf.gii", giftiFile([POINTSET, TRIANGLE]));
    const table = `<LabelTable>
      <Label Key="3" Red="1" Green="0" Blue="0" Alpha="1">Insula</Label>
      <Label Key="7" Red="0" Green="1" Blue="0" Alpha="1">Cuneus &amp; more</Label>
    </LabelTable>`;
    const labels = files.write(
      "lh.label.gii",
      giftiFile([{ intent: "LABEL", type: "INT32", data: "3 7 3 3" }], table),
    );
    const layer = { file, overlays: [{ file: labels }] };
    expect(await readoutAt(layer, [0.5, 0.5, 28])).toMatch(/: Insula \(3\)$/);
    expect(await readoutAt(layer, [9, 0.5, 1])).toMatch(/: Cuneus & more \(7\)$/);
  });

  test("by the color table of a segmentation of FreeSurfer, in a slice", async () => {
    // Voxel 1, 1.5, 2 is at 10, 20, 30, the voxels have 1 x 6 x 1.5 mm along x, y and -z, and the values are 0, 1, 2, …
    const names = [
      [0, "Unknown"],
      [1, "Left-Hippocampus"],
    ] as const;
    const file = files.write("aseg.mgh", mghFile({ footer: mghLabels(names) }));
    const readout = await readoutAt({ file, slice: "z=33" }, [10, 11, 33]);
    expect(readout).toContain("voxel: 1, 0, 0");
    expect(readout).toContain("value: Left-Hippocampus (1)");
  });
});
