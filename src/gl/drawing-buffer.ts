import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import { DepthReader } from "./depth-reader.ts";
import type { Driver } from "./driver.ts";
import { rebindFramebuffers } from "./framebuffers.ts";
import { withDefaultClearState } from "./render-state.ts";
import { ints } from "./scratch.ts";
import { ShaderResolve } from "./shader-resolve.ts";

/** The driver does not support the requested size or number of samples. */
export class DrawingBufferError extends RangeError {
  override readonly name = "DrawingBufferError";
}

/** The optional buffers of the drawing buffer. */
interface DrawingBufferFormat {
  alpha: boolean;
  depth: boolean;
  stencil: boolean;
}

/**
 * The default framebuffer, implemented as a framebuffer object: a headless EGL surface can neither be resized nor
 * multisampled at run time. With samples it is a pair: a multisampled framebuffer to draw to, and a resolved one to
 * read from.
 */
export class DrawingBuffer {
  readonly format: DrawingBufferFormat;
  width = 0;
  height = 0;
  samples = 0;
  readonly #gl: NativeGl;
  readonly #drawFramebuffer: number;
  readonly #resolvedFramebuffer: number;
  readonly #color: number;
  readonly #resolvedColor: number;
  readonly #depthStencil: number;
  readonly #driver: Driver;
  /** Undefined if samples are resolved by a blit. */
  #shaderResolve: ShaderResolve | undefined;
  #depthReader: DepthReader | undefined;

  constructor(driver: Driver, format: DrawingBufferFormat) {
    const { gl } = driver;
    this.#driver = driver;
    this.#gl = gl;
    this.format = format;
    gl.glGenFramebuffers(2, ints);
    [this.#drawFramebuffer = 0, this.#resolvedFramebuffer = 0] = ints;
    gl.glGenRenderbuffers(3, ints);
    [this.#color = 0, this.#resolvedColor = 0, this.#depthStencil = 0] = ints;
  }

  /** Native framebuffer to draw to. */
  get drawName(): number {
    return this.#drawFramebuffer;
  }

  /** Native framebuffer to read from, after `resolve`. */
  get readName(): number {
    return this.samples > 0 ? this.#resolvedFramebuffer : this.#drawFramebuffer;
  }

  /**
   * Allocates storage of `width` x `height` pixels with `samples` per pixel (0: no multisampling). The contents are
   * undefined until cleared. Changes both framebuffer bindings and the renderbuffer binding. False if the driver is
   * out of memory.
   */
  allocate(width: number, height: number, samples: number): boolean {
    const { alpha, depth, stencil } = this.format;
    this.width = width;
    this.height = height;
    this.samples = samples;
    const colorFormat = alpha ? GL.RGBA8 : GL.RGB8;
    if (samples === 4) this.#shaderResolve ??= ShaderResolve.create(this.#driver);
    const shaderResolve = samples === 4 ? this.#shaderResolve : undefined;
    if (shaderResolve === undefined) {
      this.#storage(this.#color, colorFormat, samples);
      this.#shaderResolve?.release();
    } else this.#storage(this.#color, colorFormat, 0, 1, 1);
    // If it is unused, it has one pixel: the storage of a renderbuffer cannot be freed without deleting it.
    if (samples > 0) this.#storage(this.#resolvedColor, colorFormat, 0);
    else this.#storage(this.#resolvedColor, colorFormat, 0, 1, 1);
    const gl = this.#gl;
    gl.glBindFramebuffer(GL.FRAMEBUFFER, this.#resolvedFramebuffer);
    gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, GL.COLOR_ATTACHMENT0, GL.RENDERBUFFER, this.#resolvedColor);
    gl.glBindFramebuffer(GL.FRAMEBUFFER, this.#drawFramebuffer);
    if (shaderResolve === undefined)
      gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, GL.COLOR_ATTACHMENT0, GL.RENDERBUFFER, this.#color);
    else shaderResolve.attach(colorFormat, width, height);
    if (depth || stencil) {
      const both = depth && stencil;
      const format = depth ? this.#depthFormat : GL.STENCIL_INDEX8;
      const attachment = both
        ? GL.DEPTH_STENCIL_ATTACHMENT
        : depth
          ? GL.DEPTH_ATTACHMENT
          : GL.STENCIL_ATTACHMENT;
      this.#storage(this.#depthStencil, format, samples);
      gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, attachment, GL.RENDERBUFFER, this.#depthStencil);
    }
    return gl.glCheckFramebufferStatus(GL.FRAMEBUFFER) === GL.FRAMEBUFFER_COMPLETE;
  }

  get #depthFormat(): number {
    return this.format.stencil ? GL.DEPTH24_STENCIL8 : GL.DEPTH_COMPONENT24;
  }

  /** Reads the depth of a pixel, 0 (near) to 1 (far). Rows are bottom-up. */
  readDepth(x: number, y: number): number {
    const { width, height, samples } = this;
    const isInside = x >= 0 && x < width && y >= 0 && y < height;
    if (!(isInside && this.format.depth && Number.isInteger(x) && Number.isInteger(y))) return 1;
    this.#depthReader ??= new DepthReader(this.#driver);
    const source = { framebuffer: this.#drawFramebuffer, format: this.#depthFormat, width, height, samples };
    return this.#depthReader.read(source, x, y);
  }

  #storage(name: number, format: number, samples: number, width = this.width, height = this.height): void {
    this.#gl.glBindRenderbuffer(GL.RENDERBUFFER, name);
    if (samples > 0)
      this.#gl.glRenderbufferStorageMultisample(GL.RENDERBUFFER, samples, format, width, height);
    else this.#gl.glRenderbufferStorage(GL.RENDERBUFFER, format, width, height);
  }

  /**
   * Resolves the samples into the framebuffer to read from, then binds the framebuffers given by name.
   *
   * @param mayDraw whether a draw call is possible and not counted: there is no active query or transform feedback
   */
  resolve(drawBinding: number, readBinding: number, mayDraw: boolean): void {
    if (this.samples === 0) return;
    const gl = this.#gl;
    const { width, height } = this;
    if (mayDraw && this.#shaderResolve !== undefined && this.samples === this.#shaderResolve.samples) {
      gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.#resolvedFramebuffer);
      this.#shaderResolve.draw(width, height);
      gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawBinding);
      return;
    }
    // A blit with a read buffer of NONE would copy nothing.
    gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, this.#drawFramebuffer);
    gl.glGetIntegerv(GL.READ_BUFFER, ints);
    const readBuffer = ints[0] ?? GL.COLOR_ATTACHMENT0;
    if (readBuffer !== GL.COLOR_ATTACHMENT0) gl.glReadBuffer(GL.COLOR_ATTACHMENT0);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.#resolvedFramebuffer);
    const scissor = gl.glIsEnabled(GL.SCISSOR_TEST);
    if (scissor) gl.glDisable(GL.SCISSOR_TEST);
    gl.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, GL.COLOR_BUFFER_BIT, GL.NEAREST);
    if (scissor) gl.glEnable(GL.SCISSOR_TEST);
    if (readBuffer !== GL.COLOR_ATTACHMENT0) gl.glReadBuffer(readBuffer);
    gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawBinding);
    gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, readBinding);
  }
}

