import { EventEmitter } from "node:events";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import type { RendererConfig, RendererMessage } from "../protocol/renderer-messages.ts";
import type { RendererStatus } from "../protocol/renderer-status.ts";
import type { SegmentNames } from "../protocol/segment-names.ts";
import { describeError } from "./errors.ts";
import {
  EXTRA_MS_PER_BYTE,
  LIVENESS_LIMITS,
  type LivenessLimits,
  RendererLiveness,
} from "./renderer-liveness.ts";
import { RendererProcess } from "./renderer-process.ts";

/**
 * Backoff before the renderer is restarted, in ms: none at first, then longer, so that a crash loop at start-up does not burn a core.
 * With a maximum of 5 s a renderer that was killed repeatedly took up to 11.9 s to return.
 */
const RESTART_DELAYS_MS = [0, 250, 500, 1000, 2000];

/** Running for this long resets the backoff, in ms. */
const STABLE_AFTER_MS = 5000;

/**
 * For so long after a crash viewers read that the renderer is started again, and nothing of the steps on its way, in ms. Most restarts are
 * over by then, and nobody could read that much.
 */
const QUIET_MS = 2000;

/** Crashes before the very first frame after which `view` gives up: the scene or the driver can not work here. */
const MAX_FIRST_TRIES = 3;

export interface SupervisorOptions {
  /** Attaches the server to the segments of a new renderer; may throw. */
  attach: (names: SegmentNames, driver: string) => void;
  /**
   * Returns the viewpoint and the picture size of the renderer that died. Both are needed, since the view angle alone does not
   * determine the visible part of the scene.
   */
  lastView: () => Partial<Pick<RendererConfig, "camera" | "size">>;
  limits?: LivenessLimits;
}

interface SupervisorEvents {
  /** A renderer has opened its GL driver. */
  opened: [];
  /** A renderer has written its first frame. */
  running: [driver: string];
  status: [RendererStatus];
  /** The files were read again; or they could not be, and why: then the old scene stays. */
  reloaded: [error: string | undefined];
  /** The process ended by itself; in words. Its segments are gone. */
  lost: [reason: string];
  /** It can not work and is not started again. */
  failed: [message: string];
}

/** The segments of a renderer, known before its first frame. */
interface RendererSegments {
  names: SegmentNames;
  driver: string;
  attached: boolean;
}

/** Keeps a renderer process alive: starts it, and starts it again with the same camera when it dies or hangs. */
export class RendererSupervisor extends EventEmitter<SupervisorEvents> {
  readonly #config: RendererConfig;
  readonly #options: SupervisorOptions;
  #process: RendererProcess | undefined;
  #liveness: RendererLiveness | undefined;
  #segments: RendererSegments | undefined;
  /** Phase of the newest progress message, for the error message of a load that hangs. */
  #phase = "";
  /** Why a reload failed; the old scene stays. */
  #reloadProblem: string | undefined;
  /** Why nothing is visible in the picture. */
  #pictureProblem: string | undefined;
  #restart: Timer | undefined;
  #stopped = false;
  #everRan = false;
  #runningSince = Number.POSITIVE_INFINITY;
  #lostAt = Number.NEGATIVE_INFINITY;
  /** Crashes in a row. */
  #crashes = 0;

  constructor(config: RendererConfig, options: SupervisorOptions) {
    super();
    this.#config = config;
    this.#options = options;
  }

  /** Starts the first renderer; to be called once, when the listeners are there. */
  start(): void {
    this.#launch(this.#config);
  }

  /** Asks the renderer to read its files again; without a renderer nothing happens, since the next one reads them anyway. */
  reload(): void {
    this.#process?.reload();
  }

  /** Ends the renderer and waits for it. May be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    await this.#process?.stop();
  }

  /** Kills the renderer without waiting for its clean-up; {@link stop} then settles immediately. */
  kill(): void {
    this.#stopped = true;
    this.#process?.kill();
  }

  #launch(config: RendererConfig): void {
    this.#onTheWay({ state: "starting" });
    this.#segments = undefined;
    this.#phase = "";
    this.#reloadProblem = undefined;
    this.#pictureProblem = undefined;
    const process_ = new RendererProcess(config, (message) => this.#take(message));
    this.#process = process_;
    this.#liveness = new RendererLiveness(this.#limits(), {
      onSilent: () =>
        this.emit("status", { state: "not-answering", reason: "It is restarted if it stays silent." }),
      onAnswer: () => this.emit("status", this.#runningStatus()),
      onHung: (silentMs) => this.#onHung(process_, silentMs),
    });
    void process_.ended.then((how) => this.#lost(how));
  }

