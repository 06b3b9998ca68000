import type { Properties } from "../../layers/property.ts";
import type { Control } from "../../protocol/panel.ts";
import type { ValueSummary } from "../../scalars/histogram.ts";

/**
 * Adds actions to the controls of a layer or an overlay: one that spreads its colors over all of its values, instead of most of them, and
 * one that resets all of its properties. Neither is there if it would never change anything.
 */
export function withActions(
  controls: readonly Control[],
  properties: Properties,
  values: ValueSummary | undefined,
): Control[] {
  // Also those that have no control now, such as the contour lines of values while the layer has one color.
  const names = Object.keys(properties).filter((name) => properties[name]?.noControl === undefined);
  if (controls.length === 0) return [];
  return [
    ...controls.flatMap((control) =>
      control.name === "range" ? [control, ...fullRange(control, values, names)] : control,
    ),
    {
      ...{ name: "reset", type: "action", label: "Reset all properties" },
      description: "Set all of these properties to their defaults.",
      change: Object.fromEntries(names.map((name) => [name, null])),
    },
  ];
}

function fullRange(
  { folder }: Control,
  values: ValueSummary | undefined,
  names: readonly string[],
): Control[] {
  if (values === undefined || String(values.extent) === String(values.range)) return [];
  return [
    {
      ...{ name: "fullRange", type: "action", label: "Range of all values", ...(folder && { folder }) },
      description: "Spread the colors from the lowest to the highest value.",
      // A window takes the place of a range.
      change: { range: [...values.extent], ...(names.includes("window") && { window: null }) },
    },
  ];
}
