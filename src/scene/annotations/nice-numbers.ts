/**
 * Round numbers within a range: multiples of 1, 2, 2.5 or 5 times a power of ten.
 *
 * @param maxCount maximum number of them, at least 2
 */
export function niceTicks(min: number, max: number, maxCount: number): number[] {
  const span = max - min;
  if (!(span > 0) || !Number.isFinite(span)) return [min];
  const power = 10 ** Math.floor(Math.log10(span / maxCount));
  const step =
    [1, 2, 2.5, 5, 10, 20].map((factor) => factor * power).find((size) => span / size < maxCount) ?? span;
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i += 1) ticks.push(i * step || 0);
  return ticks;
}

/** The largest round number (1, 2 or 5 times a power of ten) that does not exceed `max`. */
export function niceBelow(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max));
  return ([5, 2].find((factor) => factor * power <= max) ?? 1) * power;
}

/** Formats numbers with as many digits as their spacing needs: 0.25, 1200, 3.5e-7. The minus sign is U+2212. */
export function formatTick(value: number, spacing: number): string {
  const size = Math.max(Math.abs(value), spacing);
  const digits = Math.max(0, Math.ceil(-Math.log10(spacing || 1) - 1e-9));
  const needed = spacing > 0 && (spacing * 10 ** digits) % 1 > 1e-6 ? digits + 1 : digits;
  const text =
    size !== 0 && (size >= 1e6 || size < 1e-3)
      ? value.toExponential(Math.max(0, Math.min(3, Math.round(Math.log10(size / (spacing || size))))))
      : value.toFixed(Math.min(6, needed));
  return text.replace("e+", "e").replaceAll("-", "\u2212");
}
