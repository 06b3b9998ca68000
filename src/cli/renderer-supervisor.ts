import { basename, dirname } from "node:path";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import type { CommandType, RendererCommand } from "../protocol/commands.ts";
import { type ControlValue, MAX_CONTROLS } from "../protocol/panel.ts";
import type { RendererStatus } from "../protocol/server-messages.ts";
import { Emitter } from "../scene/emitter.ts";
import type { CommandAnswer } from "../server/renderer/command-channel.ts";
import { secondsLeft } from "../util/load-progress.ts";
import { DocumentHistory } from "./document-history.ts";
import { describeError } from "./errors.ts";
import { RendererReplacement } from "./renderer-candidate.ts";
import { hangReason, limitsFor, loadingHangs, RendererLiveness } from "./renderer-liveness.ts";
import { RendererProblems } from "./renderer-problems.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage, RendererRequest, SceneRequest } from "./renderer-protocol.ts";
import { RendererGoneError, RendererRequests } from "./renderer-requests.ts";
import type { SupervisorEvents, SupervisorOptions } from "./supervisor-events.ts";

/**
 * Backoff before the renderer is restarted, in ms: none at first, then longer, so that a crash loop at start-up does not burn a core.
 * With a maximum of 5 s a renderer that was killed repeatedly took up to 11.9 s to return.
 */
const RESTART_DELAYS_MS = [0, 250, 500, 1000, 2000];

/** A renderer that was running for this long resets the backoff, ms. */
const STABLE_MS = 5000;

/** The problem of a view that has gone back to an earlier document. */
const REVERTED = "The last change of the scene made the renderer fail; the scene before it is shown again.";

/** Start-up status messages are held back for this long after a crash, ms: the status "gone" stays readable, and most restarts are faster. */
const RESTART_STATUS_DELAY_MS = 2000;

