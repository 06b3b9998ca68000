import { basename } from "node:path";
import { fileLabel } from "../../formats/load-error.ts";
import { colormapTable } from "../../layers/colormap.ts";
import { COLORMAP_NAMES, type ColormapName } from "../../layers/colormap-names.ts";
import type { NumberProperty, Properties, Property, TextProperty, Trait } from "../../layers/property.ts";
import type { Control } from "../../protocol/panel.ts";
import type { ValueSummary } from "../../scalars/histogram.ts";
import { niceBelow } from "../annotations/nice-numbers.ts";

/** Colors of the preview of a colormap. */
const PREVIEW_COLORS = 9;

/** Maximum length of a name that a control can offer, characters. */
const MAX_NAME = 4096;

/** Maximum number of names that a control can offer. */
const MAX_CHOICES = 4096;

/** Steps of a slider without steps of its own. */
const STEPS = 200;

type Limits = readonly [min: number, max: number];
type NamesOf = Exclude<NonNullable<TextProperty["names"]>, "slices">;
type LimitsOf = Extract<NumberProperty["slider"], string>;

/** What the controls of a layer, an overlay or the view depend on. */
export interface ControlContext {
  readonly traits: ReadonlySet<Trait>;
  /** The values that colors stand for. */
  readonly values?: ValueSummary | undefined;
  /** What a text can name. Default: nothing. */
  readonly names?: Readonly<Partial<Record<NamesOf, readonly string[]>>>;
  /** Paths of the volumes of the scene. Default: it has none. */
  readonly files?: readonly string[];
  /** Limits that depend on the data. Default: those of the property. */
  readonly limits?: Readonly<Partial<Record<LimitsOf, Limits | undefined>>>;
  /** Unit of the positions, which replaces mm. */
  readonly unit?: string | undefined;
  /** Limits of the coordinates of slices, by axis. Default: it has no slices. */
  readonly slices?: readonly { readonly min: number; readonly max: number; readonly step: number }[];
  /** Of the scene; default: it is empty. */
  readonly extent?:
    | { readonly min: [number, number, number]; readonly max: [number, number, number] }
    | undefined;
  /** Values that apply while the document has none, where the property itself has no default. */
  readonly defaults?: Readonly<Record<string, unknown>>;
}

/** Describes the controls of properties, without those that would change nothing. */
export function controlsOf(properties: Properties, context: ControlContext): Control[] {
  return Object.entries(properties).flatMap(([name, property]) => {
    if (property.noControl !== undefined) return [];
    if (property.needs !== undefined && !context.traits.has(property.needs)) return [];
    return controlOf(name, property, context, properties) ?? [];
  });
}

function controlOf(
  name: string,
  property: Property,
  context: ControlContext,
  properties: Properties,
): Control | undefined {
  const { label, folder } = property;
  const described = {
    name,
    label,
    description: sentence(property, properties),
    ...(folder !== undefined && { folder: [folder] }),
  };
  const value = context.defaults?.[name];
  switch (property.type) {
    case "boolean":
      return { ...described, type: "boolean", value: property.default ?? value === true };
    case "number":
      return { ...described, type: "number", ...numberOf(property, context, value) };
    case "range":
      return rangeOf(described, context);
    case "numbers":
      return {
        ...described,
        type: "numbers",
        names: [...property.names],
        ...unitOf(property.unit, context),
      };
    case "choice":
      if (isColormaps(property.choices)) {
        return {
          ...described,
          type: "colormap",
          colormaps: colormaps(),
          ...(typeof value === "string" && { value }),
        };
      }
      return {
        ...described,
        type: "choice",
        choices: property.choices.map((choice) => ({ value: choice, label: capitalized(choice) })),
        ...textValue(property.default ?? value),
      };
    case "color":
      return { ...described, type: "color" };
    case "text":
      return textOf(described, property, context, value);
    case "planes": {
      const { extent, unit } = context;
      if (extent === undefined) return undefined;
      return { ...described, type: "planes", ...extent, ...unitOf("mm", { unit }) };
    }
    case "file": {
      const files = context.files ?? [];
      if (files.length === 0) return undefined;
      const choices = files.map((file) => ({ value: file, label: basename(fileLabel(file)) }));
      return { ...described, type: "choice", choices: choices.slice(0, MAX_CHOICES) };
    }
    case "affine":
      return undefined;
  }
}

