import { byId } from "./dom.ts";
import type { FrameReport } from "./frame-statistics.ts";
import { readStatusHidden, writeStatusHidden } from "./preferences.ts";

/** Where frames come from now: nowhere, from a renderer that has none yet, or from one that runs. */
export type Source = "offline" | "waiting" | "running";

/** The small line of figures at the edge of the picture. Whether it is hidden is remembered in this browser. */
export class StatusLine {
  readonly #line = byId("status", HTMLDivElement);
  readonly #rate = byId("status-rate", HTMLSpanElement);
  readonly #latency = byId("status-latency", HTMLSpanElement);
  readonly #size = byId("status-size", HTMLSpanElement);
  readonly #transport = byId("status-transport", HTMLSpanElement);
  readonly #button = byId("toggle-status", HTMLButtonElement);

  constructor(options: { hiddenByDefault: boolean }) {
    this.#setHidden(readStatusHidden() ?? options.hiddenByDefault);
  }

  /** How the picture comes, for people; empty where it does not. */
  set transport(name: string) {
    this.#transport.textContent = name;
  }

  toggle(): void {
    const hidden = !this.#line.hidden;
    this.#setHidden(hidden);
    writeStatusHidden(hidden);
  }

  show(report: FrameReport, source: Source): void {
    const figures = statusFigures(report, source);
    this.#line.dataset.state = figures.state;
    this.#rate.textContent = figures.rate;
    this.#latency.textContent = figures.latency;
    this.#latency.title = figures.latencyMeaning;
    this.#size.textContent = figures.size;
  }

  #setHidden(hidden: boolean): void {
    this.#line.hidden = hidden;
    this.#button.setAttribute("aria-pressed", String(!hidden));
  }
}

/** The words of the status line; an empty one has nothing to show. */
export function statusFigures(report: FrameReport, source: Source) {
  const { framesPerSecond, inputMs, roundTripMs, size } = report;
  const sizeWords = size === null ? "" : `${size.width} × ${size.height}`;
  if (source !== "running") {
    return { state: source, rate: source, latency: "", latencyMeaning: "", size: sizeWords };
  }
  const latency = inputMs ?? roundTripMs;
  return {
    state: framesPerSecond > 0 ? "live" : "rest",
    rate: framesPerSecond > 0 ? `${framesPerSecond} fps` : "at rest",
    latency: latency === null ? "" : `${latency < 9.95 ? latency.toFixed(1) : Math.round(latency)} ms`,
    latencyMeaning:
      inputMs === null ? "To the server and back" : "From your input to the picture that shows it",
    size: sizeWords,
  };
}
