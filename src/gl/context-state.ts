import { BufferState } from "./buffers.ts";
import { ContextCore } from "./context-core.ts";
import { DrawingBuffer } from "./drawing-buffer.ts";
import type { Driver } from "./driver.ts";
import { ExtensionState } from "./extension-state.ts";
import { FramebufferState } from "./framebuffers.ts";
import type { WebGLRenderbuffer, WebGLSampler, WebGLShader, WebGLSync, WebGLTexture } from "./objects.ts";
import { PixelStoreState } from "./pixel-store.ts";
import { ProgramState } from "./programs.ts";
import { QueryState } from "./queries.ts";
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
  /** Destroyed by STACKGL_destroy_context: the context cannot be restored. */
  destroyed = false;
  drawingBuffer: DrawingBuffer;
  buffers = new BufferState();
  extensions = new ExtensionState();
  framebuffers = new FramebufferState();
  pixelStore = new PixelStoreState();
  programs = new ProgramState();
  queries = new QueryState();
  renderbuffers = new Map<number, WebGLRenderbuffer>();
  samplers = new Map<number, WebGLSampler>();
  shaders = new Map<number, WebGLShader>();
  syncs = new Set<WebGLSync>();
  textures = new Map<number, WebGLTexture>();
  transformFeedbacks = new TransformFeedbackState(this.owner);
  vertexArrays = new VertexArrayState(this.owner, 0);

  constructor(driver: Driver, attributes: ResolvedAttributes) {
    super(driver);
    this.attributes = { ...attributes };
    this.makeCurrent();
    this.drawingBuffer = new DrawingBuffer(this.gl, this.attributes);
  }

  /** Drops all objects and bindings of a destroyed native context. */
  resetObjects(): void {
    this.buffers = new BufferState();
    this.framebuffers = new FramebufferState();
    this.programs = new ProgramState();
    this.queries = new QueryState();
    this.renderbuffers = new Map();
    this.samplers = new Map();
    this.shaders = new Map();
    this.syncs = new Set();
    this.textures = new Map();
    this.transformFeedbacks = new TransformFeedbackState(this.owner);
    this.vertexArrays = new VertexArrayState(this.owner, 0);
  }
}
