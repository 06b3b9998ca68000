import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Color, Mesh, Object3D } from "three";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { freeArraysAfterUpload } from "../../src/actors/divide-mesh.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { difference } from "../scene/images.ts";
import { showOpener } from "../scene/shows.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const open = showOpener();
let directory: TemporaryDirectory;
let path: string;
beforeAll(() => {
  directory = new TemporaryDirectory();
  path = `${directory.path}/sphere.ply`;
  writeLargeModel(path, "ply", 400_000);
});
afterAll(() => directory[Symbol.dispose]());

async function openSphere(): Promise<{ show: ShowManager; object: Object3D }> {
  const show = open({ size: [320, 240] });
  const { object, up } = await loadScene(path);
  show.add(object);
  show.frameScene(up);
  return { show, object };
}

function trianglesDrawn(show: ShowManager, draft: boolean): number {
  show.render({ samples: 0, draft });
  return show.renderer.info.render.triangles;
}

test("a large mesh draws only the chunks in the view frustum, and all chunks if the whole mesh is in view", async () => {
  const { show } = await openSphere();
  const all = trianglesDrawn(show, false);
  expect(all).toBeWithin(399_000, 401_000);
  show.cameraState = { position: [3, 1, 0], focalPoint: [0, 1, 0], viewUp: [0, 1, 0], viewAngle: 3 };
  expect(trianglesDrawn(show, false)).toBeLessThan(0.6 * all);
});

test("a draft of a large mesh is similar to the full frame, with at most 150,000 triangles", async () => {
  const { show } = await openSphere();
  expect(trianglesDrawn(show, false)).toBeGreaterThan(300_000);
  const full = show.snapshot();
  expect(trianglesDrawn(show, true)).toBeWithin(30_000, 150_001);
  const draft = show.snapshot();
  expect(difference(full, draft).mean).toBeLessThan(3);
  show.render({ samples: 0, draft: true, level: 1 });
  expect(show.renderer.info.render.triangles).toBeWithin(10_000, 50_001);
  expect(difference(full, show.snapshot()).mean).toBeLessThan(6);
});

test("a large mesh whose arrays were freed after upload renders as before, also with another color and camera", async () => {
  const { show, object } = await openSphere();
  const kept = await openSphere();
  freeArraysAfterUpload(object);
  show.render({ samples: 0 });
  const [mesh] = object.getObjectsByProperty("type", "Mesh") as [Mesh];
  expect(mesh.geometry.getAttribute("normal").array).toHaveLength(0);
  // Rays are cast at them.
  expect(mesh.geometry.getAttribute("position").array.length).toBeGreaterThan(0);
  for (const { view, scene } of [show, kept.show]) {
    scene.traverse((part) => {
      const { material } = part as Partial<Mesh>;
      if (material !== undefined && "color" in material) (material.color as Color).set(0x00ff00);
    });
    view.azimuth(40);
  }
  for (const each of [show, kept.show]) {
    each.resetCamera();
    each.render({ samples: 0 });
  }
  expect(difference(show.snapshot(), kept.show.snapshot()).mean).toBe(0);
});
