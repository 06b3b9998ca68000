import { expect, test } from "bun:test";
import fc from "fast-check";
import { type BufferAttribute, Group, Matrix4, Mesh, MeshBasicMaterial, PlaneGeometry, Vector3 } from "three";
import { buildVolume } from "../../../src/actors/volume/volume.ts";
import type { Label } from "../../../src/formats/data-kinds.ts";
import type { VolumeStyle } from "../../../src/layers/layer-properties.ts";
import type { PreparedVolume } from "../../../src/loading/prepare-data.ts";
import { prepareVolume } from "../../../src/loading/prepare-volume.ts";
import { blankFrameReason } from "../../../src/scene/blank-frame.ts";
import { disposeObject } from "../../../src/scene/dispose-object.ts";
import { boundsOf } from "../../../src/scene/scene-bounds.ts";
import type { ShowManager, Snapshot } from "../../../src/scene/show-manager.ts";
import { difference, pixel } from "../../scene/images.ts";
import { showOpener } from "../../scene/shows.ts";
import { type VolumeSpec, volume } from "./volumes.ts";

const open = showOpener();

/** The pixel at world coordinates. */
function pixelAt(show: ShowManager, picture: Snapshot, ...point: [number, number, number]): number[] {
  const { x, y } = new Vector3(...point).project(show.camera);
  return pixel(picture, (x + 1) / 2, (1 - y) / 2);
}

/** A view of volumes, one over the other, from the front, the right and above. */
function showVolumes(
  layers: readonly (readonly [VolumeSpec, VolumeStyle?])[],
  { prepare }: { prepare?: (show: ShowManager) => void } = {},
): { show: ShowManager; picture: Snapshot } {
  const show = open({ size: [320, 240], background: "#102030" });
  const slices = { isTranslucent: false };
  for (const [spec, style = {}] of layers) show.add(buildVolume(volume(spec), style, slices).object);
  prepare?.(show);
  show.frameScene("z");
  show.render({ samples: 0 });
  expect(show.gl.getError()).toBe(0);
  return { show, picture: show.snapshot() };
}

/** The center of a front face of a slice's voxel, which no other slice hides, for slices through the voxel 5, 5, 5. */
const VISIBLE_VOXEL = [7, 5, 8] as const;

function affineOf(matrix: Matrix4): number[] {
  return matrix.clone().transpose().toArray();
}

const gray = (value: number): number[] => [value, value, value, 255];

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

test("interpolation gives a smooth gradient, and values between voxels", () => {
  const spec = { value: ({ voxel: [i] }: { voxel: readonly number[] }) => 10 * (i ?? 0) } as const;
  const at = (style: VolumeStyle, x: number) => {
    const { show, picture } = showVolumes([[spec, { range: [0, 100], slice: "y", ...style }]]);
    return pixelAt(show, picture, x, 5, 6)[0] ?? 0;
  };
  for (const x of [5.6, 6.1, 6.4, 7.3]) {
    expect(Math.abs(at({}, x) - 25.5 * Math.round(x))).toBeLessThan(2);
    expect(Math.abs(at({ interpolate: true }, x) - 25.5 * x)).toBeLessThan(4);
  }
  // A slice between two layers of voxels.
  const between = showVolumes([[spec, { range: [0, 100], slice: "x=4.25", interpolate: true }]]);
  expect(Math.abs((pixelAt(between.show, between.picture, 4.25, 5, 5)[0] ?? 0) - 25.5 * 4.25)).toBeLessThan(
    2,
  );
});

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

