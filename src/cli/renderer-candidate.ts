import { LIVENESS_LIMITS, type LivenessLimits, RendererLiveness } from "./renderer-liveness.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage } from "./renderer-protocol.ts";

/** A renderer that is ready to take the place of another one. */
export interface ReadyRenderer {
  readonly process: RendererProcess;
  /** Its messages so far; the last one is "running". */
  readonly messages: readonly RendererMessage[];
  /** Delivers its further messages. */
  readonly onMessage: (deliver: (message: RendererMessage) => void) => void;
}

/**
 * A renderer process that loads a scene while another one still shows the old scene. It is ready once it has rendered its first frame.
 */
export class RendererCandidate {
  readonly #process: RendererProcess;
  readonly #liveness: RendererLiveness;
  readonly #messages: RendererMessage[] = [];
  #deliver: ((message: RendererMessage) => void) | undefined;
  #failure: string | undefined;
  readonly #ready = Promise.withResolvers<ReadyRenderer>();

  constructor(config: RendererConfig, limits: LivenessLimits = LIVENESS_LIMITS) {
    this.#liveness = new RendererLiveness(
      // Its heartbeats count as progress: a module may wait for something as long as it likes.
      { ...limits, noProgressMs: limits.hungMs },
      {
        onSilent: () => {},
        onAnswer: () => {},
        onHung: (silentMs) =>
          this.#process.kill(`it did not answer for ${Math.round(silentMs / 1000)} s, as in an endless loop`),
      },
    );
    this.#process = new RendererProcess(config, (message) => this.#onMessage(message));
    void this.#process.ended.then((reason) => this.#fail(this.#failure ?? reason));
  }

  /** Rejects with an error that says why it did not become ready, after the process has ended. */
  get ready(): Promise<ReadyRenderer> {
    return this.#ready.promise;
  }

  kill(reason: string): void {
    this.#process.kill(reason);
  }

  #onMessage(message: RendererMessage): void {
    if (this.#deliver !== undefined) {
      this.#deliver(message);
      return;
    }
    this.#liveness.onProgress();
    if (message.type !== "heartbeat") this.#messages.push(message);
    if (message.type === "failed") this.#failure = message.message;
    if (message.type !== "running") return;
    this.#liveness.close();
    this.#ready.resolve({
      process: this.#process,
      messages: this.#messages,
      onMessage: (deliver) => {
        this.#deliver = deliver;
      },
    });
  }

  #fail(reason: string): void {
    this.#liveness.close();
    this.#ready.reject(new Error(reason));
  }
}
