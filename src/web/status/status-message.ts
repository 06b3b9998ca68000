import type { Producer, RendererStatus } from "../../protocol/server-messages.ts";
import { describePhase, describeProgress } from "../../util/load-progress.ts";
import type { ConnectionState } from "../connection/server-connection.ts";
import { shorten } from "../options.ts";
import type { Transport } from "../view/transport.ts";

export interface StatusMessage {
  text: string;
  /** Text for screen readers if `text` changes by itself (a countdown, a percentage). Default: `text`. */
  ariaText?: string;
  /** Further information, in smaller letters. */
  detail?: string;
  tone: "info" | "error";
  /** Progress, 0..1. */
  fraction?: number;
}

export interface PageState {
  connection: ConnectionState;
  /** Newest status of the renderer; null before the first. */
  renderer: RendererStatus | null;
  /** Whether the server offers no transport that this page supports. */
  noStream: boolean;
  /** Whether the page has shown a frame since it connected. */
  hasFrame: boolean;
  title: string;
  producer: Producer;
  /** Whether the producer neither reads events nor renders their effect. */
  isStalled: boolean;
}

const UPGRADE_ADVICE =
  "Its configuration lacks the upgrade headers. For nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

/** Temporary message when the page falls back to plain HTTP. */
export const NO_WEBSOCKET_NOTE: StatusMessage = {
  text: "A proxy between this page and scenecast does not forward WebSockets. The view works without them.",
  detail: UPGRADE_ADVICE,
  tone: "info",
};

/** Temporary message after an error is resolved. */
export const RECOVERY_NOTE: StatusMessage = { text: "The view is live again.", tone: "info" };

/** The message for this state, or null if all is well. @param now `performance.now()` */
export function statusMessageFor(state: PageState, now: number): StatusMessage | null {
  const { connection } = state;
  switch (connection.name) {
    case "connecting":
      return info("Connecting…");
    case "disconnected": {
      const { retryAt, endReason } = connection;
      const countdown = retryAt === null ? "" : ` in ${secondsUntil(retryAt, now)} s`;
      const what = endReason === undefined ? "Connection lost." : "The view has ended.";
      return { ...error(`${what} Retrying${countdown}…`, endReason), ariaText: `${what} Retrying.` };
    }
    case "blocked":
      return error(
        "A proxy between this page and scenecast forwards neither WebSockets nor streamed responses. Retrying…",
        UPGRADE_ADVICE,
      );
    case "unauthorized":
      return error(
        "This server requires a token.",
        "Open the full URL that scenecast printed when it started; it ends in ?token=…",
      );
    case "rejected":
      return error("The server rejected this page.", connection.reason);
    case "open":
      return rendererMessage(state);
  }
}

/** Title of the browser window: the scene's title and the program's name, which appears once. */
export function windowTitle(title: string): string {
  if (title === "") return "scenecast";
  return title.startsWith("scenecast") ? title : `${title} – scenecast`;
}

/** Label of the view for screen readers. */
export function viewLabel(title: string): string {
  return title === "" || title === "scenecast" ? "Live 3D view" : `Live 3D view of ${title}`;
}

/** Note that another encoding is used than the requested one; null if there is nothing to note. */
export function encodingNote(requested: string, transport: Transport | null): string | null {
  if (requested === "auto" || transport === null || transport.encoding === requested) return null;
  return `The encoding “${shorten(requested)}” is not available here; using ${transport.name} instead.`;
}

function rendererMessage(state: PageState): StatusMessage | null {
  const { renderer, producer } = state;
  switch (renderer?.state) {
    case undefined:
      return info("Connecting…");
    case "starting":
      return producer === "renderer" ? info("The renderer is starting…") : waitingForProgram();
    case "loading":
      return loadingMessage(renderer, state.title);
    case "waiting-for-producer":
      return waitingForProgram(renderer.reason);
    case "not-answering":
      return error("The renderer is not responding…", renderer.reason);
    case "unreadable":
      return error("Cannot read the frames.", renderer.reason);
    case "gone": {
      const text = `The ${producer} stopped${renderer.restarting ? " and is restarting…" : "."}`;
      return error(text, renderer.reason);
    }
    case "waiting-for-first-frame":
    case "running":
      if (state.noStream) {
        return error(
          "This server offers no stream that this browser supports.",
          "The snapshot button still saves single pictures.",
        );
      }
      if (renderer.state !== "running" || !state.hasFrame) return info("Waiting for the first frame…");
      return state.isStalled ? error(`The ${producer} is not responding…`) : null;
  }
}

function loadingMessage(
  { phase, fraction, secondsLeft }: Extract<RendererStatus, { state: "loading" }>,
  title: string,
): StatusMessage {
  const activity = describePhase(phase, title);
  if (fraction === null) return info(`${activity}…`);
  return {
    ...info(describeProgress({ phase, fraction, secondsLeft }, title)),
    ariaText: `${activity}.`,
    fraction: Math.min(1, Math.max(0, fraction)),
  };
}

function waitingForProgram(reason?: string): StatusMessage {
  return info("Waiting for the program that renders this view…", reason);
}

function info(text: string, detail?: string): StatusMessage {
  return { text, tone: "info", ...(detail !== undefined && { detail }) };
}

function error(text: string, detail?: string): StatusMessage {
  return { text, tone: "error", ...(detail !== undefined && { detail }) };
}

function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000));
}