/** Maximum number of consecutive crashes before the very first frame: the scene or the driver does not work here. */
const MAX_START_ATTEMPTS = 3;

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
  #problems = new RendererProblems();
  /** Why the renderer is about to exit, as it says. */
  #failure: string | undefined;
  readonly #history: DocumentHistory;
  /** Whether the renderer begins with an earlier document than the newest one. */
  #isReverted = false;
  #isHung = false;
  readonly #replacement: RendererReplacement;
  readonly #requests = new RendererRequests();
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
    this.#history = new DocumentHistory(config.document);
    this.#replacement = new RendererReplacement(options.limits);
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
    if (command.type === "reload" && this.#config.module !== undefined) return this.#reloadModule();
    const answer = this.#request(command.type, (id) => ({ type: "command", id, command }));
    return command.type === "control" ? this.#keepControl(command, answer) : answer;
  }

  /** Values that viewers have given to the controls of the module, by the control's name. */
  get controlValues(): Readonly<Record<string, ControlValue>> | undefined {
    return this.#config.controlValues;
  }

  /** Has the next renderer begin with a value that a viewer has set. */
  async #keepControl(
    { control, value }: Extract<RendererCommand, { type: "control" }>,
    answer: Promise<CommandAnswer>,
  ): Promise<CommandAnswer> {
    const result = await answer;
    if (value !== undefined) {
      const { [control]: _, ...others } = this.#config.controlValues ?? {};
      // A program may add and remove any number of controls.
      const newest = [...Object.entries(others), [control, value] as const].slice(-MAX_CONTROLS);
      this.#config = { ...this.#config, controlValues: Object.fromEntries(newest) };
    }
    return result;
  }

  /** The program may change what a viewer has set. */
  #onControlValues(values: Readonly<Record<string, ControlValue>>): void {
    const kept = this.#config.controlValues ?? {};
    const changed = Object.entries(values).filter(([name]) => Object.hasOwn(kept, name));
    this.#config = { ...this.#config, controlValues: { ...kept, ...Object.fromEntries(changed) } };
    this.emit("controlValues", values);
  }

  /**
   * Has the renderer show a changed document; the next one begins with it, too. Rejects with a sentence for the user if it fails, and the
   * scene is as before.
   */
  async changeScene(scene: SceneRequest): Promise<void> {
    this.#requestedFiles = filesOf(scene.document);
    await this.#request("scene-request", (id) => ({ type: "scene", id, scene }));
    this.keepDocument(scene.document);
    if (this.#problems.change === undefined) return;
    this.#problems.change = undefined;
    this.emit("status", this.#problems.status);
  }

  /** Has the next renderer begin with a document that the present one shows already. */
  keepDocument(document: SceneDocument): void {
    this.#history.accept(this.#config.document, this.#runningSince);
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
    const { id, answer } = this.#requests.add(type);
    renderer.send(request(id));
    return answer;
  }

  /** Stops the renderer and waits for its exit. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restartTimer);
    await Promise.all([this.#renderer?.stop(), this.#replacement.stop()]);
  }

  /** Kills the renderer without waiting for its clean-up; {@link stop} then settles immediately. */
  kill(): void {
    this.#stopped = true;
    this.#renderer?.kill();
    this.#replacement.kill();
  }

  #launch(): void {
    this.#emitStartStatus({ state: "starting" });
    this.#supervise(new RendererProcess(this.#config, (message) => this.#onMessage(message)));
  }

  #supervise(renderer: RendererProcess): void {
    this.#segments = undefined;
    this.#phase = "";
    this.#loadingSince = undefined;
    this.#problems = new RendererProblems();
    if (this.#isReverted) this.#problems.change = REVERTED;
    this.#isReverted = false;
    this.#failure = undefined;
    this.#isHung = false;
    this.#runningSince = Number.POSITIVE_INFINITY;
    this.emit("animation", { seconds: 0, isRunning: false });
    this.#renderer = renderer;
    this.#liveness?.close();
    const { document, module } = this.#config;
    const limits = limitsFor(filesOf(document), module !== undefined, this.#options.limits);
    this.#liveness = new RendererLiveness(limits, {
      onSilent: () => this.emit("status", { state: "not-answering", reason: this.#silenceReason() }),
      onAnswer: () => this.emit("status", this.#problems.status),
      onHung: (silentMs) => this.#onHung(renderer, silentMs),
    });
    void renderer.ended.then((reason) => {
      if (renderer === this.#renderer) this.#onExit(reason);
      // Another one has taken its place, because it did not answer.
      else sweepSharedMemory();
    });
  }

  #silenceReason(): string {
    const { module } = this.#config;
    return module === undefined
      ? "It will be restarted if it stays silent."
      : `${basename(module)} does not return; it will be stopped if it continues.`;
  }

  /**
   * Runs the scene module in a new renderer, which takes the place of the present one with its first frame, from the same camera. Rejects
   * with a sentence if the module fails; the old scene then stays.
   */
  async #reloadModule(): Promise<CommandAnswer> {
    clearTimeout(this.#restartTimer);
    this.#keepView();
    if (!this.#isRunning) {
      // It has no scene that could stay, and may never have one.
      const loading = this.#renderer;
      this.#renderer = undefined;
      this.#liveness?.close();
      loading?.kill();
      this.emit("status", { state: "starting" });
    }
    const candidate = await this.#replacement
      .start(this.#config, () => this.#onSlowReload())
      .catch((error: unknown) => {
        const message = this.#aboutModule(describeError(error));
        if (!this.#stopped) this.#onModuleFailure(message);
        throw new Error(this.#withoutFolders(message));
      });
    if (candidate === undefined || this.#stopped) {
      await candidate?.process.stop();
      throw new RendererGoneError("The module was loaded once more.");
    }
    const old = this.#renderer;
    this.#requests.rejectAll();
    this.#consecutiveCrashes = 0;
    this.#supervise(candidate.process);
    candidate.adopt((message) => this.#onMessage(message));
    this.emit("reloaded", undefined);
    await old?.stop();
  }

  #onSlowReload(): void {
    if (this.#renderer === undefined) return;
    const name = basename(this.#config.module ?? "");
    this.#problems.reload = `${name} has not returned yet; until then, the old scene stays.`;
    this.emit("status", this.#problems.status);
  }

  /** A module could not be loaded: the old scene stays, if there is one. */
  #onModuleFailure(message: string): void {
    if (this.#renderer !== undefined) this.#onReloaded(message);
    else if (this.#hasRun || this.#options.waitsForModule)
      this.emit("halted", { error: message, forViewers: this.#withoutFolders(message) });
    else this.#fail(message);
  }

  /** Messages of the module begin with its path, or that of what it imports; reasons for the end of a process do not. */
  #aboutModule(reason: string): string {
    const { module = "" } = this.#config;
    return reason.startsWith("/") ? reason : `${module}: ${reason}`;
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
        // A module may wait for something as long as it likes.
        if (this.#config.module !== undefined && !this.#isRunning) this.#liveness?.onProgress();
        else this.#liveness?.onHeartbeat();
        break;
      case "running":
        this.#problems.load = message.problem;
        this.#onRunning();
        break;
      case "layers":
        this.emit("layers", message.kinds);
        break;
      case "animation":
        this.emit("animation", message);
        break;
      case "clip":
        this.emit("clip", message.planes);
        break;
      case "panel":
        this.emit("panel", message.panel);
        break;
      case "control-values":
        this.#onControlValues(message.values);
        break;
      case "completeness":
        this.#problems.completeness = message.share;
        // Until the first frame, the status is "loading", which says more.
        if (this.#isRunning) this.emit("status", this.#problems.status);
        break;
      case "command-result":
        this.#onCommandResult(message);
        break;
      case "visibility":
        this.#problems.visibility = message.problem;
        this.emit("status", this.#problems.status);
        break;
      case "module-error":
        this.#problems.module = this.#withoutFolders(message.error).replace(/\.?$/, ".");
        if (this.#isRunning) this.emit("status", this.#problems.status);
        this.emit("moduleError", message.error);
        break;
      case "failed":
        // It ends by itself.
        if (this.#config.module !== undefined) this.#failure = message.message;
        else if (this.#canRevert) this.#history.onUnloadable();
        else this.#fail(message.message);
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
    const command = this.#requests.take(id);
    if (command === undefined) return;
    if (command.type === "reload") this.#onReloaded(error);
    if (command.type === "scene-request") this.#onSceneChanged(error);
    if (error === undefined) command.resolve(result);
    else command.reject(new Error(this.#withoutFolders(error)));
  }

  #onReloaded(error: string | undefined): void {
    this.#liveness?.onRunning();
    this.#loadingSince = undefined;
    this.#problems.reload =
      error && `The old scene stays: ${this.#withoutFolders(error).replace(/\.?$/, ".")}`;
    if (error === undefined) this.#problems.onLoaded();
    this.emit("status", this.#problems.status);
    this.emit("reloaded", error);
  }

  /** A change that needed no file again has shown no progress. */
  #onSceneChanged(error: string | undefined): void {
    this.#liveness?.onRunning();
    if (this.#loadingSince === undefined) return;
    this.#loadingSince = undefined;
    if (error === undefined) this.#problems.onLoaded();
    this.emit("status", this.#problems.status);
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
    this.emit("status", this.#problems.status);
    this.emit("running", this.#segments?.driver ?? "");
  }

  get #isRunning(): boolean {
    return this.#runningSince !== Number.POSITIVE_INFINITY;
  }

  /** Replaces paths by file names: viewers must not learn where the files are on this machine. */
  #withoutFolders(text: string): string {
    const { document, module } = this.#config;
    const files = [...filesOf(document), ...this.#requestedFiles];
    const named = files.reduce((rest, path) => rest.replaceAll(path, basename(path)), text);
    return module === undefined ? named : named.replaceAll(`${dirname(module)}/`, "");
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

  /** Whether an earlier document than the one that the renderer begins with was shown. */
  get #canRevert(): boolean {
    return this.#hasRun && this.#history.isChanged;
  }

  /** Gives up: no further restart. */
  #fail(message: string): void {
    this.#stopped = true;
    this.#liveness?.close();
    this.emit("failed", message);
  }

  #onHung(renderer: RendererProcess, silentMs: number): void {
    if (this.#config.module !== undefined) {
      this.#isHung = true;
      renderer.kill(hangReason(silentMs));
      return;
    }
    const isLoading = this.#phase !== "" && !this.#isRunning;
    // A restart would hang in the same place.
    if (isLoading && this.#canRevert) this.#history.onUnloadable();
    else if (isLoading) this.#fail(loadingHangs(filesOf(this.#config.document), this.#phase, silentMs));
    const activity = this.#segments === undefined ? " while it opened the graphics driver" : "";
    renderer.kill(`it did not answer for ${Math.round(silentMs / 1000)} s${activity}`);
  }

  #onExit(reason: string): void {
    this.#renderer = undefined;
    this.#liveness?.close();
    this.#requests.rejectAll();
    if (this.#stopped) return;
    sweepSharedMemory();
    const wasRunning = this.#isRunning;
    if (performance.now() - this.#runningSince > STABLE_MS) this.#consecutiveCrashes = 0;
    this.#runningSince = Number.POSITIVE_INFINITY;
    this.#consecutiveCrashes++;
    this.#crashedAt = performance.now();
    const crashes = this.#consecutiveCrashes;
    const earlier = this.#history.onCrash(crashes);
    if (earlier !== undefined) {
      this.#config = { ...this.#config, document: earlier };
      this.#isReverted = true;
      this.emit("reverted", earlier);
    }
    this.#keepView();
    if (this.#config.module !== undefined && (this.#isHung || !wasRunning || crashes >= MAX_START_ATTEMPTS)) {
      // Another one would end in the same way.
      this.#onModuleFailure(this.#aboutModule(this.#failure ?? reason));
      return;
    }
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
