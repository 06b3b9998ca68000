import { describe, expect, test } from "bun:test";
import { AmbientLight, type Mesh as ThreeMesh } from "three";
import { buildActor } from "../../src/actors/build-actor.ts";
import { SplattedPoints } from "../../src/actors/splatted-points.ts";
import type { DataArray, Mesh, Points, Surface } from "../../src/formats/data-kinds.ts";
import { colormapTable } from "../../src/layers/colormap.ts";
import type { LayerStyle } from "../../src/layers/layer.ts";
import { chooseScalars } from "../../src/loading/choose-scalars.ts";
import { applyFilters } from "../../src/loading/filters/apply-filters.ts";
import { prepareData } from "../../src/loading/prepare-data.ts";
import type { GlBackend, RenderOptions, Snapshot } from "../../src/scene/show-options.ts";
import { meshData } from "../loading/mesh-data.ts";
import { difference } from "../scene/images.ts";
import { showOpener } from "../scene/shows.ts";

const open = showOpener();
const BACKGROUND = [255, 0, 255];

/** A square from -1 to 1, divided into size x size squares of two triangles, which are a cell; `x` is an array of points. */
function plate(size: number, rest: Partial<Surface> = {}): Mesh {
  const side = size + 1;
  const positions = new Float32Array(3 * side * side);
  for (let i = 0; i < side * side; i += 1)
    positions.set([(2 * (i % side)) / size - 1, (2 * Math.floor(i / side)) / size - 1, 0], 3 * i);
  const indices = new Uint32Array(6 * size * size);
  for (let i = 0; i < size * size; i += 1) {
    const a = Math.floor(i / size) * side + (i % size);
    indices.set([a, a + 1, a + side, a + 1, a + side + 1, a + side], 6 * i);
  }
  const cells = Uint32Array.from({ length: indices.length / 3 }, (_, i) => Math.floor(i / 2));
  const arrays: DataArray[] = [
    {
      name: "x",
      components: 1,
      values: Float64Array.from({ length: side * side }, (_, i) => positions[3 * i] ?? 0),
    },
  ];
  const surfaces = [{ positions, indices, cells, arrays, ...rest }];
  return meshData(surfaces);
}

/** Renders a square of 2.2 x 2.2 in ambient light. */
async function pictureOf(
  data: Mesh | Points,
  style: LayerStyle,
  options: { glBackend?: GlBackend; splat?: boolean } = {},
): Promise<Snapshot> {
  return (await rendererOf(data, style, options))({});
}

/** Returns a function that renders a picture. */
async function rendererOf(
  data: Mesh | Points,
  style: LayerStyle,
  { glBackend = "mesa", splat = false }: { glBackend?: GlBackend; splat?: boolean } = {},
): Promise<(options: RenderOptions) => Snapshot> {
  const { data: filtered } = applyFilters(data, style);
  const scalars = chooseScalars(filtered, { style, overlays: [] });
  const options = { path: "made.vtk", format: "VTK", drafts: true, scalars, style };
  const { object } = await buildActor(
    prepareData(filtered, options, () => {}),
    style,
    { splatPoints: () => splat },
  );
  const show = open({ size: [220, 220], background: "#ff00ff", light: false, glBackend });
  show.add(object, new AmbientLight(0xffffff, Math.PI));
  show.cameraState = {
    position: [0, 0, 5],
    focalPoint: [0, 0, 0],
    viewUp: [0, 1, 0],
    viewAngle: 30,
    parallelScale: 1.1,
  };
  return (render) => {
    show.render({ samples: 0, ...render });
    expect(show.gl.getError()).toBe(0);
    return show.snapshot();
  };
}

/** @param x from -1.1 to 1.1, y upwards */
function colorAt({ data }: Snapshot, x: number, y: number): number[] {
  const at = 4 * (220 * Math.floor(100 * (1.1 - y)) + Math.floor(100 * (x + 1.1)));
  return Array.from(data.subarray(at, at + 3));
}
const viridis = (value: number): number[] => {
  const at = 3 * Math.max(0, Math.min(255, Math.floor(256 * value)));
  return Array.from(colormapTable("viridis").subarray(at, at + 3));
};
function expectColor(actual: number[], expected: number[], tolerance = 6): void {
  const distance = Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? 0) - value)));
  expect([actual, distance <= tolerance]).toEqual([actual, true]);
}

describe.each(["mesa", "angle"] as const)("cells (%s)", (glBackend) => {
  test("cells have one color each, also in the drafts of a large mesh", async () => {
    const size = 320;
    // 10 x 10 blocks of cells.
    const block = (x: number, y: number): number =>
      ((Math.floor(x / 32) * 3 + Math.floor(y / 32) * 7) % 11) / 10;
    const values = Float64Array.from({ length: size * size }, (_, i) =>
      block(i % size, Math.floor(i / size)),
    );
    const cellArrays = [{ name: "c", components: 1, values }];
    const style = { colorBy: "c", range: [0, 1] };
    const render = await rendererOf(plate(size, { cellArrays }), style, { glBackend });
    for (const options of [{}, { draft: true, level: 0 }, { draft: true, level: 1 }]) {
      const picture = render(options);
      for (let i = 0; i < 100; i += 1) {
        const [column, row] = [i % 10, Math.floor(i / 10)];
        const color = colorAt(picture, -0.9 + 0.2 * column, -0.9 + 0.2 * row);
        expectColor(color, viridis(block(32 * column, 32 * row)));
      }
    }
  }, 20_000);
});

