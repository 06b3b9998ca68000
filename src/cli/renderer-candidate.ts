import { sweepSharedMemory } from "../native/shared-memory.ts";
import { hangReason, LIVENESS_LIMITS, type LivenessLimits, RendererLiveness } from "./renderer-liveness.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage } from "./renderer-protocol.ts";

/** A renderer process that loads a scene while another one still shows the old scene, whose place it can then take. */
class RendererCandidate {
  readonly process: RendererProcess;
  readonly #liveness: RendererLiveness;
  readonly #messages: RendererMessage[] = [];
  #deliver: ((message: RendererMessage) => void) | undefined;
  #failure: string | undefined;
  readonly #ready = Promise.withResolvers<void>();

  constructor(config: RendererConfig, limits: LivenessLimits) {
    this.#liveness = new RendererLiveness(
      // Heartbeats count as progress, since a module may wait for something as long as it likes.
      { ...limits, noProgressMs: limits.hungMs },
      {
        onSilent: () => {},
        onAnswer: () => {},
        onHung: (silentMs) => this.process.kill(hangReason(silentMs)),
      },
    );
    this.process = new RendererProcess(config, (message) => this.#onMessage(message));
    void this.process.ended.then((reason) => {
      this.#liveness.close();
      // Those of a process that was killed.
      sweepSharedMemory();
      this.#ready.reject(new Error(this.#failure ?? reason));
    });
  }

  /** Settles when the process has rendered its first frame. Rejects with the reason when it has ended before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** To be called once it is ready. @param deliver receives its messages so far, the first frame's included, and all further ones */
  adopt(deliver: (message: RendererMessage) => void): void {
    this.#liveness.close();
    this.#deliver = deliver;
    for (const message of this.#messages.splice(0)) deliver(message);
  }

  #onMessage(message: RendererMessage): void {
    if (this.#deliver !== undefined) {
      this.#deliver(message);
      return;
    }
    this.#liveness.onProgress();
    if (message.type === "failed") this.#failure = message.message;
    // There may be any number of heartbeats until it is ready.
    if (message.type !== "heartbeat") this.#messages.push(message);
    if (message.type === "running") this.#ready.resolve();
  }
}

/** The newest renderer that is to take the place of the present one. */
export class RendererReplacement {
  readonly #limits: LivenessLimits;
  #newest: RendererCandidate | undefined;

  constructor(limits: LivenessLimits = LIVENESS_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Starts a renderer, and ends the one that was started before and is not ready yet.
   *
   * @param onSlow called once if it is not ready after some seconds
   * @returns the renderer when it has rendered its first frame; undefined if another one was started since
   * @throws Error with the reason if it ends before
   */
  async start(config: RendererConfig, onSlow: () => void): Promise<RendererCandidate | undefined> {
    this.kill();
    const candidate = new RendererCandidate(config, this.#limits);
    this.#newest = candidate;
    const slow = setTimeout(onSlow, this.#limits.silentMs);
    try {
      await candidate.ready;
      return this.#newest === candidate ? candidate : undefined;
    } catch (error) {
      if (this.#newest !== candidate) return undefined;
      throw error;
    } finally {
      clearTimeout(slow);
      if (this.#newest === candidate) this.#newest = undefined;
    }
  }

  kill(): void {
    this.#newest?.process.kill();
    this.#newest = undefined;
  }

  /** Ends a renderer that is not ready yet, and waits for its exit. */
  async stop(): Promise<void> {
    const candidate = this.#newest;
    this.#newest = undefined;
    await candidate?.process.stop();
  }
}
