/**
 * The page's query: FURY's keys (`encoding`, `interaction`, `iframe`, `background`, `mouse_interval`, `weel_interval`),
 * spelt as on FURY's wire. What cannot be taken is left out and said in words.
 */

export interface PageOptions {
  /** Which transport is to carry the picture, in small letters; `auto` lets the page choose. Default `auto`. */
  encoding: string;
  /** Whether this page steers the scene. Default true. */
  interaction: boolean;
  /**
   * Whether the page is embedded in another page. Its controls are then hidden until the pointer is over it, and the wheel
   * scrolls the parent page until the view captures it (see WheelCapture). Default: whether the page is in a frame.
   */
  iframe: boolean;
  /** A CSS colour for what the picture leaves free; null for the page's own. */
  background: string | null;
  /** Least time between two moves in ms; 0 is once for each painted picture. Default 0 (FURY's page: 80). */
  mouseIntervalMs: number;
  /** Least time between two wheel messages in ms; 0 is once for each painted picture. Default 0 (FURY's page: 30). */
  wheelIntervalMs: number;
}

/** Longest interval that still steers: a second. */
const MAX_INTERVAL_MS = 1000;

/**
 * Reads the query of the page's URL.
 * @param isInFrame whether the page is in a frame, the default of `iframe`
 * @param isColor tells whether CSS takes a colour (`CSS.supports("color", value)`)
 * @returns the options, and one sentence for each key whose value was not taken
 */
export function readOptions(
  query: URLSearchParams,
  isColor: (value: string) => boolean,
  isInFrame = false,
): { options: PageOptions; complaints: string[] } {
  const complaints: string[] = [];
  const flag = (key: string, otherwise: boolean): boolean => {
    const value = query.get(key)?.toLowerCase();
    if (value === undefined || value === "") return otherwise;
    if (value === "1" || value === "true") return true;
    if (value === "0" || value === "false") return false;
    complaints.push(`“${key}=${shorten(value)}” is not 0 or 1 and is not used.`);
    return otherwise;
  };
  const interval = (key: string): number => {
    const value = query.get(key);
    if (value === null || value === "") return 0;
    const ms = Number(value);
    if (Number.isFinite(ms) && ms >= 0 && ms <= MAX_INTERVAL_MS) return ms;
    complaints.push(
      `“${key}=${shorten(value)}” is not a number of ms from 0 to ${MAX_INTERVAL_MS} and is not used.`,
    );
    return 0;
  };
  const background = (): string | null => {
    const value = query.get("background");
    if (value === null || value === "") return null;
    if (isColor(value)) return value;
    complaints.push(`“background=${shorten(value)}” is not a CSS colour and is not used.`);
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
  return { options, complaints };
}

/** A value from outside, short enough to be read. */
export function shorten(value: string): string {
  return value.length > 24 ? `${value.slice(0, 24)}…` : value;
}
