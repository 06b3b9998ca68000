import { statSync } from "node:fs";
import { basename } from "node:path";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { CommandType, RendererCommand } from "../protocol/commands.ts";
import type { ControlValue, PanelDescription } from "../protocol/panel.ts";
import type { RendererStatus } from "../protocol/server-messages.ts";
import { Emitter } from "../scene/emitter.ts";
import type { CommandAnswer } from "../server/renderer/command-channel.ts";
import { secondsLeft } from "../util/load-progress.ts";
import { describeError } from "./errors.ts";
import {
  EXTRA_MS_PER_BYTE,
  LIVENESS_LIMITS,
  type LivenessLimits,
  RendererLiveness,
} from "./renderer-liveness.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage, RendererRequest, SceneRequest } from "./renderer-protocol.ts";
import type { SegmentNames } from "./segment-names.ts";

/**
 * Backoff before the renderer is restarted, in ms: none at first, then longer, so that a crash loop at start-up does not burn a core.
 * With a maximum of 5 s a renderer that was killed repeatedly took up to 11.9 s to return.
 */
const RESTART_DELAYS_MS = [0, 250, 500, 1000, 2000];

/** A renderer that was running for this long resets the backoff, ms. */
const STABLE_MS = 5000;

/** Start-up status messages are held back for this long after a crash, ms: the status "gone" stays readable, and most restarts are faster. */
const RESTART_STATUS_DELAY_MS = 2000;

/** Maximum number of consecutive crashes before the very first frame: the scene or the driver does not work here. */
const MAX_START_ATTEMPTS = 3;

export interface SupervisorOptions {
  /** Attaches the server to the segments of a new renderer; may throw. */
  attach: (names: SegmentNames, driver: string) => void;
  /**
   * Returns the viewpoint and the frame size of the renderer that died; undefined if it had no frame. Both are needed, since the view
   * angle alone does not determine the visible part of the scene.
   */
  lastView: () => (Pick<RendererConfig, "size"> & { readonly camera: CameraState }) | undefined;
  limits?: LivenessLimits;
}

interface SupervisorEvents {
  /** A renderer has opened its GL driver. */
  opened: undefined;
  /** A renderer has written its first frame; the event is its GL driver. */
  running: string;
  status: RendererStatus;
  /** A scene was loaded; the event is the kinds of its layers by id. */
  layers: Readonly<Record<string, LayerKind>>;
  panel: PanelDescription;
  /** Values of a program's controls that have changed, by the control's name. */
  controlValues: Readonly<Record<string, ControlValue>>;
  /** A viewer has dragged clip planes: the new value of `clipPlanes` of the view. */
  clip: string;
  /** The files were loaded again; the event is the error if they could not be, and the old scene stays. */
  reloaded: string | undefined;
  /** The process crashed or was killed, and is about to be restarted; its segments are removed. The event is the reason, as a sentence. */
  exited: string;
  /** Fatal: the renderer is not restarted; the event is the error message. */
  failed: string;
}

/** A request failed because there was no renderer, or it ended. */
export class RendererGoneError extends Error {
  override readonly name = "RendererGoneError";
}

/** Supervises the renderer process: starts it, and restarts it with the same camera after a crash or a hang. */
export class RendererSupervisor extends Emitter<SupervisorEvents> {
  #config: RendererConfig;
  readonly #options: SupervisorOptions;
  #renderer: RendererProcess | undefined;
  #liveness: RendererLiveness | undefined;
  /** The segments of the renderer, which it reports before its first frame. */
  #segments: (Extract<RendererMessage, { type: "segments" }> & { attached: boolean }) | undefined;
  /** Time of the first progress message of a load. */
  #loadingSince: number | undefined;
  /** Phase of the newest progress message, for the error message of a load that hangs. */
  #phase = "";
  /** Why the view does not show the files. */
  #loadProblem: string | undefined;
  /** Why a reload failed; the old scene stays. */
  #reloadProblem: string | undefined;
  /** Why nothing is visible in the frame. */
  #visibilityProblem: string | undefined;
  /** Drawn share of the full view, 0 to 1, while it is incomplete. */
  #completeness: number | undefined;
  /** Commands in progress, by their id. */
  readonly #commands = new Map<
    number,
    PromiseWithResolvers<CommandAnswer> & { type: CommandType | "scene-request" }
  >();
  #newestCommand = 0;
  /** Files of the newest document that was requested, for error messages. */
  #requestedFiles: readonly string[] = [];
  #restartTimer: Timer | undefined;
  #stopped = false;
  /** Whether any renderer has written a frame. */
  #hasRun = false;
  #runningSince = Number.POSITIVE_INFINITY;
  #crashedAt = Number.NEGATIVE_INFINITY;
  #consecutiveCrashes = 0;

  constructor(config: RendererConfig, options: SupervisorOptions) {
    super();
    this.#config = config;
    this.#options = options;
  }

  /** Starts the first renderer. Call it once, after adding the listeners. */
  start(): void {
    this.#launch();
  }

