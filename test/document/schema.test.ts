import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatDocument, parseDocument } from "../../src/document/document-file.ts";
import { checkDocument } from "../../src/document/schema.ts";
import { LAYER_PROPERTIES, OVERLAY_PROPERTIES } from "../../src/layers/layer-properties.ts";
import type { Properties } from "../../src/layers/property.ts";
import { VIEW_PROPERTIES } from "../../src/layers/view-properties.ts";
import { holdsForAll } from "../model/property.ts";
import { documents, valuesOf } from "./documents.ts";

const LAYER = '{"version": 1, "layers": [{"file": "x.ply", ';

/** A document with one property of a layer, an overlay or the view, and the path of the property. */
function withProperty(place: string, name: string, value: unknown): [document: object, pathPattern: string] {
  if (place === "view")
    return [{ version: 1, layers: [], view: { [name]: value } }, name === "time" ? name : `view.${name}`];
  if (place === "overlay") {
    const overlays = [{ id: "o", file: "y", [name]: value }];
    return [
      { version: 1, layers: [{ id: "a", file: "x", overlays }], view: {} },
      `layers\\[0\\].overlays\\[0\\].${name}`,
    ];
  }
  return [
    { version: 1, layers: [{ id: "a", file: "x", kind: place, [name]: value }], view: {} },
    `layers\\[0\\].${name}`,
  ];
}

const { time, ...view } = VIEW_PROPERTIES;
const EVERY_PROPERTY = Object.entries<Properties>({
  ...LAYER_PROPERTIES,
  overlay: OVERLAY_PROPERTIES,
  view,
}).flatMap(([place, properties]) =>
  Object.entries(properties).map(([name, property]) => [place, name, property] as const),
);

