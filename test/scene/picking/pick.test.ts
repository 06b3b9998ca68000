import { expect, test } from "bun:test";
import type { PickedPlace, PickResult } from "../../../src/protocol/pick.ts";
import { showDocument } from "../../../src/scene/show-document.ts";
import { ShowManager } from "../../../src/scene/show-manager.ts";
import { niftiFile } from "../../formats/volumes/nifti-file.ts";
import { sceneFiles } from "../scene-files.ts";

const files = sceneFiles();

/** A view along -z of the square from -1 to 1 in x and y, in parallel projection: a place is a point. */
const FRONT = { position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30, parallelScale: 1 } as const;

async function open(layers: readonly object[], camera: object = FRONT): Promise<ShowManager> {
  const show = new ShowManager({ size: [200, 200], glBackend: "mesa" });
  await showDocument(show, { version: 1, layers, view: { camera, orthographic: true } } as never);
  for (const _ of show.renderSteps()) continue;
  return show;
}

function placeOf(result: PickResult): PickedPlace {
  if (!("point" in result)) throw new Error("nothing is there");
  return result;
}

const SQUARE = `ply
format ascii 1.0
element vertex 4
property float x
property float y
property float z
property float heat
element face 2
property list uchar int vertex_indices
property uchar zone
end_header
-1 -1 0 10
1 -1 0 20
1 1 0 30
-1 1 0 40
3 0 1 2 7
3 0 2 3 8
`;

test("a mesh: point, face, vertex and the values of its arrays", async () => {
  using show = await open([{ id: "square", file: files.write("square.ply", SQUARE) }]);
  const place = placeOf(show.pick(0.9, 0.2));
  console.log(JSON.stringify(place));
  expect(place.layer).toBe("square");
});

test("a volume: voxel, value, and RAS coordinates in mm", async () => {
  const file = files.write("v.nii", niftiFile({ dim: [3, 20, 20, 20], datatype: 4, voxels: new Uint8Array(Int16Array.from({ length: 8000 }, (_, i) => i).buffer), srow: [0.1, 0, 0, -1, 0, 0.1, 0, -1, 0, 0, 0.1, -1] }));
  using show = await open([{ id: "v", file, slice: "z=0" }]);
  const place = placeOf(show.pick(0.9, 0.2));
  console.log(JSON.stringify(place));
});
