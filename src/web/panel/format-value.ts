/** Returns a number for people, with 6 significant digits at most: 0.1 + 0.2 as "0.3". */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** "12 mm", "30°", "50 %". */
export function withUnit(text: string, unit: string | undefined): string {
  if (unit === undefined || unit === "") return text;
  return unit === "°" ? `${text}°` : `${text} ${unit}`;
}

/** Step of a slider without one: 1, 2 or 5 times a power of ten, some 100 to 250 of them. */
export function defaultStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 100));
  const factor = span / 100 / power;
  return power * (factor >= 5 ? 5 : factor >= 2 ? 2 : 1);
}

/** Rounds to a multiple of `step` from `min`, without the error of floating point: 0.3, not 0.30000000000000004. */
export function roundToStep(value: number, min: number, step: number): number {
  return Number((min + Math.round((value - min) / step) * step).toPrecision(12));
}

/** Number of positions of a logarithmic slider. */
export const LOGARITHMIC_POSITIONS = 500;

/** Position of a value on a logarithmic slider, 0 to {@link LOGARITHMIC_POSITIONS}. */
export function logarithmicPosition(value: number, min: number, max: number): number {
  const fraction = Math.log(value / min) / Math.log(max / min);
  return Math.round(Math.min(1, Math.max(0, fraction || 0)) * LOGARITHMIC_POSITIONS);
}

/** Value at a position of a logarithmic slider: a multiple of the step, or with three significant digits; the limits at its ends. */
export function logarithmicValue(
  position: number,
  { min, max, step }: { min: number; max: number; step: number | undefined },
): number {
  if (position <= 0) return min;
  if (position >= LOGARITHMIC_POSITIONS) return max;
  const value = min * (max / min) ** (position / LOGARITHMIC_POSITIONS);
  return step === undefined ? Number(value.toPrecision(3)) : Math.max(min, roundToStep(value, 0, step));
}
