/** Texts and estimates about loading files, for the terminal and the page. */

/** Minimum elapsed time and fraction for an estimate: before, the start of a thread and the first blocks distort it. */
const MIN_ELAPSED_MS = 1000;
const MIN_FRACTION = 0.05;

/** @returns the expected remaining time, s; null while it is unknown, and at the end */
export function secondsLeft(fraction: number, elapsedMs: number): number | null {
  if (elapsedMs < MIN_ELAPSED_MS || fraction < MIN_FRACTION || fraction >= 1) return null;
  return Math.ceil((elapsedMs / 1000) * (1 / fraction - 1));
}

/** A phase as a sentence without its full stop. @param phase a verb ("reading"), to which the title is added, or a phrase */
export function describePhase(phase: string, title: string): string {
  const text = phase.includes(" ") ? phase : `${phase || "loading"} ${title}`.trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "Reading brain.ply 40 %, about 12 s left". @param fraction 0 to 1 */
export function describeProgress(
  progress: { readonly phase: string; readonly fraction: number; readonly secondsLeft: number | null },
  title: string,
): string {
  const percent = Math.floor(Math.min(Math.max(progress.fraction, 0), 1) * 100);
  const text = `${describePhase(progress.phase, title)} ${percent} %`;
  const seconds = progress.secondsLeft;
  if (seconds === null) return text;
  return `${text}, about ${seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
}
