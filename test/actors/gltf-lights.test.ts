import { describe, expect, test } from "bun:test";
import type { Object3D, PointLight } from "three";
import { quad } from "../formats/gltf-quad.ts";
import { sampleFiles } from "../formats/sample-files.ts";

const files = sampleFiles("glb");

describe("the lights of a file", () => {
  const quadWithLights = (intensities: readonly number[]): Uint8Array =>
    quad((json) => {
      const lights = intensities.map((intensity) => ({ type: "point", intensity, color: [0, 0, 1] }));
      const nodes = lights.map((_, light) => ({
        translation: [0, 0, 1 + light],
        extensions: { KHR_lights_punctual: { light } },
      }));
      Object.assign(json, {
        extensionsUsed: ["KHR_lights_punctual"],
        extensions: { KHR_lights_punctual: { lights } },
        nodes: [{ mesh: 0 }, ...nodes],
        scenes: [{ nodes: [0, ...nodes.keys().map((node) => node + 1)] }],
        animations: [],
      });
    });
  const intensitiesOf = (root: Object3D): number[] => {
    const found: number[] = [];
    root.traverse((object) => {
      if ("isPointLight" in object) found.push((object as PointLight).intensity);
    });
    return found;
  };

  test("the lights of a file are scaled to full exposure in the middle of the scene, whatever their units, and keep their proportions", async () => {
    for (const unit of [0.01, 50_000]) {
      const [near = 0, far = 0] = intensitiesOf((await files.load(quadWithLights([unit, 4 * unit]))).object);
      expect(far / near).toBeCloseTo(4, 6);
      // The lights are at distances of 1 and 2.
      expect(near + far / 4).toBeCloseTo(Math.PI, 6);
    }
  });

  test("the lights of a file are limited to eight, with a warning; invalid ones are dropped with a warning", async () => {
    const loaded = await files.load(quadWithLights(Array.from({ length: 12 }, () => 1)));
    expect(intensitiesOf(loaded.object)).toHaveLength(8);
    expect(loaded.warnings).toEqual(["it is lit by the first 8 of its 12 lights"]);
    const withInvalidLight = await files.load(quadWithLights([1, "bright" as unknown as number]));
    expect(intensitiesOf(withInvalidLight.object)).toHaveLength(1);
    expect(withInvalidLight.warnings).toEqual(["1 damaged lights are left out"]);
  });
});
