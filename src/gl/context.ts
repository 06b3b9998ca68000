import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { DrawingBuffer } from "./drawing-buffer.ts";
import type { Driver } from "./drivers.ts";
import { Extensions } from "./extensions.ts";

/** WebGL's context attributes, resolved. Defaults as in WebGL 1.0 section 5.2. */
export interface ResolvedAttributes {
  alpha: boolean;
  antialias: boolean;
  depth: boolean;
  desynchronized: boolean;
  failIfMajorPerformanceCaveat: boolean;
  powerPreference: "default" | "high-performance" | "low-power";
  premultipliedAlpha: boolean;
  preserveDrawingBuffer: boolean;
  stencil: boolean;
}

/** Size or samples that the driver cannot give. */
export class DrawingBufferError extends RangeError {
  override readonly name = "DrawingBufferError";
}

const ANTIALIAS_SAMPLES = 4;

/** What stands for a canvas: programs may put their own in its place. */
class ContextCanvas extends EventTarget {
  readonly #context: WebGL2RenderingContext;

  constructor(context: WebGL2RenderingContext) {
    super();
    this.#context = context;
  }

  get width(): number {
    return this.#context.drawingBufferWidth;
  }

  get height(): number {
    return this.#context.drawingBufferHeight;
  }
}

type Constants = Readonly<typeof GL>;

export interface WebGL2RenderingContext extends Constants {}

