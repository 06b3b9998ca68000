import type { Producer, RendererStatus } from "../../protocol/renderer-status.ts";

/** Reason for a missing frame, to follow "There is no picture: "; null if the status does not explain it. */
export function missingFrameReason(status: RendererStatus, producer: Producer): string | null {
  switch (status.state) {
    case "starting":
      return producer === "renderer" ? "the renderer is starting" : "no program writes frames yet";
    case "loading":
      return `the ${producer} is still loading (${status.phase})`;
    case "waiting-for-producer":
      return `the program that writes the frames is not running (${status.reason})`;
    case "not-answering":
      return "the renderer does not answer";
    case "unreadable":
      return status.reason;
    case "gone":
      return `the ${producer} is gone (${status.reason})`;
    default:
      return null;
  }
}
