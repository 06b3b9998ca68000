import { expect, test } from "bun:test";
import {
  BufferAttribute,
  BufferGeometry,
  type Material,
  Mesh,
  MeshBasicMaterial,
  ShaderMaterial,
} from "three";
import { legendOf } from "../../../src/actors/scalars/legend.ts";
import { ScalarColors } from "../../../src/actors/scalars/scalar-colors.ts";
import { colorByScalars, SCALAR_COLOR_GLSL } from "../../../src/actors/scalars/scalar-shader.ts";
import { colormapTable } from "../../../src/layers/colormap.ts";
import { makeScalarField, type ScalarLayer } from "../../../src/scalars/scalar-field.ts";
import { showOpener } from "../../scene/shows.ts";

const open = showOpener();

const scalarUniformsOf = (layers: readonly ScalarLayer[]) => new ScalarColors(layers, { style: {} }).uniforms;

/** A square that fills the view of 100x100 px, with values at its corners: lower left, lower right, upper right, upper left. */
function colorsOf(values: readonly number[][], layers: readonly ScalarLayer[], own?: Material) {
  const show = open({ size: [100, 100], background: "#ff00ff" });
  const geometry = new BufferGeometry();
  geometry.setAttribute(
    "position",
    new BufferAttribute(new Float32Array([-1, -1, 0, 1, -1, 0, 1, 1, 0, -1, 1, 0]), 3),
  );
  geometry.setIndex([0, 1, 2, 0, 2, 3]);
  for (const [i, layer] of values.entries())
    geometry.setAttribute(`scalar${i}`, new BufferAttribute(new Float32Array(layer), 1));
  const material = own ?? new MeshBasicMaterial({ color: 0xffffff });
  if (own === undefined) colorByScalars(material, layers);
  show.add(new Mesh(geometry, material));
  show.cameraState = {
    position: [0, 0, 10],
    focalPoint: [0, 0, 0],
    viewUp: [0, 1, 0],
    viewAngle: 30,
    parallelScale: 1,
  };
  show.render();
  const { data } = show.snapshot();
  /** @param x from the left, y from the bottom, 0 to 1 */
  return (x: number, y: number): number[] => {
    const at = 4 * (100 * Math.floor(99.9 * (1 - y)) + Math.floor(99.9 * x));
    return Array.from(data.subarray(at, at + 3));
  };
}

const field = (values: number[], style: Parameters<typeof makeScalarField>[1] = {}) => {
  const made = makeScalarField(
    { name: "a", components: 1, values: new Float64Array(values) },
    style,
    "points",
  );
  if (made === undefined) throw new Error("no values");
  return made;
};
const viridis = (value: number): number[] => {
  const at = 3 * Math.min(255, Math.floor(256 * value));
  return Array.from(colormapTable("viridis").subarray(at, at + 3));
};
function expectColor(actual: number[], expected: number[], tolerance = 3): void {
  for (const [i, value] of expected.entries())
    expect(Math.abs((actual[i] ?? 0) - value)).toBeLessThanOrEqual(tolerance);
}
const MAGENTA = [255, 0, 255];

test("a fragment has the color of its interpolated value", () => {
  const made = field([0, 1, 1, 0], { range: [0, 1] });
  const color = colorsOf([[...made.values]], [{ field: made }]);
  for (const x of [0.005, 0.25, 0.5, 0.75, 0.995]) expectColor(color(x, 0.3), viridis(x), 4);
  expect(legendOf(made)).toMatchObject({ title: "a", colormap: "viridis", range: [0, 1] });
});

test("values out of the range have the first or the last color", () => {
  const made = field([-1e299, 1e299, 1e299, -1e299], { range: [0, 1] });
  const color = colorsOf([[...made.values]], [{ field: made }]);
  expectColor(color(0.1, 0.5), viridis(0));
  expectColor(color(0.9, 0.5), viridis(1));
});

test("a triangle with a vertex without a value is discarded, the others are not", () => {
  const made = field([0.5, Number.NaN, 0.5, 0.5], { range: [0, 1] });
  const color = colorsOf([[...made.values]], [{ field: made, discards: true }]);
  expectColor(color(0.8, 0.2), MAGENTA);
  expectColor(color(0.2, 0.8), viridis(0.5));
});

test("fragments outside of the threshold are discarded", () => {
  const made = field([0, 1, 1, 0], { range: [0, 1], threshold: [0.25, 0.5] });
  const color = colorsOf([[...made.values]], [{ field: made, discards: true }]);
  expectColor(color(0.2, 0.5), MAGENTA);
  expectColor(color(0.3, 0.5), viridis(0.3), 5);
  expectColor(color(0.55, 0.5), MAGENTA);
});

test("a layer covers the one below it where its values are shown, with its opacity", () => {
  const below = field([0, 0, 1, 1], { range: [0, 1], colormap: "gray" });
  const above = field([0, 1, 1, 0], { range: [0, 1], threshold: [0.5, 1] });
  const values = [[...below.values], [...above.values]];
  const color = colorsOf(values, [{ field: below }, { field: above }]);
  expectColor(color(0.2, 0.7), [178, 178, 178], 4);
  expectColor(color(0.8, 0.7), viridis(0.8), 5);
  const half = colorsOf(values, [{ field: below }, { field: above, opacity: 0 }]);
  expectColor(half(0.8, 0.7), [178, 178, 178], 4);
});

test("a flat layer has the color of the last vertex of each triangle, and labels have theirs", () => {
  const labels = [
    { value: 1, name: "one", color: [1, 0, 0, 1] },
    { value: 2, name: "two", color: [0, 0.5, 0, 1] },
  ] as const;
  const array = { name: "a", components: 1, values: new Int32Array([2, 2, 1, 2]), labels };
  const made = makeScalarField(array, {}, "points");
  if (made === undefined) throw new Error("no values");
  const color = colorsOf([[...made.values]], [{ field: made, flat: true }]);
  expectColor(color(0.8, 0.2), [255, 0, 0]);
  expectColor(color(0.2, 0.8), [0, 128, 0]);
});

test("a shader of its own calls the function and has the uniforms", () => {
  const made = field([0.3, 0.3, 0.3, 0.3], { range: [0, 1] });
  const material = new ShaderMaterial({
    uniforms: scalarUniformsOf([{ field: made }]),
    vertexShader: `attribute float scalar0; uniform vec4 scalarTable0, scalarShown0; varying vec4 vColor;
      ${SCALAR_COLOR_GLSL}
      void main() {
        vColor = scalarColor(scalar0, scalarTable0.xyz, scalarShown0);
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: "varying vec4 vColor; void main() { gl_FragColor = linearToOutputTexel(vColor); }",
  });
  const color = colorsOf([[...made.values]], [{ field: made }], material);
  expectColor(color(0.5, 0.5), viridis(0.3));
});
