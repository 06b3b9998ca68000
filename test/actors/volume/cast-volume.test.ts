import { expect, test } from "bun:test";
import fc from "fast-check";
import { Mesh, MeshBasicMaterial, type Object3D, SphereGeometry } from "three";
import { disposeObject } from "../../../src/actors/dispose-object.ts";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import type { CameraState } from "../../../src/protocol/camera-state.ts";
import { blankFrameReason } from "../../../src/scene/blank-frame.ts";
import { boundsOf } from "../../../src/scene/scene-bounds.ts";
import type { ShowManager } from "../../../src/scene/show-manager.ts";
import type { Snapshot } from "../../../src/scene/show-options.ts";
import { difference } from "../../scene/images.ts";
import { showOpener } from "../../scene/shows.ts";
import { pixelAt } from "./volume-shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const open = showOpener();

/** From the front, along +y, with the z axis up; orthographic, 10 units high. */
const FRONT: CameraState = {
  position: [4.5, -30, 4.5],
  focalPoint: [4.5, 4.5, 4.5],
  viewUp: [0, 0, 1],
  viewAngle: 30,
  parallelScale: 6,
};

function showVolume(
  spec: VolumeSpec,
  style: VolumeStyle,
  camera = FRONT,
): { show: ShowManager; object: Object3D } {
  const show = open({ size: [240, 240], background: "#000000" });
  const { object } = buildVolume(volume(spec, style), style);
  show.add(object);
  show.frameScene("z");
  show.cameraState = camera;
  return { show, object };
}

function picture(show: ShowManager): Snapshot {
  show.render({ samples: 0 });
  expect(show.gl.getError()).toBe(0);
  return show.snapshot();
}

test("the maximum intensity is the maximum of all voxels along a ray", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 30, max: 255 }), { minLength: 1000, maxLength: 1000 }),
      (values) => {
        const at = (i: number, j: number, k: number): number => values[(k * 10 + j) * 10 + i] ?? 0;
        const spec: VolumeSpec = { Type: Uint8Array, value: ({ voxel: [i, j, k] }) => at(i, j, k) };
        const { show } = showVolume(spec, { mip: true, range: [0, 255] });
        const snapshot = picture(show);
        for (let i = 0; i < 10; i += 1) {
          for (let k = 0; k < 10; k += 1) {
            const maximum = Math.max(...Array.from({ length: 10 }, (_, j) => at(i, j, k)));
            expect(Math.abs((pixelAt(show, snapshot, i, 4, k)[0] ?? 0) - maximum)).toBeLessThanOrEqual(1);
          }
        }
      },
    ),
    { numRuns: 5 },
  );
});

test("a brighter voxel is seen at its place in mm, however the file stores it", () => {
  for (const [affine, voxel] of [
    [
      [2, 0, 0, -5, 0, 2, 0, -4, 0, 0, 1, 2, 0, 0, 0, 1],
      [3, 5, 6],
    ],
    [
      [0, 0, -2, 13, 2, 0, 0, -4, 0, 1, 0, 2, 0, 0, 0, 1],
      [5, 6, 6],
    ],
  ] as const) {
    const spec: VolumeSpec = {
      affine: [...affine],
      value: ({ voxel: at }) => (at.join() === voxel.join() ? 200 : 50),
    };
    const { show } = showVolume(spec, { mip: true, range: [0, 200] });
    const snapshot = picture(show);
    expect(pixelAt(show, snapshot, 1, 6, 8)[0]).toBe(255);
    for (const [dx, dz] of [
      [1.1, 0],
      [-1.1, 0],
      [0, 0.6],
      [0, -0.6],
    ] as const)
      expect(pixelAt(show, snapshot, 1 + dx, 6, 8 + dz)[0]).toBeCloseTo(64, -1);
    for (const [dx, dz] of [
      [0.9, 0],
      [-0.9, 0],
      [0, 0.4],
      [0, -0.4],
    ] as const)
      expect(pixelAt(show, snapshot, 1 + dx, 6, 8 + dz)[0]).toBe(255);
  }
});

const ball: VolumeSpec = {
  dims: [30, 30, 30],
  affine: [0.3, 0, 0, 0, 0, 0.3, 0, 0, 0, 0, 0.3, 0, 0, 0, 0, 1],
  value: ({ world: [x, y, z] }) => 100 - 20 * Math.hypot(x - 4.35, y - 4.35, z - 4.35),
};
const solid: VolumeStyle = { volume: true, range: [0, 100], opacityCurve: "0.5,0,0.55,1", color: "#ffffff" };

test("a lit volume is bright where its surface faces the camera, and dark at its rim", () => {
  const { show } = showVolume(ball, solid);
  const snapshot = picture(show);
  // The ball has a radius of 2.5.
  const [center = 0] = pixelAt(show, snapshot, 4.35, 4, 4.35);
  const [rim = 0] = pixelAt(show, snapshot, 4.35 + 2.2, 4, 4.35);
  expect(center).toBeGreaterThan(220);
  expect(rim).toBeLessThan(190);
  expect(rim).toBeGreaterThan(60);
  expect(pixelAt(show, snapshot, 4.35 + 2.8, 4, 4.35)).toEqual([0, 0, 0, 255]);
});

