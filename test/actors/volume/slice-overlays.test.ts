import { expect, test } from "bun:test";
import { Group, Mesh, MeshBasicMaterial, PlaneGeometry } from "three";
import { disposeObject } from "../../../src/actors/dispose-object.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import { pixelAt, volumeDrawer } from "./volume-shows.ts";
import type { VolumeSpec } from "./volumes.ts";

const showVolumes = volumeDrawer();

test("later volumes cover earlier ones in the same planes, whatever their grids are", () => {
  const base: VolumeSpec = { value: () => 50 };
  const overlay: VolumeSpec = {
    dims: [7, 5, 9],
    affine: [1.31, 0, 0, 1.1, 0, 1.73, 0, 0.9, 0, 0, 0.77, 2.2, 0, 0, 0, 1],
    value: ({ world: [x, , z] }) => (Math.hypot(x - 5, z - 5) < 3 ? 8 : 1),
  };
  for (const opacity of [1, 0.5]) {
    const style = { range: [0, 8], colormap: "hot", threshold: [4, 9], opacity } as const;
    const { show, picture } = showVolumes([
      [base, { range: [0, 100], opacity: opacity === 1 ? 1 : 0.999 }],
      [overlay, style],
    ]);
    let covered = 0;
    for (let x = 3; x <= 7.5; x += 0.25) {
      for (let z = 5.6; z <= 7.5; z += 0.25) {
        if (Math.hypot(x - 5, z - 5) > 2) continue;
        const [red = 0, green = 0, blue = 0] = pixelAt(show, picture, x, 5, z);
        covered += 1;
        // White over the gray 128.
        const expected = opacity === 1 ? 255 : 192;
        expect(
          Math.max(Math.abs(red - expected), Math.abs(green - expected), Math.abs(blue - expected)),
        ).toBeLessThan(3);
      }
    }
    expect(covered).toBeGreaterThan(20);
    expect(pixelAt(show, picture, 9.2, 5, 9.2)[0]).toBeCloseTo(128, -1);
  }
});

test("a volume over another is transparent below its range, unless that has negative values or there is a threshold", () => {
  const base: VolumeSpec = { value: () => 50 };
  const map: VolumeSpec = { value: ({ world: [x] }) => (x > 5 ? 8 : 0) };
  // In front of x = 5, where the map is 8, and beside it, where it is 0.
  const redOf = (style: VolumeStyle): number[] => {
    const { show, picture } = showVolumes([
      [base, { range: [0, 100], slice: "y" }],
      [map, style],
    ]);
    return [8, 2].map((x) => pixelAt(show, picture, x, 5, 7)[0] ?? 0);
  };
  const gray = 128;
  expect(redOf({ range: [2, 8] })).toEqual([255, gray]);
  expect(redOf({ range: [0, 8] })).toEqual([255, gray]);
  expect(redOf({ window: [5, 6] })).toEqual([255, gray]);
  expect(redOf({ range: [8, 20] })).toEqual([0, gray]);
  expect(redOf({ range: [2, 8], threshold: [-1, 9] })).toEqual([255, 0]);
  expect(redOf({ range: [-8, 8] })).toEqual([255, gray]);
  expect(redOf({ range: [-8, 8], colormap: "hot" })[1]).toBeGreaterThan(200);
});

test("a translucent slice shows the slices behind it, and an opaque object in front of a slice hides it", () => {
  const volumes = [[{ value: () => 100 }, { range: [0, 100], opacity: 0.5 }]] as const;
  const { show, picture } = showVolumes(volumes, (show) => {
    const plate = new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial({ color: "red" }));
    plate.rotation.x = Math.PI / 2;
    plate.position.set(8, 4.5, 8);
    show.add(plate);
  });
  expect(pixelAt(show, picture, 8, 4.5, 8)).toEqual([255, 0, 0, 255]);
  // The ray through this point crosses the slice y = 5, then x = 5 or z = 5 behind it.
  const layers = new Set<number>();
  const isPlate = (color: number[]): boolean => color.join() === "255,0,0,255";
  for (let x = -0.3; x <= 9.3; x += 0.2)
    for (let z = -0.3; z <= 9.3; z += 0.2) {
      const color = pixelAt(show, picture, x, 5, z);
      if (!isPlate(color)) layers.add(color[0] ?? 0);
    }
  const expected = [1, 2, 3].map((count) => Math.round(255 - (255 - 16) * 0.5 ** count));
  for (const value of expected) expect([...layers].some((shown) => Math.abs(shown - value) <= 2)).toBe(true);
  expect([...layers].every((shown) => expected.some((value) => Math.abs(shown - value) <= 2))).toBe(true);
});

test("the textures of slices are freed", () => {
  const { show } = showVolumes([[{ value: () => 7 }]]);
  expect(show.renderer.info.memory.textures).toBe(4);
  for (const child of show.scene.children) if (child instanceof Group) disposeObject(child);
  expect(show.renderer.info.memory.textures).toBe(0);
});
