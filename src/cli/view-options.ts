import type { Option } from "commander";
import type { Properties } from "../layers/property.ts";
import { VIEW_PROPERTIES, type ViewStyle } from "../layers/view-properties.ts";
import { parsePropertyValue, valuePlaceholder } from "./property-values.ts";

const PROPERTIES: Properties = VIEW_PROPERTIES;

/** The options of the view: its camera, and what is drawn around the data. */
export function viewStyleOptions(option: (flags: string, description: string) => Option): Option[] {
  return Object.entries(PROPERTIES).map(([name, property]) => {
    const isOnByDefault = property.type === "boolean" && property.default === true;
    const flag = `--${isOnByDefault ? "no-" : ""}${optionName(name)}`;
    const created = option(`${flag} ${valuePlaceholder(property)}`.trim(), property.description);
    if (property.type !== "boolean") created.argParser((text) => parsePropertyValue(property, text));
    if (property.type === "choice") created.choices(property.choices);
    return created;
  });
}

/** Returns the properties of the view among the values of all options. */
export function viewStyleOf(options: Readonly<Record<string, unknown>>): ViewStyle {
  return Object.fromEntries(
    Object.keys(PROPERTIES).flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** "scaleBar" → "scale-bar" */
export function optionName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
