import { expect, test } from "bun:test";
import { Vector3 } from "three";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import { boundsOf } from "../../../src/scene/scene-bounds.ts";
import { pixel } from "../../scene/images.ts";
import { showOpener } from "../../scene/shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const open = showOpener();

/** A ball with a radius of 6 mm around 10, -20, 30, in an oblique grid. */
const [COS, SIN] = [Math.cos(0.4), Math.sin(0.4)];
const ball: VolumeSpec = {
  dims: [24, 20, 22],
  affine: [COS, -SIN, 0, 2, -SIN, -COS, 0, -9, 0, 0, -1, 41, 0, 0, 0, 1],
  value: ({ world: [x, y, z] }) => 100 - 10 * Math.hypot(x - 10, y + 20, z - 30),
};

test("an isosurface is where the volume has the value, in mm, and is lit from outside", () => {
  for (const spec of [ball, { ...ball, slope: -1, value: (at) => -ball.value(at) } as VolumeSpec]) {
    const { object, legend } = buildVolume(volume(spec, { iso: 40 }), { iso: 40, color: "#ff0000" });
    const { box } = boundsOf(object);
    for (const [axis, center] of [10, -20, 30].entries()) {
      expect(Math.abs(box.min.getComponent(axis) - (center - 6))).toBeLessThan(0.1);
      expect(Math.abs(box.max.getComponent(axis) - (center + 6))).toBeLessThan(0.1);
    }
    expect(legend).toBeUndefined();
    const show = open({ size: [160, 120], background: "#000000" });
    show.add(object);
    show.frameScene("z");
    show.render({ samples: 0 });
    const { x, y } = new Vector3(10, -20, 30).project(show.camera);
    const [red = 0, green = 0, blue = 0] = pixel(show.snapshot(), (x + 1) / 2, (1 - y) / 2);
    expect(red).toBeGreaterThan(120);
    expect(Math.max(green, blue)).toBeLessThan(red / 3);
  }
});

test("the triangles of an isosurface are counted, and slices are shown with it on request", () => {
  const prepared = volume(ball, { iso: 40 });
  expect(prepared.counts.triangles).toBeGreaterThan(500);
  expect(buildVolume(prepared, { iso: 40 }).object.children).toHaveLength(1);
  expect(buildVolume(prepared, { iso: 40, slice: "z" }).object.children).toHaveLength(2);
});

test("a value that the volume does not have is an error, and colors have no isosurface", () => {
  expect(() => volume({ value: ({ voxel: [i] }) => i }, { iso: 300 })).toThrow(
    "it has no surface at the value 300: its values are from 0 to 9",
  );
  expect(() => volume({ components: 3, value: () => 1 }, { iso: 1 })).toThrow(
    "a volume of colors or vectors has no isosurface",
  );
});

test("a volume with time steps has the isosurface of the step that is shown", async () => {
  // The ball has a radius of 6 mm, then 3 mm, then none.
  const value: VolumeSpec["value"] = (at) => ball.value(at) - ([0, 30, 100][at.frame] ?? 0);
  const { object, time, warnings } = buildVolume(volume({ ...ball, frames: 3, value }, { iso: 40 }), {
    iso: 40,
  });
  expect(warnings).toEqual([]);
  const show = open({ size: [160, 120], background: "#000000" });
  show.add(object);
  const radii: number[] = [];
  for (const step of [0, 1, 2, 1, 0]) {
    await time?.show(step);
    show.frameScene("z");
    show.render({ samples: 0 });
    const { box } = boundsOf(object);
    radii.push(box.isEmpty() ? 0 : Math.round((box.max.x - box.min.x) / 2));
    expect(show.renderer.info.memory.geometries).toBeLessThanOrEqual(1);
  }
  expect(radii).toEqual([6, 3, 0, 3, 6]);
});

test("a value that only a later time step has is no error", async () => {
  const spec: VolumeSpec = { ...ball, frames: 2, value: (at) => (at.frame === 0 ? 0 : ball.value(at)) };
  const { object, time } = buildVolume(volume(spec, { iso: 40 }), { iso: 40 });
  expect(boundsOf(object).box.isEmpty()).toBe(true);
  await time?.show(1);
  expect(boundsOf(object).box.isEmpty()).toBe(false);
  expect(() => volume(spec, { iso: 400 })).toThrow("it has no surface at the value 400");
});
