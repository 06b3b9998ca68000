import { describe, expect, test } from "bun:test";
import { niftiFile } from "../../formats/volumes/nifti-file.ts";
import { sceneFiles } from "../scene-files.ts";
import { at, factOf, open, placeOf, square } from "./pick-view.ts";

const files = sceneFiles();

describe("a volume", () => {
  /** Voxels of 0.1 mm, x to the left and z downwards, so that voxel 10, 10, 10 is at the origin. */
  const flipped = [-0.1, 0, 0, 1, 0, 0.1, 0, -1, 0, 0, -0.1, 1];
  const count = 21 ** 3;
  const ramp = (type: 4 | 2, value: (i: number) => number) => {
    const values = Array.from({ length: count }, (_, i) => value(i));
    const voxels = new Uint8Array((type === 4 ? Int16Array.from(values) : Uint8Array.from(values)).buffer);
    return niftiFile({
      dim: [3, 21, 21, 21],
      datatype: type,
      srow: flipped,
      slope: 2,
      intercept: 1,
      voxels,
    });
  };

  test("slices answer with the voxel and its value in RAS mm, whatever the order of the voxels", async () => {
    const file = files.write(
      "ramp.nii",
      ramp(4, (i) => i),
    );
    using show = await open([{ id: "t1", file, slice: "z=0.3" }]);
    // 0.72 mm to the right is voxel 10 - 7; 0.3 mm upwards is voxel 10 - 3.
    const place = placeOf(at(show, 0.72, -0.48));
    expect(place).toMatchObject({ layer: "t1", kind: "volume", unit: "mm" });
    expect(place.point[2]).toBe(0.3);
    expect(factOf(place, "voxel")).toEqual([3, 5, 7]);
    expect(factOf(place, "value")).toBe(2 * (3 + 21 * (5 + 21 * 7)) + 1);
  });

  test("an overlay is found where it is drawn, with the value of the image below; elsewhere the image", async () => {
    const image = files.write(
      "image.nii",
      ramp(4, (i) => i % 100),
    );
    const overlay = files.write(
      "overlay.nii",
      ramp(2, (i) => (i % 21 < 10 ? 9 : 0)),
    );
    using show = await open([
      { id: "image", file: image, slice: "z=0" },
      { id: "overlay", file: overlay, slice: "z=0", range: [2, 30], threshold: [10, 30] },
    ]);
    const over = placeOf(at(show, 0.5, 0.02));
    expect(over).toMatchObject({ layer: "overlay", also: [{ layer: "image" }] });
    expect(factOf(over, "value")).toBe(19);
    expect(at(show, -0.5, 0.02)).toMatchObject({ layer: "image", also: [{ layer: "overlay" }] });
  });

  test("below a surface, its value is known too", async () => {
    using show = await open([
      {
        id: "t1",
        file: files.write(
          "ramp.nii",
          ramp(4, (i) => i),
        ),
        slice: "z=-0.5",
      },
      { id: "surface", file: files.write("square.ply", square(0.2)) },
    ]);
    const place = placeOf(at(show, 0.72, -0.48));
    expect(place.layer).toBe("surface");
    expect(place.also?.map(({ layer }) => layer)).toEqual(["t1"]);
    expect(place.also?.map((each) => factOf(each, "voxel"))).toEqual([[3, 5, 8]]);
  });

  test("maximum intensity and isosurfaces answer with the voxel at the visible place", async () => {
    // A ball of radius 0.5 mm around the origin.
    const inBall = (i: number) => {
      const at = [i % 21, Math.floor(i / 21) % 21, Math.floor(i / 441)].map((index) => index - 10);
      return Math.hypot(...at) <= 5 ? 100 : 0;
    };
    const file = files.write("ball.nii", ramp(2, inBall));
    using surface = await open([{ file, iso: 100 }]);
    const onSurface = placeOf(at(surface, 0.02, 0.02));
    expect(onSurface.kind).toBe("volume");
    expect(onSurface.point[2]).toBeWithin(0.4, 0.6);
    using rays = await open([{ file, mip: true }]);
    const inside = placeOf(at(rays, 0.02, 0.02));
    expect(factOf(inside, "value")).toBe(201);
    expect(at(rays, 0.99, 0.99)).toEqual({ layer: null, facts: [] });
  });

  test("sticks of peaks answer with their vectors, and a slice beside them with its value", async () => {
    const srow = [0.6, 0, 0, -0.6, 0, 0.6, 0, -0.6, 0, 0, 0.6, 0];
    // Two vectors per voxel: along x, and along y with half of the length; the first voxel has no second one.
    const vectors = Float32Array.from(
      { length: 6 * 9 },
      (_, i) => [1, 0, 0, 0, 0.5, 0][Math.floor(i / 9)] ?? 0,
    );
    vectors.set([Number.NaN], 4 * 9);
    const peaks = niftiFile({ dim: [4, 3, 3, 1, 6], datatype: 16, srow, voxels: bytesOf(vectors) });
    const image = niftiFile({
      ...{ dim: [3, 3, 3, 1], datatype: 16, srow },
      voxels: bytesOf(Float32Array.from({ length: 9 }, (_, i) => i)),
    });
    using show = await open([
      { id: "image", file: files.write("image.nii", image), slice: "z=0" },
      { id: "peaks", file: files.write("peaks.nii", peaks), peaks: true, slice: "z=0" },
    ]);
    const onStick = placeOf(at(show, 0.7, 0.6));
    expect(onStick).toMatchObject({ layer: "peaks", kind: "volume", unit: "mm", also: [{ layer: "image" }] });
    expect(onStick.point[2]).toBe(0);
    expect(factOf(onStick, "voxel")).toEqual([2, 2, 0]);
    expect(factOf(onStick, "peak 1")).toEqual([1, 0, 0]);
    expect(factOf(onStick, "peak 2")).toEqual([0, 0.5, 0]);
    const first = placeOf(at(show, -0.5, -0.6));
    expect(first.facts.map(({ name }) => name)).toEqual(["voxel", "peak 1"]);
    const beside = placeOf(at(show, 0.2, 0.2));
    expect(beside).toMatchObject({ layer: "image", also: [{ layer: "peaks" }] });
    expect(factOf(beside, "value")).toBe(4);
  });
});

function bytesOf({ buffer }: Float32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(buffer);
}
