import { type Box3, type Object3D, PerspectiveCamera, Scene, type WebGLRenderer } from "three";
import { selectLayers } from "../actors/detail-layers.ts";
import type { SceneDocument } from "../document/scene-document.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import { Panel } from "../panel/panel.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { PickPurpose, PickResult } from "../protocol/pick.ts";
import { parseBackground, setFirstBackground } from "./background.ts";
import { CameraFraming } from "./camera/camera-framing.ts";
import { type InteractorEvent, type InteractorEvents, TrackballStyle } from "./camera/trackball-style.ts";
import { DEFAULT_VIEW_ANGLE, type SceneCamera, ViewCamera } from "./camera/view-camera.ts";
import type { Viewpoint } from "./camera/viewpoint.ts";
import { flipRows } from "./frame-pixels.ts";
import { type FrameInput, FrameRenderer } from "./frame-renderer.ts";
import { GlRenderer } from "./gl-renderer.ts";
import { SceneLighting } from "./lights/scene-lighting.ts";
import { ScenePicker } from "./picking/scene-picker.ts";
import { ShowEvents } from "./show-events.ts";
import {
  checkedSize,
  MAX_PICTURE_SIZE,
  MAX_SIZE,
  type RenderOptions,
  type ShowKeyEvent,
  type ShowManagerOptions,
  type ShowPointerEvent,
  type Snapshot,
  type ViewOverlay,
} from "./show-options.ts";
import { type TimerId, Timers } from "./timers.ts";
import { ViewClipping } from "./view-clipping.ts";
import { warmUpScene } from "./warm-up-scene.ts";

/**
 * Default time of one step of a progressive frame, ms. A scene that takes less is drawn in one pass. Shorter than the 50 ms within which
 * an event must stop it, since a step's time is only estimated.
 */
const STEP_MS = 30;

/**
 * Renders a three.js scene off-screen: {@link render} draws a frame, {@link readPixelsInto} and {@link snapshot} read it. Input
 * events go to {@link style}. The counterpart of FURY's ShowManager.
 */
export class ShowManager extends ShowEvents implements Disposable {
  readonly scene: Scene;
  /** The camera with the movements of vtkCamera. */
  readonly view: ViewCamera;
  readonly style: TrackballStyle;
  readonly renderer: WebGLRenderer;
  readonly gl: WebGL2RenderingContext;
  /** Controls of the program in the page's panel. A server shows them that gets `panel: show.panel`. */
  readonly panel: Panel = new Panel();
  readonly #timers = new Timers();
  readonly #framing: CameraFraming;
  readonly #glRenderer: GlRenderer;
  readonly #frames: FrameRenderer;
  readonly #lighting: SceneLighting;
  readonly #resetsCamera: boolean;
  readonly clipping: ViewClipping;
  /** Knows the layers that can be picked. */
  readonly picker: ScenePicker;
  /** Set by `showDocument`. */
  shownDocument: SceneDocument | undefined;
  /** Drawn in front of the scene. */
  overlay: ViewOverlay | undefined;
  #renders = 0;
  #disposed = false;

  /** The document that `showDocument` shows, with the camera as it is now; undefined if it shows none. */
  get document(): SceneDocument | undefined {
    const { shownDocument: document } = this;
    return document && { ...document, view: { ...document.view, camera: this.cameraState } };
  }

