import { getLogger } from "@logtape/logtape";
import { blankFrameReason, isUniformFrame } from "../scene/blank-frame.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import type { RendererMessage } from "./renderer-protocol.ts";

const log = getLogger(["scenecast", "renderer"]);

/** Reports why nothing is visible in the frame, and later that something is visible again, for example after a camera movement. */
export class VisibilityCheck {
  readonly #send: (message: Extract<RendererMessage, { type: "visibility" }>) => void;
  /** Whether a problem was reported that is not over yet. */
  #hasProblem = false;
  /** Removes the "render" listener. */
  #cancel: () => void = () => {};

  constructor(send: (message: Extract<RendererMessage, { type: "visibility" }>) => void) {
    this.#send = send;
  }

  /** Checks the next complete frame. @param onChecked called afterwards */
  checkNextFrame(show: ShowManager, onChecked: () => void): void {
    this.#cancel();
    const off = show.on("render", ({ complete }) => {
      if (!complete) return;
      off();
      // Runs after all listeners of this frame.
      setTimeout(() => {
        this.#check(show);
        onChecked();
      });
    });
    this.#cancel = off;
  }

  #check(show: ShowManager): void {
    if (show.disposed) return;
    const reason = blankFrameReason(show);
    if (reason === undefined) {
      this.#onVisible();
      return;
    }
    const problem = `Nothing is visible in the picture: ${reason}.`;
    log.warning`${problem}`;
    this.#hasProblem = true;
    this.#send({ type: "visibility", problem });
    const off = show.on("render", () => {
      if (isUniformFrame(show)) return;
      off();
      this.#onVisible();
    });
    this.#cancel = off;
  }

  #onVisible(): void {
    if (this.#hasProblem) this.#send({ type: "visibility" });
    this.#hasProblem = false;
  }
}
