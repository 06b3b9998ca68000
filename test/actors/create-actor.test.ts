import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Object3D } from "three";
import { type ActorData, createActor } from "../../src/actors/create-actor.ts";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { readFile } from "../../src/loading/read-data.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { showOpener } from "../scene/shows.ts";

const open = showOpener();
const FILES = join(import.meta.dir, "../pictures/files");

function picture(object: Object3D): Snapshot {
  const show = open({ background: "black" });
  show.add(object);
  show.render();
  return show.snapshot();
}

function isEmpty({ data }: Snapshot): boolean {
  return !data.some((value, i) => i % 4 < 3 && value > 60);
}

describe("an actor of data in memory gives the picture of the file with that data", () => {
  test.each<[string, LayerStyle]>([
    ["torus.ply", {}],
    ["beam.vtu", { colorBy: "temperature", edges: true, contours: 3 }],
    ["hill.las", { colorBy: "classification", pointSize: 4 }],
    ["bundles.trk", { colorBy: "ends", tubes: "on", width: 2 }],
    ["bundles.tck", { lineWidth: 3 }],
    ["head.nii.gz", { slice: "z=10mm", colormap: "hot" }],
    ["head.nii.gz", { iso: 400 }],
    ["1crn.cif.gz", { representation: "cartoon" }],
  ])("%s %j", async (name, style) => {
    const path = join(FILES, name);
    const loaded = await loadScene({ path, style });
    const actor = await createActor((await readFile(path, undefined)) as ActorData, style);
    const shown = picture(actor.object);
    expect(isEmpty(shown)).toBeFalse();
    expect(shown.data).toEqual(picture(loaded.object).data);
    expect(actor.legend).toEqual(loaded.layers[0]?.actor.legend);
  });
});

const positions = new Float32Array([0, 0, 0, 1, 0, 0, 0, 1, 0]);

test("an actor of a program's own streamlines needs positions and offsets only", async () => {
  const { object, warnings } = await createActor({
    kind: "streamlines",
    positions: new Float32Array([0, 0, 0, 1, 0, 0, 1, 1, 0]),
    offsets: new Uint32Array([0, 3]),
  });
  expect(isEmpty(picture(object))).toBeFalse();
  expect(warnings).toEqual([]);
});

describe("data of a program that does not fit together is refused with the name of the field", () => {
  const values = (length: number) => ({ name: "fa", components: 1, values: new Float32Array(length) });
  const surface = { positions, indices: new Uint32Array([0, 1, 2]) };
  const volume = { kind: "volume", dims: [2, 2, 2], values: new Uint8Array(8) } as const;
  const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const lines = { kind: "streamlines", positions, offsets: new Uint32Array([0, 3]) } as const;
  test.each<[string, ActorData]>([
    [
      "surfaces[0].indices[2] is 3, but there are 3.",
      mesh({ ...surface, indices: new Uint32Array([0, 1, 3]) }),
    ],
    [
      "surfaces[0] has 2 corners, which is not a multiple of 3.",
      mesh({ ...surface, indices: new Uint32Array(2) }),
    ],
    [
      "surfaces[0].positions must be a Float32Array with x, y and z of each point.",
      mesh({ positions: new Float32Array(4) }),
    ],
    ["surfaces[0].normals has 3 elements instead of 9.", mesh({ ...surface, normals: new Float32Array(3) })],
    ["surfaces[0].arrays: fa has 2 elements instead of 3.", mesh({ ...surface, arrays: [values(2)] })],
    [
      "surfaces[0].cells[0] is 7, but there are 2.",
      mesh({ ...surface, cells: new Uint32Array([7]), cellArrays: [values(2)] }),
    ],
    [
      "lines has 3 corners, which is not a multiple of 2.",
      { kind: "mesh", surfaces: [], lines: { positions } },
    ],
    [
      "surfaces[0].indices must be a Uint32Array.",
      mesh({ ...surface, indices: new Uint16Array([0, 1, 2]) as never }),
    ],
    ["origin has 2 elements instead of 3.", { ...mesh(surface), origin: [0, 0] as never }],
    [
      "offsets must ascend from 0 to the number of points, 3.",
      { ...lines, offsets: new Uint32Array([0, 4, 3]) },
    ],
    ["pointArrays: fa has 2 elements instead of 3.", { ...lines, pointArrays: [values(2)] }],
    [
      "the group left[0] is 1, but there are 1.",
      { ...lines, groups: [{ name: "left", streamlines: new Uint32Array([1]), arrays: [] }] },
    ],
    ["values has 8 elements instead of 16.", { ...volume, affine, frames: 2 }],
    [
      "affine must be the 16 numbers of an invertible matrix, row by row.",
      { ...volume, affine: new Array(16).fill(0) },
    ],
    [
      "the size along j must be a whole number above 0.",
      { ...volume, affine, dims: [2, -2, 2], values: new Uint8Array(0) },
    ],
  ])("%s", async (sentence, data) => {
    await expect(createActor(data)).rejects.toThrow(new RangeError(sentence));
  });

  test("a property that the kind does not have", async () => {
    await expect(createActor(mesh(surface), { tubes: "on" })).rejects.toThrow(
      "the property tubes is for streamlines",
    );
  });
});

function mesh(surface: (ActorData & { kind: "mesh" })["surfaces"][number]): ActorData & { kind: "mesh" } {
  return { kind: "mesh", surfaces: [surface] };
}