  /** @throws RangeError for an invalid size or background, or the error of `createContext` */
  constructor(options: ShowManagerOptions = {}) {
    super();
    const [width, height] = checkedSize(options.size ?? [1280, 720], MAX_PICTURE_SIZE);
    const { background, glBackend: backend = "auto" } = options;
    this.scene = options.scene ?? new Scene();
    setFirstBackground(this.scene, background);
    const camera = options.camera ?? new PerspectiveCamera(DEFAULT_VIEW_ANGLE, width / height);
    this.view = new ViewCamera(camera);
    this.#framing = new CameraFraming(this.view, this.scene, [width, height]);
    this.#resetsCamera = options.resetCamera ?? true;
    this.style = new TrackballStyle(this.#framing);

    const transparent = background === "transparent";
    this.#glRenderer = new GlRenderer({ backend, size: [width, height], transparent });
    this.gl = this.#glRenderer.gl;
    this.renderer = this.#glRenderer.renderer;
    this.clipping = new ViewClipping(this.renderer, this, (planes) => this.emit("clip", { planes }));
    this.#frames = new FrameRenderer(this.gl, this.renderer, isSoftwareRenderer(this.driver), (complete) =>
      this.#onFrame(complete),
    );
    this.picker = new ScenePicker(this.scene, this.#frames, this.renderer);
    this.#lighting = new SceneLighting(this.scene, { rig: options.light !== false });
  }

  get camera(): SceneCamera {
    return this.view.camera;
  }

  /** Width and height of the view, px. */
  get size(): readonly [width: number, height: number] {
    return this.#framing.size;
  }

  /** Width and height of the last frame, px; smaller than `size` if it was rendered with a scale below 1. */
  get frameSize(): readonly [width: number, height: number] {
    return this.#frames.size;
  }

  /** Name of the GL driver (GL_RENDERER). */
  get driver(): string {
    return this.#glRenderer.driver;
  }

  /** The RGBA value that all pixels of the last frame have, without the overlay; undefined if they differ. */
  get uniformPixel(): number | undefined {
    return this.#frames.uniformPixel();
  }

  /** Number of frames rendered. */
  get renders(): number {
    return this.#renders;
  }

  /** Radius of the scene at the last `resetCamera()`, world units. */
  get radius(): number {
    return this.#framing.radius;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Viewpoint of the camera, for restoring the same view. */
  get cameraState(): CameraState {
    return this.view.state;
  }

  /**
   * A state with a `parallelScale` makes the view orthographic; a perspective `camera` is then replaced by another object.
   *
   * @throws RangeError for an invalid state
   */
  set cameraState(state: CameraState) {
    this.view.state = state;
    this.resetCameraClippingRange();
  }

  /** Changes the projection. The view of the focal point stays. */
  setOrthographic(orthographic: boolean): void {
    if (orthographic) this.view.makeOrthographic();
    else this.view.makePerspective();
    this.resetCameraClippingRange();
  }

  /** @throws RangeError unless it is an opaque CSS color */
  setBackground(color: string): void {
    this.scene.background = parseBackground(color);
  }

  /** Renders a frame. It stays readable until the next render or resize. */
  render(options: RenderOptions = {}): void {
    this.#assertNotDisposed();
    const { draft = false, level = 0 } = options;
    this.#frames.draw(this.#prepare(draft ? level : "full"), options);
  }

  /**
   * Prepares for the first frame while there is nothing to show: allocates its buffers and compiles the shaders of most files, which
   * takes 60 ms on llvmpipe.
   *
   * @param material "gltf" or "mesh", by the format of the file
   */
  warmUp(material: "gltf" | "mesh"): void {
    this.#assertNotDisposed();
    this.#frames.warmUp({ scene: warmUpScene(material), camera: new PerspectiveCamera(), size: this.size });
  }

  /**
   * Renders a frame in full quality, in steps of about `stepMs` if it takes longer: each `next()` is a step and gives the share that
   * is done, below 1. Every 150 ms a "render" event says that the incomplete frame can be read; it shows the frame before where it
   * is not drawn yet. To abandon it, call `return()`.
   *
   * Antialiasing is by supersampling on a software driver, in a buffer of twice the size: 8M triangles take 0.64 s of CPU time on
   * llvmpipe and 3.0 s on SwiftShader, with four samples per pixel 1.6 and 7.1 s, and in four jittered passes 2.4 and 10 s.
   */
  renderSteps(stepMs = STEP_MS): Generator<number, void> {
    this.#assertNotDisposed();
    return this.#frames.drawSteps(() => this.#prepare("full"), stepMs);
  }

  /** As {@link renderSteps}, for the only picture of a scene: parts of meshes that several pictures would need are not made. */
  renderOnce(stepMs: number): Generator<number, void> {
    this.#assertNotDisposed();
    return this.#frames.drawSteps(() => this.#prepare("full"), stepMs, true);
  }

  /**
   * Changes the size of the view, px. If the camera was not moved since the last framing, the scene is framed
   * again; otherwise its angle of view across the narrower side stays.
   *
   * @throws RangeError unless both are integers from 1 to `MAX_SIZE`
   */
  resize(width: number, height: number): void {
    this.#assertNotDisposed();
    checkedSize([width, height], MAX_SIZE);
    if (width === this.size[0] && height === this.size[1]) return;
    this.#frames.resize([width, height]);
    this.#framing.size = [width, height];
    this.emit("resize", { width, height });
  }

  /** Reads the last frame. */
  snapshot(): Snapshot {
    const [width, height] = this.frameSize;
    const data = new Uint8Array(width * height * 4);
    this.readPixelsInto(data);
    flipRows(data, width * 4, height);
    return { width, height, data };
  }

  /**
   * Reads the last frame into a buffer, for example mapped shared memory: RGBA, rows bottom-up, tightly packed, of `frameSize`.
   *
   * @param view at least width x height x 4 bytes
   * @throws RangeError if `view` is too small
   */
  readPixelsInto(view: Uint8Array): void {
    this.#assertNotDisposed();
    this.#frames.readPixels(view);
  }

  /**
   * Frames the scene from a direction, by default that for data whose axis `up` points up. {@link resetView} restores this view.
   *
   * @param bounds as in `resetCamera`
   */
  frameScene(up: UpAxis | Viewpoint = "y", bounds?: Box3): void {
    this.#framing.frameScene(up, bounds);
  }

  /**
   * Restores the first view, as the key `r` does: that of the last `frameScene`, or if it was never called, the camera
   * as it was before the first interaction.
   */
  resetView(): void {
    this.#framing.resetView();
  }

  /**
   * Frames everything visible, from the direction that the camera has (vtkRenderer::ResetCamera, but as close as the
   * vertices allow instead of around the sphere of their box).
   *
   * @param bounds box to frame instead, now and whenever the scene is framed again, until the next `frameScene`; for
   *   example the box of a whole animation
   */
  resetCamera(bounds?: Box3): void {
    this.#framing.resetCamera(bounds);
  }

  /** Fits near and far planes around everything visible (vtkRenderer::ResetCameraClippingRange). */
  resetCameraClippingRange(): void {
    this.#framing.resetCameraClippingRange();
  }

  /**
   * Finds what the last frame shows at a place: the layer, the point in world coordinates, and what is known about its element, such as the
   * voxel and its value. Renders a frame first if there is none. Emits "pick".
   *
   * @param x fraction of the width of the view, 0 (left) to 1
   * @param y fraction of its height, 0 (top) to 1
   * @param purpose whether the pointer only hovers, or was clicked. Default: "click"
   * @throws RangeError for a place outside of the view
   */
  pick(x: number, y: number, purpose: PickPurpose = "click"): PickResult {
    this.#assertNotDisposed();
    const result = this.picker.pick(x, y, () => this.render());
    this.emit("pick", { x, y, purpose, result });
    return result;
  }

  /**
   * Starts a timer (FURY's add_timer_callback).
   *
   * @param repeat call back repeatedly instead of once
   * @param interval ms
   * @returns the timer's id, for `destroyTimer`
   * @throws RangeError unless the interval is positive
   */
  addTimerCallback(repeat: boolean, interval: number, callback: (show: ShowManager) => void): TimerId {
    this.#assertNotDisposed();
    return this.#timers.add(repeat, interval, () => callback(this));
  }

  /** @returns false if there is no such timer */
  destroyTimer(id: TimerId): boolean {
    return this.#timers.remove(id);
  }

  destroyTimers(): void {
    this.#timers.clear();
  }

  /**
   * Adds a callback for input events, called after the interactor style has handled them (FURY's add_iren_callback).
   *
   * @param event default: "mouseMove", as in FURY
   * @returns a function that removes the callback
   */
  addIrenCallback(
    callback: (event: InteractorEvent) => void,
    event: keyof InteractorEvents = "mouseMove",
  ): () => void {
    return this.style.events.on(event, callback);
  }

  /** Calls the listeners of "animate". @throws the error of a listener, after removing all of them */
  animate(seconds: number): void {
    this.emitAnimate(seconds, () => this.resetCameraClippingRange());
  }

  /** To be called when the scene was changed, outside of "animate": streams render it. */
  invalidate(): void {
    this.resetCameraClippingRange();
    this.emit("change", undefined);
  }

  /** Emits a key event of a viewer. To be called after the {@link style} has handled it. */
  emitKey(event: ShowKeyEvent): void {
    this.emit("key", event);
  }

  /** Emits a pointer event of a viewer. To be called after the {@link style} has handled it. */
  emitPointer(event: Omit<ShowPointerEvent, "point">): void {
    const { picker } = this;
    this.emit("pointer", {
      ...event,
      get point() {
        return picker.pointAt(event.x, event.y);
      },
    });
  }

  /** Adds objects to the scene (FURY's scene.add). */
  add(...objects: Object3D[]): void {
    this.scene.add(...objects);
  }

  /** Stops the timers and destroys the GL context with its memory. The scene remains usable. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#timers.clear();
    this.clearListeners();
    this.style.events.clear();
    this.#lighting.dispose();
    this.#glRenderer.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #prepare(level: number | "full"): FrameInput {
    if (this.#resetsCamera) this.#framing.frameIfUnplaced();
    this.#framing.validateCamera();
    const { scene, camera, size } = this;
    this.#lighting.update(camera);
    selectLayers(camera.layers, level, { isClipped: this.clipping.prepare(scene) });
    return { scene, camera, size, overlay: this.overlay?.update(camera, size) };
  }

  #onFrame(complete: boolean): void {
    this.#renders += 1;
    const [width, height] = this.frameSize;
    this.emit("render", { width, height, renders: this.#renders, complete });
  }

  #assertNotDisposed(): void {
    if (this.#disposed) throw new Error("this ShowManager has been disposed");
  }
}
