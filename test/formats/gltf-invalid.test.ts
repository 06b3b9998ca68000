import { describe, expect, test } from "bun:test";
import { addAccessor, addView, primitiveOf, quad } from "./gltf-quad.ts";
import { sampleFiles } from "./sample-files.ts";

const files = sampleFiles("glb");

describe("inconsistent glTF documents", () => {
  const cases: readonly (readonly [name: string, file: Uint8Array, reason: RegExp])[] = [
    [
      "a misaligned byteOffset",
      quad((json) => Object.assign(json.accessors?.[0] ?? {}, { byteOffset: 1, count: 3 })),
      /accessor 0 starts at byte 1, which is not a multiple of its component size, 4 bytes/,
    ],
    [
      "a byteStride below the size of an element",
      quad((json) => Object.assign(json.bufferViews?.[0] ?? {}, { byteStride: 8 })),
      /accessor 0 has values of 12 bytes, but its buffer view a byteStride of 8/,
    ],
    [
      "fewer texture coordinates than vertices",
      quad((json) => Object.assign(json.accessors?.[1] ?? {}, { count: 3 })),
      /mesh 0, primitive 0 has 4 vertices, but 3 values of TEXCOORD_0/,
    ],
    [
      "positions of two components",
      quad((json) => Object.assign(json.accessors?.[0] ?? {}, { type: "VEC2" })),
      /has a POSITION of type VEC2 instead of VEC3/,
    ],
    [
      "an index beyond the vertices",
      quad((_json, { body }) => body.set([9, 0], 48 + 32)),
      /a face uses vertex 9, but there are only 4 vertices/,
    ],
    [
      "more weights than morph targets",
      quad((json) => Object.assign(json.meshes?.[0] ?? {}, { weights: [1, 1] })),
      /mesh 0 has 2 weights for 0 morph targets/,
    ],
    [
      "a morph target of another size",
      quad((json) => {
        primitiveOf(json).targets = [{ POSITION: 4 }];
      }),
      /has 4 vertices, but 3 values of POSITION of morph target 0/,
    ],
    [
      "sparse values beyond their view",
      quad((json) => {
        const sparse = {
          count: 4,
          indices: { bufferView: 2, componentType: 5123 },
          values: { bufferView: 3 },
        };
        Object.assign(json.accessors?.[0] ?? {}, { sparse });
      }),
      /accessor 0 \(sparse values\) declares 4 values, which end at byte 48 of a buffer view of 12 bytes/,
    ],
    [
      "a mesh that does not exist",
      quad((json) => Object.assign(json.nodes?.[0] ?? {}, { mesh: 3 })),
      /node 0 uses mesh 3, which does not exist/,
    ],
    [
      "a material that does not exist",
      quad((json) => Object.assign(primitiveOf(json), { material: 3 })),
      /mesh 0, primitive 0 uses material 3, which does not exist/,
    ],
    [
      "text where a number belongs",
      quad((json) => Object.assign(json.nodes?.[0] ?? {}, { translation: ["a", 0, 0] })),
      /GLB: nodes\[0\]\.translation\[0\] is not a number/,
    ],
    [
      "an object where a list belongs",
      quad((json) => Object.assign(json, { meshes: { a: 1 } })),
      /GLB: meshes is not a list/,
    ],
    [
      "the structure of glTF 1.0",
      quad((json) => Object.assign(json, { asset: {}, accessors: { first: {} } })),
      /this is glTF 1\.0 of 2015, .* convert it: npx gltf-pipeline/,
    ],
  ];
  for (const [name, file, reason] of cases) {
    test(`a document with ${name} is refused with a reason`, async () => {
      expect(await files.loadErrorMessage(file)).toMatch(reason);
    });
  }

  test("a joint index beyond the skeleton is refused, unless its weight is 0", async () => {
    const skinned = (weight: number): Uint8Array =>
      quad((json, parts) => {
        const joints = addView(parts, new Uint8Array([0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        json.accessors?.push({ bufferView: joints, componentType: 5121, count: 4, type: "VEC4" });
        const weights = [1, weight, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];
        const attributes = primitiveOf(json).attributes as Record<string, number>;
        attributes.JOINTS_0 = (json.accessors?.length ?? 0) - 1;
        attributes.WEIGHTS_0 = addAccessor(parts, weights, "VEC4");
        Object.assign(json, {
          nodes: [{ mesh: 0, skin: 0 }, {}],
          scenes: [{ nodes: [0, 1] }],
          skins: [{ joints: [1] }],
          animations: [],
        });
      });
    expect(await files.loadErrorMessage(skinned(1))).toMatch(
      /vertex 0 of mesh .* is bound to joint 7, but its skin has 1/,
    );
    expect((await files.load(skinned(0))).counts.triangles).toBe(2);
  });

  test("any other defect is refused without messages of JavaScript or three.js", async () => {
    const file = quad((json) => {
      const transform = { KHR_texture_transform: { offset: null } };
      Object.assign(json, { extensionsUsed: ["KHR_texture_transform"] });
      Object.assign(json.materials?.[0] ?? {}, { emissiveTexture: { index: 0, extensions: transform } });
    });
    const message = await files.loadErrorMessage(file);
    expect(message).toMatch(/content is damaged; the glTF Validator shows where: https/);
    expect(message).not.toMatch(/undefined|null is not|THREE/);
  });
});
