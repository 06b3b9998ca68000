/** Length of the sliding window, ms. A shorter outage is not a stutter. */
const WINDOW_MS = 5_000;
/** Minimum number of frames sent within the window for a verdict: 10 frames per second. */
const MIN_SENT = 50;
/** Share of the sent frames that must be shown. */
const MIN_SHOWN_SHARE = 0.5;
/** Maximum gap between samples, ms. After a longer one the page's timers were throttled, and the counts prove nothing. */
const MAX_SAMPLE_GAP_MS = 2_000;

interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly shown: number;
}

/** Detects a stuttering video by comparing the counts of sent and of shown frames over a sliding window. */
export class StutterDetector {
  /** Oldest first. */
  #samples: Sample[] = [];

  /**
   * Adds a sample. Counts never decrease; `at` is in ms of any clock.
   * @returns whether fewer than half of the frames sent in the last 5 s were shown, at 10 frames per second or more
   */
  sample(sample: Sample): boolean {
    const newest = this.#samples.at(-1);
    if (newest !== undefined && sample.at - newest.at > MAX_SAMPLE_GAP_MS) this.#samples = [];
    this.#samples.push(sample);
    const start = this.#samples.findLast(({ at }) => sample.at - at >= WINDOW_MS);
    if (start === undefined) return false;
    this.#samples.splice(0, this.#samples.indexOf(start));
    const sent = sample.sent - start.sent;
    return sent >= MIN_SENT && sample.shown - start.shown < sent * MIN_SHOWN_SHARE;
  }
}
