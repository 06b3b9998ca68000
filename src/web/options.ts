/**
 * The page's query: FURY's keys (`encoding`, `interaction`, `iframe`, `background`, `mouse_interval`, `weel_interval`), spelt as in
 * FURY. Invalid values are ignored with a warning.
 */

export interface PageOptions {
  /** Requested transport in lower case; `auto` lets the page choose. Default `auto`. */
  encoding: string;
  /** Whether this page steers the scene. Default true. */
  interaction: boolean;
  /**
   * Whether the page is embedded in another page. Its controls are then hidden until the pointer is over it, and the wheel
   * scrolls the parent page until the view captures it (see WheelCapture). Default: whether the page is in a frame.
   */
  iframe: boolean;
  /** CSS color of the page around the view; null to follow the view. */
  background: string | null;
  /** Minimum time between two moves, ms; 0 for one per paint. Default 0 (FURY's page: 80). */
  mouseIntervalMs: number;
  /** Minimum time between two wheel messages, ms; 0 for one per paint. Default 0 (FURY's page: 30). */
  wheelIntervalMs: number;
}

/** Maximum interval, ms. Steering is unusable with a longer one. */
const MAX_INTERVAL_MS = 1000;

/**
 * Reads the query of the page's URL.
 * @param isInFrame whether the page is in a frame, the default of `iframe`
 * @param isColor checks a CSS color (`CSS.supports("color", value)`)
 * @returns the options, and one sentence for each ignored value
 */
export function readOptions(
  query: URLSearchParams,
  isColor: (value: string) => boolean,
  isInFrame = false,
): { options: PageOptions; warnings: string[] } {
  const warnings: string[] = [];
  const flag = (key: string, fallback: boolean): boolean => {
    const value = query.get(key)?.toLowerCase();
    if (value === undefined || value === "") return fallback;
    if (value === "1" || value === "true") return true;
    if (value === "0" || value === "false") return false;
    warnings.push(`“${key}=${shorten(value)}” is ignored: it must be 0 or 1.`);
    return fallback;
  };
  const interval = (key: string): number => {
    const value = query.get(key);
    if (value === null || value === "") return 0;
    const ms = Number(value);
    if (Number.isFinite(ms) && ms >= 0 && ms <= MAX_INTERVAL_MS) return ms;
    warnings.push(
      `“${key}=${shorten(value)}” is ignored: it must be a number of milliseconds from 0 to ${MAX_INTERVAL_MS}.`,
    );
    return 0;
  };
  const background = (): string | null => {
    const value = query.get("background");
    if (value === null || value === "") return null;
    if (isColor(value)) return value;
    warnings.push(`“background=${shorten(value)}” is ignored: it must be a CSS color.`);
    return null;
  };
  const options: PageOptions = {
    encoding: query.get("encoding")?.toLowerCase() || "auto",
    interaction: flag("interaction", true),
    iframe: flag("iframe", isInFrame),
    background: background(),
    mouseIntervalMs: interval("mouse_interval"),
    wheelIntervalMs: interval("weel_interval"),
  };
  return { options, warnings };
}

/** Shortens a value from outside to a readable length. */
export function shorten(value: string): string {
  return value.length > 24 ? `${value.slice(0, 24)}…` : value;
}
