import type { RendererStatus } from "../protocol/server-messages.ts";
import { secondsLeft } from "../util/load-progress.ts";
import { RendererProblems } from "./renderer-problems.ts";
import type { RendererMessage } from "./renderer-protocol.ts";
import type { SupervisorOptions } from "./supervisor-events.ts";

type MessageOf<Type extends RendererMessage["type"]> = Extract<RendererMessage, { readonly type: Type }>;

/** What one renderer process has reported since it started. */
export class RendererRun {
  readonly problems = new RendererProblems();
  /** Why it is about to exit, as it says. */
  failure: string | undefined;
  /** Whether it is killed because it hangs. */
  isHung = false;
  readonly #attach: SupervisorOptions["attach"];
  /** Its segments, which it reports before its first frame. */
  #segments: (MessageOf<"segments"> & { attached: boolean }) | undefined;
  /** Time of the first progress message of a load. */
  #loadingSince: number | undefined;
  #phase = "";
  #runningSince = Number.POSITIVE_INFINITY;

  constructor(attach: SupervisorOptions["attach"]) {
    this.#attach = attach;
  }

  /** When it had written its first frame; Infinity: it has not. */
  get runningSince(): number {
    return this.#runningSince;
  }

  get isRunning(): boolean {
    return this.#runningSince !== Number.POSITIVE_INFINITY;
  }

  /** Whether it loads its first scene. */
  get isLoading(): boolean {
    return this.#phase !== "" && !this.isRunning;
  }

  /** Phase of the newest progress message, for the error message of a load that hangs. */
  get phase(): string {
    return this.#phase;
  }

  /** GL_RENDERER; undefined until the driver is open. */
  get driver(): string | undefined {
    return this.#segments?.driver;
  }

  onSegments(segments: MessageOf<"segments">): void {
    this.#segments = { ...segments, attached: false };
    // Errors are ignored here: a renderer that has failed since has removed its segments, and its next message says why.
    this.#attachOnce();
  }

  /** @returns the status to show */
  onProgress({ fraction, phase }: MessageOf<"progress">): RendererStatus {
    this.#phase = phase;
    this.#loadingSince ??= performance.now();
    const left = secondsLeft(fraction, performance.now() - this.#loadingSince);
    return { state: "loading", fraction, phase, secondsLeft: left };
  }

  /** To be called when a load has ended. @returns whether there was one with progress messages */
  onLoadEnd(): boolean {
    const hadProgress = this.#loadingSince !== undefined;
    this.#loadingSince = undefined;
    return hadProgress;
  }

  /** @returns the error if the server cannot attach to its segments */
  onRunning({ problem }: MessageOf<"running">): unknown {
    this.problems.load = problem;
    const error = this.#attachOnce();
    if (error !== undefined) return error;
    this.#loadingSince = undefined;
    this.#runningSince = performance.now();
    return undefined;
  }

  #attachOnce(): unknown {
    const segments = this.#segments;
    if (segments === undefined || segments.attached) return undefined;
    try {
      this.#attach(segments.names, segments.driver);
      segments.attached = true;
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
