import { type Box3, type Object3D, PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer } from "three";
import type { UpAxis } from "../formats/up-axis.ts";
import { createContext } from "../gl/index.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { DEFAULT_BACKGROUND, parseBackground } from "./background.ts";
import { CameraFraming } from "./camera/camera-framing.ts";
import { type InteractorEvent, type InteractorEvents, TrackballStyle } from "./camera/trackball-style.ts";
import { DEFAULT_VIEW_ANGLE, type SceneCamera, ViewCamera } from "./camera/view-camera.ts";
import { CanvasStub, provideCancelAnimationFrame } from "./canvas-stub.ts";
import { DrawingSurface } from "./drawing-surface.ts";
import { Emitter } from "./emitter.ts";
import { LightRig } from "./lights/light-rig.ts";
import { SceneEnvironment } from "./lights/scene-environment.ts";
import { selectLayers } from "./lod/detail-layers.ts";
import {
  checkedSize,
  type RenderOptions,
  type ShowManagerEvents,
  type ShowManagerOptions,
  type Snapshot,
} from "./show-options.ts";
import { type TimerId, Timers } from "./timers.ts";

export {
  type GlBackend,
  MAX_SIZE,
  type RenderOptions,
  type ShowManagerEvents,
  type ShowManagerOptions,
  type Snapshot,
} from "./show-options.ts";

interface DestroyExtension {
  destroy(): void;
}

/**
 * A three.js scene and a camera, rendered without a window into a picture that can be read. FURY's class of the same
 * name, for three.js: what it draws is asked for by `render()`, what people do with it goes to `style`.
 */
export class ShowManager implements Disposable {
  readonly scene: Scene;
  /** The movements of the camera, in VTK's terms. */
  readonly view: ViewCamera;
  readonly style: TrackballStyle;
  readonly renderer: WebGLRenderer;
  readonly gl: WebGL2RenderingContext;
  readonly #events = new Emitter<ShowManagerEvents>();
  readonly #timers = new Timers();
  readonly #rig: LightRig | undefined;
  readonly #framing: CameraFraming;
  readonly #surface: DrawingSurface;
  readonly #resetsCamera: boolean;
  #renders = 0;
  /** Children of the scene when its light was last looked for. */
  #lightedChildren = -1;
  readonly #environment: SceneEnvironment;
  #disposed = false;

