import { z } from "zod";
import { quote } from "../formats/load-error.ts";
import { UP_AXES } from "../formats/up-axis.ts";
import { isInvertible } from "../formats/volume/affine.ts";
import { parseOpaqueColor } from "../layers/css-color.ts";
import { LAYER_PROPERTIES, type LayerKind, OVERLAY_PROPERTIES } from "../layers/layer-properties.ts";
import { parsePlanes } from "../layers/plane.ts";
import type { Properties, Property } from "../layers/property.ts";
import { VIEW_PROPERTIES } from "../layers/view-properties.ts";
import { cameraSchema } from "../protocol/camera-state.ts";
import { MAX_MEASUREMENTS } from "../protocol/measure.ts";
import { withIds } from "./layer-ids.ts";
import { propertyRule } from "./property-rule.ts";
import { DOCUMENT_VERSION, DocumentError, type SceneDocument } from "./scene-document.ts";
import { suggest } from "./suggest.ts";

/** Maximum length of a text or a path, characters. */
const MAX_TEXT = 4096;

/** Maximum depth of a document: overlays of layers have lists of numbers. Deeper ones are refused before anything else. */
const MAX_DEPTH = 8;

const ID_RULE = "an id of 1 to 64 letters, digits, dots, hyphens and underscores";

const KINDS = Object.keys(LAYER_PROPERTIES) as LayerKind[];

const mustBe = (rule: string) => ({ error: `must be ${rule}` });

const id = z.string(mustBe(ID_RULE)).regex(/^[\w.-]{1,64}$/, mustBe(ID_RULE));

const path = z
  .string(mustBe("the path of a file"))
  .min(1, mustBe("the path of a file"))
  .max(MAX_TEXT, mustBe(`at most ${MAX_TEXT} characters long`))
  .refine((text) => !text.includes("\0"), mustBe("the path of a file"));

function isColor(text: string): boolean {
  try {
    parseOpaqueColor(text);
    return true;
  } catch {
    return false;
  }
}

function arePlanes(text: string): boolean {
  try {
    parsePlanes(text);
    return true;
  } catch {
    return false;
  }
}

const isLastRow = (row: readonly number[]) => row.every((value, i) => value === (i === 3 ? 1 : 0));

/** The values of a property. zod rejects NaN and infinite numbers. */
function valueSchema(property: Property): z.ZodType {
  const rule = mustBe(propertyRule(property));
  switch (property.type) {
    case "boolean":
      return z.boolean(rule);
    case "number": {
      const number = z.number(rule).min(property.min, rule).max(property.max, rule);
      return property.integer ? number.int(rule) : number;
    }
    case "range":
      return z
        .tuple([z.number(rule), z.number(rule)], rule)
        .refine(([min, max]) => min <= max, { ...rule, abort: true });
    case "numbers":
      return z.array(z.number(rule), rule).length(property.names.length, rule);
    case "choice":
      return z.enum(property.choices, rule);
    case "color":
      return z.string(rule).max(MAX_TEXT, rule).refine(isColor, rule);
    case "text":
      return z
        .string(rule)
        .min(1, rule)
        .max(MAX_TEXT, mustBe(`at most ${MAX_TEXT} characters long`));
    case "planes":
      return z.string(rule).max(MAX_TEXT, rule).refine(arePlanes, rule);
    case "affine":
      return z
        .array(z.number(rule), rule)
        .length(16, rule)
        .refine((matrix) => isInvertible(matrix) && isLastRow(matrix.slice(12)), rule);
    case "file":
      return path;
  }
}

function shapeOf(properties: Properties): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [name, valueSchema(property).optional()]),
  );
}

