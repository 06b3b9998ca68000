/** What the page says in words about the way from the renderer to this window. Pure: state in, sentence out. */
import type { Producer, RendererStatus } from "../../protocol/renderer-status.ts";
import type { ConnectionState } from "../connection/server-connection.ts";
import { shorten } from "../options.ts";
import type { Transport } from "../view/transport.ts";

/** Something to tell the person. */
export interface StatusMessage {
  text: string;
  /** The same for a screen reader, where the text changes by itself (a countdown, a percentage). Default: the text. */
  ariaText?: string;
  /** More about it, in smaller letters. */
  detail?: string;
  /** `calm`: wait a moment; `trouble`: something is wrong. */
  tone: "calm" | "trouble";
  /** How far a thing has come, 0..1. */
  fraction?: number;
}

export interface PageState {
  connection: ConnectionState;
  /** What the server said last about the renderer; null before it said anything. */
  renderer: RendererStatus | null;
  /** Whether the server has no way for the picture that this page has too. */
  noStream: boolean;
  /** Whether this page has shown a picture since it connected. */
  hasFrame: boolean;
  /** What is shown, from the server. */
  title: string;
  /** What makes the frames. */
  producer: Producer;
  /** Whether the producer neither takes events nor renders their effect. */
  isStalled: boolean;
}

/** The configuration that a proxy lacks, in nginx's syntax. */
const UPGRADE_ADVICE =
  "It lacks the upgrade headers; for nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;";

/** Temporary note when the page falls back to plain HTTP. */
export const NO_WEBSOCKET_NOTE = {
  text: "A proxy between this page and scenecast does not forward WebSockets. The view works without them.",
  detail: UPGRADE_ADVICE,
} as const;

/** The one sentence that the page shows now, or null: all is well. @param now `performance.now()` */
export function statusMessageFor(situation: PageState, now: number): StatusMessage | null {
  const { connection } = situation;
  switch (connection.name) {
    case "connecting":
      return { text: "Connecting…", tone: "calm" };
    case "gone":
      return {
        text:
          connection.retryAt === null
            ? "The server is gone. Trying again…"
            : `The server is gone. Trying again in ${secondsUntil(connection.retryAt, now)} s…`,
        ariaText: "The server is gone. Trying again.",
        tone: "trouble",
      };
    case "blocked":
      return {
        text: "A proxy between this page and scenecast forwards neither WebSockets nor streamed responses. Trying again…",
        detail: UPGRADE_ADVICE,
        tone: "trouble",
      };
    case "unauthorized":
      return {
        text: "The server wants a token.",
        detail: "Open the whole address that scenecast printed when it started: it ends in ?token=…",
        tone: "trouble",
      };
    case "refused":
      return { text: "The server does not let this page in.", detail: connection.why, tone: "trouble" };
    case "open":
      return rendererMessage(situation);
  }
}

/** Title of the browser window: the scene's title and the program's name, which appears once. */
export function windowTitle(title: string): string {
  if (title === "") return "scenecast";
  return title.startsWith("scenecast") ? title : `${title} – scenecast`;
}

/** Label of the picture for screen readers. */
export function viewLabel(title: string): string {
  return title === "" || title === "scenecast" ? "Live 3D view" : `Live 3D view of ${title}`;
}

/** What to tell who asked for another encoding than the picture comes in; null where there is nothing to tell. */
export function encodingNote(asked: string, transport: Transport | null): string | null {
  if (asked === "auto" || transport === null || transport.encoding === asked) return null;
  return `The encoding “${shorten(asked)}” is not available here; the picture comes as ${transport.name}.`;
}

const NO_STREAM: StatusMessage = {
  text: "This server sends no picture stream that this page knows.",
  detail: "Single pictures can be had by the snapshot button.",
  tone: "trouble",
};

function rendererMessage(situation: PageState): StatusMessage | null {
  const { renderer, hasFrame: hasPicture, noStream, title, producer } = situation;
  switch (renderer?.state) {
    case undefined:
      return { text: "Connecting…", tone: "calm" };
    case "starting":
      return producer === "renderer"
        ? { text: "The renderer is starting…", tone: "calm" }
        : { text: "Waiting for the program that makes the picture…", tone: "calm" };
    case "loading": {
      // A bare verb ("reading") wants its object; a phrase has it.
      const phase = renderer.phase.includes(" ")
        ? renderer.phase
        : `${renderer.phase || "loading"} ${title}`.trim();
      const doing = phase.charAt(0).toUpperCase() + phase.slice(1);
      if (renderer.fraction === null) return { text: `${doing}…`, tone: "calm" };
      const fraction = Math.min(1, Math.max(0, renderer.fraction));
      return {
        text: `${doing} ${Math.floor(fraction * 100)} %`,
        ariaText: `${doing}.`,
        tone: "calm",
        fraction,
      };
    }
    case "waiting-for-producer":
      return {
        text: "Waiting for the program that makes the picture…",
        detail: renderer.reason,
        tone: "calm",
      };
    case "not-answering":
      return { text: "The renderer does not answer…", detail: renderer.reason, tone: "trouble" };
    case "unreadable":
      return { text: "The picture can not be read.", detail: renderer.reason, tone: "trouble" };
    case "gone":
      return renderer.restarting
        ? {
            text: `The ${producer} stopped and is being started again…`,
            detail: renderer.reason,
            tone: "trouble",
          }
        : { text: `The ${producer} stopped.`, detail: renderer.reason, tone: "trouble" };
    case "waiting-for-first-frame":
      if (noStream) return NO_STREAM;
      return { text: "Waiting for the first frame…", tone: "calm" };
    case "running":
      if (noStream) return NO_STREAM;
      if (!hasPicture) return { text: "Waiting for the first frame…", tone: "calm" };
      return situation.isStalled ? { text: `The ${producer} does not answer…`, tone: "trouble" } : null;
  }
}

function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1000));
}
