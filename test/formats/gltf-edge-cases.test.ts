import { describe, expect, test } from "bun:test";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { pixel } from "../scene/images.ts";
import { addView } from "./gltf-quad.ts";
import { sampleFiles } from "./sample-files.ts";
import { glb, texturedQuad } from "./samples.ts";

const files = sampleFiles("glb");

interface Json extends Record<string, unknown> {
  accessors: Record<string, unknown>[];
  nodes: Record<string, unknown>[];
  meshes: { primitives: { attributes: Record<string, number>; material?: number }[] }[];
}

/** Builder for variants of the textured quad without its animation. */
class Quad {
  readonly parts = texturedQuad();

  constructor() {
    this.parts.json.animations = [];
  }

  get json(): Json {
    return this.parts.json as unknown as Json;
  }

  get attributes(): Record<string, number> {
    return this.json.meshes[0]?.primitives[0]?.attributes ?? {};
  }

  view(values: Float32Array | Uint8Array | Uint16Array): number {
    return addView(this.parts, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  accessor(definition: Record<string, unknown>): number {
    this.json.accessors.push(definition);
    return this.json.accessors.length - 1;
  }
}

function load(quad: Quad): Promise<LoadedScene> {
  return files.load(glb(quad.parts));
}

const outcome = (quad: Quad): Promise<unknown> =>
  load(quad).then(
    ({ warnings, bounds }) => ({ warnings, x: [bounds.min.x, bounds.max.x] }),
    (error: Error) => error.message,
  );

describe("sparse accessors", () => {
  for (const [kind, base, byteOffset] of [
    ["over a buffer view", true, 0],
    ["without a buffer view", false, 0],
    ["whose values have a byteOffset", true, 12],
  ] as const) {
    test(`a sparse accessor ${kind} is read`, async () => {
      const quad = new Quad();
      const padding = new Array<number>(byteOffset / 4).fill(99);
      const sparse = {
        count: 2,
        indices: { bufferView: quad.view(new Uint16Array([1, 2])), componentType: 5123 },
        values: { bufferView: quad.view(new Float32Array([...padding, 5, -1, 0, 5, 1, 0])), byteOffset },
      };
      quad.attributes.POSITION = quad.accessor({
        ...(base && { bufferView: 0 }),
        componentType: 5126,
        count: 4,
        type: "VEC3",
        sparse,
      });
      expect(await outcome(quad)).toEqual({ warnings: [], x: [base ? -1 : 0, 5] });
    });
  }
});

test("vertex colors are drawn on a mesh with a skin of 254 bones", async () => {
  const quad = new Quad();
  const { json, attributes } = quad;
  const lastBone = 253;
  const joints = Array.from({ length: 4 }, () => [lastBone, 0, 0, 0]).flat();
  const weights = Array.from({ length: 4 }, () => [1, 0, 0, 0]).flat();
  const vec4 = { count: 4, type: "VEC4" };
  attributes.JOINTS_0 = quad.accessor({
    ...vec4,
    bufferView: quad.view(new Uint8Array(joints)),
    componentType: 5121,
  });
  attributes.WEIGHTS_0 = quad.accessor({
    ...vec4,
    bufferView: quad.view(new Float32Array(weights)),
    componentType: 5126,
  });
  const green = Array.from({ length: 4 }, () => [0, 1, 0, 1]).flat();
  attributes.COLOR_0 = quad.accessor({
    ...vec4,
    bufferView: quad.view(new Float32Array(green)),
    componentType: 5126,
  });
  json.materials = [{ extensions: { KHR_materials_unlit: {} } }];
  json.extensionsUsed = ["KHR_materials_unlit"];
  json.nodes = [
    { mesh: 0, skin: 0 },
    ...Array.from({ length: 254 }, (_, bone) => ({ translation: [bone === lastBone ? 40 : 0, 0, 0] })),
  ];
  json.scenes = [{ nodes: [...json.nodes.keys()] }];
  json.skins = [{ joints: [...json.nodes.keys()].slice(1) }];
  const loaded = await load(quad);
  expect([loaded.bounds.min.x, loaded.bounds.max.x]).toEqual([39, 41]);
  using show = new ShowManager({ size: [32, 32], background: "black" });
  show.add(loaded.object);
  show.frameScene();
  show.render();
  expect(pixel(show.snapshot(), 0.5, 0.5)).toEqual([0, 255, 0, 255]);
  loaded.dispose();
});

describe("defects that glTF-Validator reports", () => {
  const cases: readonly (readonly [name: string, change: (quad: Quad) => void, expected: unknown])[] = [
    [
      "an image without a source has a warning, and the mesh is shown",
      ({ json }) => {
        json.images = [{}];
      },
      {
        warnings: ["texture 0 is left out: its image has neither a URI nor a buffer view"],
        x: [-1, 1],
      },
    ],
    [
      "a matrix that collapses everything into a plane still has finite bounds",
      ({ json }) => {
        json.nodes = [{ mesh: 0, matrix: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }];
      },
      { warnings: [], x: [-1, 1] },
    ],
    [
      "an infinite translation has a warning",
      ({ json }) => {
        json.nodes = [{ mesh: 0, translation: [1e300, 0, 0] }];
      },
      {
        warnings: ["a part has a transformation that is not finite; it is shown without the transformation"],
        x: [-1, 1],
      },
    ],
    [
      "a primitive restart index is refused",
      (quad) => {
        const bufferView = quad.view(new Uint16Array([0, 1, 2, 0, 2, 0xffff]));
        Object.assign(quad.json.accessors[2] ?? {}, { bufferView });
      },
      expect.stringContaining("a face uses vertex 65535, but there are only 4 vertices"),
    ],
    [
      "a NaN position has a warning, and its triangle is left out",
      (quad) => {
        const bufferView = quad.view(new Float32Array([-1, -1, 0, NaN, -1, 0, 1, 1, 0, -1, 1, 0]));
        Object.assign(quad.json.accessors[0] ?? {}, { bufferView });
      },
      { warnings: [expect.stringContaining("coordinates that are not finite numbers")], x: [-1, 1] },
    ],
    [
      "a primitive without positions is refused",
      ({ attributes }) => {
        delete attributes.POSITION;
      },
      expect.stringContaining("there is nothing to draw"),
    ],
    [
      "a missing default scene is replaced by the first scene",
      ({ json }) => {
        json.scene = 9;
      },
      { warnings: [], x: [-1, 1] },
    ],
  ];
  test.each(cases)("%s", async (_name, change, expected) => {
    const quad = new Quad();
    change(quad);
    expect(await outcome(quad)).toEqual(expected);
  });
});