function buildSchema() {
  const overlay = z.strictObject(
    { id: id.optional(), file: path, ...shapeOf(OVERLAY_PROPERTIES) },
    mustBe("an object"),
  );
  const allProperties: Properties = Object.assign({}, ...Object.values(LAYER_PROPERTIES));
  const shape = {
    id: id.optional(),
    file: path,
    kind: z.enum(KINDS, mustBe(`one of ${KINDS.join(", ")}`)).optional(),
    visible: z.boolean(mustBe("true or false")).optional(),
    overlays: z.array(overlay, mustBe("a list of objects")).optional(),
    ...shapeOf(allProperties),
  };
  const layer = z.strictObject(shape, mustBe("an object")).superRefine((value, context) => {
    const { kind } = value;
    if (kind === undefined) return;
    const known = ["id", "file", "kind", "visible", "overlays", ...Object.keys(LAYER_PROPERTIES[kind])];
    const wrong = Object.keys(value).find((name) => !known.includes(name));
    if (wrong !== undefined)
      context.addIssue({ code: "custom", path: [wrong], message: `is not for layers of the kind ${kind}` });
  });
  const { time, ...view } = VIEW_PROPERTIES;
  const background = mustBe('an opaque CSS color, such as "white" or "#202830", or "transparent"');
  const triple = mustBe("a list of three numbers");
  const angle = mustBe("a number of degrees between 0 and 180");
  const camera = z.strictObject(
    {
      ...cameraSchema.shape,
      position: z.tuple([z.number(triple), z.number(triple), z.number(triple)], triple),
      focalPoint: z.tuple([z.number(triple), z.number(triple), z.number(triple)], triple),
      viewUp: z.tuple([z.number(triple), z.number(triple), z.number(triple)], triple),
      viewAngle: z.number(angle).gt(0, angle).lt(180, angle),
      parallelScale: z.number(mustBe("a number above 0")).positive(mustBe("a number above 0")).optional(),
    },
    mustBe("an object"),
  );
  const points = mustBe("a list of two points, for a distance, or three, for the angle at the second one");
  const measurement = z.strictObject(
    {
      points: z
        .array(z.tuple([z.number(triple), z.number(triple), z.number(triple)], triple), points)
        .min(2, points)
        .max(3, points),
    },
    mustBe("an object"),
  );
  return z.strictObject(
    {
      version: z.literal(DOCUMENT_VERSION),
      layers: z.array(layer, mustBe("a list of objects")),
      view: z
        .strictObject(
          {
            camera: camera.optional(),
            background: z
              .string(background)
              .max(MAX_TEXT, background)
              .refine((text) => text === "transparent" || isColor(text), background)
              .optional(),
            up: z.enum(UP_AXES, mustBe(`one of ${UP_AXES.join(", ")}`)).optional(),
            measurements: z
              .array(measurement, mustBe("a list of objects"))
              .max(MAX_MEASUREMENTS, mustBe(`a list of at most ${MAX_MEASUREMENTS} measurements`))
              .optional(),
            ...shapeOf(view),
          },
          mustBe("an object"),
        )
        .default({}),
      time: valueSchema(time).optional(),
    },
    mustBe("an object"),
  );
}

/** Built with the first document: it takes 2 ms. */
let schema: ReturnType<typeof buildSchema> | undefined;

/**
 * Checks a document from outside.
 *
 * @throws DocumentError with a clause that names the first value that is not right by its path
 */
export function checkDocument(value: unknown): SceneDocument {
  checkDepth(value);
  checkVersion(value);
  schema ??= buildSchema();
  const result = schema.safeParse(value);
  if (result.success) {
    const document = result.data as unknown as SceneDocument;
    return { ...document, layers: withIds(document.layers) };
  }
  const { issues } = result.error;
  // A misspelt key explains a missing one.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  throw new DocumentError(describeIssue(issue, schema, value));
}

/** Names of the members of a valid document at a path, such as those of layers at `["layers", 0]`. */
export function documentKeys(path: readonly (string | number)[]): string[] {
  schema ??= buildSchema();
  return knownKeys(schema, path);
}

/** A key of an object, or an index of a list. */
type Key = string | number;

/** @throws DocumentError if a value is too deep, or a key is that of a prototype */
function checkDepth(value: unknown, path: readonly Key[] = []): void {
  if (typeof value !== "object" || value === null) return;
  if (path.length > MAX_DEPTH) throw new DocumentError(`${nameOf(path)} is nested too deeply`);
  for (const [key, child] of Object.entries(value)) {
    if (key === "__proto__") throw new DocumentError(`${nameOf([...path, key])} is unknown`);
    checkDepth(child, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

function checkVersion(value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DocumentError("a scene document is a JSON object");
  const version = Object.hasOwn(value, "version") ? (value as { version?: unknown }).version : undefined;
  if (version === undefined)
    throw new DocumentError(
      `version is missing; a scene document begins with "version": ${DOCUMENT_VERSION}`,
    );
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1)
    throw new DocumentError("version must be a whole number from 1");
  if (version > DOCUMENT_VERSION)
    throw new DocumentError(
      `version is ${version}, and this scenecast reads versions up to ${DOCUMENT_VERSION}; use a newer one`,
    );
}

/** Keys of lists of objects. */
const LISTS = ["layers", "overlays", "measurements"];

function describeIssue(issue: z.core.$ZodIssue | undefined, root: z.ZodType, value: unknown): string {
  if (issue === undefined) return "the document is not valid";
  const at = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  // The rule of a list of numbers says what its items are.
  if (typeof at.at(-1) === "number" && !LISTS.includes(String(at.at(-2)))) at.pop();
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const similar = suggest(key, knownKeys(root, at));
    return `${nameOf([...at, key])} is unknown${similar === undefined ? "" : `; did you mean ${similar}?`}`;
  }
  return valueAt(value, at) === undefined ? `${nameOf(at)} is missing` : `${nameOf(at)} ${issue.message}`;
}

function valueAt(value: unknown, path: readonly Key[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? (at as Record<Key, unknown>)[key] : undefined),
    value,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** The keys of the object at a path of the schema. */
function knownKeys(root: z.ZodType, path: readonly Key[]): string[] {
  let at: unknown = root;
  for (const key of [...path, undefined]) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
    if (key === undefined) break;
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodArray) at = at.element;
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** "layers[0].opacity". Keys that are not names are quoted, because they come from outside. */
function nameOf(path: readonly Key[]): string {
  if (path.length === 0) return "the document";
  const parts = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return `.${/^[\w.-]{1,64}$/.test(key) ? key : quote(key)}`;
  });
  return parts.join("").replace(/^\./, "");
}
