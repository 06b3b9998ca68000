import type { OrthographicCamera, Scene, WebGLRenderer } from "three";
import { selectedLevel } from "../actors/detail-layers.ts";
import type { SceneCamera } from "./camera/view-camera.ts";
import { DrawingBuffer } from "./drawing-buffer.ts";
import { allocatePixels, fillUndrawn, scalePixels, uniformPixelOf } from "./frame-pixels.ts";
import { DrawnView } from "./picking/drawn-view.ts";
import {
  DrawingRates,
  drawBackground,
  type FramePlan,
  ProgressiveFrame,
  planFrame,
} from "./progressive-frame.ts";
import { leaveOutUnsampled } from "./sampled-meshes.ts";
import { MAX_SIZE, type RenderOptions } from "./show-options.ts";

type Size = readonly [width: number, height: number];

/** What a {@link FrameRenderer} draws: read again for each frame. */
export interface FrameInput {
  readonly scene: Scene;
  readonly camera: SceneCamera;
  /** Size of the view, px. */
  readonly size: Size;
  /** Drawn in front of the scene. */
  readonly overlay?: { readonly scene: Scene; readonly camera: OrthographicCamera } | undefined;
}

/** Minimum time between two incomplete frames, ms: reading and encoding one takes as long as a step. */
const INCOMPLETE_FRAME_MS = 150;

/** Draws frames into the drawing buffer, in one pass or in steps, and reads them. */
export class FrameRenderer {
  readonly #renderer: WebGLRenderer;
  readonly #isSoftwareRenderer: boolean;
  readonly #onFrame: (isComplete: boolean) => void;
  readonly #buffer: DrawingBuffer;
  readonly #rates = new DrawingRates();
  /**
   * The previous frame, which an incomplete one shows where nothing is drawn yet, and the RGBA color of such a pixel; without a
   * color the previous frame is shown everywhere. Null for a complete frame and for the first.
   */
  #previous: { readonly pixels: Uint8Array; readonly background: readonly number[] | null } | null = null;
  #hasFrame = false;
  /** The last frame before its overlay was drawn; undefined for a frame without an overlay. */
  #withoutOverlay: { readonly uniformPixel: number | undefined } | undefined;
  /** Restore the meshes that a full view draws without the triangles that contain no sample. */
  readonly #restores: (() => void)[] = [];
  /** Changes whenever the buffer is drawn or cleared. */
  #contents = 0;
  #drawn: DrawnView | undefined;

  /** @param onFrame called when a frame can be read, complete or not */
  constructor(
    gl: WebGL2RenderingContext,
    renderer: WebGLRenderer,
    isSoftwareRenderer: boolean,
    onFrame: (isComplete: boolean) => void,
  ) {
    this.#renderer = renderer;
    this.#isSoftwareRenderer = isSoftwareRenderer;
    this.#onFrame = onFrame;
    this.#buffer = new DrawingBuffer(gl, renderer);
  }

  /** Size of the last frame, px. */
  get size(): Size {
    return this.#buffer.size;
  }

  /** The view in the drawing buffer, complete or not; undefined before the first frame, and after a tile. */
  get drawn(): DrawnView | undefined {
    return this.#drawn;
  }

  /** Reads the depth of a pixel of the drawing buffer, 0 (near) to 1 (far); rows bottom-up. */
  depthAt([x, y]: readonly [number, number]): number {
    return this.#buffer.depthAt(x, y);
  }

