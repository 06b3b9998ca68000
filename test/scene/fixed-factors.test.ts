import { expect, test } from "bun:test";
import {
  DataTexture,
  DirectionalLight,
  Mesh,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  ShaderLib,
  SphereGeometry,
  type WebGLProgramParametersWithUniforms,
  type WebGLRenderer,
} from "three";
import { fixFactors } from "../../src/scene/fixed-factors.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { showOpener } from "./shows.ts";

const open = showOpener();

/** Row by row, three spheres each. */
function materials(): MeshStandardMaterial[] {
  const map = new DataTexture(Uint8Array.of(0, 128, 128, 255), 1, 1);
  map.needsUpdate = true;
  const colors = { color: "#d08040" };
  return [
    new MeshStandardMaterial({ metalness: 1, roughness: 1 }),
    new MeshStandardMaterial({ metalness: 1, roughness: 0.3, ...colors }),
    new MeshStandardMaterial({ metalness: 0, roughness: 1, ...colors }),
    new MeshStandardMaterial({ metalness: 1, roughness: 1, flatShading: true, ...colors }),
    new MeshStandardMaterial({ metalness: 1, roughness: 1, metalnessMap: map, roughnessMap: map, ...colors }),
    new MeshStandardMaterial({ metalness: 1, roughness: 0.5, emissive: "#200040" }),
    new MeshPhysicalMaterial({
      metalness: 0,
      roughness: 1,
      clearcoat: 1,
      clearcoatRoughness: 0.1,
      ...colors,
    }),
    new MeshPhysicalMaterial({ metalness: 1, roughness: 1, anisotropy: 0.9, ...colors }),
    new MeshPhysicalMaterial({ metalness: 1, roughness: 1, sheen: 1, iridescence: 1, ...colors }),
  ];
}

function picture({ fixed }: { fixed: boolean }): Snapshot {
  const show = open({ size: [240, 240], background: "gray" });
  for (const [i, material] of materials().entries()) {
    const sphere = new Mesh(new SphereGeometry(1, 40, 24), material);
    sphere.position.set((i % 3) * 2 - 2, 2 - Math.floor(i / 3) * 2, 0);
    show.add(sphere);
  }
  show.add(new DirectionalLight("white", 2));
  show.camera.position.set(0, 0, 16);
  if (fixed) fixFactors(show.scene);
  show.render();
  return show.snapshot();
}

test("the picture of materials with fixed factors is the same, by the studio and by a light of the scene", () => {
  const [free, fixed] = [picture({ fixed: false }), picture({ fixed: true })];
  // Each sphere is visible.
  expect(new Set(free.data).size).toBeGreaterThan(100);
  const largest = free.data.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - (fixed.data[i] ?? 0))),
    0,
  );
  expect(largest).toBeLessThanOrEqual(1);
});

test("factors of 1 are constants in the shaders, unless a map multiplies them", () => {
  const compiled = materials().map((material) => {
    fixFactors(new Mesh(new SphereGeometry(), material));
    const shader = {
      fragmentShader: ShaderLib.physical.fragmentShader,
    } as WebGLProgramParametersWithUniforms;
    material.onBeforeCompile(shader, undefined as unknown as WebGLRenderer);
    return ["const float metalness", "const float roughness", "iblIrradiance * RECIPROCAL_PI"]
      .filter((code) => shader.fragmentShader.includes(code))
      .map((code) => code.replace(/^.* (?=\w+$)/, ""));
  });
  const rough = ["roughness", "RECIPROCAL_PI"];
  expect(compiled).toEqual([
    ["metalness", ...rough],
    ["metalness"],
    rough,
    ["metalness", ...rough],
    [],
    ["metalness"],
    rough,
    ["metalness"],
    ["metalness", ...rough],
  ]);
});
