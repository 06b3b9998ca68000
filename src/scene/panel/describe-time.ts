import type { TimeSteps } from "../../actors/actor.ts";
import type { PanelDescription } from "../../protocol/panel.ts";

/** Maximum number of steps with labels, which then take 100 kB. */
const MAX_LABELS = 10_000;

const UNITS = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "µs"],
  [1e-9, "ns"],
  [1e-12, "ps"],
] as const;

/**
 * Describes time steps and animations.
 *
 * @param duration of the animation, s; 0 without one, infinite for one without an end
 * @returns undefined if nothing can be played
 */
export function describeTime(time: TimeSteps | undefined, duration: number): PanelDescription["time"] {
  const steps = time?.count ?? 1;
  if (steps < 2 && duration === 0) return undefined;
  const labels = time?.seconds && time.seconds.length <= MAX_LABELS ? labelsOf(time.seconds) : undefined;
  const hasEnd = duration > 0 && Number.isFinite(duration);
  return {
    ...{ steps, ...(labels && { labels }), ...(hasEnd && { duration }) },
    ...{ isPlaying: duration > 0, speed: 10 },
  };
}

/** With the unit in which the last time is a number above 1. */
function labelsOf(seconds: readonly number[]): string[] {
  const last = Math.abs(seconds.at(-1) ?? 0);
  const [size, unit] = UNITS.find(([each]) => last >= each) ?? UNITS[0];
  return seconds.map((each) => `${Number((each / size).toPrecision(6))} ${unit}`);
}
