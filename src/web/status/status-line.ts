import { byId } from "../dom.ts";
import { readStatusHidden, writeStatusHidden } from "../storage.ts";
import type { FrameReport, ShownFrame } from "./frame-statistics.ts";

const QUALITY_NAMES = ["high", "medium", "low"] as const;

/** State of the stream: no connection, no frame yet, or running. */
export type StreamState = "offline" | "waiting" | "running";

/** Age of a motion without a frame above which the status is "waiting", ms. Slow renderers need less per frame. */
const WAITING_MS = 500;

/** Texts of the status line by the ids of their elements in index.html (`status-rate`); empty ones are not shown. */
export type StatusFigures = Record<"rate" | "bitrate" | "latency" | "size" | "quality", string>;

/** The line of statistics at the edge of the view. This browser remembers whether it is hidden. */
export class StatusLine {
  readonly #line = byId("status", HTMLDivElement);
  readonly #transport = byId("status-transport", HTMLSpanElement);
  readonly #button = byId("toggle-status", HTMLButtonElement);

  constructor(options: { hiddenByDefault: boolean }) {
    this.#setHidden(readStatusHidden() ?? options.hiddenByDefault);
  }

  /** Shows the name of the transport (empty: none), and as its tooltip which other transports failed. */
  setTransport(name: string, failedNames: readonly string[]): void {
    this.#transport.textContent = name;
    this.#transport.title =
      failedNames.length === 0 ? "" : `${failedNames.join(" and ")} did not work reliably here.`;
  }

  toggle(): void {
    const hidden = !this.#line.hidden;
    this.#setHidden(hidden);
    writeStatusHidden(hidden);
  }

  /** @param completeness share of the full view that is drawn, 0..1; undefined if it is complete or the view moves */
  show(report: FrameReport, streamState: StreamState, completeness: number | undefined): void {
    const { state, latencyMeaning, figures } = statusFigures(report, streamState, completeness);
    this.#line.dataset.state = state;
    for (const [name, text] of Object.entries(figures)) {
      byId(`status-${name}`, HTMLSpanElement).textContent = text;
    }
    byId("status-latency", HTMLSpanElement).title = latencyMeaning;
  }

  #setHidden(hidden: boolean): void {
    this.#line.hidden = hidden;
    this.#button.setAttribute("aria-pressed", String(!hidden));
  }
}

export function statusFigures(
  report: FrameReport,
  streamState: StreamState,
  completeness?: number,
): { state: StreamState | "live" | "still"; latencyMeaning: string; figures: StatusFigures } {
  const { framesPerSecond, bitsPerSecond, roundTripMs, newest } = report;
  const isMoving = framesPerSecond > 0;
  const isWaiting = !isMoving && report.waitingMs > WAITING_MS;
  const state = streamState !== "running" ? streamState : isMoving ? "live" : isWaiting ? "waiting" : "still";
  const isShown = state === "live" || state === "still";
  // The latency of the last frame is outdated once the view is still.
  const inputMs = isMoving ? report.inputMs : null;
  const latency = isShown ? (inputMs ?? roundTripMs) : null;
  const rateText = (): string => {
    if (isShown && completeness !== undefined) return `${Math.floor(completeness * 100)} % drawn`;
    return state === "live" ? `${framesPerSecond} fps` : state;
  };
  return {
    state,
    latencyMeaning:
      inputMs === null ? "Round trip to the server" : "From your input to the frame that shows it",
    figures: {
      rate: rateText(),
      bitrate: state === "live" ? bitrateText(bitsPerSecond) : "",
      latency: latency === null ? "" : `${latency < 9.95 ? latency.toFixed(1) : Math.round(latency)} ms`,
      size: newest === null ? "" : `${newest.width} × ${newest.height}`,
      quality: qualityText(newest),
    },
  };
}

function bitrateText(bitsPerSecond: number): string {
  const megabits = bitsPerSecond / 1e6;
  if (megabits < 0.995) return `${Math.round(megabits * 1000)} kbit/s`;
  return `${megabits < 9.95 ? megabits.toFixed(1) : Math.round(megabits)} Mbit/s`;
}

/** Quality of a frame; empty if the transport does not report it. */
function qualityText(frame: ShownFrame | null): string {
  if (frame?.lossless === true) return "lossless";
  return frame?.qualityLevel === undefined ? "" : QUALITY_NAMES[frame.qualityLevel];
}
