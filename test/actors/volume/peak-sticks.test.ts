import { expect, test } from "bun:test";
import { LineSegments } from "three";
import { PeakSticks } from "../../../src/actors/volume/peak-sticks.ts";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import { VoxelGrid } from "../../../src/actors/volume/voxel-grid.ts";
import { showOpener } from "../../scene/shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const open = showOpener();

/** x, y, z of both ends of each stick. */
function sticksOf(object: { getObjectByProperty(name: string, value: unknown): unknown }): number[][] {
  const lines = object.getObjectByProperty("isLineSegments", true);
  if (!(lines instanceof LineSegments)) throw new Error("there are no sticks");
  const { array } = lines.geometry.getAttribute("position");
  return Array.from({ length: array.length / 6 }, (_, i) =>
    Array.from(array.slice(6 * i, 6 * i + 6) as Float32Array, (place) => Math.round(1e4 * place) / 1e4),
  );
}

/** A vector along y in one voxel, 2 mm voxels, with the first voxel at 10, 20, 30. */
const single: VolumeSpec = {
  dims: [5, 6, 7],
  components: 3,
  affine: [2, 0, 0, 10, 0, 2, 0, 20, 0, 0, 2, 30, 0, 0, 0, 1],
  value: ({ voxel, component }) => (voxel.join() === "2,3,4" && component === 1 ? 1 : 0),
};

test("a vector is a stick through its voxel's center, along its direction in the world", () => {
  const style = { peaks: true, slice: "z=38" };
  expect(sticksOf(buildVolume(volume(single), style).object)).toEqual([[14, 25.1, 38, 14, 26.9, 38]]);
  expect(sticksOf(buildVolume(volume(single), { ...style, slice: "z=40" }).object)).toEqual([]);
});

test("successive time steps are the vectors of several peaks, with lengths by their amplitudes", () => {
  const vectors = [1, 0, 0, 0, 0, 0.5];
  const spec: VolumeSpec = {
    ...single,
    components: 1,
    frames: 6,
    value: ({ voxel, frame }) => (voxel.join() === "2,3,4" ? (vectors[frame] ?? 0) : 0),
  };
  const { object, time } = buildVolume(volume(spec), { peaks: true, slice: "z=38,x=14" });
  expect(time).toBeUndefined();
  expect(sticksOf(object)).toEqual([
    [13.1, 26, 38, 14.9, 26, 38],
    [14, 26, 37.55, 14, 26, 38.45],
  ]);
});

test("sticks move with the slices, are in the picture and have the color of their direction", () => {
  const spec: VolumeSpec = { ...single, value: ({ component }) => (component === 1 ? 1 : 0) };
  const grid = new VoxelGrid([5, 6, 7], single.affine ?? []);
  const sticks = new PeakSticks(volume(spec), grid, new Map([[2, 38]]), { opacity: 1 });
  expect(sticksOf({ getObjectByProperty: () => sticks })).toHaveLength(30);
  sticks.moveTo(new Map([[2, 42]]));
  for (const [, , z] of sticksOf({ getObjectByProperty: () => sticks })) expect(z).toBe(42);
  const show = open({ size: [160, 120], background: "#000000" });
  show.add(sticks);
  show.frameScene("z");
  show.render({ samples: 0 });
  const { data } = show.snapshot();
  let green = 0;
  for (let i = 0; i < data.length; i += 4) {
    expect([data[i], data[i + 2]]).toEqual([0, 0]);
    green = Math.max(green, data[i + 1] ?? 0);
  }
  expect(green).toBe(255);
});

test("zero vectors and NaN have no stick, and other volumes are errors", () => {
  const nan: VolumeSpec = { ...single, value: ({ voxel: [i] }) => (i === 2 ? Number.NaN : 0) };
  expect(sticksOf(buildVolume(volume(nan), { peaks: true }).object)).toEqual([]);
  for (const [spec, has] of [
    [{ value: () => 1 }, "one value"],
    [{ frames: 4, value: () => 1 }, "4 values"],
    [{ components: 4, value: () => 1 }, "4 values"],
  ] as const) {
    expect(() => buildVolume(volume(spec), { peaks: true })).toThrow(
      `peaks need three values per voxel for each vector; this volume has ${has}`,
    );
  }
});
