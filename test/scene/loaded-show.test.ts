import { describe, expect, test } from "bun:test";
import { SphereGeometry } from "three";
import { loadScene } from "../../src/scene/load-scene.ts";
import { checkerPng, cubeObj, glb, texturedQuad } from "../formats/samples.ts";
import { weldedObj } from "../support/model.ts";
import { difference, pixel } from "./images.ts";
import { sceneFiles } from "./scene-files.ts";
import { frontView, showOpener } from "./shows.ts";

const files = sceneFiles();

const open = showOpener();

describe("a loaded file", () => {
  test("a loaded file has the texture of a GLB in the right orientation, and is animated", async () => {
    const show = open({ background: "black" });
    const loaded = await files.load("quad.glb", glb(texturedQuad()));
    show.add(loaded.object);
    show.cameraState = frontView(6);
    const corners = (): string[] => {
      show.render();
      const frame = show.snapshot();
      return [
        [0.4, 0.4],
        [0.6, 0.4],
        [0.4, 0.6],
        [0.6, 0.6],
      ].map(([x = 0, y = 0]) =>
        pixel(frame, x, y)
          .map((value) => (value > 128 ? 1 : 0))
          .slice(0, 3)
          .join(""),
      );
    };
    expect(corners()).toEqual(["100", "010", "001", "111"]);
    loaded.animate(1); // two units, its own width, to the right
    expect(corners()).toEqual(["000", "000", "000", "000"]);
    loaded.animate(2);
    expect(corners()).toEqual(["100", "010", "001", "111"]);
    loaded.dispose();
  });

  test("a loaded file is deformed by bones and morph targets", async () => {
    const parts = texturedQuad();
    const json = parts.json as Record<string, Record<string, unknown>[]>;
    const extra = Buffer.alloc(16 + 64 + 64 + 48);
    for (let i = 0; i < 4; i += 1) extra.writeFloatLE(1, 16 + 16 * i); // all weight on joint 0
    for (let i = 0; i < 4; i += 1) extra.writeFloatLE(1, 80 + 20 * i); // the identity
    for (let i = 0; i < 4; i += 1) extra.writeFloatLE(5, 144 + 12 * i + 4); // the target is 5 higher
    const start = parts.body.byteLength;
    const view = json.bufferViews?.length ?? 0;
    for (const [byteOffset, byteLength] of [
      [start, 16],
      [start + 16, 64],
      [start + 80, 64],
      [start + 144, 48],
    ]) {
      json.bufferViews?.push({ buffer: 0, byteOffset, byteLength });
    }
    json.accessors?.push(
      { bufferView: view, componentType: 5121, count: 4, type: "VEC4" },
      { bufferView: view + 1, componentType: 5126, count: 4, type: "VEC4" },
      { bufferView: view + 2, componentType: 5126, count: 1, type: "MAT4" },
      { bufferView: view + 3, componentType: 5126, count: 4, type: "VEC3", min: [0, 5, 0], max: [0, 5, 0] },
    );
    const primitive = {
      attributes: { POSITION: 0, TEXCOORD_0: 1, JOINTS_0: 5, WEIGHTS_0: 6 },
      indices: 2,
      material: 0,
    };
    const path = files.write(
      "skin.glb",
      glb({
        json: {
          ...json,
          nodes: [{ children: [1, 2] }, { mesh: 0, skin: 0 }, { name: "bone" }],
          scenes: [{ nodes: [0] }],
          meshes: [{ primitives: [{ ...primitive, targets: [{ POSITION: 8 }] }], weights: [0] }],
          skins: [{ joints: [2], inverseBindMatrices: 7 }],
          animations: [
            {
              channels: [{ sampler: 0, target: { node: 2, path: "translation" } }],
              samplers: [{ input: 3, output: 4 }],
            },
          ],
          buffers: [{ byteLength: start + extra.byteLength }],
        },
        body: Buffer.concat([parts.body, extra]),
      }),
    );
    const show = open({ background: "black" });
    const loaded = await loadScene(path);
    show.add(loaded.object);
    show.cameraState = frontView(6);
    const isRed = (): boolean => {
      show.render();
      return (pixel(show.snapshot(), 0.4, 0.4)[0] ?? 0) > 128;
    };
    expect(isRed()).toBe(true);
    loaded.animate(1);
    expect(isRed()).toBe(false);
    loaded.animate(2);
    expect(isRed()).toBe(true);
    loaded.object.traverse((object) => {
      if ("morphTargetInfluences" in object) object.morphTargetInfluences = [1];
    });
    expect(isRed()).toBe(false);
  });

  test("a loaded file has the texture of an OBJ in the right orientation", async () => {
    files.write("c.png", checkerPng());
    files.write("c.mtl", "newmtl c\nKd 1 1 1\nKe 0 0 0\nmap_Ke c.png\nmap_Kd c.png\n");
    const text =
      "mtllib c.mtl\nusemtl c\nv -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nf 1/1 2/2 3/3 4/4\n";
    const show = open({ background: "black" });
    show.add((await files.load("c.obj", text)).object);
    show.cameraState = frontView(6);
    show.render();
    const frame = show.snapshot();
    const [red, green] = pixel(frame, 0.4, 0.4);
    expect(red).toBeGreaterThan((green ?? 0) + 60);
    const [r, g, blue] = pixel(frame, 0.4, 0.6);
    expect(blue).toBeGreaterThan(Math.max(r ?? 0, g ?? 0) + 60);
  });

  test("a loaded file has no back faces in drafts, but shows the inside of a watertight mesh through a hole in full frames", async () => {
    // A finely divided sphere with one missing triangle counts as watertight.
    const sphere = new SphereGeometry(1, 64, 48);
    const position = sphere.getAttribute("position");
    const index = [...(sphere.index?.array ?? [])];
    const isHole = (first: number) =>
      index
        .slice(first, first + 3)
        .every((corner) => position.getZ(corner) > 0.94 && position.getX(corner) > 0);
    sphere.setIndex(index.filter((_, i) => !isHole(i - (i % 3))));
    const show = open({ background: "black" });
    show.add((await files.load("sphere.obj", weldedObj(sphere))).object);
    show.cameraState = frontView(5);
    const darkPixels = (draft: boolean): number => {
      show.render({ draft });
      const { data, width } = show.snapshot();
      let dark = 0;
      for (let y = 45; y < 75; y += 1)
        for (let x = 65; x < 95; x += 1) if (data[(y * width + x) * 4] === 0) dark += 1;
      return dark;
    };
    expect(darkPixels(false)).toBe(0);
    expect(darkPixels(true)).toBeGreaterThan(4);
    expect(darkPixels(false)).toBe(0);
  });

  test("a loaded file shows the next side of a cube after a drag by 0.45 of the width", async () => {
    const show = open();
    show.add((await files.load("cube.obj", cubeObj())).object);
    show.cameraState = frontView(10);
    show.render();
    const before = show.snapshot();
    show.style.onButtonPress(0, 0.1, 0.5);
    show.style.onMouseMove(0.325, 0.5);
    show.render();
    expect(difference(before, show.snapshot()).mean).toBeGreaterThan(2);
    show.style.onMouseMove(0.55, 0.5);
    show.render();
    expect(difference(before, show.snapshot()).mean).toBeLessThan(0.5);
  });
});
