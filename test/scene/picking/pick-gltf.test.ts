import { afterEach, describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import { type LoadedShow, loadShow } from "../../../src/scene/load-show.ts";
import { ShowManager } from "../../../src/scene/show-manager.ts";
import { addAccessor, addView, type Json, primitiveOf, quad } from "../../formats/gltf-quad.ts";
import type { GltfParts } from "../../formats/samples.ts";
import { sceneFiles } from "../scene-files.ts";
import { at, complete, FRONT, placeOf, SIDE } from "./pick-view.ts";

const files = sceneFiles();

const shows: ShowManager[] = [];
afterEach(() => {
  for (const show of shows.splice(0)) show.dispose();
});

/** Shows a modified quad from -1 to 1 in x and y. */
async function open(
  name: string,
  modify: (json: Json, parts: GltfParts) => void,
): Promise<{ show: ShowManager; scene: LoadedShow }> {
  const file = files.write(name, quad(modify));
  const show = new ShowManager({ size: [SIDE, SIDE], glBackend: "mesa" });
  shows.push(show);
  const scene = await loadShow(show, { version: 1, layers: [{ id: "quad", file }], view: {} });
  show.cameraState = FRONT;
  return { show, scene };
}

/** Shows a time of an animation. */
function showTime({ show, scene }: { show: ShowManager; scene: LoadedShow }, seconds: number): void {
  scene.animate(seconds);
  show.invalidate();
  complete(show);
}

/** Animates a property of a node from 0 to a value at 1 s and back. */
function animate(json: Json, parts: GltfParts, { node = 0, path = "", values = [] as number[] }): void {
  const output = addAccessor(parts, values, path === "weights" ? "SCALAR" : "VEC3");
  json.animations = [
    { channels: [{ sampler: 0, target: { node, path } }], samplers: [{ input: 3, output }] },
  ];
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** The right side follows a bone that moves 4 to the front. */
function skinned(json: Json, parts: GltfParts): void {
  const joints = addView(parts, Uint8Array.from([0, 1, 1, 0].flatMap((joint) => [joint, 0, 0, 0])));
  json.accessors?.push({ bufferView: joints, componentType: 5121, count: 4, type: "VEC4" });
  const primitive = primitiveOf(json);
  Object.assign(primitive.attributes as object, {
    JOINTS_0: (json.accessors?.length ?? 0) - 1,
    WEIGHTS_0: addAccessor(
      parts,
      [0, 1, 2, 3].flatMap(() => [1, 0, 0, 0]),
      "VEC4",
    ),
  });
  const inverseBindMatrices = addAccessor(parts, [...IDENTITY, ...IDENTITY], "MAT4");
  json.skins = [{ joints: [1, 2], inverseBindMatrices }];
  json.nodes = [{ children: [1, 2, 3] }, { name: "left" }, { name: "right" }, { mesh: 0, skin: 0 }];
  animate(json, parts, { node: 2, path: "translation", values: [0, 0, 0, 0, 0, 4, 0, 0, 0] });
}

/** A morph target that lifts the right side by 4. */
function morphed(json: Json, parts: GltfParts): void {
  const target = addAccessor(parts, [0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0], "VEC3");
  Object.assign(json.accessors?.[target] ?? {}, { min: [0, 0, 0], max: [0, 0, 4] });
  Object.assign(primitiveOf(json), { targets: [{ POSITION: target }] });
  Object.assign(json.meshes?.[0] ?? {}, { weights: [0] });
  animate(json, parts, { path: "weights", values: [0, 1, 0] });
}

describe.each([
  ["a skinned mesh", skinned],
  ["a morphing mesh", morphed],
])("%s", (name, modify) => {
  test("answers with the point on the surface at the time that is shown", async () => {
    const { show, scene } = await open(`${name}.glb`, modify);
    for (const [seconds, lift] of [
      [0, 0],
      [1, 4],
      [0.5, 2],
      [1.75, 1],
    ] as const) {
      showTime({ show, scene }, seconds);
      for (const [x, y] of [
        [0.6, -0.3],
        [-0.7, 0.9],
      ] as const) {
        const place = placeOf(at(show, x, y));
        expect(place).toMatchObject({ layer: "quad", kind: "gltf" });
        expect(Math.abs(place.point[2] - (lift * (place.point[0] + 1)) / 2)).toBeLessThan(1e-5);
        expect(place.point[0]).toBeCloseTo(x, 1);
      }
    }
  });

  test("is found where it was not at first", async () => {
    // Beside the view, from where the animation moves it into the view.
    const { show, scene } = await open(`far ${name}.glb`, (json, parts) => {
      modify(json, parts);
      const { nodes = [] } = json;
      Object.assign(nodes[0] ?? {}, { translation: [-2.5, 0, 0] });
    });
    show.cameraState = { ...FRONT, position: [-10, 0, 0.01], focalPoint: [0, 0, 0] };
    showTime({ show, scene }, 1);
    // Seen along x, the surface reaches from z = 0, in the middle, to z = 4, which is beyond the right edge.
    const place = placeOf(show.pick(0.9, 0.5));
    expect(place.layer).toBe("quad");
    expect(place.point[2]).toBeCloseTo(0.8, 1);
  });
});

test("instances answer with their number and the point on them", async () => {
  const { show } = await open("instances.glb", (json, parts) => {
    json.extensionsUsed = ["EXT_mesh_gpu_instancing"] as never;
    const TRANSLATION = addAccessor(parts, [-0.5, 0, 0, 0.5, 0, 1, 0.5, 0.8, -1], "VEC3");
    const SCALE = addAccessor(
      parts,
      Array.from({ length: 9 }, () => 0.2),
      "VEC3",
    );
    const attributes = { TRANSLATION, SCALE };
    json.nodes = [{ mesh: 0, name: "leaf", extensions: { EXT_mesh_gpu_instancing: { attributes } } }];
    delete json.animations;
  });
  complete(show);
  for (const [i, [x, y, z]] of [
    [-0.45, 0.1, 0],
    [0.6, -0.1, 1],
    [0.4, 0.75, -1],
  ].entries()) {
    const place = placeOf(at(show, x ?? 0, y ?? 0));
    expect(place.layer).toBe("quad");
    expect(place.facts).toContainEqual({ name: "instance", value: i });
    expect(place.point[2]).toBeCloseTo(z ?? 0, 6);
  }
  expect(at(show, 0, 0)).toEqual({ layer: null, facts: [] });
});

describe("a blended mesh", () => {
  /** The quad with an image whose left half is invisible, 1 in front of an opaque quad of half the size. */
  const glass = (json: Json, parts: GltfParts): void => {
    const image = new PNG({ width: 2, height: 1 });
    image.data.set([255, 0, 0, 0, 255, 0, 0, 128]);
    const bufferView = addView(parts, PNG.sync.write(image));
    json.images = [{ bufferView, mimeType: "image/png" }];
    json.materials = [
      {
        alphaMode: "BLEND",
        pbrMetallicRoughness: { baseColorTexture: { index: 0 }, baseColorFactor: [1, 1, 1, 0.6] },
      },
      { doubleSided: true },
    ];
    const { attributes } = primitiveOf(json);
    json.meshes?.push({ primitives: [{ attributes, indices: 2, material: 1 }] });
    json.nodes = [
      { mesh: 0, name: "glass", translation: [0, 0, 1] },
      { mesh: 1, name: "wall", scale: [0.5, 0.5, 0.5] },
    ];
    json.scenes = [{ nodes: [0, 1] }];
    delete json.animations;
  };

  test("is found before what is seen through it, but not where it is invisible", async () => {
    const { show } = await open("glass.glb", glass);
    complete(show);
    const objectAt = (x: number, y: number) => {
      const result = at(show, x, y);
      return "point" in result ? [result.facts[0]?.value, result.point[2]] : undefined;
    };
    expect(objectAt(0.25, 0)).toEqual(["glass", 1]);
    expect(objectAt(0.75, 0.75)).toEqual(["glass", 1]);
    expect(objectAt(-0.25, 0)).toEqual(["wall", 0]);
    expect(objectAt(-0.75, 0.75)).toBeUndefined();
  });

  test("is not found where a clip plane hides it", async () => {
    const { show } = await open("clipped glass.glb", glass);
    show.clipping.planes = [{ normal: [0, 0, 1], offset: 0.5 }];
    complete(show);
    expect(at(show, 0.25, 0)).toMatchObject({ facts: [{ value: "wall" }] });
    expect(at(show, 0.75, 0.75)).toEqual({ layer: null, facts: [] });
  });
});
