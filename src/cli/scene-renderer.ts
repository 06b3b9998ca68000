import type { Object3D } from "three";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import { LoadError } from "../formats/load-error.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import type { RendererCommand } from "../protocol/commands.ts";
import { assertCameraState, sameCameraState } from "../scene/camera/camera-state.ts";
import { backgroundOf, changeView } from "../scene/change-view.ts";
import { type LoadedShow, loadShow } from "../scene/load-show.ts";
import { previewShow } from "../scene/preview-show.ts";
import { ShowManager } from "../scene/show-manager.ts";
import type { CommandAnswer } from "../server/renderer/command-channel.ts";
import { ShowStream } from "../stream/show-stream.ts";
import { ModuleScene } from "./modules/module-scene.ts";
import { RendererPanel } from "./renderer-panel.ts";
import type { RendererConfig, RendererMessage, SceneRequest } from "./renderer-protocol.ts";
import { VisibilityCheck } from "./visibility-check.ts";

type PickCommand = Extract<RendererCommand, { type: "pick" }>;

/** Time after which a question that waits for a frame checks whether viewers are left for whom it is rendered, ms. */
const VIEWER_CHECK_MS = 2000;

/** Loads the scene of `view`, renders it into shared memory, and reports its progress and problems as messages. */
export class SceneRenderer implements Disposable {
  readonly #config: RendererConfig;
  #document: SceneDocument;
  readonly #send: (message: RendererMessage) => void;
  /** The show and its stream, once they are opened. */
  #opened: { readonly show: ShowManager; readonly stream: ShowStream } | undefined;
  #scene: LoadedShow | undefined;
  /** Preview that is shown until large files are loaded. */
  #preview: { replace(object: Object3D): void; remove(): "moved" | "unmoved" } | undefined;
  /** Ends the load in progress. */
  #loading: AbortController | undefined;
  readonly #module: ModuleScene | undefined;
  readonly #panel = new RendererPanel(
    (panel) => this.#send({ type: "panel", panel }),
    () => [...(this.#opened?.show.panel.controls ?? [])],
  );
  readonly #visibility = new VisibilityCheck((message) => this.#send(message));

  constructor(config: RendererConfig, send: (message: RendererMessage) => void) {
    this.#config = config;
    this.#document = config.document;
    this.#send = send;
    if (config.module !== undefined) this.#module = new ModuleScene(config.module, send);
  }

  get #show(): ShowManager {
    return this.#open().show;
  }

