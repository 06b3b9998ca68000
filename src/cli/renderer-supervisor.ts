import { basename } from "node:path";
import type { SceneDocument } from "../document/scene-document.ts";
import { sweepSharedMemory } from "../native/shared-memory.ts";
import type { CommandType, RendererCommand } from "../protocol/commands.ts";
import type { ControlValue } from "../protocol/panel.ts";
import type { RendererStatus } from "../protocol/server-messages.ts";
import { Emitter } from "../scene/emitter.ts";
import type { CommandAnswer } from "../server/renderer/command-channel.ts";
import { describeError } from "./errors.ts";
import { RendererReplacement } from "./renderer-candidate.ts";
import { RendererCrashes } from "./renderer-crashes.ts";
import { hangReason, limitsFor, loadingHangs, RendererLiveness } from "./renderer-liveness.ts";
import { RendererProcess } from "./renderer-process.ts";
import type { RendererConfig, RendererMessage, RendererRequest, SceneRequest } from "./renderer-protocol.ts";
import { RendererGoneError, RendererRequests } from "./renderer-requests.ts";
import { RendererRun } from "./renderer-run.ts";
import { StartConfig } from "./start-config.ts";
import type { SupervisorEvents, SupervisorOptions } from "./supervisor-events.ts";

/** The problem of a view that has gone back to an earlier document. */
const REVERTED = "The last change of the scene made the renderer fail; the scene before it is shown again.";

/** Supervises the renderer process: starts it, and restarts it with the same camera after a crash or a hang. */
export class RendererSupervisor extends Emitter<SupervisorEvents> {
  readonly #startConfig: StartConfig;
  readonly #options: SupervisorOptions;
  #renderer: RendererProcess | undefined;
  #liveness: RendererLiveness | undefined;
  #run: RendererRun;
  /** Whether the renderer begins with an earlier document than the newest one. */
  #isReverted = false;
  readonly #replacement: RendererReplacement;
  readonly #requests = new RendererRequests();
  #restartTimer: Timer | undefined;
  #stopped = false;
  /** Whether any renderer has written a frame. */
  #hasRun = false;
  readonly #crashes = new RendererCrashes();

  constructor(config: RendererConfig, options: SupervisorOptions) {
    super();
    this.#startConfig = new StartConfig(config);
    this.#options = options;
    this.#run = new RendererRun(options.attach);
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
    if (command.type === "reload" && this.#startConfig.module !== undefined) return this.#reloadModule();
    const answer = this.#request(command.type, (id) => ({ type: "command", id, command }));
    return command.type === "control" ? this.#keepControl(command, answer) : answer;
  }

  /** Values that viewers have given to the controls of the module, by the control's name. */
  get controlValues(): Readonly<Record<string, ControlValue>> | undefined {
    return this.#startConfig.value.controlValues;
  }

  async #keepControl(
    command: Extract<RendererCommand, { type: "control" }>,
    answer: Promise<CommandAnswer>,
  ): Promise<CommandAnswer> {
    const result = await answer;
    this.#startConfig.keepControl(command);
    return result;
  }