/** Resizes and clears the drawing buffer, and restores the bindings. Throws DrawingBufferError. */
export function allocateDrawingBuffer(
  state: ContextState,
  width: number,
  height: number,
  samples: number,
): void {
  const { driver, gl, drawingBuffer } = state;
  const maxSize = Math.min(state.getInteger(GL.MAX_RENDERBUFFER_SIZE), state.getInteger(GL.MAX_TEXTURE_SIZE));
  const isSupported = (size: number) => Number.isInteger(size) && size >= 1 && size <= maxSize;
  if (!isSupported(width) || !isSupported(height)) {
    throw new DrawingBufferError(
      `A drawing buffer of ${width}x${height} pixels is not supported by ${driver.renderer}: ` +
        `width and height must be integers from 1 to ${maxSize}.`,
    );
  }
  const renderbuffer = state.getInteger(GL.RENDERBUFFER_BINDING);
  const complete = drawingBuffer.allocate(width, height, samples);
  if (complete) {
    withDefaultClearState(state, () => {
      gl.glClear(GL.COLOR_BUFFER_BIT | GL.DEPTH_BUFFER_BIT | GL.STENCIL_BUFFER_BIT);
    });
  }
  gl.glBindRenderbuffer(GL.RENDERBUFFER, renderbuffer);
  rebindFramebuffers(state);
  if (!complete) {
    throw new DrawingBufferError(
      `${driver.renderer} is out of memory for a drawing buffer of ${width}x${height} pixels with ${samples} samples.`,
    );
  }
}

/** STACKGL_resize_drawingbuffer */
export function resizeDrawingBuffer(state: ContextState, width: number, height: number): void {
  if (!state.makeCurrent()) return;
  const { drawingBuffer } = state;
  if (width !== drawingBuffer.width || height !== drawingBuffer.height) {
    allocateDrawingBuffer(state, width, height, drawingBuffer.samples);
  }
}

/** SCENECAST_drawingbuffer */
export function setDrawingBufferSamples(state: ContextState, samples: number): void {
  if (!state.makeCurrent()) return;
  const { drawingBuffer } = state;
  const maxSamples = state.getInteger(GL.MAX_SAMPLES);
  if (!Number.isInteger(samples) || samples < 0 || samples > maxSamples) {
    throw new DrawingBufferError(
      `${samples} samples are not supported by ${state.driver.renderer}: use an integer from 0 (none) to ${maxSamples}.`,
    );
  }
  if (samples === drawingBuffer.samples) return;
  allocateDrawingBuffer(state, drawingBuffer.width, drawingBuffer.height, samples);
  state.attributes.antialias = samples > 0;
}
