import { afterAll, describe, expect, test } from "bun:test";
import { documentOf } from "../../src/document/document-layers.ts";
import type { Layer, LayerStyle } from "../../src/layers/layer.ts";
import { shownSlices, slicesText } from "../../src/layers/slice-text.ts";
import { type Control, type PanelDescription, panelSchema } from "../../src/protocol/panel.ts";
import { loadShow } from "../../src/scene/load-show.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { sampleLayers } from "./sample-layers.ts";
import { showOpener } from "./shows.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());
const samples = sampleLayers(files);
const open = showOpener();

async function described(...layers: readonly Layer[]): Promise<PanelDescription> {
  const scene = await loadShow(open({ size: [64, 48] }), documentOf(layers));
  const panel = await scene.describe();
  scene.remove();
  return panelSchema.parse(panel);
}

async function layerOf(path: string, style: LayerStyle = {}) {
  const [layer] = (await described({ path, style })).layers;
  if (layer === undefined) throw new Error("the panel has no layer");
  return layer;
}

const named = (controls: readonly Control[], name: string) => controls.find((each) => each.name === name);
const names = ({ controls }: { readonly controls: readonly Control[] }) => controls.map(({ name }) => name);

describe("the description of the panel", () => {
  test("of a surface has its counts, extent, and the controls of what it has", async () => {
    const layer = await layerOf(samples.mesh);
    expect(layer).toMatchObject({ id: "surface", label: "surface.vtk", kind: "mesh" });
    expect(layer.facts).toContainEqual({ name: "triangles", value: "288" });
    expect(layer.facts).toContainEqual({ name: "extent", value: "x 0 to 12, y 0 to 12, z 0 to 0" });
    expect(named(layer.controls, "colorBy")).toMatchObject({
      ...{ type: "choice", choices: [{ value: "height" }, { value: "move" }], value: "height" },
    });
    expect(named(layer.controls, "warp")).toMatchObject({ type: "choice", choices: [{ value: "move" }] });
    const found = names(layer);
    for (const name of ["pointSize", "lineWidth", "component", "warpFactor", "outline"])
      expect(found).not.toContain(name);
  });

  test("of values has their limits, the default range and a histogram of all of them", async () => {
    const { controls } = await layerOf(samples.mesh);
    const range = named(controls, "range");
    if (range?.type !== "range") throw new Error("there is no range");
    expect(range).toMatchObject({ min: 0, max: 144, value: [0, expect.closeTo(120.64)] });
    expect(range.histogram).toHaveLength(128);
    expect(range.histogram?.reduce((sum, count) => sum + count)).toBe(169);
    expect(named(controls, "threshold")).toMatchObject({ min: 0, max: 144, value: [0, 144] });
    const colormap = named(controls, "colormap");
    if (colormap?.type !== "colormap") throw new Error("there is no colormap");
    expect(colormap.value).toBe("viridis");
    expect(colormap.colormaps.find(({ name }) => name === "gray-r")?.colors.at(-1)).toBe("#000000");
  });

  test("follows the array that colors the layer", async () => {
    const { controls } = await layerOf(samples.mesh, { colorBy: "move", component: "z" });
    expect(named(controls, "range")).toMatchObject({ min: 0, max: 2 });
    expect(named(controls, "component")).toMatchObject({
      choices: [{ value: "magnitude" }, { value: "x" }, { value: "y" }, { value: "z" }],
    });
  });

  test("of a layer in one color has no range, colormap or threshold", async () => {
    const found = names(await layerOf(samples.mesh, { color: "red" }));
    for (const name of ["range", "colormap", "threshold", "contours"]) expect(found).not.toContain(name);
  });

  test("of a layer has actions that spread its colors over all values, and reset its properties", async () => {
    const { controls } = await layerOf(samples.mesh, { color: "red", contours: 3 });
    expect(named(controls, "fullRange")).toBeUndefined();
    const reset = named(controls, "reset");
    expect(reset).toMatchObject({ type: "action", change: { color: null, contours: null, range: null } });
    expect(reset).not.toHaveProperty("change.series");
    const colored = await layerOf(samples.mesh);
    expect(names(colored)[names(colored).indexOf("range") + 1]).toBe("fullRange");
    expect(named(colored.controls, "fullRange")).toMatchObject({
      ...{ type: "action", folder: ["Color"], change: { range: [0, 144] } },
    });
    const volume = await layerOf(samples.volume, { window: [100, 50] });
    expect(named(volume.controls, "fullRange")).toMatchObject({ change: { range: [0, 250], window: null } });
  });

  test("of the view has the axis that points up", async () => {
    const { view } = await described({ path: samples.mesh });
    expect(named(view, "up")).toMatchObject({ type: "choice", value: "y", choices: { length: 6 } });
  });

  test("of points, streamlines and a molecule has their own controls", async () => {
    expect(named((await layerOf(samples.points)).controls, "pointSize")).toMatchObject({ min: 1, max: 20 });
    const lines = await layerOf(samples.streamlines);
    expect(named(lines.controls, "minLength")).toMatchObject({ min: 0, max: 20 });
    expect(named(lines.controls, "every")).toMatchObject({ min: 1, max: 13, step: 1, logarithmic: true });
    expect(names(lines)).not.toContain("groups");
    const molecule = await layerOf(samples.molecule, { colorBy: "b-factor" });
    expect(named(molecule.controls, "range")).toMatchObject({ min: 10, max: 21 });
    expect(named(molecule.controls, "colorBy")).toMatchObject({ value: "b-factor" });
    expect(names(molecule)).not.toContain("assembly");
  });

  test("of a volume has sliders over its extent for the slices, and no vectors", async () => {
    const volume = await layerOf(samples.volume);
    const slice = named(volume.controls, "slice");
    if (slice?.type !== "slices") throw new Error("there are no slices");
    expect(slice.axes[0]).toEqual({ axis: "x", min: -0.5, max: 11.5, step: 0.5 });
    expect(slicesText(shownSlices(slice.value ?? ""))).toBe("x=6,y=6,z=6");
    const found = names(volume);
    for (const name of ["peaks", "outline", "negativeColormap", "opacityCurve", "affine"])
      expect(found).not.toContain(name);
    expect(names(await layerOf(samples.volume, { volume: true }))).toContain("opacityCurve");
  });

  test("of streamlines offers the volumes of the scene as masks", async () => {
    const { layers } = await described({ path: samples.streamlines }, { path: samples.volume });
    const choices = [{ value: samples.volume, label: "volume.nrrd" }];
    for (const name of ["mask", "sample"])
      expect(named(layers[0]?.controls ?? [], name)).toMatchObject({ type: "choice", choices });
    const alone = await layerOf(samples.streamlines);
    expect(names(alone)).not.toContain("mask");
    const masked = { path: samples.streamlines, style: { mask: samples.volume } };
    expect(names((await described(masked)).layers[0] ?? alone)).toContain("maskEnds");
  });

  test("of overlays has controls of their own values", async () => {
    const overlay = files.write("overlay.shape.gii", gifti(Array.from({ length: 169 }, (_, i) => i - 84)));
    const panel = await described({ path: samples.mesh, overlays: [{ path: overlay, style: {} }] });
    const [first] = panel.layers[0]?.overlays ?? [];
    expect(first).toMatchObject({ id: "overlay.shape", label: "overlay.shape.gii" });
    expect(named(first?.controls ?? [], "range")).toMatchObject({ min: -84, max: 84 });
    expect(named(panel.layers[0]?.controls ?? [], "colorBy")).toMatchObject({ choices: { length: 3 } });
  });

  test("speaks of what is seen instead of options", async () => {
    const texts = [samples.mesh, samples.streamlines, samples.volume].map((path) => ({ path }));
    const { layers, view } = await described(...texts);
    for (const { description = "" } of [...layers.flatMap(({ controls }) => controls), ...view]) {
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(description).not.toContain("--");
    }
    expect(named(view, "scalarBar")).toMatchObject({
      ...{ value: true, description: "Bar with the colors of the values." },
    });
    expect(named(view, "view")).toMatchObject({ choices: { length: 7 } });
  });

  test("of hundreds of layers stays below the limit of a WebSocket message", async () => {
    const panel = await described(...Array.from({ length: 250 }, () => ({ path: samples.mesh })));
    expect(panel.layers).toHaveLength(250);
    expect(Buffer.byteLength(JSON.stringify(panel))).toBeLessThan(1_000_000);
    expect(names(panel.layers[249] ?? { controls: [] })).toContain("range");
  });
});

/** A GIFTI file of one array of values. */
function gifti(values: readonly number[]): string {
  const data = Buffer.from(new Float32Array(values).buffer).toString("base64");
  return `<?xml version="1.0"?><GIFTI Version="1.0" NumberOfDataArrays="1"><DataArray Intent="NIFTI_INTENT_SHAPE" DataType="NIFTI_TYPE_FLOAT32" ArrayIndexingOrder="RowMajorOrder" Dimensionality="1" Dim0="${values.length}" Encoding="Base64Binary" Endian="LittleEndian" ExternalFileName="" ExternalFileOffset=""><Data>${data}</Data></DataArray></GIFTI>`;
}