test("objects in front of a volume's surface are seen, and those inside and behind are hidden", () => {
  for (const camera of [FRONT, { ...FRONT, parallelScale: undefined }]) {
    const { show } = showVolume(ball, solid, camera);
    for (const [x, y] of [
      [3.5, 1],
      [4.35, 4.35],
      [5.2, 8.5],
    ] as const) {
      const marker = new Mesh(new SphereGeometry(0.3), new MeshBasicMaterial({ color: "red" }));
      marker.position.set(x, y, 4.35);
      show.add(marker);
    }
    const snapshot = picture(show);
    expect(pixelAt(show, snapshot, 3.5, 1, 4.35)).toEqual([255, 0, 0, 255]);
    for (const place of [
      [4.35, 4.35, 4.35],
      [5.2, 8.5, 4.35],
    ] as [number, number, number][]) {
      const [red = 0, green = 0] = pixelAt(show, snapshot, ...place);
      expect([red > 150, green > 150]).toEqual([true, true]);
    }
  }
});

test("a translucent volume lets objects behind it shine through", () => {
  const { show } = showVolume(
    { value: () => 50 },
    { volume: true, range: [0, 100], opacityCurve: "0,0,0.4,0.01,1,0.01" },
  );
  const marker = new Mesh(new SphereGeometry(0.5), new MeshBasicMaterial({ color: "red" }));
  marker.position.set(4.5, 12, 4.5);
  show.add(marker);
  const [red = 0, green = 0] = pixelAt(show, picture(show), 4.5, 12, 4.5);
  expect(red).toBeGreaterThan(40);
  expect(green).toBeGreaterThan(10);
  expect(red).toBeGreaterThan(green);
});

test("a volume drawn in steps equals one drawn in one pass, even with a draft in between", () => {
  const { show } = showVolume(ball, solid);
  const inOnePass = (): Snapshot => {
    show.render({ samples: 0, scale: 2 });
    return show.snapshot();
  };
  let steps = 0;
  for (const _ of show.renderSteps(1)) {
    steps += 1;
    if (steps === 2) show.render({ samples: 0, draft: true });
  }
  expect(steps).toBeGreaterThan(3);
  const inSteps = show.snapshot();
  const whole = inOnePass();
  expect(difference(inSteps, whole)).toEqual({ mean: 0, strong: 0 });
  show.render({ samples: 0, draft: true });
  const { mean } = difference(show.snapshot(), whole);
  expect(mean).toBeLessThan(6);
});

test("tiles of a picture fit together", () => {
  const { show } = showVolume(ball, solid, { ...FRONT, parallelScale: undefined });
  const whole = picture(show);
  show.render({ samples: 0, tile: { x: 100, y: 60, width: 100, height: 120 } });
  const tile = show.snapshot();
  let largest = 0;
  for (let y = 0; y < 120; y += 1) {
    for (let x = 0; x < 100; x += 1)
      largest = Math.max(
        largest,
        Math.abs((whole.data[4 * ((y + 60) * 240 + x + 100)] ?? 0) - (tile.data[4 * (y * 100 + x)] ?? 0)),
      );
  }
  expect(largest).toBeLessThanOrEqual(2);
});

test("time steps, slices on request, and bounds", async () => {
  const spec: VolumeSpec = { frames: 2, value: ({ frame }) => 50 + 50 * frame };
  const style: VolumeStyle = { mip: true, range: [0, 100] };
  const { object, time } = buildVolume(volume(spec, style), style);
  const show = open({ size: [240, 240], background: "#000000" });
  show.add(object);
  show.frameScene("z");
  show.cameraState = FRONT;
  expect(pixelAt(show, picture(show), 4, 4, 4)[0]).toBe(128);
  await time?.show(1);
  expect(pixelAt(show, picture(show), 4, 4, 4)[0]).toBe(255);
  const { box } = boundsOf(object);
  expect([...box.min, ...box.max]).toEqual([-0.5, -0.5, -0.5, 9.5, 9.5, 9.5]);
  const count = (of: VolumeStyle): number => buildVolume(volume(spec, of), of).object.children.length;
  expect(count({ mip: true })).toBe(1);
  expect(count({ mip: true, slice: "z" })).toBe(2);
});

test("an empty view of a volume says why", () => {
  const { show } = showVolume({ value: () => 0 }, { mip: true, range: [10, 20] });
  picture(show);
  expect(blankFrameReason(show)).toMatch(/all of its voxels there are transparent/);
  const { show: hidden } = showVolume(ball, { ...solid, opacity: 0 });
  picture(hidden);
  expect(blankFrameReason(hidden)).toBe("its materials are fully transparent");
});

test("the textures of a cast volume are freed, and it can be drawn again", () => {
  const { show, object } = showVolume(ball, solid);
  const before = show.renderer.info.memory.textures;
  const first = picture(show);
  expect(show.renderer.info.memory.textures).toBe(before + 2);
  disposeObject(object);
  expect(show.renderer.info.memory.textures).toBe(before);
  expect(difference(picture(show), first)).toEqual({ mean: 0, strong: 0 });
});

test("invalid opacity curves, and volumes of colors, are errors", () => {
  for (const opacityCurve of ["0.2", "0.5,0,0.2,1", "0,2", "a,b", "-0.1,0", "0,0,,1"]) {
    const style = { volume: true, opacityCurve };
    expect(() => buildVolume(volume(ball, style), style)).toThrow(
      `the opacity curve "${opacityCurve}" is not valid`,
    );
  }
  expect(() => volume({ components: 3, value: () => 1 }, { mip: true })).toThrow(
    "can be shown only as slices",
  );
});
