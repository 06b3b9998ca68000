import { BufferMethods } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods } from "./context-core.ts";
import { ContextState, type ResolvedAttributes } from "./context-state.ts";
import type { Driver } from "./driver.ts";
import { ExtensionMethods } from "./extensions.ts";
import { FramebufferMethods } from "./framebuffers.ts";
import { IndexedBufferMethods } from "./indexed-buffers.ts";
import { ObjectMethods } from "./objects.generated.ts";
import { ParameterMethods } from "./parameters.ts";
import { PassThroughMethods } from "./pass-through.generated.ts";
import { PixelStoreMethods } from "./pixel-store.ts";
import { ProgramAttributeMethods } from "./program-attributes.ts";
import { ProgramMethods } from "./programs.ts";
import { QueryMethods } from "./queries.ts";
import { ReadPixelsMethods } from "./read-pixels.ts";
import { RenderbufferMethods } from "./renderbuffers.ts";
import { ShaderMethods } from "./shaders.ts";
import { SyncMethods } from "./syncs.ts";
import { TextureImageMethods } from "./texture-images.ts";
import { TextureMethods } from "./textures.ts";
import { TransformFeedbackMethods } from "./transform-feedback.ts";
import { UniformSetterMethods } from "./uniform-setters.generated.ts";
import { UniformMethods } from "./uniforms.ts";
import { VertexArrayMethods } from "./vertex-arrays.ts";

const MODULES = [
  BufferMethods,
  ExtensionMethods,
  FramebufferMethods,
  IndexedBufferMethods,
  ObjectMethods,
  ParameterMethods,
  PassThroughMethods,
  PixelStoreMethods,
  ProgramAttributeMethods,
  ProgramMethods,
  QueryMethods,
  ReadPixelsMethods,
  RenderbufferMethods,
  ShaderMethods,
  SyncMethods,
  TextureImageMethods,
  TextureMethods,
  TransformFeedbackMethods,
  UniformMethods,
  UniformSetterMethods,
  VertexArrayMethods,
] as const;

type UnionToIntersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  member: infer Intersection,
) => void
  ? Intersection
  : never;
type Methods = UnionToIntersection<(typeof MODULES)[number]["prototype"]>;
type Constants = Readonly<typeof GL>;

const ANTIALIAS_SAMPLES = 4;

/** Default value of `canvas`. Applications can assign their own. */
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

export interface WebGL2RenderingContext extends Constants, Methods {}

/**
 * A WebGL 2 context without a canvas. The drawing buffer is never presented, and therefore never cleared implicitly: it
 * behaves as with `preserveDrawingBuffer`. Row 0 of read pixels is the bottom row.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the modules' methods and the constants are defined on the prototype below
export class WebGL2RenderingContext extends ContextMethods {
  /** Typed as the DOM's. It has the size, and the events `webglcontextlost` and `webglcontextrestored`. */
  canvas: HTMLCanvasElement | OffscreenCanvas = new ContextCanvas(this) as unknown as OffscreenCanvas;
  /** Kept for applications that assign it; pixels are never converted. */
  drawingBufferColorSpace: PredefinedColorSpace = "srgb";
  /** Kept for applications that assign it; pixels are never converted. */
  unpackColorSpace: PredefinedColorSpace = "srgb";
  protected readonly state: ContextState;

  /** Use createContext. Throws DrawingBufferError for a size that the driver does not support. */
  constructor(driver: Driver, width: number, height: number, attributes: ResolvedAttributes) {
    super();
    const state = new ContextState(driver, attributes);
    this.state = state;
    state.onEvent = (type) => this.canvas.dispatchEvent(new Event(type, { cancelable: true }));
    try {
      state.initialize(width, height, attributes.antialias ? ANTIALIAS_SAMPLES : 0);
    } catch (error) {
      state.destroy();
      throw error;
    }
    state.attributes.antialias = state.drawingBuffer.samples > 0;
  }

  get drawingBufferWidth(): number {
    return this.state.drawingBuffer.width;
  }

  get drawingBufferHeight(): number {
    return this.state.drawingBuffer.height;
  }

  get drawingBufferFormat(): number {
    return this.state.attributes.alpha ? GL.RGBA8 : GL.RGB8;
  }

  getContextAttributes(): ResolvedAttributes | null {
    return this.state.isLost ? null : { ...this.state.attributes };
  }

  getError(): number {
    return this.state.popError();
  }

  isContextLost(): boolean {
    return this.state.isLost;
  }

  makeXRCompatible(): Promise<void> {
    return Promise.reject(new Error("A context without a screen has no XR device."));
  }
}

for (const { prototype } of [...MODULES, WebGL2RenderingContext]) {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === "constructor") continue;
    // Operations are enumerable in WebIDL, and tools that wrap a context find them by `for … in`.
    Object.defineProperty(WebGL2RenderingContext.prototype, name, { ...descriptor, enumerable: true });
  }
}

for (const target of [WebGL2RenderingContext, WebGL2RenderingContext.prototype]) {
  for (const [name, value] of Object.entries(GL)) {
    Object.defineProperty(target, name, { value, enumerable: true });
  }
}