  get #stream(): ShowStream {
    return this.#open().stream;
  }

  /** Opens the show and its stream on the first call: opening a GL context takes 40 ms, in which a Worker reads the file. */
  #open() {
    if (this.#opened !== undefined) return this.#opened;
    const { size, document, glBackend, maxSize } = this.#config;
    using opened = new DisposableStack();
    const show = opened.use(new ShowManager({ size, glBackend, background: backgroundOf(document.view) }));
    // RGBA as GL reads it: conversion to FURY's RGB would cost a copy.
    const stream = opened.use(
      new ShowStream(show, {
        maxWindowSize: maxSize,
        pixelFormat: "rgba",
        onCompleteness: (share) => this.#send({ type: "completeness", ...(share !== null && { share }) }),
        onAnimation: (time) => this.#send({ type: "animation", ...time }),
        // Uncaught, it ends this process; the parent starts another one with new segments.
        onWriteError: (error) => {
          throw error;
        },
      }),
    );
    let { isAnimated } = show;
    show.on("change", () => {
      if (show.isAnimated === isAnimated) return;
      isAnimated = show.isAnimated;
      // It can be played and stopped.
      this.#panel.update(this.#scene);
    });
    show.on("clip", ({ planes }) => {
      const { view } = this.#document;
      this.#document = { ...this.#document, view: { ...view, clipPlanes: planes } };
      this.#send({ type: "clip", planes });
    });
    opened.move();
    this.#opened = { show, stream };
    show.panel.watch({
      onControls: () => this.#panel.onProgram(),
      onValues: (values) => this.#send({ type: "control-values", values }),
    });
    this.#send({ type: "segments", names: stream.names, driver: show.driver });
    return this.#opened;
  }

  /**
   * Loads the scene, frames it or restores the configured camera, and starts streaming. Until large files are loaded, a
   * preview of points is shown; the scene is then framed again unless a viewer has moved the camera. A cancelled load keeps the preview.
   *
   * @throws LoadError
   */
  async load(): Promise<void> {
    let previewing: Promise<void> | undefined;
    // A file that is not read in a Worker is too small for a preview.
    const onWorker = () => {
      this.#open();
      previewing ??= this.#showPreview();
    };
    const scene = await this.#loadScene(this.#document, onWorker).catch((error: unknown) => {
      if (error instanceof LoadCancelled) return undefined;
      throw error;
    });
    await previewing;
    if (this.#module !== undefined) {
      if (this.#document.layers.length > 0) this.#show.shownDocument = this.#document;
      await this.#module.run(this.#show, this.#config.controlValues);
      await scene?.onObjectsAdded();
    }
    if (scene !== undefined) this.#showScene(scene);
    this.#stream.isProvisional = false;
    this.#send({ type: "progress", fraction: 1, phase: "drawing the first picture" });
    const problem = scene === undefined ? this.#cancelledProblem() : sampleProblem(scene.samples);
    const off = this.#show.on("render", () => {
      off();
      this.#module?.onShown();
      this.#send({ type: "running", ...(problem !== undefined && { problem }) });
      this.#addLevelsOfDetail();
    });
    this.#stream.loop.requestUnseenFrame();
    this.#stream.start();
  }

  /** @throws LoadError, RangeError or SharedMemoryError if the command fails; the view is then as before. */
  async execute(command: RendererCommand): Promise<CommandAnswer> {
    switch (command.type) {
      case "reload":
        // The old scene stays if the files cannot be loaded.
        await this.#replaceScene(this.#document);
        break;
      case "cancel":
        if (this.#loading === undefined) throw new Error("Nothing is being loaded.");
        this.#loading.abort(new LoadCancelled(filesOf(this.#document)));
        break;
      case "camera":
        this.#show.cameraState = command.camera;
        this.#stream.invalidate();
        break;
      case "focus":
        if (this.#scene === undefined) throw new Error("The files are still being loaded.");
        this.#scene.focus(command.layer);
        this.#stream.invalidate();
        break;
      case "resize":
        this.#stream.resize(command.width, command.height);
        break;
      case "layer":
      case "order":
      case "scene":
        throw new Error("A scene is changed by its document.");
      case "control":
        await this.#show.panel.execute(command.control, command.value);
        break;
      case "play":
        // Time steps are changed by the document.
        this.#stream.isPaused = !command.isPlaying;
        break;
      case "pick":
        return await this.#pick(command);
      case "slices":
        this.#moveSlices([command.x, command.y, command.z]);
        break;
    }
  }

  /**
   * Shows a changed document. Files are loaded again only if their objects cannot be changed; the old scene stays until then.
   *
   * @throws LoadError or RangeError if it cannot be shown; the view is then as before
   */
  async changeScene({ document, camera, isStep }: SceneRequest): Promise<void> {
    const { view } = document;
    if (camera === "set" && view.camera !== undefined) assertCameraState(view.camera);
    const before = this.#document.view;
    await this.#changeLayers(document);
    if (this.#show.shownDocument !== undefined) this.#show.shownDocument = document;
    if (this.#scene !== undefined) this.#send({ type: "layers", kinds: this.#scene.kinds });
    changeView(this.#show, this.#scene, { view, before, camera });
    // The next frame is rendered only if there are viewers.
    this.#stream.image.camera = this.#show.cameraState;
    if (isStep) this.#stream.advance();
    else this.#stream.invalidate();
    this.#panel.update(this.#scene);
  }

  /** Shows the layers of a document; only those that are new or cannot be changed in place are loaded. */
  async #changeLayers(document: SceneDocument): Promise<void> {
    const { signal } = this.#beginLoading();
    try {
      const outcome = await this.#scene?.change(document, { signal, onProgress: this.#reportProgress });
      if (outcome === undefined || outcome === "impossible") return await this.#replaceScene(document);
      this.#document = document;
      if (outcome === "live" || this.#scene === undefined) return;
      this.#checkNextFrame();
      this.#stream.animation = this.#scene;
      this.#addLevelsOfDetail();
    } finally {
      this.#loading = undefined;
    }
  }

  #beginLoading(): AbortController {
    this.#loading = new AbortController();
    return this.#loading;
  }

  readonly #reportProgress = (fraction: number, phase: string): void =>
    this.#send({ type: "progress", fraction, phase });

  /** Shows another scene; the old one stays if its files cannot be loaded. */
  async #replaceScene(document: SceneDocument): Promise<void> {
    const scene = await this.#loadScene(document);
    this.#document = document;
    this.#showScene(scene);
    this.#addLevelsOfDetail();
  }

  /** Answers from the newest frame. Only if the view has changed since, the next one is waited for. */
  async #pick({ x, y, purpose = "hover" }: PickCommand): Promise<CommandAnswer> {
    if (this.#scene === undefined)
      throw new Error("The files are still being loaded: what is under the pointer is known afterwards.");
    const { loop } = this.#stream;
    if (!loop.isCurrent) await this.#nextFrame();
    if (this.#show.disposed) return undefined;
    return { ...this.#show.pick(x, y, purpose) };
  }

  #nextFrame(): Promise<void> {
    const { show, stream } = this.#open();
    const { loop } = stream;
    return new Promise((resolve) => {
      const end = () => {
        clearInterval(timer);
        off();
        resolve();
      };
      const off = show.on("render", end);
      const check = () => {
        if (show.disposed) end();
        else if (loop.viewers === 0 && !loop.busy) loop.requestUnseenFrame();
      };
      const timer = setInterval(check, VIEWER_CHECK_MS);
      check();
    });
  }

  /** @param coordinates of the slices, by axis; undefined: the slice stays */
  #moveSlices(coordinates: readonly (number | undefined)[]): void {
    const axes = [0, 1, 2] as const;
    const positions = new Map(
      axes.flatMap((axis) => {
        const at = coordinates[axis];
        return at === undefined ? [] : [[axis, at] as const];
      }),
    );
    if (!this.#scene?.moveSlices(positions)) throw new Error("No slices of a volume are shown.");
    this.#stream.invalidate();
  }

  /** Frames the scene or restores the configured camera. */
  #frame(scene: { frame: LoadedShow["frame"] }): void {
    if (!this.#module?.placedCamera) scene.frame("animation");
    const { camera } = this.#document.view;
    if (camera) this.#show.cameraState = camera;
  }

  /** Shows a preview of large files and starts streaming; does nothing if no file is large. */
  async #showPreview(): Promise<void> {
    const preview = await previewShow(this.#show, this.#document);
    if (preview === undefined) return;
    this.#frame(preview);
    this.#stream.isProvisional = true;
    const { cameraState } = this.#show;
    this.#stream.start();
    this.#preview = {
      /** Replaces the points by a coarse version of the mesh. */
      replace: (object) => {
        preview.replace(object);
        this.#show.resetCameraClippingRange();
        this.#stream.invalidate();
      },
      /** Removes the points. @returns whether a viewer has moved the camera */
      remove: () => {
        preview.remove();
        return sameCameraState(this.#show.cameraState, cameraState) ? "unmoved" : "moved";
      },
    };
  }

  /** Shows a scene instead of the old one, from the same camera. The first one is framed, unless a viewer has moved the camera. */
  #showScene(scene: LoadedShow): void {
    const isFirst = this.#scene === undefined;
    this.#scene?.remove();
    this.#scene = scene;
    const isCameraMoved = this.#preview?.remove() === "moved";
    this.#preview = undefined;
    if (isFirst && !isCameraMoved) this.#frame(scene);
    else this.#show.resetCameraClippingRange();
    this.#checkNextFrame();
    this.#send({ type: "layers", kinds: scene.kinds });
    this.#stream.animation = scene;
  }

  /** Returns the message that describes the view after the first load was cancelled. */
  #cancelledProblem(): string {
    return this.#preview === undefined
      ? "Loading was cancelled. Load the files again to see them."
      : "Loading was cancelled; only a sample of the file is shown. Load the files again to see all of it.";
  }

  #checkNextFrame(): void {
    this.#visibility.checkNextFrame(this.#show, () => this.#panel.show(this.#scene));
  }

  /** For software drivers only: a GPU renders the full meshes in time. After the first frame, so as not to delay it. */
  #addLevelsOfDetail(): void {
    if (isSoftwareRenderer(this.#show.driver)) void this.#scene?.makeDrafts();
  }

  async #loadScene(document: SceneDocument, onWorker?: () => void): Promise<LoadedShow> {
    const { root, fit, demo } = this.#config;
    this.#loading = new AbortController();
    try {
      return await loadShow(() => this.#show, document, {
        root,
        fit,
        demo,
        onProgress: (fraction, phase) => this.#send({ type: "progress", fraction, phase }),
        // With several files, the coarse version of the first would replace the preview of all.
        onCoarse: document.layers.length === 1 ? (object) => this.#preview?.replace(object) : undefined,
        onDetail: (show) => this.#stream.betweenFrames(show),
        onWorker,
        signal: this.#loading.signal,
      });
    } finally {
      this.#loading = undefined;
    }
  }

  /** Reports an uncaught error of the module. @returns false for an error from elsewhere, and before the first scene */
  reportModuleError(error: unknown): boolean {
    return this.#module?.report(error) ?? false;
  }

  [Symbol.dispose](): void {
    this.#module?.end();
    this.#panel[Symbol.dispose]();
    this.#opened?.stream.cleanup();
    this.#opened?.show.dispose();
  }
}

/** Says in the page that only samples of files are shown. */
function sampleProblem(samples: readonly string[]): string | undefined {
  return samples.length === 0 ? undefined : `Only a part is shown: ${samples.join("; ")}.`;
}

/** The outcome of a load that a viewer has cancelled. */
class LoadCancelled extends LoadError {
  constructor(files: readonly string[]) {
    super(files.join(", "), "loading was cancelled");
  }
}
