import type { Control, ControlValue } from "../protocol/panel.ts";

/** Maximum length of a quoted value, characters. */
const MAX_QUOTED_LENGTH = 60;

/**
 * Checks a value for a control: its type, its limits, its choices.
 *
 * @returns the value; a color as "#rrggbb"
 * @throws RangeError whose message is a sentence with the control's label
 */
export function checkValue(control: Control, value: unknown): ControlValue {
  const refuse = (expected: string): never => {
    throw new RangeError(`"${control.label}" takes ${expected}; ${quote(value)} is not one.`);
  };
  switch (control.type) {
    case "number":
      return isWithin(value, control) ? value : refuse(`a number${limits(control)}`);
    case "range": {
      const [low, high] = Array.isArray(value) && value.length === 2 ? value : [];
      if (isWithin(low, control) && isWithin(high, control) && low <= high) return [low, high];
      return refuse(`two numbers${limits(control)}, the lower one first`);
    }
    case "numbers": {
      const count = control.names.length;
      const isValid = Array.isArray(value) && value.length === count && value.every(Number.isFinite);
      return isValid ? [...(value as number[])] : refuse(`a list of ${count} numbers`);
    }
    case "boolean":
      return typeof value === "boolean" ? value : refuse("true or false");
    case "choice":
      return isOneOf(value, control.choices, "value") ? value : refuse("one of its choices");
    case "colormap":
      return isOneOf(value, control.colormaps, "name") ? value : refuse("one of its colormaps");
    case "color":
      return (typeof value === "string" ? Bun.color(value, "hex") : null) ?? refuse("a CSS color");
    case "planes":
    case "slices":
    case "text":
      return typeof value === "string" ? value : refuse("a text");
    case "action":
      throw new RangeError(`"${control.label}" is a button, which has no value.`);
  }
}

interface Limits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function isWithin(value: unknown, { min = -Infinity, max = Infinity }: Limits): value is number {
  return Number.isFinite(value) && (value as number) >= min && (value as number) <= max;
}

function limits({ min, max }: Limits): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of ${min} or more`;
  return max === undefined ? "" : ` of ${max} or less`;
}

function isOneOf<Key extends string>(
  value: unknown,
  entries: readonly Readonly<Record<Key, string>>[],
  key: Key,
): value is string {
  return entries.some((entry) => entry[key] === value);
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text;
}