  /** Draws a frame in one pass. */
  draw({ scene, camera, size, overlay }: FrameInput, options: RenderOptions): void {
    const { samples = this.#buffer.samples, scale = 1, tile } = options;
    this.#restoreMeshes();
    this.#buffer.configure(tile === undefined ? size : [tile.width, tile.height], { samples, scale });
    const cameras = [camera, ...(overlay === undefined ? [] : [overlay.camera])];
    for (const each of tile === undefined ? [] : cameras) {
      each.setViewOffset(...size, tile?.x ?? 0, tile?.y ?? 0, tile?.width ?? 0, tile?.height ?? 0);
    }
    this.#drawn = undefined;
    if (tile === undefined) this.#record(camera, size);
    this.#renderer.render(scene, camera);
    this.#complete(overlay);
    for (const each of tile === undefined ? [] : cameras) each.clearViewOffset();
  }

  /**
   * Draws a frame in full quality, in steps if it takes longer than one; see `ShowManager.renderSteps`. With a software driver, the triangles
   * of large meshes that contain none of its samples are neither uploaded nor drawn.
   *
   * @param prepare called before the frame, and again if another frame was drawn between two steps
   * @param isOnly whether it is the only picture of the scene
   */
  *drawSteps(prepare: () => FrameInput, stepMs: number, isOnly = false): Generator<number, void> {
    this.#restoreMeshes();
    const contents = this.#contents;
    const { scene, camera, size } = prepare();
    try {
      if (this.#isSoftwareRenderer && Math.max(...size) <= MAX_SIZE / 2) {
        // Uploads the vertices of the whole meshes: disposing of them then frees the buffers, which their parts share.
        planFrame(this.#renderer, scene, camera, this.#rates);
        const buffer = [2 * size[0], 2 * size[1]] as const;
        for (const _ of leaveOutUnsampled(scene, camera, buffer, isOnly, this.#restores)) yield 0;
      }
      // Another frame may have been drawn between two steps, from another camera.
      if (contents !== this.#contents) {
        yield* this.drawSteps(prepare, stepMs, isOnly);
        return;
      }
      const plan = planFrame(this.#renderer, scene, camera, this.#rates);
      if (this.#qualityOf(plan, size).scale !== 2) this.#restoreMeshes();
      yield* this.#drawPlan(plan, prepare, stepMs);
    } finally {
      this.#restoreMeshes();
    }
  }

  *#drawPlan(plan: FramePlan, prepare: () => FrameInput, stepMs: number): Generator<number, void> {
    const renderer = this.#renderer;
    const { scene, camera, size, overlay } = prepare();
    const quality = this.#qualityOf(plan, size);
    if (plan.ms <= stepMs || plan.isTransmissive) {
      this.#buffer.configure(size, quality);
      this.#record(camera, size);
      renderer.render(scene, camera);
      this.#complete(overlay);
      return;
    }
    const { background } = scene;
    const isFirst = !this.#hasFrame;
    // Transparent objects are drawn last, and the previous frame already shows them.
    const canMix = !plan.isTransparent && (background === null || "isColor" in background);
    const pixels = isFirst || plan.ms < INCOMPLETE_FRAME_MS ? null : this.#scaledFrame(size);
    this.#buffer.configure(size, quality);
    this.#record(camera, size);
    drawBackground(renderer, scene, camera);
    this.#previous = pixels && { pixels, background: canMix ? this.#buffer.makeTransparent() : null };
    const isShown = isFirst || (pixels !== null && canMix);

    this.#contents += 1;
    const contents = this.#contents;
    using frame = new ProgressiveFrame(renderer, scene, camera, this.#rates);
    let showAt = performance.now() + INCOMPLETE_FRAME_MS;
    while (frame.completeness < 1) {
      yield frame.completeness;
      if (contents !== this.#contents) {
        yield* this.drawSteps(prepare, stepMs);
        return;
      }
      frame.step(stepMs);
      if (isShown && frame.completeness < 1 && performance.now() >= showAt) {
        this.#onFrame(false);
        showAt = performance.now() + INCOMPLETE_FRAME_MS;
      }
    }
    if (this.#previous?.background && background !== null) this.#buffer.makeOpaque();
    this.#complete(overlay);
  }

  /** Allocates the buffers of a frame in full quality, and compiles the shaders of a scene. There is then nothing to read. */
  warmUp({ scene, camera, size }: FrameInput): void {
    this.#buffer.configure(
      size,
      this.#qualityOf(planFrame(this.#renderer, scene, camera, this.#rates), size),
    );
    this.#renderer.render(scene, camera);
    this.#renderer.getContext().finish();
    this.#drawn = undefined;
    this.#contents += 1;
    this.#hasFrame = false;
  }

  /** Changes the size of the view, px. There is then nothing to read until the next frame. */
  resize(size: Size): void {
    this.#buffer.resize(size);
    this.#drawn = undefined;
    this.#contents += 1;
    this.#previous = null;
    this.#hasFrame = false;
  }

  /**
   * Reads the last frame: RGBA, rows bottom-up, tightly packed, of `size`.
   *
   * @throws RangeError if `view` is too small
   */
  readPixels(view: Uint8Array): void {
    const [width, height] = this.size;
    if (view.byteLength < width * height * 4) {
      throw new RangeError(
        `a frame of ${width}x${height} needs ${width * height * 4} bytes, not ${view.byteLength}`,
      );
    }
    // The pixels are read as words.
    const isAligned = view.byteOffset % 4 === 0;
    const pixels = isAligned ? view.subarray(0, width * height * 4) : allocatePixels(width, height);
    this.#buffer.readPixels(pixels);
    if (this.#previous?.background) fillUndrawn(pixels, this.#previous.background, this.#previous.pixels);
    else if (this.#previous !== null) pixels.set(this.#previous.pixels);
    if (!isAligned) view.set(pixels);
  }

  /** Returns the RGBA value that all pixels of the last frame have, without the overlay; undefined if they differ. */
  uniformPixel(): number | undefined {
    if (this.#withoutOverlay !== undefined) return this.#withoutOverlay.uniformPixel;
    const [width, height] = this.size;
    const pixels = allocatePixels(width, height);
    this.readPixels(pixels);
    return uniformPixelOf(pixels);
  }

  #record(camera: SceneCamera, [, viewHeight]: Size): void {
    const isDraft = selectedLevel(camera.layers) !== "full";
    this.#drawn = new DrawnView(camera, this.#buffer.bufferSize, { viewHeight, isDraft });
  }

  #restoreMeshes(): void {
    for (const restore of this.#restores.splice(0)) restore();
  }

  #complete(overlay: FrameInput["overlay"]): void {
    this.#withoutOverlay = undefined;
    if (overlay !== undefined) {
      this.#withoutOverlay = { uniformPixel: this.#buffer.uniformPixel() };
      const { clippingPlanes } = this.#renderer;
      Object.assign(this.#renderer, { autoClear: false, clippingPlanes: [] });
      this.#renderer.render(overlay.scene, overlay.camera);
      Object.assign(this.#renderer, { autoClear: true, clippingPlanes });
    }
    this.#contents += 1;
    this.#previous = null;
    this.#hasFrame = true;
    if (this.#drawn !== undefined) this.#drawn.isComplete = true;
    this.#onFrame(true);
  }

  /** How a frame is antialiased. */
  #qualityOf(plan: FramePlan, size: Size): { samples: 0 | 4; scale: number } {
    return this.#canSupersample(plan, size) ? { samples: 0, scale: 2 } : { samples: 4, scale: 1 };
  }

  /** Whether points and lines keep their size in a buffer of twice the size, and the driver has such buffers. */
  #canSupersample({ isTransmissive, hasLines, hasShaderPoints }: FramePlan, size: Size): boolean {
    const gl = this.#renderer.getContext();
    const [, maxLineWidth = 1] = gl.getParameter(gl.ALIASED_LINE_WIDTH_RANGE) as Float32Array;
    return (
      this.#isSoftwareRenderer &&
      Math.max(...size) <= MAX_SIZE / 2 &&
      !(isTransmissive || hasShaderPoints || (hasLines && maxLineWidth < 2))
    );
  }

  /** The last frame, scaled to this size, rows bottom-up. */
  #scaledFrame(size: Size): Uint8Array {
    const pixels = allocatePixels(...this.size);
    this.readPixels(pixels);
    return scalePixels(pixels, this.size, size);
  }
}
