import { describe, expect, test } from "bun:test";
import { addAccessor, type Json, primitiveOf, quad } from "./gltf-quad.ts";
import { sampleFiles } from "./sample-files.ts";

const files = sampleFiles("glb");

describe("invalid animation channels", () => {
  const animated = (
    path: string,
    type: string,
    values: number,
    interpolation: string,
    change?: (json: Json) => void,
  ): Uint8Array =>
    quad((json, parts) => {
      const output = addAccessor(parts, new Float32Array(values).fill(0.5), type);
      Object.assign(json, {
        animations: [
          {
            channels: [{ sampler: 0, target: { node: 0, path } }],
            samplers: [{ input: 3, output, interpolation }],
          },
        ],
      });
      primitiveOf(json).targets = [{ POSITION: 0 }];
      change?.(json);
    });

  const cases: readonly (readonly [name: string, file: Uint8Array, reason: RegExp])[] = [
    [
      "2 weights for 3 keyframes",
      animated("weights", "SCALAR", 2, "STEP"),
      /has 2 values where its 3 times need 3/,
    ],
    [
      "2 rotations for 3 keyframes",
      animated("rotation", "VEC4", 8, "STEP"),
      /has 2 values where its 3 times need 3/,
    ],
    [
      "4 translations for 3 keyframes",
      animated("translation", "VEC3", 12, "LINEAR"),
      /has 4 values where .* need 3/,
    ],
    [
      "3 instead of 9 values of a cubic spline",
      animated("scale", "VEC3", 9, "CUBICSPLINE"),
      /has 3 values where .* need 9/,
    ],
    ["rotations of type VEC3", animated("rotation", "VEC3", 9, "LINEAR"), /of type VEC3 instead of VEC4/],
    [
      "weights of a mesh without morph targets",
      animated("weights", "SCALAR", 3, "LINEAR", (json) => {
        delete primitiveOf(json).targets;
      }),
      /moves the morph targets of node 0, which has none/,
    ],
    [
      "a node that does not exist",
      animated("scale", "VEC3", 9, "LINEAR", (json) => {
        const channels = json.animations?.[0]?.channels as { target: { node: number } }[];
        for (const { target } of channels) target.node = 9;
      }),
      /moves node 9, which does not exist/,
    ],
  ];
  for (const [name, file, reason] of cases) {
    test(`an animation channel with ${name} is dropped with a warning, and the mesh is shown`, async () => {
      const loaded = await files.load(file);
      expect(loaded.warnings.join()).toMatch(reason);
      expect(loaded.duration).toBe(0);
      loaded.animate(0.7);
      expect(loaded.counts.triangles).toBe(2);
    });
  }

  test("an invalid channel is dropped alone: a valid channel of the same animation still plays", async () => {
    const file = quad((json, parts) => {
      const output = addAccessor(parts, new Float32Array(8), "VEC4");
      const animation = json.animations?.[0] as Record<string, Record<string, unknown>[]>;
      animation.samplers?.push({ input: 3, output });
      animation.channels?.push({ sampler: 1, target: { node: 0, path: "rotation" } });
    });
    const loaded = await files.load(file);
    expect(loaded.duration).toBe(2);
    expect(loaded.warnings).toHaveLength(1);
  });

  test("an animation of a color (KHR_animation_pointer) has a warning of its own", async () => {
    const file = quad((json) => {
      const pointer = { KHR_animation_pointer: { pointer: "/materials/0/emissiveFactor" } };
      json.extensionsUsed = ["KHR_animation_pointer"] as never;
      const animation = json.animations?.[0] as Record<string, Record<string, unknown>[]>;
      animation.channels = [{ sampler: 0, target: { path: "pointer", extensions: pointer } }];
    });
    expect((await files.load(file)).warnings).toEqual([
      "it animates colors or other properties besides transformations (KHR_animation_pointer), which is not played",
    ]);
  });
});
