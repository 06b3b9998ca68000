import { afterAll, beforeAll, describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { AmbientLight } from "three";
import { colormapTable } from "../../src/layers/colormap.ts";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { showOpener } from "../scene/shows.ts";
import { differingShare, type RgbaImage } from "../support/images.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";
import { XServer } from "../support/x-server.ts";

const HAS_VTK = existsSync("/usr/lib/python3/dist-packages/vtkmodules") && Bun.which("Xvfb") !== null;
const testWithVtk = testIf(HAS_VTK ? "" : "python3-vtk9 or xvfb is not installed");
const SIZE = 200;

const directory = new TemporaryDirectory();
afterAll(() => directory[Symbol.dispose]());

/** Writes the file and VTK's pictures of it. VTK renders through an X server. */
beforeAll(async () => {
  if (!HAS_VTK) return;
  const colors = directory.write("colors", colormapTable("viridis"));
  await using server = await XServer.start();
  const program = `${import.meta.dir}/programs/vtk_pictures.py`;
  const python = Bun.spawn(["/usr/bin/python3", program, directory.path, colors], {
    env: { ...process.env, DISPLAY: server.display },
    stderr: "pipe",
  });
  const errors = await new Response(python.stderr).text();
  if ((await python.exited) !== 0) throw new Error(errors);
}, 30_000);

async function pictureOfVtk(name: string): Promise<RgbaImage> {
  const rgb = await Bun.file(`${directory.path}/${name}.rgb`).bytes();
  const data = new Uint8Array(4 * SIZE * SIZE);
  for (let row = 0; row < SIZE; row += 1) {
    for (let column = 0; column < SIZE; column += 1) {
      const from = 3 * ((SIZE - 1 - row) * SIZE + column);
      data.set([...rgb.subarray(from, from + 3), 255], 4 * (row * SIZE + column));
    }
  }
  return { width: SIZE, height: SIZE, data };
}

const open = showOpener();

/** Renders the file as VTK does: all light is ambient, so that surfaces have the colors of the table. */
async function picture(style: LayerStyle): Promise<RgbaImage> {
  const scene = await loadScene({ path: `${directory.path}/mesh.vtk`, style });
  const show = open({ size: [SIZE, SIZE], background: "black", light: false });
  show.add(scene.object, new AmbientLight(0xffffff, Math.PI));
  show.cameraState = {
    position: [0, 0, 5],
    focalPoint: [0, 0, 0],
    viewUp: [0, 1, 0],
    viewAngle: 30,
    parallelScale: 1.1,
  };
  show.render();
  return show.snapshot();
}

describe("the picture of a VTK file", () => {
  const cases: readonly (readonly [string, LayerStyle])[] = [
    ["points", { colorBy: "p", range: [-1, 1] }],
    ["cells", { colorBy: "c", range: [0, 10] }],
    ["warped", { colorBy: "p", range: [-1, 1], warp: "u", warpFactor: 1.5 }],
  ];
  for (const [name, style] of cases) {
    testWithVtk(`is that of VTK: ${name}`, async () => {
      const [expected, actual] = [await pictureOfVtk(name), await picture(style)];
      const brightness = expected.data.reduce((sum, value) => sum + value, 0) / expected.data.length;
      expect(brightness).toBeGreaterThan(60);
      // Pixels at the edges of the mesh and of quads, which are divided along another diagonal, can differ.
      expect(differingShare(expected, actual, 6)).toBeLessThan(0.02);
    });
  }
});
