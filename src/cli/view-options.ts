import type { Command, Option } from "commander";
import type { SceneDocument } from "../document/scene-document.ts";
import type { Properties } from "../layers/property.ts";
import { VIEW_PROPERTIES } from "../layers/view-properties.ts";
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

/** Values of the view and the time step. */
export type ViewValues = SceneDocument["view"] & Pick<SceneDocument, "time">;

/** Returns the values of the view that come from these sources. */
export function viewValuesFrom(command: Command, sources: readonly ("cli" | "env" | "config")[]): ViewValues {
  const names = ["up", "background", ...Object.keys(PROPERTIES)];
  const from = names.filter((name) =>
    sources.some((source) => source === command.getOptionValueSource(name)),
  );
  return Object.fromEntries(from.map((name) => [name, command.getOptionValue(name)]));
}

/** "scaleBar" → "scale-bar" */
export function optionName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
