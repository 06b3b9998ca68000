import type { PickFact, PickResult } from "../../protocol/pick.ts";

/** A row of the readout. */
interface ReadoutRow {
  readonly name: string;
  readonly text: string;
}

/** A layer in the readout: a heading, and rows. */
export interface ReadoutPart {
  readonly title: string;
  readonly rows: readonly ReadoutRow[];
}

type Vector = readonly [number, number, number];

/** Significant digits of values: more than a float32 has would be noise. */
const DIGITS = 6;

/** Describes what is at a place: the layer with the position in the world first, then the volumes at the same point. */
export function readoutParts(result: PickResult): readonly ReadoutPart[] {
  if (!("point" in result)) return [];
  const { label, kind, point, unit, facts, also = [] } = result;
  const place = { name: "position", text: formatPoint(point, unit) };
  return [
    { title: label || kind, rows: [place, ...facts.map(rowOf)] },
    ...also.map((layer) => ({ title: layer.label, rows: layer.facts.map(rowOf) })),
  ];
}

/** The parts as plain text, to be copied and for screen readers. */
export function readoutText(parts: readonly ReadoutPart[]): string {
  return parts
    .map(({ title, rows }) => [title, ...rows.map(({ name, text }) => `${name}: ${text}`)].join("\n"))
    .join("\n");
}

function rowOf({ name, value, unit, label }: PickFact): ReadoutRow {
  const text = [value].flat().map(formatValue).join(", ");
  const withUnit = unit === undefined ? text : `${text} ${unit}`;
  return { name, text: label === undefined ? withUnit : `${label} (${withUnit})` };
}

function formatValue(value: string | number): string {
  if (typeof value === "string") return value;
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS)));
}

/** Coordinates with two decimals, or more for small ones without a unit. */
function formatPoint(point: Vector, unit: string | undefined): string {
  const largest = Math.max(...point.map(Math.abs));
  const needed = 3 - Math.floor(Math.log10(largest || 1));
  const decimals = unit === undefined ? Math.min(12, Math.max(2, needed)) : 2;
  const text = point.map((value) => (Number(value.toFixed(decimals)) + 0).toFixed(decimals)).join(", ");
  return unit === undefined ? text : `${text} ${unit}`;
}