describe("a scene document", () => {
  test("is the same after it was written and read", () => {
    holdsForAll(documents, 200, (document) => {
      expect(parseDocument(formatDocument(document))).toEqual(document);
    });
  });

  test.each(EVERY_PROPERTY)("has the property of %s: %s", (place, name, property) => {
    holdsForAll(valuesOf(property), 20, (value) => {
      const [document] = withProperty(place, name, value);
      expect(parseDocument(JSON.stringify(document))).toEqual(document as never);
    });
    for (const wrong of [{}, [], Number.NaN, Number.POSITIVE_INFINITY, null, Symbol("s"), () => 1]) {
      const [document, path] = withProperty(place, name, wrong);
      expect(() => checkDocument(document)).toThrow(new RegExp(`^${path} must be [^\\n]+$`));
    }
  });

  test("has measurements of two or three points, and no others", () => {
    const withMeasurements = (measurements: unknown) => ({ version: 1, layers: [], view: { measurements } });
    const [a, b, c] = [
      [0, 0, 0],
      [1, 2, 3],
      [-1e9, 0.5, 4],
    ];
    for (const points of [
      [a, b],
      [a, b, c],
    ])
      expect(checkDocument(withMeasurements([{ points }])).view.measurements).toEqual([{ points }] as never);
    expect(checkDocument(withMeasurements([])).view.measurements).toEqual([]);
    const refused = (measurements: unknown) => {
      expect(() => checkDocument(withMeasurements(measurements))).toThrow(/^view.measurements.* (must|is)/);
    };
    for (const points of [
      [a],
      [a, b, c, a],
      [],
      "a",
      null,
      [a, [1, 2]],
      [a, [1, 2, Number.NaN]],
      [a, [1, 2, "3"]],
    ])
      refused([{ points }]);
    refused([{}]);
    refused({ points: [a, b] });
    refused([{ points: [a, b], unit: "km" }]);
    refused(Array.from({ length: 101 }, () => ({ points: [a, b] })));
  });

  test("has no key of its own with the name of a property", () => {
    const properties = EVERY_PROPERTY.map(([, name]) => name);
    for (const key of ["id", "file", "kind", "visible", "overlays", "camera", "background", "up"])
      expect(properties).not.toContain(key);
  });

  test.each([
    [`${LAYER}"colormapp": "hot"}]}`, "layers[0].colormapp is unknown; did you mean colormap?"],
    [`${LAYER}"color-by": "fa"}]}`, "layers[0].color-by is unknown; did you mean colorBy?"],
    [`${LAYER}"Opacity": 1}]}`, "layers[0].Opacity is unknown; did you mean opacity?"],
    [`${LAYER}"somethingElse": 1}]}`, "layers[0].somethingElse is unknown"],
    [`${LAYER}"overlays": [{"file": "y", "visble": 1}]}]}`, "layers[0].overlays[0].visble is unknown"],
    [`${LAYER}"kind": "mesh", "slice": "x"}]}`, "layers[0].slice is not for layers of the kind mesh"],
    [
      '{"version": 1, "layers": [], "view": {"bakground": "red"}}',
      "view.bakground is unknown; did you mean background?",
    ],
    [
      '{"version": 1, "layers": [], "view": {"camera": {"positon": 1}}}',
      "view.camera.positon is unknown; did you mean position?",
    ],
    ['{"version": 1, "layers": [], "veiw": {}}', "veiw is unknown; did you mean view?"],
    ['{"version": 1, "layers": [{}]}', "layers[0].file is missing"],
    ['{"version": 1, "layers": [{"file": 5}]}', "layers[0].file must be the path of a file"],
    ['{"version": 1, "layers": [{"file": "a\\u0000b"}]}', "layers[0].file must be the path of a file"],
    [`${LAYER}"id": "a b"}]}`, /^layers\[0\]\.id must be an id of 1 to 64 letters/],
    [`${LAYER}"id": "a"}, {"file": "y", "id": "a"}]}`, "layers has the id a twice"],
    ['{"version": 1, "layers": [1]}', "layers[0] must be an object"],
    ['{"version": 1, "layers": {}}', "layers must be a list of objects"],
    ['{"version": 1}', "layers is missing"],
    ['{"layers": []}', 'version is missing; a scene document begins with "version": 1'],
    ['{"version": 2, "layers": []}', /^version is 2, and this scenecast reads versions up to 1/],
    ['{"version": "1", "layers": []}', "version must be a whole number from 1"],
    ["[]", "a scene document is a JSON object"],
    ["null", "a scene document is a JSON object"],
    ['{"version": 1,, }', /^it is not valid JSON/],
  ])("%s is refused with a sentence", (text, message) => {
    expect(() => parseDocument(text)).toThrow(message);
  });

  test("a hostile document is refused, and changes no prototype", () => {
    const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
    const hostile = [
      `${LAYER}"__proto__": {"polluted": 1}}]}`,
      '{"version": 1, "layers": {"__proto__": [{"file": "x"}]}}',
      '{"version": 1, "layers": [], "__proto__": {"polluted": 1}}',
      '{"version": 1, "layers": [], "constructor": {"prototype": {"polluted": 1}}}',
      `${LAYER}"range": ${deep("[", "]", 1000)}}]}`,
      `${LAYER}"range": ${deep("[", "]", 1_000_000)}}]}`,
      `${LAYER}"x": ${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}]}`,
      `${LAYER}"opacity": 1e999}]}`,
      `${LAYER}"colorBy": "${"x".repeat(100_000)}"}]}`,
      `${LAYER}"${"x".repeat(100_000)}": 1}]}`,
      `${LAYER}"id": "${"x".repeat(100_000)}"}]}`,
    ];
    for (const text of hostile) {
      expect(() => parseDocument(text)).toThrow(/^[^\n]{5,300}$/);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test("any JSON is a document or is refused with one sentence", () => {
    holdsForAll(fc.json({ maxDepth: 12 }), 300, (text) => {
      const parse = () => parseDocument(text);
      expect(parse).toThrow(/^[^\n]{5,400}$/);
    });
  });
});