test("a translucent slice shows the slices behind it, and an opaque object in front of a slice hides it", () => {
  const { show, picture } = showVolumes([[{ value: () => 100 }, { range: [0, 100], opacity: 0.5 }]], {
    prepare: (show) => {
      const plate = new Mesh(new PlaneGeometry(1, 1), new MeshBasicMaterial({ color: "red" }));
      plate.rotation.x = Math.PI / 2;
      plate.position.set(8, 4.5, 8);
      show.add(plate);
    },
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

test("values outside of the threshold, NaN and infinities are transparent", () => {
  const background = [16, 32, 48, 255];
  const spec: VolumeSpec = {
    value: ({ voxel: [i, , k] }) =>
      i === 7 ? ([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 500, 60][k - 4] ?? 10) : 50,
  };
  for (const interpolate of [false, true]) {
    const { show, picture } = showVolumes([
      [spec, { range: [0, 100], threshold: [20, 100], slice: "y", interpolate }],
    ]);
    for (const k of [4, 5, 6, 7]) expect(pixelAt(show, picture, 7, 5, k)).toEqual(background);
    expect(pixelAt(show, picture, 7, 5, 8)[0]).toBeCloseTo(153, -1);
    expect(pixelAt(show, picture, 5, 5, 5)).toEqual(gray(128));
  }
});

test("negative values have a colormap of their own, by their absolute values", () => {
  const style = { range: [2, 10], colormap: "hot", negativeColormap: "viridis", slice: "y" } as const;
  const { show, picture } = showVolumes([
    [{ value: ({ voxel: [i] }) => [-10, -5, -1, 1, 5, 10][i - 2] ?? 0 }, style],
  ]);
  expect(pixelAt(show, picture, 2, 5, 5)).toEqual([253, 231, 37, 255]);
  expect(pixelAt(show, picture, 7, 5, 5)).toEqual(gray(255));
  for (const i of [4, 5, 9]) expect(pixelAt(show, picture, i, 5, 5)).toEqual([16, 32, 48, 255]);
});

test("window is center and width; modulation makes low values transparent; a color shows a mask", () => {
  const ramp: VolumeSpec = { value: ({ voxel: [i] }) => 10 * i };
  const shown = (style: VolumeStyle, x: number): number[] => {
    const { show, picture } = showVolumes([[ramp, { slice: "y", ...style }]]);
    return pixelAt(show, picture, x, 5, 5);
  };
  expect(shown({ window: [50, 40] }, 5)).toEqual(gray(128));
  expect(shown({ window: [50, 40] }, 7)).toEqual(gray(255));
  expect(shown({ window: [50, 40] }, 3)).toEqual(gray(0));
  expect(() => shown({ window: [50, 0] }, 3)).toThrow("the width of the window must be above 0");
  expect(shown({ range: [0, 50], modulate: true }, 5)).toEqual(gray(255));
  expect(shown({ range: [0, 50], modulate: true }, 0)).toEqual([16, 32, 48, 255]);
  expect(shown({ color: "#ff8000" }, 1)).toEqual([255, 128, 0, 255]);
  expect(shown({ color: "#ff8000" }, 0)).toEqual([16, 32, 48, 255]);
});

test("labels have the colors of the file, without interpolation, and outlines on request", () => {
  const labels: Label[] = [
    { value: 0, name: "Unknown", color: [0, 0, 0, 0] },
    { value: 2, name: "Left", color: [1, 0, 0, 1] },
    { value: 14_175, name: "Right", color: [0, 0, 1, 1] },
  ];
  const spec: VolumeSpec = {
    labels,
    Type: Int32Array,
    value: ({ voxel: [i, , k] }) => (k < 2 ? 0 : i > 7 ? 77 : i < 5 ? 2 : 14_175),
  };
  const { show, picture } = showVolumes([[spec, { slice: "y", interpolate: true }]]);
  expect(pixelAt(show, picture, 4.4, 5, 5)).toEqual([255, 0, 0, 255]);
  expect(pixelAt(show, picture, 4.6, 5, 5)).toEqual([0, 0, 255, 255]);
  expect(pixelAt(show, picture, 8, 5, 5)).toEqual(gray(128));
  expect(pixelAt(show, picture, 8, 5, 1)).toEqual([16, 32, 48, 255]);
  const outlined = showVolumes([[spec, { slice: "y", outline: true }]]);
  expect(pixelAt(outlined.show, outlined.picture, 2, 5, 5)).toEqual([16, 32, 48, 255]);
  const near = [4.35, 4.4, 4.45, 4.5, 4.55, 4.6].map((x) =>
    pixelAt(outlined.show, outlined.picture, x, 5, 5).join(),
  );
  expect(near).toContain("255,0,0,255");
  expect(near).toContain("0,0,255,255");
  expect(() => showVolumes([[{ value: () => 1 }, { outline: true }]])).toThrow(
    "outlines need a volume with labels",
  );
});

test("values are labels on request: 0 is transparent, others have colors of their own", () => {
  const spec: VolumeSpec = {
    Type: Int16Array,
    value: ({ voxel: [i, , k] }) => (k < 2 ? 0 : i < 5 ? 11 : 2035),
  };
  for (const outline of [false, true]) {
    const { show, picture } = showVolumes([[spec, { slice: "y", labels: true, outline }]]);
    const [low, high, zero] = [
      [3, 5],
      [7, 5],
      [7, 1],
    ].map(([x = 0, z = 0]) => pixelAt(show, picture, x, 5, z).join());
    expect(zero).toBe("16,32,48,255");
    expect(low === high).toBe(outline);
    expect(low === zero).toBe(outline);
  }
});

test("RGB volumes show their colors, and vectors the absolute values of their components", () => {
  const color = showVolumes([
    [
      { components: 3, Type: Uint8Array, value: ({ component }) => [200, 100, 30][component] ?? 0 },
      { slice: "y" },
    ],
  ]);
  expect(pixelAt(color.show, color.picture, 7, 5, 7)).toEqual([200, 100, 30, 255]);
  const vectors = showVolumes([
    [{ components: 3, value: ({ component }) => [-1, 0.5, 0][component] ?? 0 }, { slice: "y" }],
  ]);
  expect(pixelAt(vectors.show, vectors.picture, 7, 5, 7)).toEqual([255, 128, 0, 255]);
});

test("the time steps of a volume are shown one by one", async () => {
  const { object, time } = buildVolume(
    volume({ frames: 3, frameSeconds: 2, value: ({ frame }) => 50 * frame }),
    { range: [0, 100], slice: "y" },
  );
  expect(time).toMatchObject({ count: 3, seconds: [0, 2, 4] });
  const show = open({ size: [160, 120] });
  show.add(object);
  show.frameScene("z");
  for (const [step, value] of [0, 128, 255].entries()) {
    await time?.show(step);
    show.render({ samples: 0 });
    expect(pixelAt(show, show.snapshot(), 5, 5, 6)).toEqual(gray(value));
  }
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

test("the default range is from the 2nd to the 98th percentile without the background, or that of the file", () => {
  const ramp = (spec: Partial<VolumeSpec> = {}): PreparedVolume =>
    volume({ value: ({ voxel: [i, j, k] }) => (k === 0 ? 0 : 100 + i + 10 * j), ...spec });
  expect(buildVolume(ramp(), {}).legend).toEqual({
    title: "",
    colormap: "gray",
    range: [102, 197],
    rangeMethod: "2nd to 98th percentile",
  });
  expect(buildVolume(ramp({ displayRange: [1, 7] }), {}).legend?.range).toEqual([1, 7]);
  expect(buildVolume(ramp({ slope: -2, intercept: 10 }), {}).legend?.range).toEqual([-384, -194]);
  expect(
    buildVolume(ramp({ displayRange: [1, 7] }), { range: [2, 3], colormap: "jet" }).legend,
  ).toMatchObject({
    range: [2, 3],
    colormap: "jet",
  });
});

test("constant volumes and volumes without finite values say so", () => {
  expect(buildVolume(volume({ value: () => 7 }), {}).warnings).toEqual([
    "all of its voxels have the value 7",
  ]);
  expect(buildVolume(volume({ value: () => Number.NaN }), {}).warnings).toEqual([
    "all of its voxels are NaN or infinite, and transparent",
  ]);
  expect(
    buildVolume(volume({ value: ({ voxel }) => (voxel[2] === 3 ? Number.NaN : voxel[0]) }), {}).warnings,
  ).toEqual(["100 of its values are NaN or infinite, and transparent"]);
  expect(
    buildVolume(volume({ value: ({ voxel }) => voxel[0], slope: 0, intercept: 3 }), {}).warnings,
  ).toContain("its slope is 0: all values are 3");
  const { show, picture } = showVolumes([[{ value: () => 7 }]]);
  expect(pixelAt(show, picture, 7, 5, 7)).toEqual(gray(128));
});

test("damaged volumes are errors", () => {
  const good = volume({ value: () => 1 });
  expect(() => buildVolume({ ...good, affine: good.affine.map(() => 0) }, {})).toThrow(
    "its affine matrix cannot be inverted",
  );
  expect(() =>
    buildVolume({ ...good, affine: good.affine.map((value, i) => (i < 12 ? 1e20 * value : value)) }, {}),
  ).toThrow("its affine matrix places voxels at coordinates above");
  expect(buildVolume({ ...good, displayRange: [Number.NaN, 1] }, {}).legend?.range).toEqual([0.5, 1.5]);
  expect(() => prepareVolume({ ...good, dims: [10, 10, 11] }, {}, () => expect.unreachable())).toThrow(
    "it has fewer values than its 10 x 10 x 11",
  );
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

test("the textures of slices are freed", () => {
  const { show } = showVolumes([[{ value: () => 7 }]]);
  expect(show.renderer.info.memory.textures).toBe(4);
  for (const child of show.scene.children) if (child instanceof Group) disposeObject(child);
  expect(show.renderer.info.memory.textures).toBe(0);
});
