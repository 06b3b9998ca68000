/** The span that is judged, ms: a short outage is no stutter. */
const WINDOW_MS = 5_000;
/** Fewer frames than this within the span are no motion that shows a stutter. */
const MIN_SENT = 50;
const MIN_SHOWN_SHARE = 0.5;
/** After a longer pause of samples the page's own timers were held up, and the counts around it say nothing of the video, ms. */
const MAX_SAMPLE_GAP_MS = 2_000;

interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly shown: number;
}

/** Tells from the counts of sent and of shown frames, sampled regularly, whether a video stutters. */
export class StutterWatch {
  /** Oldest first. */
  #samples: Sample[] = [];

  /**
   * Adds a sample. Counts never decrease; `at` is in ms of any clock.
   * @returns whether fewer than half of the frames of the last 5 s were shown, at 10 frames a second or more
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