  /**
   * Has the renderer show a changed document; the next one begins with it, too. Rejects with a sentence for the user if it fails, and the
   * scene is as before.
   */
  async changeScene(scene: SceneRequest): Promise<void> {
    this.#startConfig.onRequested(scene.document);
    await this.#request("scene-request", (id) => ({ type: "scene", id, scene }));
    this.keepDocument(scene.document);
    if (this.#run.problems.change === undefined) return;
    this.#run.problems.change = undefined;
    this.emit("status", this.#run.problems.status);
  }

  /** Has the next renderer begin with a document that the present one shows already. */
  keepDocument(document: SceneDocument): void {
    this.#startConfig.keepDocument(document, this.#run.runningSince);
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
    const renderer: RendererProcess = new RendererProcess(this.#startConfig.value, (message) =>
      this.#receive(renderer, message),
    );
    this.#supervise(renderer);
  }

  #supervise(renderer: RendererProcess): void {
    this.#run = new RendererRun(this.#options.attach);
    if (this.#isReverted) this.#run.problems.change = REVERTED;
    this.#isReverted = false;
    this.emit("animation", { seconds: 0, isRunning: false });
    this.#renderer = renderer;
    this.#liveness?.close();
    const { files, module } = this.#startConfig;
    const limits = limitsFor(files, module !== undefined, this.#options.limits);
    this.#liveness = new RendererLiveness(limits, {
      onSilent: () => this.emit("status", { state: "not-answering", reason: this.#silenceReason() }),
      onAnswer: () => this.emit("status", this.#run.problems.status),
      onHung: (silentMs) => this.#onHung(renderer, silentMs),
    });
    void renderer.ended.then((reason) => {
      if (renderer === this.#renderer) this.#onExit(reason);
      // Another one has taken its place, because it did not answer.
      else sweepSharedMemory();
    });
  }

  #silenceReason(): string {
    const { module } = this.#startConfig;
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
    this.#startConfig.keepView(this.#options.lastView());
    if (!this.#run.isRunning) {
      // It has no scene that could stay, and may never have one.
      const loading = this.#renderer;
      this.#renderer = undefined;
      this.#liveness?.close();
      loading?.kill();
      this.emit("status", { state: "starting" });
    }
    const candidate = await this.#replacement
      .start(this.#startConfig.value, () => this.#onSlowReload())
      .catch((error: unknown) => {
        const message = this.#startConfig.aboutModule(describeError(error));
        if (!this.#stopped) this.#onModuleFailure(message);
        throw new Error(this.#startConfig.withoutFolders(message));
      });
    if (candidate === undefined || this.#stopped) {
      await candidate?.process.stop();
      throw new RendererGoneError("The module was loaded once more.");
    }
    const old = this.#renderer;
    this.#requests.rejectAll();
    this.#crashes.reset();
    this.#supervise(candidate.process);
    candidate.adopt((message) => this.#receive(candidate.process, message));
    this.emit("reloaded", undefined);
    await old?.stop();
  }

  #onSlowReload(): void {
    if (this.#renderer === undefined) return;
    const name = basename(this.#startConfig.module ?? "");
    this.#run.problems.reload = `${name} has not returned yet; until then, the old scene stays.`;
    this.emit("status", this.#run.problems.status);
  }

  /** A module could not be loaded: the old scene stays, if there is one. */
  #onModuleFailure(message: string): void {
    if (this.#renderer !== undefined) this.#onReloaded(message);
    else if (this.#hasRun || this.#options.waitsForModule)
      this.emit("halted", { error: message, forViewers: this.#startConfig.withoutFolders(message) });
    else this.#fail(message);
  }

  #receive(renderer: RendererProcess, message: RendererMessage): void {
    // One that was replaced may send messages until it has ended, such as values of its controls.
    if (renderer === this.#renderer) this.#onMessage(message);
  }

  #onMessage(message: RendererMessage): void {
    switch (message.type) {
      case "segments":
        this.#run.onSegments(message);
        this.#liveness?.onProgress();
        this.emit("opened", undefined);
        break;
      case "progress":
        this.#liveness?.onProgress();
        this.#emitStartStatus(this.#run.onProgress(message));
        break;
      case "heartbeat":
        // A module may wait for something as long as it likes.
        if (this.#startConfig.module !== undefined && !this.#run.isRunning) this.#liveness?.onProgress();
        else this.#liveness?.onHeartbeat();
        break;
      case "running":
        this.#onRunning(message);
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
        this.#startConfig.updateControls(message.values);
        this.emit("controlValues", message.values);
        break;
      case "completeness":
        this.#run.problems.completeness = message.share;
        // Until the first frame, the status is "loading", which says more.
        if (this.#run.isRunning) this.emit("status", this.#run.problems.status);
        break;
      case "command-result":
        this.#onCommandResult(message);
        break;
      case "visibility":
        this.#run.problems.visibility = message.problem;
        this.emit("status", this.#run.problems.status);
        break;
      case "module-error":
        this.#run.problems.module = this.#startConfig.withoutFolders(message.error).replace(/\.?$/, ".");
        if (this.#run.isRunning) this.emit("status", this.#run.problems.status);
        this.emit("moduleError", message.error);
        break;
      case "failed":
        // It ends by itself.
        if (this.#startConfig.module !== undefined) this.#run.failure = message.message;
        else if (this.#canRevert) this.#startConfig.onUnloadable();
        else this.#fail(message.message);
        break;
    }
  }

  #onCommandResult({ id, error, result }: Extract<RendererMessage, { type: "command-result" }>): void {
    const command = this.#requests.take(id);
    if (command === undefined) return;
    if (command.type === "reload") this.#onReloaded(error);
    if (command.type === "scene-request") this.#onSceneChanged(error);
    if (error === undefined) command.resolve(result);
    else command.reject(new Error(this.#startConfig.withoutFolders(error)));
  }

  #onReloaded(error: string | undefined): void {
    this.#liveness?.onRunning();
    this.#run.onLoadEnd();
    this.#run.problems.reload =
      error && `The old scene stays: ${this.#startConfig.withoutFolders(error).replace(/\.?$/, ".")}`;
    if (error === undefined) this.#run.problems.onLoaded();
    this.emit("status", this.#run.problems.status);
    this.emit("reloaded", error);
  }

  /** A change that needed no file again has shown no progress. */
  #onSceneChanged(error: string | undefined): void {
    this.#liveness?.onRunning();
    if (!this.#run.onLoadEnd()) return;
    if (error === undefined) this.#run.problems.onLoaded();
    this.emit("status", this.#run.problems.status);
  }

  #onRunning(message: Extract<RendererMessage, { type: "running" }>): void {
    const error = this.#run.onRunning(message);
    if (error !== undefined) {
      this.#renderer?.kill(`its frames cannot be opened: ${describeError(error)}`);
      return;
    }
    this.#hasRun = true;
    this.#liveness?.onRunning();
    this.emit("status", this.#run.problems.status);
    this.emit("running", this.#run.driver ?? "");
  }

  #emitStartStatus(status: RendererStatus): void {
    // The status "gone" stays readable, and most restarts are faster.
    if (!this.#crashes.isRecent) this.emit("status", status);
  }

  /** Whether an earlier document than the one that the renderer begins with was shown. */
  get #canRevert(): boolean {
    return this.#hasRun && this.#startConfig.canRevert;
  }

  /** Gives up: no further restart. */
  #fail(message: string): void {
    this.#stopped = true;
    this.#liveness?.close();
    this.emit("failed", message);
  }

  #onHung(renderer: RendererProcess, silentMs: number): void {
    if (this.#startConfig.module !== undefined) {
      this.#run.isHung = true;
      renderer.kill(hangReason(silentMs));
      return;
    }
    const { isLoading, phase, driver } = this.#run;
    // A restart would hang in the same place.
    if (isLoading && this.#canRevert) this.#startConfig.onUnloadable();
    else if (isLoading) this.#fail(loadingHangs(this.#startConfig.files, phase, silentMs));
    const activity = driver === undefined ? " while it opened the graphics driver" : "";
    renderer.kill(`it did not answer for ${Math.round(silentMs / 1000)} s${activity}`);
  }

  #onExit(reason: string): void {
    this.#renderer = undefined;
    this.#liveness?.close();
    this.#requests.rejectAll();
    if (this.#stopped) return;
    sweepSharedMemory();
    const run = this.#run;
    this.#run = new RendererRun(this.#options.attach);
    this.#crashes.add(run.runningSince);
    const earlier = this.#startConfig.onCrash(this.#crashes.consecutive);
    if (earlier !== undefined) {
      this.#isReverted = true;
      this.emit("reverted", earlier);
    }
    this.#startConfig.keepView(this.#options.lastView());
    if (
      this.#startConfig.module !== undefined &&
      (run.isHung || !run.isRunning || this.#crashes.areTooMany)
    ) {
      // Another one would end in the same way.
      this.#onModuleFailure(this.#startConfig.aboutModule(run.failure ?? reason));
      return;
    }
    if (!this.#hasRun && this.#crashes.areTooMany) {
      this.#fail(
        `The renderer could not start after ${this.#crashes.consecutive} attempts: ${reason}. Try another --gl-backend; scenecast doctor lists the drivers.`,
      );
      return;
    }
    this.emit("exited", `The renderer stopped: ${reason}. It is being restarted.`);
    this.emit("status", { state: "gone", reason, restarting: true });
    this.#restartTimer = setTimeout(() => this.#launch(), this.#crashes.restartDelayMs);
  }
}
