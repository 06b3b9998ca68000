import { byId } from "../dom.ts";
import type { FrameReport, ShownFrame } from "./frame-statistics.ts";
import { readStatusHidden, writeStatusHidden } from "./preferences.ts";

/** By tier. */
const QUALITY_NAMES = ["fine", "medium", "coarse"] as const;

/** Where frames come from now: nowhere, from a renderer that has none yet, or from one that runs. */
export type StreamState = "offline" | "waiting" | "running";

/** Age of a motion without a frame above which the status is "waiting", ms. Slow renderers need less per frame. */
const WAITING_MS = 500;

/** The small line of figures at the edge of the picture. Whether it is hidden is remembered in this browser. */
export class StatusLine {
  readonly #line = byId("status", HTMLDivElement);
  readonly #rate = byId("status-rate", HTMLSpanElement);
  readonly #latency = byId("status-latency", HTMLSpanElement);
  readonly #size = byId("status-size", HTMLSpanElement);
  readonly #bitrate = byId("status-bitrate", HTMLSpanElement);
  readonly #transport = byId("status-transport", HTMLSpanElement);
  readonly #quality = byId("status-quality", HTMLSpanElement);
  readonly #button = byId("toggle-status", HTMLButtonElement);

  constructor(options: { hiddenByDefault: boolean }) {
    this.#setHidden(readStatusHidden() ?? options.hiddenByDefault);
  }

  /** How the picture comes, for people; empty where it does not. */
  set transport(name: string) {
    this.#transport.textContent = name;
  }

  /** Names of the transports that failed: no picture, or a stuttering one. */
  set failedTransports(names: readonly string[]) {
    this.#transport.title = names.length === 0 ? "" : `${names.join(" and ")} gave no steady picture here.`;
  }

  toggle(): void {
    const hidden = !this.#line.hidden;
    this.#setHidden(hidden);
    writeStatusHidden(hidden);
  }

  show(report: FrameReport, source: StreamState): void {
    const figures = statusFigures(report, source);
    this.#line.dataset.state = figures.state;
    this.#rate.textContent = figures.rate;
    this.#latency.textContent = figures.latency;
    this.#latency.title = figures.latencyMeaning;
    this.#size.textContent = figures.size;
    this.#bitrate.textContent = figures.bitrate;
    this.#quality.textContent = figures.quality;
  }

  #setHidden(hidden: boolean): void {
    this.#line.hidden = hidden;
    this.#button.setAttribute("aria-pressed", String(!hidden));
  }
}

/** The words of the status line; an empty one has nothing to show. */
export function statusFigures(report: FrameReport, source: StreamState) {
  const { framesPerSecond, bitsPerSecond, roundTripMs, newest } = report;
  const size = newest === null ? "" : `${newest.width} × ${newest.height}`;
  const quality = qualityText(newest);
  if (source !== "running") {
    return { state: source, rate: source, bitrate: "", latency: "", latencyMeaning: "", size, quality };
  }
  if (framesPerSecond === 0 && report.waitingMs > WAITING_MS) return statusFigures(report, "waiting");
  // The latency of the last frame is outdated once the view is still.
  const inputMs = framesPerSecond > 0 ? report.inputMs : null;
  const latency = inputMs ?? roundTripMs;
  return {
    state: framesPerSecond > 0 ? "live" : "rest",
    rate: framesPerSecond > 0 ? `${framesPerSecond} fps` : "at rest",
    bitrate: framesPerSecond > 0 ? bitrateText(bitsPerSecond) : "",
    latency: latency === null ? "" : `${latency < 9.95 ? latency.toFixed(1) : Math.round(latency)} ms`,
    latencyMeaning:
      inputMs === null ? "To the server and back" : "From your input to the picture that shows it",
    size,
    quality,
  };
}

function bitrateText(bitsPerSecond: number): string {
  const megabits = bitsPerSecond / 1e6;
  if (megabits < 0.995) return `${Math.round(megabits * 1000)} kbit/s`;
  return `${megabits < 9.95 ? megabits.toFixed(1) : Math.round(megabits)} Mbit/s`;
}

/** What the server makes of the picture for this connection; empty where it does not say. */
function qualityText(frame: ShownFrame | null): string {
  if (frame?.lossless === true) return "lossless";
  return frame?.qualityLevel === undefined ? "" : QUALITY_NAMES[frame.qualityLevel];
}
