import { expect, test } from "bun:test";
import { DoubleSide, Mesh, MeshBasicMaterial, type MeshBasicMaterialParameters, PlaneGeometry } from "three";
import { blankFrameReason } from "../../src/scene/blank-frame.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { frontView } from "./shows.ts";

const FROM_FRONT = frontView(5);

function renderAndDiagnose(
  material: MeshBasicMaterialParameters,
  change: (mesh: Mesh, show: ShowManager) => void = () => {},
): { reason: string | undefined; show: ShowManager; mesh: Mesh } {
  const show = new ShowManager({ size: [64, 48], background: "black" });
  const mesh = new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial(material));
  show.add(mesh);
  show.cameraState = FROM_FRONT;
  change(mesh, show);
  show.render({ samples: 4 });
  return { reason: blankFrameReason(show), show, mesh };
}

const cases: readonly (readonly [
  name: string,
  reason: RegExp | undefined,
  material: MeshBasicMaterialParameters,
  change?: (mesh: Mesh, show: ShowManager) => void,
])[] = [
  ["a visible square", undefined, { color: "red" }],
  ["a square that fills the frame", undefined, { color: "red" }, (mesh) => mesh.scale.setScalar(99)],
  ["an empty scene", /^there is nothing in it$/, {}, (mesh) => mesh.removeFromParent()],
  [
    "a hidden object",
    /hidden by the file itself/,
    {},
    (mesh) => {
      mesh.visible = false;
    },
  ],
  ["a scale of 0", /in one point: its scale is 0/, {}, (mesh) => mesh.scale.setScalar(0)],
  [
    "an object beside the view",
    /outside of the view/,
    {},
    (_, show) => {
      show.cameraState = { ...FROM_FRONT, focalPoint: [0, 0, 9], position: [0, 0, 5] };
    },
  ],
  [
    "an object far away",
    /smaller than a pixel/,
    {},
    (_, show) => {
      show.cameraState = { ...FROM_FRONT, position: [0.13, 0.17, 5000] };
    },
  ],
  ["back faces", /only the back faces .* look from the other side/, {}, (mesh) => mesh.rotateY(Math.PI)],
  ["opacity 0", /fully transparent/, { transparent: true, opacity: 0 }],
  [
    "opacity 0 on back faces",
    /fully transparent/,
    { transparent: true, opacity: 0 },
    (mesh) => mesh.rotateY(Math.PI),
  ],
  ["the background's color", /has the color of the background/, { color: "black" }],
  ["an edge", /faces have no area from here/, { side: DoubleSide }, (mesh) => mesh.rotateY(Math.PI / 2)],
];
for (const [name, expected, material, change] of cases) {
  test(`blankFrameReason of ${name} is ${expected?.source ?? "undefined"}`, () => {
    const { reason, show } = renderAndDiagnose(material, change);
    using _ = show;
    if (expected === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(expected);
  });
}

test("the diagnosis of a blank frame restores the scene and the frame", () => {
  const { show, mesh } = renderAndDiagnose({ color: "red", transparent: true, opacity: 0 });
  using _ = show;
  const material = mesh.material as MeshBasicMaterial;
  expect([material.transparent, material.opacity, material.side]).toEqual([true, 0, 0]);
  expect(show.scene.overrideMaterial).toBeNull();
  expect(show.snapshot().data.slice(0, 4)).toEqual(new Uint8Array([0, 0, 0, 255]));
  material.opacity = 1;
  show.render();
  expect(blankFrameReason(show)).toBeUndefined();
});