  /**
   * Has the renderer execute a command. A renderer that is still loading executes it afterwards, except for "cancel".
   * Rejects with a sentence for the user if it fails or there is no renderer.
   */
  execute(command: RendererCommand): Promise<CommandAnswer> {
    return this.#request(command.type, (id) => ({ type: "command", id, command }));
  }

  /**
   * Has the renderer show a changed document; the next one begins with it, too. Rejects with a sentence for the user if it fails, and the
   * scene is as before.
   */
  async changeScene(scene: SceneRequest): Promise<void> {
    this.#requestedFiles = filesOf(scene.document);
    await this.#request("scene-request", (id) => ({ type: "scene", id, scene }));
    this.#config = { ...this.#config, document: scene.document };
  }

  /** Has the next renderer begin with a document that the present one shows already. */
  keepDocument(document: SceneDocument): void {
    this.#config = { ...this.#config, document };
  }

  #request(
    type: CommandType | "scene-request",
    request: (id: number) => RendererRequest,
  ): Promise<CommandAnswer> {
    const renderer = this.#renderer;
    if (renderer === undefined) {
      return Promise.reject(
        new RendererGoneError("The renderer is being restarted; try again when it shows the scene."),
      );
    }
    const id = ++this.#newestCommand;
    const result = Promise.withResolvers<CommandAnswer>();
    this.#commands.set(id, { ...result, type });
    renderer.send(request(id));
    return result.promise;
  }

  /** Stops the renderer and waits for its exit. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restartTimer);
    await this.#renderer?.stop();
  }

  /** Kills the renderer without waiting for its clean-up; {@link stop} then settles immediately. */
  kill(): void {
    this.#stopped = true;
    this.#renderer?.kill();
  }

  #launch(): void {
    this.#emitStartStatus({ state: "starting" });
    this.#segments = undefined;
    this.#phase = "";
    this.#loadingSince = undefined;
    this.#loadProblem = undefined;
    this.#reloadProblem = undefined;
    this.#visibilityProblem = undefined;
    this.#completeness = undefined;
    const renderer = new RendererProcess(this.#config, (message) => this.#onMessage(message));
    this.#renderer = renderer;
    this.#liveness = new RendererLiveness(this.#limits(), {
      onSilent: () =>
        this.emit("status", { state: "not-answering", reason: "It will be restarted if it stays silent." }),
      onAnswer: () => this.emit("status", this.#runningStatus()),
      onHung: (silentMs) => this.#onHung(renderer, silentMs),
    });
    void renderer.ended.then((reason) => this.#onExit(reason));
  }

  #onMessage(message: RendererMessage): void {
    switch (message.type) {
      case "segments":
        this.#segments = { ...message, attached: false };
        this.#liveness?.onProgress();
        // Errors are ignored here: a renderer that has failed since has removed its segments, and its next message says why.
        this.#attach();
        this.emit("opened", undefined);
        break;
      case "progress":
        this.#onProgress(message);
        break;
      case "heartbeat":
        this.#liveness?.onHeartbeat();
        break;
      case "running":
        this.#loadProblem = message.problem;
        this.#onRunning();
        break;
      case "layers":
        this.emit("layers", message.kinds);
        break;
      case "clip":
        this.emit("clip", message.planes);
        break;
      case "panel":
        this.emit("panel", message.panel);
        break;
      case "control-values":
        this.emit("controlValues", message.values);
        break;
      case "completeness":
        this.#completeness = message.share;
        // Until the first frame, the status is "loading", which says more.
        if (this.#runningSince !== Number.POSITIVE_INFINITY) this.emit("status", this.#runningStatus());
        break;
      case "command-result":
        this.#onCommandResult(message);
        break;
      case "visibility":
        this.#visibilityProblem = message.problem;
        this.emit("status", this.#runningStatus());
        break;
      case "failed":
        this.#fail(message.message);
        break;
    }
  }

  #onProgress({ fraction, phase }: { readonly fraction: number; readonly phase: string }): void {
    this.#phase = phase;
    this.#loadingSince ??= performance.now();
    this.#liveness?.onProgress();
    const left = secondsLeft(fraction, performance.now() - this.#loadingSince);
    this.#emitStartStatus({ state: "loading", fraction, phase, secondsLeft: left });
  }

  #onCommandResult({ id, error, result }: Extract<RendererMessage, { type: "command-result" }>): void {
    const command = this.#commands.get(id);
    if (command === undefined) return;
    this.#commands.delete(id);
    if (command.type === "reload") this.#onReloaded(error);
    if (command.type === "scene-request") this.#onSceneChanged(error);
    if (error === undefined) command.resolve(result);
    else command.reject(new Error(this.#withoutFolders(error)));
  }

  #onReloaded(error: string | undefined): void {
    this.#liveness?.onRunning();
    this.#loadingSince = undefined;
    this.#reloadProblem = error && `The old scene stays: ${this.#withoutFolders(error).replace(/\.?$/, ".")}`;
    if (error === undefined) {
      this.#loadProblem = undefined;
      this.#visibilityProblem = undefined;
    }
    this.emit("status", this.#runningStatus());
    this.emit("reloaded", error);
  }

  /** A change that needed no file again has shown no progress. */
  #onSceneChanged(error: string | undefined): void {
    this.#liveness?.onRunning();
    if (this.#loadingSince === undefined) return;
    this.#loadingSince = undefined;
    if (error === undefined) {
      this.#loadProblem = undefined;
      this.#visibilityProblem = undefined;
    }
    this.emit("status", this.#runningStatus());
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

  #onRunning(): void {
    const error = this.#attach();
    if (error !== undefined) {
      this.#renderer?.kill(`its frames cannot be opened: ${describeError(error)}`);
      return;
    }
    this.#hasRun = true;
    this.#loadingSince = undefined;
    this.#runningSince = performance.now();
    this.#liveness?.onRunning();
    this.emit("status", this.#runningStatus());
    this.emit("running", this.#segments?.driver ?? "");
  }

  #runningStatus(): RendererStatus {
    const problems = [this.#loadProblem, this.#reloadProblem, this.#visibilityProblem].filter(
      (problem) => problem !== undefined,
    );
    return {
      state: "running",
      ...(problems.length > 0 && { problem: problems.join(" ") }),
      ...(this.#completeness !== undefined && { completeness: this.#completeness }),
    };
  }

  /** Replaces paths by file names: viewers must not learn where the files are on this machine. */
  #withoutFolders(text: string): string {
    const files = [...filesOf(this.#config.document), ...this.#requestedFiles];
    return files.reduce((rest, path) => rest.replaceAll(path, basename(path)), text);
  }

  #emitStartStatus(status: RendererStatus): void {
    if (performance.now() - this.#crashedAt > RESTART_STATUS_DELAY_MS) this.emit("status", status);
  }

  /** Has the next renderer begin with the view of the one that ended. */
  #keepView(): void {
    const last = this.#options.lastView();
    if (last === undefined) return;
    const { document } = this.#config;
    const view = { ...document.view, camera: last.camera };
    this.#config = { ...this.#config, size: last.size, document: { ...document, view } };
  }

  /** Gives up: no further restart. */
  #fail(message: string): void {
    this.#stopped = true;
    this.#liveness?.close();
    this.emit("failed", message);
  }

  #limits(): LivenessLimits {
    const limits = this.#options.limits ?? LIVENESS_LIMITS;
    const extraMs = bytesOf(filesOf(this.#config.document)) * EXTRA_MS_PER_BYTE;
    return { ...limits, hungMs: limits.hungMs + extraMs, noProgressMs: limits.noProgressMs + extraMs };
  }

  #onHung(renderer: RendererProcess, silentMs: number): void {
    const seconds = Math.round(silentMs / 1000);
    const isLoading = this.#phase !== "" && this.#runningSince === Number.POSITIVE_INFINITY;
    if (isLoading) {
      // A restart would hang in the same place.
      const files =
        filesOf(this.#config.document)
          .map((file) => basename(file))
          .join(", ") || "the demo scene";
      this.#fail(
        `${files}: loading hangs: ${this.#phase} made no progress for ${seconds} s. The content may be damaged in a way that the ` +
          "loader does not detect. Try to open it in another program and save it again.",
      );
    }
    const activity = this.#segments === undefined ? " while it opened the graphics driver" : "";
    renderer.kill(`it did not answer for ${seconds} s${activity}`);
  }

  #onExit(reason: string): void {
    this.#renderer = undefined;
    this.#liveness?.close();
    const commands = [...this.#commands.values()];
    this.#commands.clear();
    for (const { reject } of commands)
      reject(new RendererGoneError("The renderer stopped before it executed this."));
    if (this.#stopped) return;
    this.#keepView();
    sweepSharedMemory();
    if (performance.now() - this.#runningSince > STABLE_MS) this.#consecutiveCrashes = 0;
    this.#runningSince = Number.POSITIVE_INFINITY;
    this.#consecutiveCrashes++;
    this.#crashedAt = performance.now();
    const crashes = this.#consecutiveCrashes;
    if (!this.#hasRun && crashes >= MAX_START_ATTEMPTS) {
      this.#fail(
        `The renderer could not start after ${crashes} attempts: ${reason}. Try another --gl-backend; scenecast doctor lists the drivers.`,
      );
      return;
    }
    this.emit("exited", `The renderer stopped: ${reason}. It is being restarted.`);
    this.emit("status", { state: "gone", reason, restarting: true });
    const delay = RESTART_DELAYS_MS[Math.min(crashes, RESTART_DELAYS_MS.length) - 1] ?? 0;
    this.#restartTimer = setTimeout(() => this.#launch(), delay);
  }
}

/** Total size of the files; unreadable ones count as 0 bytes. */
function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => {
    try {
      return sum + statSync(file).size;
    } catch {
      return sum;
    }
  }, 0);
}