/**
 * A WebGL 2 context without a canvas. The drawing buffer is never presented and so never cleared behind the program's
 * back: it behaves as with `preserveDrawingBuffer`. Row 0 of what is read is the bottom one.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: see above
export class WebGL2RenderingContext extends Extensions {
  /** Typed as the DOM's, of which it has the events `webglcontextlost` and `webglcontextrestored` and the size. */
  canvas: HTMLCanvasElement | OffscreenCanvas = new ContextCanvas(this) as unknown as OffscreenCanvas;
  /** Kept for programs that set them; pixels are never converted. */
  drawingBufferColorSpace: PredefinedColorSpace = "srgb";
  unpackColorSpace: PredefinedColorSpace = "srgb";
  protected drawingBuffer: DrawingBuffer;
  readonly #attributes: ResolvedAttributes;
  #destroyed = false;

  /** Use createContext. Throws DrawingBufferError for a size that the driver does not have. */
  constructor(driver: Driver, width: number, height: number, attributes: ResolvedAttributes) {
    super(driver);
    this.#attributes = { ...attributes };
    this.enter();
    this.drawingBuffer = new DrawingBuffer(this.gl, this.#attributes);
    try {
      this.#initialize(width, height, attributes.antialias ? ANTIALIAS_SAMPLES : 0);
    } catch (error) {
      this.#destroy();
      throw error;
    }
    this.#attributes.antialias = this.drawingBuffer.samples > 0;
  }

  get drawingBufferWidth(): number {
    return this.drawingBuffer.width;
  }

  get drawingBufferHeight(): number {
    return this.drawingBuffer.height;
  }

  get drawingBufferFormat(): number {
    return this.#attributes.alpha ? GL.RGBA8 : GL.RGB8;
  }

  getContextAttributes(): ResolvedAttributes | null {
    return this.isContextLost() ? null : { ...this.#attributes };
  }

  makeXRCompatible(): Promise<void> {
    return Promise.reject(new Error("There is no XR device for a context without a screen."));
  }

  #initialize(width: number, height: number, samples: number): void {
    this.resetVertexArrays();
    this.resetTransformFeedback();
    this.resetPixelStore();
    this.resetExtensions();
    this.#allocate(width, height, Math.min(samples, this.integer(GL.MAX_SAMPLES)));
    this.gl.glViewport(0, 0, width, height);
    this.gl.glScissor(0, 0, width, height);
  }

  #allocate(width: number, height: number, samples: number): void {
    const most = Math.min(this.integer(GL.MAX_RENDERBUFFER_SIZE), this.integer(GL.MAX_TEXTURE_SIZE));
    const fits = (size: number) => Number.isInteger(size) && size >= 1 && size <= most;
    if (!fits(width) || !fits(height)) {
      throw new DrawingBufferError(
        `A drawing buffer of ${width}x${height} pixels is not possible with ${this.driver.renderer}: ` +
          `width and height must be whole numbers from 1 to ${most}.`,
      );
    }
    const renderbuffer = this.integer(GL.RENDERBUFFER_BINDING);
    const complete = this.drawingBuffer.allocate(width, height, samples);
    if (complete) {
      this.withPlainClearState(() => {
        this.gl.glClear(GL.COLOR_BUFFER_BIT | GL.DEPTH_BUFFER_BIT | GL.STENCIL_BUFFER_BIT);
      });
    }
    this.gl.glBindRenderbuffer(GL.RENDERBUFFER, renderbuffer);
    this.rebindFramebuffers();
    if (!complete) {
      throw new DrawingBufferError(
        `${this.driver.renderer} has no memory for a drawing buffer of ${width}x${height} pixels with ${samples} samples.`,
      );
    }
  }

  #resize(width: number, height: number): void {
    if (active !== this && !this.enter()) return;
    const { drawingBuffer } = this;
    if (width !== drawingBuffer.width || height !== drawingBuffer.height) {
      this.#allocate(width, height, drawingBuffer.samples);
    }
  }

  #setSamples(samples: number): void {
    if (active !== this && !this.enter()) return;
    const { drawingBuffer } = this;
    const most = this.integer(GL.MAX_SAMPLES);
    if (!Number.isInteger(samples) || samples < 0 || samples > most) {
      throw new DrawingBufferError(
        `${samples} samples are not possible with ${this.driver.renderer}: use a whole number from 0 (none) to ${most}.`,
      );
    }
    if (samples === drawingBuffer.samples) return;
    this.#allocate(drawingBuffer.width, drawingBuffer.height, samples);
    this.#attributes.antialias = samples > 0;
  }

  #forgetObjects(): void {
    for (const objects of [
      this.buffers,
      this.textures,
      this.samplers,
      this.framebuffers,
      this.renderbuffers,
      this.shaders,
      this.programs,
      this.queries,
      this.activeQueries,
      this.syncs,
      this.transformFeedbacks,
      this.vertexArrays,
    ]) {
      objects.clear();
    }
    for (const target of this.boundBuffers.keys()) this.boundBuffers.set(target, null);
    this.currentProgram = null;
    this.drawFramebuffer = null;
    this.readFramebuffer = null;
    this.resetTransformFeedback();
  }

  /** Mesa's llvmpipe corrupts the heap when a context goes while a query runs in it. */
  #endWhatRuns(): void {
    if (active !== this && !this.enter()) return;
    for (const { target } of this.activeQueries.values()) this.gl.glEndQuery(target);
    if (this.transformFeedback.active) this.gl.glEndTransformFeedback();
  }

  #destroy(): void {
    this.#destroyed = true;
    this.#endWhatRuns();
    this.loseNative();
    this.#forgetObjects();
  }

  #lose(): void {
    if (this.isContextLost()) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.#endWhatRuns();
    this.loseNative();
    this.#forgetObjects();
    this.raise(GL.CONTEXT_LOST_WEBGL);
    this.#tellCanvas("webglcontextlost");
  }

  #restore(): void {
    if (!this.isContextLost() || this.#destroyed) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    const { width, height, samples } = this.drawingBuffer;
    this.renewNative();
    this.enter();
    this.drawingBuffer = new DrawingBuffer(this.gl, this.#attributes);
    this.#initialize(width, height, samples);
    this.#tellCanvas("webglcontextrestored");
  }

  #tellCanvas(type: string): void {
    this.canvas.dispatchEvent(new Event(type, { cancelable: true }));
  }

  protected ownMembers(name: string): Record<string, unknown> {
    switch (name) {
      case "STACKGL_resize_drawingbuffer":
        return { resize: (width: number, height: number) => this.#resize(width, height) };
      case "STACKGL_destroy_context":
        return { destroy: () => this.#destroy() };
      case "SCENECAST_drawingbuffer":
        return { setSamples: (samples: number) => this.#setSamples(samples) };
      case "WEBGL_lose_context":
        return { loseContext: () => this.#lose(), restoreContext: () => this.#restore() };
      default:
        return {};
    }
  }
}

for (const target of [WebGL2RenderingContext, WebGL2RenderingContext.prototype]) {
  for (const [name, value] of Object.entries(GL))
    Object.defineProperty(target, name, { value, enumerable: true });
}

// WebIDL's operations are enumerable, and tools that wrap a context find them by `for … in`.
for (let level: object = WebGL2RenderingContext.prototype; level !== Object.prototype; ) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
    if (name !== "constructor" && descriptor.configurable) {
      Object.defineProperty(level, name, { ...descriptor, enumerable: true });
    }
  }
  level = Object.getPrototypeOf(level);
}
