import { expect, test } from "bun:test";
import fc from "fast-check";
import { type BufferAttribute, Matrix4, Mesh, Vector3 } from "three";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import { blankFrameReason } from "../../../src/scene/blank-frame.ts";
import { boundsOf } from "../../../src/scene/scene-bounds.ts";
import type { Snapshot } from "../../../src/scene/show-options.ts";
import { difference } from "../../scene/images.ts";
import { gray, pixelAt, volumeDrawer } from "./volume-shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const showVolumes = volumeDrawer();

/** The center of a front face of a slice's voxel, which no other slice hides, for slices through the voxel 5, 5, 5. */
const VISIBLE_VOXEL = [7, 5, 8] as const;

function affineOf(matrix: Matrix4): number[] {
  return matrix.clone().transpose().toArray();
}

test("a voxel is seen at its place in mm, in its gray", () => {
  const { show, picture } = showVolumes([
    [
      {
        value: ({ voxel }) => (voxel.join() === VISIBLE_VOXEL.join() ? 100 : 50),
        affine: [2, 0, 0, -7, 0, 2, 0, 4, 0, 0, 3, 30, 0, 0, 0, 1],
      },
      { range: [0, 100] },
    ],
  ]);
  const [x, y, z] = [2 * 7 - 7, 2 * 5 + 4, 3 * 8 + 30];
  expect(pixelAt(show, picture, x, y, z)).toEqual(gray(255));
  for (const [dx, dz] of [
    [0.9, 1.4],
    [-0.9, -1.4],
  ] as const) {
    expect(pixelAt(show, picture, x + dx, y, z + dz)).toEqual(gray(255));
    expect(pixelAt(show, picture, x + 1.25 * dx, y, z)).toEqual(gray(128));
    expect(pixelAt(show, picture, x, y, z + 1.25 * dz)).toEqual(gray(128));
  }
});

test("every orientation of the voxels in the file gives the same picture", () => {
  const bumps = (x: number, y: number, z: number): number =>
    Math.round(50 + 20 * Math.sin(x) + 10 * Math.cos(2 * y) + 15 * Math.sin(0.7 * z + x));
  const pictureOf = (matrix: Matrix4, dims: [number, number, number]): Snapshot =>
    showVolumes([
      [{ dims, affine: affineOf(matrix), value: ({ world }) => bumps(...world) }, { range: [0, 100] }],
    ]).picture;
  const size = [11, 12, 9] as const;
  const expected = pictureOf(new Matrix4(), [...size]);
  for (const [a, b, c] of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const) {
    for (let flips = 0; flips < 8; flips += 1) {
      const matrix = new Matrix4().set(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
      for (const [i, axis] of [a, b, c].entries()) {
        const isFlipped = (flips >> i) & 1;
        matrix.elements[4 * i + axis] = isFlipped ? -1 : 1;
        if (isFlipped) matrix.elements[12 + axis] = (size[axis] ?? 0) - 1;
      }
      const dims: [number, number, number] = [size[a], size[b], size[c]];
      expect([a, b, c, flips, difference(pictureOf(matrix, dims), expected).mean]).toEqual([
        a,
        b,
        c,
        flips,
        0,
      ]);
    }
  }
});

test("the slices of an oblique volume are planes of x, y and z in the world, with each voxel at its place", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: -0.7, max: 0.7, noNaN: true }),
      (turn, tilt) => {
        const matrix = new Matrix4()
          .makeRotationX(tilt)
          .premultiply(new Matrix4().makeRotationZ(turn))
          .scale(new Vector3(1, 1.2, 1.5))
          .setPosition(3, -2, 40);
        const inverse = matrix.clone().invert();
        const checker = ({ voxel: [i, j, k] }: { voxel: readonly [number, number, number] }) =>
          20 + 60 * ((i + j + k) % 2);
        const spec = { dims: [20, 20, 20], affine: affineOf(matrix), value: checker } as const;
        const middle = new Vector3(10, 10, 10).applyMatrix4(matrix);
        const { show } = showVolumes([[spec, { range: [0, 100], slice: `z=${middle.z}` }]]);
        const focalPoint = middle.toArray();
        show.cameraState = {
          position: [middle.x, middle.y, middle.z + 40],
          focalPoint,
          viewUp: [0, 1, 0],
          viewAngle: 20,
        };
        show.render({ samples: 0 });
        const picture = show.snapshot();
        for (let i = 0; i < 40; i += 1) {
          const point = new Vector3(middle.x + 6 * Math.cos(i), middle.y + 5 * Math.sin(1.7 * i), middle.z);
          const voxel = point.clone().applyMatrix4(inverse);
          // Texels are a quarter of a voxel; pixels near an edge may show the neighbour.
          const nearest = voxel.clone().round();
          if (Math.max(...voxel.sub(nearest).toArray().map(Math.abs)) > 0.25) continue;
          const value = checker({ voxel: [nearest.x, nearest.y, nearest.z] });
          const [shown = 0] = pixelAt(show, picture, point.x, point.y, point.z);
          expect(Math.abs(shown - 2.55 * value)).toBeLessThan(2);
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
});

