import fc from "fast-check";
import { DOCUMENT_VERSION, type SceneDocument } from "../../src/document/scene-document.ts";
import { LAYER_PROPERTIES, type LayerKind, OVERLAY_PROPERTIES } from "../../src/layers/layer-properties.ts";
import type { Properties, Property } from "../../src/layers/property.ts";
import { VIEW_PROPERTIES } from "../../src/layers/view-properties.ts";

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const offset = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0);
const id = fc.stringMatching(/^[\w.-]{1,10}$/);
const file = fc.stringMatching(/^[\w. -]{0,10}\/?[\w -]{1,10}$/);

/** Valid values of a property. */
export function valuesOf(property: Property): fc.Arbitrary<unknown> {
  switch (property.type) {
    case "boolean":
      return fc.boolean();
    case "number": {
      const { min, max, integer = false } = property;
      return integer
        ? fc.integer({ min, max })
        : fc.double({ min, max, noNaN: true }).map((value) => value + 0);
    }
    case "range":
      return fc.tuple(number, number).map((pair) => pair.toSorted((a, b) => a - b));
    case "numbers":
      return fc.array(number, { minLength: property.names.length, maxLength: property.names.length });
    case "choice":
      return fc.constantFrom(...property.choices);
    case "color":
      return fc.constantFrom("red", "#102030", "rgb(1, 2, 3)", "hsl(210 20% 15%)");
    case "text":
      return text;
    case "affine":
      // Translations and scales by powers of two.
      return fc
        .tuple(fc.integer({ min: -9, max: 9 }), fc.tuple(offset, offset, offset))
        .map(([power, [x, y, z]]) => {
          const scale = 2 ** power;
          return [scale, 0, 0, x, 0, scale, 0, y, 0, 0, scale, z, 0, 0, 0, 1];
        });
    case "file":
      return file;
    case "planes":
      return fc
        .array(fc.tuple(fc.constantFrom("x", "-y", "z"), offset), { minLength: 1, maxLength: 8 })
        .map((planes) => planes.map(([axis, at]) => `${axis}=${at}`).join(";"));
  }
}

function styleOf(properties: Properties): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(properties).map(([name, property]) => [name, valuesOf(property)]);
  return fc.record(Object.fromEntries(values), { requiredKeys: [] });
}

const overlay = fc
  .tuple(id, file, styleOf(OVERLAY_PROPERTIES))
  .map(([name, path, style]) => ({ id: name, file: path, ...style }));
const byId = { selector: (entry: { id: string }) => entry.id };

const layer = fc.constantFrom(...(Object.keys(LAYER_PROPERTIES) as LayerKind[])).chain((kind) =>
  fc
    .tuple(
      fc.record(
        {
          file,
          kind: fc.constant(kind),
          visible: fc.boolean(),
          id,
          overlays: fc.uniqueArray(overlay, { maxLength: 2, ...byId }),
        },
        { requiredKeys: ["id", "file"] },
      ),
      styleOf(LAYER_PROPERTIES[kind]),
    )
    .map(([structure, style]) => ({ ...structure, ...style })),
);

const triple = fc.tuple(number, number, number);
const { time, ...viewProperties } = VIEW_PROPERTIES;
const view = fc
  .tuple(
    fc.record(
      {
        camera: fc.record(
          {
            ...{ position: triple, focalPoint: triple, viewUp: triple },
            viewAngle: fc.double({ min: 0, max: 180, minExcluded: true, maxExcluded: true, noNaN: true }),
            parallelScale: fc.double({ min: 0, minExcluded: true, noNaN: true, noDefaultInfinity: true }),
          },
          { requiredKeys: ["position", "focalPoint", "viewUp", "viewAngle"] },
        ),
        background: fc.constantFrom("white", "#123", "transparent"),
        up: fc.constantFrom("x", "-x", "y", "-y", "z", "-z"),
      },
      { requiredKeys: [] },
    ),
    styleOf(viewProperties),
  )
  .map(([structure, style]) => ({ ...structure, ...style }));

/** Valid documents. */
export const documents = fc.record(
  {
    version: fc.constant(DOCUMENT_VERSION),
    layers: fc.uniqueArray(layer, { maxLength: 4, ...byId }),
    view,
    time: valuesOf(time),
  },
  { requiredKeys: ["version", "layers", "view"] },
) as unknown as fc.Arbitrary<SceneDocument>;