  #take(message: RendererMessage): void {
    switch (message.type) {
      case "names":
        this.#segments = { names: message.names, driver: message.driver, attached: false };
        this.#liveness?.progressed();
        // An error here is ignored: a renderer that has failed since has removed its segments, and its next message says why.
        this.#attach();
        this.emit("opened");
        break;
      case "progress":
        this.#phase = message.phase;
        this.#liveness?.progressed();
        this.#onTheWay({ state: "loading", fraction: message.fraction, phase: message.phase });
        break;
      case "alive":
        this.#liveness?.heartbeat();
        break;
      case "running":
        this.#run();
        break;
      case "reloaded":
        this.#liveness?.running();
        this.#reloadProblem =
          message.error && `The old scene stays: ${this.#withoutFolders(message.error).replace(/\.?$/, ".")}`;
        if (message.error === undefined) this.#pictureProblem = undefined;
        this.emit("status", this.#runningStatus());
        this.emit("reloaded", message.error);
        break;
      case "picture":
        this.#pictureProblem = message.problem;
        this.emit("status", this.#runningStatus());
        break;
      case "failed":
        this.#fail(message.message);
        break;
    }
  }

  /** Attaches once. @returns the error if it failed */
  #attach(): unknown {
    const segments = this.#segments;
    if (segments === undefined || segments.attached) return undefined;
    try {
      this.#options.attach(segments.names, segments.driver);
      segments.attached = true;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #run(): void {
    const error = this.#attach();
    if (error !== undefined) {
      this.#process?.kill(`its frames cannot be opened: ${describeError(error)}`);
      return;
    }
    this.#everRan = true;
    this.#runningSince = performance.now();
    this.#liveness?.running();
    this.emit("status", this.#runningStatus());
    this.emit("running", this.#segments?.driver ?? "");
  }

  #runningStatus(): RendererStatus {
    const problems = [this.#reloadProblem, this.#pictureProblem].filter((problem) => problem !== undefined);
    return { state: "running", ...(problems.length > 0 && { problem: problems.join(" ") }) };
  }

  /** Replaces paths by file names: viewers must not learn where the files are on this machine. */
  #withoutFolders(text: string): string {
    return this.#config.files.reduce((rest, path) => rest.replaceAll(path, basename(path)), text);
  }

  #onTheWay(status: RendererStatus): void {
    if (performance.now() - this.#lostAt > QUIET_MS) this.emit("status", status);
  }

  /** Gives up: no further restart. */
  #fail(message: string): void {
    this.#stopped = true;
    this.#liveness?.close();
    this.emit("failed", message);
  }

  #limits(): LivenessLimits {
    const limits = this.#options.limits ?? LIVENESS_LIMITS;
    const extraMs = bytesOf(this.#config.files) * EXTRA_MS_PER_BYTE;
    return { ...limits, hungMs: limits.hungMs + extraMs, noProgressMs: limits.noProgressMs + extraMs };
  }

  #onHung(process_: RendererProcess, silentMs: number): void {
    const seconds = Math.round(silentMs / 1000);
    const isLoading = this.#phase !== "" && this.#runningSince === Number.POSITIVE_INFINITY;
    if (isLoading) {
      // A restart would hang in the same place.
      const files = this.#config.files.map((file) => basename(file)).join(", ") || "the demo scene";
      this.#fail(
        `${files}: loading hangs: ${this.#phase} made no progress for ${seconds} s. The content may be damaged in a way that the ` +
          "loader does not notice: try to open and save it in another program.",
      );
    }
    const doing = this.#segments === undefined ? "while it opened the graphics driver" : "";
    process_.kill(`it did not answer for ${seconds} s ${doing}`.trimEnd());
  }

  #lost(how: string): void {
    this.#process = undefined;
    this.#liveness?.close();
    if (this.#stopped) return;
    const view = this.#options.lastView();
    sweepSharedMemory();
    if (performance.now() - this.#runningSince > STABLE_AFTER_MS) this.#crashes = 0;
    this.#runningSince = Number.POSITIVE_INFINITY;
    this.#crashes++;
    this.#lostAt = performance.now();
    if (!this.#everRan && this.#crashes >= MAX_FIRST_TRIES) {
      this.#fail(
        `The renderer could not start: ${how}, ${this.#crashes} times. Try another --gl-backend; scenecast doctor tells what there is.`,
      );
      return;
    }
    this.emit("lost", `The renderer stopped: ${how}. It is being started again.`);
    this.emit("status", { state: "gone", reason: how, restarting: true });
    const delay = RESTART_DELAYS_MS[Math.min(this.#crashes, RESTART_DELAYS_MS.length) - 1] ?? 0;
    this.#restart = setTimeout(() => this.#launch({ ...this.#config, ...view }), delay);
  }
}

/** Total size of the files; unreadable ones count as 0. */
function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => {
    try {
      return sum + statSync(file).size;
    } catch {
      return sum;
    }
  }, 0);
}
