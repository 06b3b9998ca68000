import { afterAll, beforeAll, expect, test } from "bun:test";
import { pointSize } from "../../src/actors/point-size.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { plyFile } from "../formats/ply-builder.ts";
import { glb } from "../formats/samples.ts";
import { sceneFiles } from "../scene/scene-files.ts";

const files = sceneFiles();
let show: ShowManager;
beforeAll(() => {
  show = new ShowManager({ size: [1280, 720], background: "black" });
});
afterAll(() => show.dispose());

const POSITIONS = [
  [0, 0, 0],
  [4, 0, 0],
  [4, 4, 0],
  [0, 4, 0],
];

function pointsGlb(): Uint8Array {
  const body = Buffer.from(new Float32Array(POSITIONS.flat()).buffer);
  const json = {
    asset: { version: "2.0" },
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0 }],
    meshes: [{ primitives: [{ attributes: { POSITION: 0 }, mode: 0 }] }],
    accessors: [
      { bufferView: 0, componentType: 5126, count: 4, type: "VEC3", min: [0, 0, 0], max: [4, 4, 0] },
    ],
    bufferViews: [{ buffer: 0, byteLength: body.byteLength }],
    buffers: [{ byteLength: body.byteLength }],
  };
  return glb({ json, body });
}

for (const [name, content] of [
  [
    "points.ply",
    plyFile([{ name: "vertex", properties: ["float x", "float y", "float z"], rows: POSITIONS }]),
  ],
  ["points.obj", POSITIONS.map((position) => `v ${position.join(" ")}\n`).join("")],
  ["points.glb", pointsGlb()],
] as const) {
  test(`four points of ${name} are visible at 720 rows, and smaller in a smaller image`, async () => {
    const loaded = await files.load(name, content);
    show.add(loaded.object);
    const litPixels = (): number => {
      show.frameScene("y");
      show.render({ samples: 0 });
      const { data } = show.snapshot();
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) > 40) count += 1;
      return count;
    };
    show.resize(1280, 720);
    const litAt720 = litPixels();
    show.resize(640, 360);
    const litAt360 = litPixels();
    show.scene.remove(loaded.object);
    loaded.dispose();
    expect(litAt720).toBeGreaterThan(4 * 9);
    expect(litAt720).toBeLessThan(4 * 64);
    expect(litAt360).toBeGreaterThan(4 * 4);
    expect(litAt360).toBeLessThan(litAt720);
  });
}

test("point size decreases with the number of points, down to 3 pixels", () => {
  expect([10, 4000, 1e7].map((count) => Math.round(pointSize(count)))).toEqual([8, 5, 3]);
});

test("points have the same size in a supersampled frame", async () => {
  const content = POSITIONS.map((position) => `v ${position.join(" ")}\n`).join("");
  const loaded = await files.load("supersampled.obj", content);
  show.add(loaded.object);
  show.resize(640, 480);
  show.frameScene("y");
  const brightness = [1, 2].map((scale) => {
    show.render({ samples: 0, scale });
    return show.snapshot().data.reduce((sum, value) => sum + value, 0);
  });
  const background = 640 * 480 * 255;
  show.scene.remove(loaded.object);
  loaded.dispose();
  const [plain = 0, supersampled = 0] = brightness.map((sum) => sum - background);
  expect(supersampled / plain).toBeGreaterThan(0.8);
  expect(supersampled / plain).toBeLessThan(1.25);
});