type Described = Pick<Control, "name" | "label" | "description" | "folder">;

function numberOf(property: NumberProperty, { limits = {}, unit, values }: ControlContext, value: unknown) {
  const { slider = [property.min, property.max] as const, integer = false } = property;
  const found = typeof slider === "string" ? limits[slider] : slider;
  const defaultValue = property.default ?? value;
  const shown = slider === "values" ? values?.unit : property.unit;
  const common = {
    ...unitOf(shown, { unit }),
    ...(typeof defaultValue === "number" && { value: defaultValue }),
  };
  if (found === undefined || !(found[0] < found[1])) return common;
  const [min, max] = found;
  const step = integer ? 1 : stepOf(found);
  const isLogarithmic = slider === "count";
  return { min, max, step, ...(isLogarithmic && { logarithmic: true }), ...common };
}

function rangeOf(described: Described, { values }: ControlContext): Control | undefined {
  if (values === undefined) return undefined;
  const isThreshold = described.name === "threshold";
  const { extent, range, histogram, unit } = values;
  // The default range of curvature exceeds the values.
  const [min, max] = isThreshold ? extent : [Math.min(extent[0], range[0]), Math.max(extent[1], range[1])];
  if (!(min < max) || !Number.isFinite(max - min)) return undefined;
  const hasHistogram = histogram.length > 0 && min === extent[0] && max === extent[1];
  const [low, high] = isThreshold ? extent : range;
  return {
    ...described,
    type: "range",
    min,
    max,
    ...(unit !== undefined && { unit }),
    ...(hasHistogram && { histogram: [...histogram] }),
    value: [low, high],
  };
}

function textOf(
  described: Described,
  { names, placeholder }: TextProperty,
  { names: known = {}, slices, unit }: ControlContext,
  value: unknown,
): Control | undefined {
  if (names === "slices") {
    if (slices === undefined) return undefined;
    const axes = slices.map((limits, i) => ({ axis: (["x", "y", "z"] as const)[i] ?? "x", ...limits }));
    return { ...described, type: "slices", axes, ...(unit !== undefined && { unit }), ...textValue(value) };
  }
  if (names === undefined) {
    return {
      ...described,
      type: "text",
      ...(placeholder !== undefined && { placeholder }),
      ...textValue(value),
    };
  }
  const choices = (known[names] ?? []).filter((name) => name !== "" && name.length <= MAX_NAME);
  if (choices.length === 0) return undefined;
  return {
    ...described,
    type: "choice",
    choices: choices.slice(0, MAX_CHOICES).map((name) => ({ value: name })),
    ...textValue(value),
  };
}

function textValue(value: unknown): { value?: string } {
  return typeof value === "string" ? { value } : {};
}

function unitOf(unit: string | undefined, context: Pick<ControlContext, "unit">): { unit?: string } {
  const shown = unit === "mm" ? context.unit : unit;
  return shown === undefined ? {} : { unit: shown };
}

/** A round number of which a slider has at least 200. */
export function stepOf([min, max]: Limits): number {
  return niceBelow((max - min) / STEPS);
}

function isColormaps(choices: readonly string[]): boolean {
  return choices === (COLORMAP_NAMES as readonly string[]);
}

let previews: { readonly name: ColormapName; readonly colors: string[] }[] | undefined;

function colormaps() {
  previews ??= COLORMAP_NAMES.map((name) => {
    const table = colormapTable(name);
    const last = table.length / 3 - 1;
    const colors = Array.from({ length: PREVIEW_COLORS }, (_, i) => {
      const at = 3 * Math.round((last * i) / (PREVIEW_COLORS - 1));
      return `#${Buffer.from(table.subarray(at, at + 3)).toString("hex")}`;
    });
    return { name, colors };
  });
  return previews;
}

/** The description of a property as a sentence for people who see controls instead of options. */
function sentence({ description, ...property }: Property, properties: Properties): string {
  // That of an option --no-letters.
  const positive =
    property.type === "boolean" && property.default ? description.replace(/^no /, "") : description;
  const named = positive.replace(/--([a-z]+(?:-[a-z]+)*)/g, (option, words: string) => {
    const name = words.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return `“${properties[name]?.label ?? option}”`;
  });
  return `${capitalized(named)}.`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
