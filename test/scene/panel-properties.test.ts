import { describe, expect, test } from "bun:test";
import { documentKeys } from "../../src/document/schema.ts";
import { LAYER_PROPERTIES, OVERLAY_PROPERTIES } from "../../src/layers/layer-properties.ts";
import type { Properties, Trait } from "../../src/layers/property.ts";
import { VIEW_PROPERTIES } from "../../src/layers/view-properties.ts";
import { describePanel } from "../../src/scene/panel/describe-panel.ts";
import { type ControlContext, controlsOf } from "../../src/scene/panel/property-control.ts";

/** Members of the document that are no properties, and where the page shows them. */
const OTHER_KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  document: { version: "not shown", layers: "the list of layers", view: "the section View" },
  layer: {
    id: "not shown",
    file: "the name of the layer",
    kind: "beside the name",
    visible: "the eye",
    overlays: "headings in the layer",
  },
  overlay: { id: "not shown", file: "its heading" },
  view: {
    camera: "viewers move it in the picture",
    measurements: "the tools for distances and angles",
  },
};

const TRAITS = Object.keys({
  ...{ values: 0, negative: 0, labels: 0, points: 0, lines: 0, triangles: 0, scalar: 0, peaks: 0, rays: 0 },
  ...{ mask: 0, warp: 0, glyphs: 0, anatomy: 0 },
} satisfies Record<Trait, 0>) as Trait[];

/** A layer that has everything. */
const EVERYTHING: ControlContext = {
  traits: new Set(TRAITS),
  values: { array: "a", components: 3, extent: [0, 2], range: [0, 1], histogram: [1, 1] },
  names: { arrays: ["a"], components: ["x"], vectors: ["v"], groups: ["g"], assemblies: ["1"] },
  files: ["/data/volume.nii"],
  slices: [0, 1, 2].map(() => ({ min: 0, max: 1, step: 0.1 })),
  extent: { min: [0, 0, 0], max: [1, 1, 1] },
};

/** Those with neither a control nor a reason for none, and those with both. */
function wrong(keys: readonly string[], controls: readonly string[], properties: Properties): string[] {
  return keys.filter((key) => controls.includes(key) === ((properties[key]?.noControl ?? "") !== ""));
}

const namesOf = (properties: Properties) => controlsOf(properties, EVERYTHING).map(({ name }) => name);
const others = (of: string) => Object.keys(OTHER_KEYS[of] ?? {});
const without = (keys: readonly string[], known: readonly string[]) =>
  keys.filter((key) => !known.includes(key));

describe("the properties of the scene document", () => {
  test.each(Object.entries<Properties>(LAYER_PROPERTIES))(
    "of the kind %s have a control on the page, or say why not",
    (_, properties) => {
      expect(wrong(Object.keys(properties), namesOf(properties), properties)).toEqual([]);
    },
  );

  test("of overlays and the view have a control on the page, or say why not", () => {
    const overlay = without(documentKeys(["layers", 0, "overlays", 0]), others("overlay"));
    expect(wrong(overlay, namesOf(OVERLAY_PROPERTIES), OVERLAY_PROPERTIES)).toEqual([]);
    const empty = { version: 1, layers: [], view: {} } as const;
    const panel = describePanel({ layers: [], document: empty, time: undefined, duration: 0, up: "y" });
    const view = [...panel.view.map(({ name }) => name), ...namesOf(VIEW_PROPERTIES)];
    expect(wrong(without(documentKeys(["view"]), others("view")), view, VIEW_PROPERTIES)).toEqual([]);
  });

  test("are those of the tables, except for members of which each is shown elsewhere", () => {
    const ofLayers = Object.values<Properties>(LAYER_PROPERTIES).flatMap((each) => Object.keys(each));
    expect(without(documentKeys(["layers", 0]), ofLayers)).toEqual(others("layer"));
    // The time step is a property of the view on the command line.
    expect(without(documentKeys([]), ["time"])).toEqual(others("document"));
  });
});