  /** @throws RangeError for a size or a background that cannot be, or the error of `createContext` */
  constructor(options: ShowManagerOptions = {}) {
    const [width, height] = checkedSize(...(options.size ?? [1280, 720]));
    const transparent = options.background === "transparent";
    const background =
      transparent || options.background === undefined ? null : parseBackground(options.background);
    this.scene = options.scene ?? new Scene();
    if (transparent || background !== null) this.scene.background = background;
    else this.scene.background ??= parseBackground(DEFAULT_BACKGROUND);
    const camera = options.camera ?? new PerspectiveCamera(DEFAULT_VIEW_ANGLE, width / height);
    this.view = new ViewCamera(camera);
    this.#framing = new CameraFraming(this.view, this.scene, [width, height]);
    this.#resetsCamera = options.resetCamera ?? true;
    this.style = new TrackballStyle(this.#framing);
    if (options.light !== false) {
      this.#rig = new LightRig();
      this.scene.add(this.#rig.object);
    }

    provideCancelAnimationFrame();
    this.gl = createContext(width, height, {
      antialias: false,
      preserveDrawingBuffer: true,
      backend: options.glBackend ?? "auto",
    }) as unknown as WebGL2RenderingContext;
    this.renderer = new WebGLRenderer({
      canvas: new CanvasStub(width, height) as unknown as HTMLCanvasElement,
      context: this.gl,
    });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.setClearAlpha(transparent ? 0 : 1);
    // three.js's viewport is 0 x 0 until a size is set, and so is the transmission render target (KHR_materials_transmission).
    this.renderer.setSize(width, height, false);
    this.#surface = new DrawingSurface(this.gl, this.renderer);
    this.#environment = new SceneEnvironment(this.scene, this.renderer);
  }

  get camera(): SceneCamera {
    return this.view.camera;
  }

  /** Width and height in pixels. */
  get size(): readonly [width: number, height: number] {
    return this.#framing.size;
  }

  /** Width and height of the picture that was rendered last, in pixels; less than `size` where a scale was asked for. */
  get frameSize(): readonly [width: number, height: number] {
    return this.#surface.size;
  }

  /** The GL driver's name for itself (GL_RENDERER). */
  get driver(): string {
    return String(this.gl.getParameter(this.gl.RENDERER));
  }

  /** How often it has rendered. */
  get renders(): number {
    return this.#renders;
  }

  /** Radius of what is in the scene as of the last `resetCamera()`, world units. */
  get radius(): number {
    return this.#framing.radius;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Where the camera is; setting it gives the same picture again. */
  get cameraState(): CameraState {
    return this.view.state;
  }

  /**
   * A state with a `parallelScale` makes the view orthographic; a perspective `camera` is then replaced by another object.
   *
   * @throws RangeError for a state without a picture
   */
  set cameraState(state: CameraState) {
    this.view.state = state;
    this.resetCameraClippingRange();
  }

  /** @param color any opaque CSS colour; RangeError otherwise */
  setBackground(color: string): void {
    this.scene.background = parseBackground(color);
  }

  /** Draws the scene. The picture stays readable until the next render or resize. */
  render(options: RenderOptions = {}): void {
    this.#assertAlive();
    const { samples = this.#surface.samples, draft = false, scale = 1 } = options;
    this.#surface.shape(this.size, { samples, scale });
    if (this.#resetsCamera) this.#framing.frameIfUnplaced();
    this.#guardCamera();
    this.#rig?.follow(this.camera);
    if (this.scene.children.length !== this.#lightedChildren) this.#lightScene();
    selectLayers(this.camera.layers, draft);
    this.renderer.render(this.scene, this.camera);
    this.#renders += 1;
    const [width, height] = this.frameSize;
    this.#events.emit("render", { width, height, renders: this.#renders });
  }

  /**
   * Changes the size of the picture, in pixels. If the camera was not moved since the last framing, the scene is framed
   * again; otherwise its angle of view across the narrower side stays.
   *
   * @throws RangeError when it is not whole, not positive or above `MAX_SIZE`
   */
  resize(width: number, height: number): void {
    this.#assertAlive();
    checkedSize(width, height);
    if (width === this.size[0] && height === this.size[1]) return;
    this.#surface.resize([width, height]);
    this.#framing.size = [width, height];
    this.#events.emit("resize", { width, height });
  }

  /** The last rendered picture. */
  snapshot(): Snapshot {
    const [width, height] = this.frameSize;
    const data = new Uint8Array(width * height * 4);
    this.readPixelsInto(data);
    flipRows(data, width * 4, height);
    return { width, height, data };
  }

  /**
   * Reads the last rendered picture, `viewSize`, RGBA with rows bottom-up as GL has them, into `view`: with mapped
   * shared memory this is the only copy.
   *
   * @param view at least width x height x 4 bytes; RangeError otherwise
   */
  readPixelsInto(view: Uint8Array): void {
    this.#assertAlive();
    const [width, height] = this.frameSize;
    if (view.byteLength < width * height * 4) {
      throw new RangeError(
        `a picture of ${width}x${height} takes ${width * height * 4} bytes, not ${view.byteLength}`,
      );
    }
    const { gl } = this;
    this.renderer.setRenderTarget(null);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, view);
  }

  /**
   * Frames the scene from the default direction for data whose axis `up` points up. {@link resetView} restores this view.
   *
   * @param bounds as in `resetCamera`
   */
  frameScene(up: UpAxis = "y", bounds?: Box3): void {
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
   * Calls back every `interval` ms (FURY's add_timer_callback).
   *
   * @returns the timer's id, for `destroyTimer`
   * @throws RangeError when the interval is not positive
   */
  addTimerCallback(repeat: boolean, interval: number, callback: (show: ShowManager) => void): TimerId {
    this.#assertAlive();
    return this.#timers.add(repeat, interval, () => callback(this));
  }

  /** @returns false when there is no such timer (any more) */
  destroyTimer(id: TimerId): boolean {
    return this.#timers.remove(id);
  }

  destroyTimers(): void {
    this.#timers.clear();
  }

  /**
   * Calls back after an event of the interactor has been applied (FURY's add_iren_callback).
   *
   * @param event default: "mouseMove", as FURY has it
   * @returns a function that takes the callback away
   */
  addIrenCallback(
    callback: (event: InteractorEvent) => void,
    event: keyof InteractorEvents = "mouseMove",
  ): () => void {
    return this.style.events.on(event, callback);
  }

  /** @returns a function that takes the listener away */
  on<Name extends keyof ShowManagerEvents>(
    name: Name,
    listener: (event: ShowManagerEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  off<Name extends keyof ShowManagerEvents>(
    name: Name,
    listener: (event: ShowManagerEvents[Name]) => void,
  ): void {
    this.#events.off(name, listener);
  }

  /** Adds to the scene (FURY's scene.add). */
  add(...objects: Object3D[]): void {
    this.scene.add(...objects);
  }

  /** Stops the timers and frees everything on the GPU, with the context. The scene itself stays. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#timers.clear();
    this.#events.clear();
    this.style.events.clear();
    if (this.#rig !== undefined) this.scene.remove(this.#rig.object);
    this.#environment.dispose();
    this.renderer.dispose();
    (this.gl.getExtension("STACKGL_destroy_context") as DestroyExtension | null)?.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Lights the scene with its own lights and environment, or if it has none, with the rig and the studio environment. */
  #lightScene(): void {
    this.#lightedChildren = this.scene.children.length;
    this.#environment.update({ studio: this.#rig !== undefined });
    if (this.#rig === undefined) return;
    this.#rig.yieldTo(this.scene);
    this.#rig.hasEnvironment = this.scene.environment !== null;
  }

  #guardCamera(): void {
    this.view.guard();
    const { camera } = this;
    const planes = camera.near < camera.far && Number.isFinite(camera.far) && Number.isFinite(camera.near);
    if (!planes || ("isPerspectiveCamera" in camera && !(camera.near > 0))) this.resetCameraClippingRange();
    if (!camera.projectionMatrix.elements.every(Number.isFinite)) {
      camera.near = 0.01 * this.radius;
      camera.far = 100 * this.radius;
      this.view.setAspect(this.size[0] / this.size[1]);
    }
  }

  #assertAlive(): void {
    if (this.#disposed) throw new Error("this ShowManager has been disposed");
  }
}

function flipRows(data: Uint8Array, stride: number, height: number): void {
  const row = new Uint8Array(stride);
  for (let top = 0, bottom = height - 1; top < bottom; top += 1, bottom -= 1) {
    row.set(data.subarray(top * stride, (top + 1) * stride));
    data.copyWithin(top * stride, bottom * stride, (bottom + 1) * stride);
    data.set(row, bottom * stride);
  }
}
