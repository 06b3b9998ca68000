import type { LayerStyle } from "./layer.ts";

/** Returns the names of the properties that differ between two styles. */
export function changedKeys(before: LayerStyle, after: LayerStyle): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
}