describe("a surface", () => {
  const style = { colorBy: "x", range: [-1, 1] };

  test("a surface is hidden beyond a clip plane and outside of the threshold", async () => {
    const picture = await pictureOf(plate(4), { ...style, clip: "x=0.5", threshold: [-0.5, 0.9] });
    expectColor(colorAt(picture, 0.6, 0), BACKGROUND);
    expectColor(colorAt(picture, 0.4, 0), viridis(0.7));
    expectColor(colorAt(picture, -0.6, 0), BACKGROUND);
    const other = await pictureOf(plate(4), { ...style, clip: "0,-1,0,0.5" });
    expectColor(colorAt(other, 0, -0.6), BACKGROUND);
    expectColor(colorAt(other, 0, 0.6), viridis(0.5));
  });

  test("a surface has dark lines at the edges of its cells only", async () => {
    const plain = await pictureOf(plate(4), style);
    const edged = await pictureOf(plate(4), { ...style, edges: true, lineWidth: 3 });
    const dark = (x: number, y: number): boolean => Math.max(...colorAt(edged, x, y)) < 90;
    expect([dark(0.001, 0.25), dark(0.25, 0.5)]).toEqual([true, true]);
    // The diagonal of a cell.
    for (const [x, y] of [
      [0.25, 0.25],
      [0.35, 0.15],
    ] as const)
      expect(colorAt(edged, x, y)).toEqual(colorAt(plain, x, y));
  });

  test("a surface has as many contour lines as requested, at evenly spaced values", async () => {
    const picture = await pictureOf(plate(4), { ...style, contours: 3 });
    const brightness = (x: number): number => colorAt(picture, x, 0.3).reduce((sum, value) => sum + value, 0);
    for (const x of [-0.5, 0, 0.5])
      expect(Math.min(brightness(x), brightness(x - 0.01))).toBeLessThan(0.6 * brightness(x + 0.1));
    let lines = 0;
    for (let i = -95; i < 95; i += 1) if (brightness(i / 100) < 0.6 * brightness(i / 100 + 0.1)) lines += 1;
    expect(lines).toBeGreaterThanOrEqual(3);
    expect(lines).toBeLessThanOrEqual(9);
  });

  test("a surface shows its section by a plane as lines in the colors of the values", async () => {
    const picture = await pictureOf(plate(4), { ...style, slicePlane: "0,1,0,0.3", lineWidth: 4 });
    expectColor(colorAt(picture, 0.55, 0.3), viridis(0.775));
    expectColor(colorAt(picture, 0.55, 0.5), BACKGROUND);
  });

  test("a surface is blended with its opacity, and has one color on request", async () => {
    const picture = await pictureOf(plate(4), { color: "#00ff00", opacity: 0.5 });
    const [red = 0, green = 0, blue = 0] = colorAt(picture, 0.1, 0.1);
    expect(red).toBeGreaterThan(60);
    expect(red).toBe(blue);
    expect(green).toBeGreaterThan(60);
  });

  test("a surface has values of 1e299 and 1e-299 in the colors of its range", async () => {
    for (const scale of [1e299, 1e-299]) {
      const mesh = plate(4);
      const arrays = mesh.surfaces[0]?.arrays?.map((array) => ({
        ...array,
        values: Float64Array.from(array.values, (value) => value * scale),
      }));
      const surfaces = mesh.surfaces.map((surface) => ({ ...surface, arrays }));
      const picture = await pictureOf({ ...mesh, surfaces }, { colorBy: "x", range: [-scale, scale] });
      for (const x of [-0.7, 0.1, 0.8]) expectColor(colorAt(picture, x, 0.1), viridis((x + 1) / 2));
    }
  });
});

describe("points", () => {
  const count = 60_000;
  const positions = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1)
    positions.set([((i * 0.618034) % 1) * 2 - 1, (2 * i) / count - 1, 0], 3 * i);
  const values = Float64Array.from({ length: count }, (_, i) =>
    i % 50 === 0 ? Number.NaN : (positions[3 * i] ?? 0),
  );
  const cloud = (): Points => ({
    kind: "points",
    origin: [0, 0, 0],
    warnings: [],
    vertices: { positions: positions.slice(), arrays: [{ name: "x", components: 1, values }] },
  });

  test.each<LayerStyle>([
    { colorBy: "x", range: [-1, 1] },
    { colorBy: "x", range: [-1, 1], threshold: [-0.5, 0.25], pointSize: 5 },
    { colorBy: "x", range: [-1, 1], clip: "1,1,0,0.2" },
    { color: "red", opacity: 0.5 },
  ])("are the same by GL and by the CPU: %o", async (style) => {
    const [expected, actual] = [
      await pictureOf(cloud(), style),
      await pictureOf(cloud(), style, { splat: true }),
    ];
    const { mean, strong } = difference(expected, actual);
    // GL blends each of the transparent points.
    if (style.opacity === undefined) {
      expect(mean).toBeLessThan(1);
      expect(strong).toBeLessThan(0.003);
    } else expect(colorAt(actual, 0, 0)[2]).toBeGreaterThan(60);
  });

  test("large clouds are splatted by the CPU, with the points that are shown", async () => {
    const data = cloud();
    const style = { colorBy: "x", threshold: [0, 1] } as const;
    const scalars = chooseScalars(data, { style, overlays: [] });
    expect(scalars.warnings).toEqual(['1200 of 60000 points have no value (NaN) in "x" and are transparent']);
    const prepared = prepareData(data, { path: "", format: "PLY", drafts: true, scalars, style }, () => {});
    const { object } = await buildActor(prepared, style, { splatPoints: () => true });
    const [points] = object.children as [ThreeMesh];
    expect(points).toBeInstanceOf(SplattedPoints);
    expect(Math.abs(points.geometry.userData.drawCount - 29_400)).toBeLessThan(10);
  });
});