test("slices are chosen by axis, in mm or voxels, and others are not shown", () => {
  const spec: VolumeSpec = { value: () => 50, affine: [0, 0, 2, -10, 3, 0, 0, 5, 0, -1, 0, 9, 0, 0, 0, 1] };
  const planesOf = (slice: string): number[][] => {
    const { object } = buildVolume(volume(spec), { slice });
    const planes: number[][] = [];
    object.traverse((part) => {
      if (!(part instanceof Mesh) || !part.visible) return;
      const { geometry } = part as Mesh;
      const positions = geometry.getAttribute("position");
      const places = [0, 1, 2].map((axis) => [0, 1, 2, 3].map((i) => positions.getComponent(i, axis)));
      for (const [axis, [first = 0, ...rest]] of places.entries())
        if (rest.every((at) => at === first)) planes.push([axis, first]);
    });
    return planes;
  };
  // x is along k, y along i and z along j, downwards.
  expect(planesOf("x=3vox, z=2vox")).toEqual([
    [0, -4],
    [2, 7],
  ]);
  expect(planesOf("y=6.5mm,x=-1e0")).toEqual([
    [1, 6.5],
    [0, -1],
  ]);
  expect(planesOf("z")).toEqual([[2, 5]]);
  expect(planesOf("z=400")).toEqual([]);
  for (const wrong of ["", "w=3", "x=", "x=3cm", "x=1;y=2", "x=-", "x=1e"]) {
    expect(() => planesOf(wrong)).toThrow(`the slice "${wrong}" is not valid: write x=10`);
  }
});

test("a second volume has the slices of the first by default", () => {
  const coarse: VolumeSpec = {
    value: () => 1,
    affine: [9, 0, 0, -40, 0, 9, 0, -40, 0, 0, 9, -40, 0, 0, 0, 1],
  };
  const placesOf = (...styles: readonly VolumeStyle[]): number[][] => {
    const slices = { isTranslucent: false };
    const actors = styles.map((style, i) =>
      buildVolume(volume(i === 0 ? { value: () => 1 } : coarse), style, slices),
    );
    const places: number[][] = [];
    actors.at(-1)?.object.traverse((part) => {
      if (!(part instanceof Mesh) || !part.visible) return;
      const at = part.geometry.getAttribute("position") as BufferAttribute;
      places.push(
        [0, 1, 2]
          .filter((axis) => at.getComponent(0, axis) === at.getComponent(2, axis))
          .map((axis) => at.getComponent(0, axis)),
      );
    });
    return places;
  };
  expect(placesOf({}, {})).toEqual([[5], [5], [5]]);
  expect(placesOf({ slice: "z=2" }, {})).toEqual([[2]]);
  expect(placesOf({ slice: "z=2" }, { slice: "x" })).toEqual([[5]]);
  expect(placesOf({ slice: "z=2" }, { slice: "x=-7" })).toEqual([[-7]]);
});

test("the bounds are those of the voxels' edges, and an invisible volume is reported", () => {
  const { show } = showVolumes([[{ value: () => 7 }, { range: [0, 10] }]]);
  const { box } = boundsOf(show.scene);
  expect(box.min.toArray()).toEqual([-0.5, -0.5, -0.5]);
  expect(box.max.toArray()).toEqual([9.5, 9.5, 9.5]);
  const hidden = showVolumes([[{ value: () => 7 }, { opacity: 0 }]]);
  expect(blankFrameReason(hidden.show)).toBe("its materials are fully transparent");
  const outside = showVolumes([[{ value: () => 7 }, { slice: "z=70" }]]);
  expect(blankFrameReason(outside.show)).toMatch(/its slices lie outside of the volume/);
});
