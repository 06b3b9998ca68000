import { describe, expect, test } from "bun:test";
import { buildDemoScene } from "../../src/scene/demo/demo-scene.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import { cubeStlBinary } from "../formats/samples.ts";
import { bumpySphereObj, torusKnotObj } from "../support/model.ts";
import { difference, differenceFromReference } from "./images.ts";
import { sceneFiles } from "./scene-files.ts";
import { showOpener } from "./shows.ts";

const files = sceneFiles();

const open = showOpener();

describe("reference images", () => {
  const expectReference = async (name: string, show: ShowManager): Promise<void> => {
    show.render({ samples: 4 });
    const { mean, strong } = await differenceFromReference(name, show.snapshot());
    expect(mean).toBeLessThan(2.5);
    expect(strong).toBeLessThan(0.02);
  };

  test("the demo scene is rendered like its reference, and repeats after its duration", async () => {
    const show = open({ size: [320, 240] });
    const demo = buildDemoScene();
    show.add(demo.object);
    demo.animate(1);
    show.frameScene(demo.up);
    await expectReference("demo", show);
    expect(show.renderer.info.render.triangles).toBeLessThanOrEqual(40_000);
    expect(show.renderer.info.render.calls).toBeLessThanOrEqual(10);
    const early = show.snapshot();
    demo.animate(5);
    show.render({ samples: 4 });
    expect(difference(early, show.snapshot()).mean).toBeGreaterThan(0.5);
    demo.animate(1 + demo.duration);
    show.render({ samples: 4 });
    expect(difference(early, show.snapshot()).mean).toBeLessThan(0.05);
    demo.dispose();
  });

  test("an STL cube stands on the x-y plane, seen from the front, right and above", async () => {
    const show = open({ size: [320, 240] });
    const loaded = await files.load("cube.stl", cubeStlBinary());
    show.add(loaded.object);
    show.frameScene(loaded.up);
    await expectReference("cube-stl", show);
  });

  // Their references were inspected on 2026-11-29.
  test.each([
    ["torus-knot", torusKnotObj],
    ["bumpy-sphere", bumpySphereObj],
  ])("an OBJ mesh without normals and materials: %s", async (name, makeObj) => {
    const show = open({ size: [320, 240] });
    const loaded = await files.load(`${name}.obj`, makeObj());
    show.add(loaded.object);
    show.frameScene(loaded.up);
    await expectReference(name, show);
    loaded.dispose();
  });
});
