import { BufferState } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { ContextCore } from "./context-core.ts";
import { allocateDrawingBuffer, DrawingBuffer } from "./drawing-buffer.ts";
import type { Driver } from "./driver.ts";
import { ExtensionState } from "./extension-table.ts";
import { FramebufferState } from "./framebuffers.ts";
import type { WebGLProgram, WebGLQuery, WebGLRenderbuffer, WebGLSampler, WebGLTexture } from "./objects.ts";
import { PixelStoreState } from "./pixel-store.ts";
import { TransformFeedbackState } from "./transform-feedback.ts";
import { VertexArrayState } from "./vertex-arrays.ts";

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

type ContextEvent = "webglcontextlost" | "webglcontextrestored";

/** The state of one context, with a member for each stateful module. */
export class ContextState extends ContextCore {
  readonly attributes: ResolvedAttributes;
  /** Called when the context was lost or restored by WEBGL_lose_context. */
  onEvent: (type: ContextEvent) => void = () => {};
  /** The context cannot be restored. */
  #destroyed = false;
  drawingBuffer: DrawingBuffer;
  buffers = new BufferState();
  extensions = new ExtensionState();
  framebuffers = new FramebufferState();
  pixelStore = new PixelStoreState();
  currentProgram: WebGLProgram | null = null;
  /** By slot; see queries.ts. */
  activeQueries = new Map<number, WebGLQuery>();
  renderbuffers = new Map<number, WebGLRenderbuffer>();
  samplers = new Map<number, WebGLSampler>();
  textures = new Map<number, WebGLTexture>();
  transformFeedbacks = new TransformFeedbackState(this.owner);
  vertexArrays = new VertexArrayState(this.owner, 0);

  constructor(driver: Driver, attributes: ResolvedAttributes) {
    super(driver);
    this.attributes = { ...attributes };
    this.makeCurrent();
    this.drawingBuffer = new DrawingBuffer(this.driver, this.attributes);
  }

  /** Brings a new native context into WebGL's initial state. Throws DrawingBufferError. */
  initialize(width: number, height: number, samples: number): void {
    this.vertexArrays = new VertexArrayState(this.owner, this.getInteger(GL.MAX_VERTEX_ATTRIBS));
    this.pixelStore = new PixelStoreState();
    this.extensions = new ExtensionState();
    allocateDrawingBuffer(this, width, height, Math.min(samples, this.getInteger(GL.MAX_SAMPLES)));
    this.gl.glViewport(0, 0, width, height);
    this.gl.glScissor(0, 0, width, height);
  }

  /** STACKGL_destroy_context: frees all memory. The context cannot be restored. Repeated calls have no effect. */
  destroy(): void {
    this.#destroyed = true;
    this.#destroyObjects();
  }

  /** WEBGL_lose_context.loseContext */
  lose(): void {
    if (this.raiseIf(this.isLost, GL.INVALID_OPERATION)) return;
    this.#destroyObjects();
    this.raise(GL.CONTEXT_LOST_WEBGL);
    this.onEvent("webglcontextlost");
  }

  /** WEBGL_lose_context.restoreContext */
  restore(): void {
    if (this.raiseIf(!this.isLost || this.#destroyed, GL.INVALID_OPERATION)) return;
    const { width, height, samples } = this.drawingBuffer;
    this.recreateNative();
    this.makeCurrent();
    this.drawingBuffer = new DrawingBuffer(this.driver, this.attributes);
    this.initialize(width, height, samples);
    this.onEvent("webglcontextrestored");
  }

  /** Destroys the native context with all its objects and bindings. */
  #destroyObjects(): void {
    // Mesa's llvmpipe corrupts the heap if a context is destroyed while one of its queries is active.
    if (this.makeCurrent()) {
      for (const { target } of this.activeQueries.values()) this.gl.glEndQuery(target);
      if (this.transformFeedbacks.current.active) this.gl.glEndTransformFeedback();
    }
    this.destroyNative();
    this.buffers = new BufferState();
    this.framebuffers = new FramebufferState();
    this.currentProgram = null;
    this.activeQueries = new Map();
    this.renderbuffers = new Map();
    this.samplers = new Map();
    this.textures = new Map();
    this.transformFeedbacks = new TransformFeedbackState(this.owner);
    this.vertexArrays = new VertexArrayState(this.owner, 0);
  }
}
