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

/** A dot that shows the state of the stream, and its figures on demand. This browser remembers whether they are shown. */
export class StatusLine {
  readonly #panel = byId("status", HTMLDivElement);
  readonly #figures = byId("figures", HTMLDivElement);
  readonly #transport = byId("status-transport", HTMLSpanElement);
  readonly #button = byId("toggle-status", HTMLButtonElement);

  constructor() {
    this.#setHidden(readStatusHidden());
    // Hidden in the HTML, because it requires JavaScript.
    this.#panel.hidden = false;
  }

  /** Shows the name of the transport (empty: none), and as its tooltip which other transports failed. */
  setTransport(name: string, failedNames: readonly string[]): void {
    setText(this.#transport, name);
    this.#transport.title =
      failedNames.length === 0 ? "" : `${failedNames.join(" and ")} did not work reliably here.`;
  }

  toggle(): void {
    const hidden = !this.#figures.hidden;
    this.#setHidden(hidden);
    writeStatusHidden(hidden);
  }

  /** @param completeness share of the full view that is drawn, 0..1; undefined if it is complete or the view moves */
  show(report: FrameReport, streamState: StreamState, completeness: number | undefined): void {
    const { state, sentence, latencyMeaning, figures } = statusFigures(report, streamState, completeness);
    this.#panel.dataset.state = state;
    if (this.#button.ariaLabel !== sentence) this.#button.ariaLabel = sentence;
    for (const [name, text] of Object.entries(figures))
      setText(byId(`status-${name}`, HTMLSpanElement), text);
    byId("status-latency", HTMLSpanElement).title = latencyMeaning;
  }

  #setHidden(hidden: boolean): void {
    this.#figures.hidden = hidden;
    this.#button.setAttribute("aria-expanded", String(!hidden));
  }
}

/** Sets a text if it differs: the same text would cost a layout. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** What the dot says of each state. */
const SENTENCES = {
  live: "Status: live, moving",
  still: "Status: live, still",
  waiting: "Status: waiting for a picture",
  offline: "Status: not connected",
} as const;

export function statusFigures(
  report: FrameReport,
  streamState: StreamState,
  completeness?: number,
): { state: keyof typeof SENTENCES; sentence: string; latencyMeaning: string; figures: StatusFigures } {
  const { framesPerSecond, bitsPerSecond, roundTripMs, newest } = report;
  const isMoving = framesPerSecond > 0;
  const isWaiting = !isMoving && report.waitingMs > WAITING_MS;
  const shownState = isMoving ? "live" : isWaiting ? "waiting" : "still";
  const state = streamState !== "running" ? streamState : shownState;
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
    sentence:
      isShown && completeness !== undefined
        ? "Status: live, the full picture is being drawn"
        : SENTENCES[state],
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
