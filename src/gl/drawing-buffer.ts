import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import { ints } from "./scratch.ts";

/** What the drawing buffer is made of. */
export interface DrawingBufferFormat {
  alpha: boolean;
  depth: boolean;
  stencil: boolean;
}

/**
 * The "default framebuffer": one of ours, because a headless EGL surface can neither be resized nor multisampled at
 * run time. With samples it is a pair: draws go to the multisampled one, reads come from the resolved one.
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

  constructor(gl: NativeGl, format: DrawingBufferFormat) {
    this.#gl = gl;
    this.format = format;
    gl.glGenFramebuffers(2, ints);
    [this.#drawFramebuffer = 0, this.#resolvedFramebuffer = 0] = ints;
    gl.glGenRenderbuffers(3, ints);
    [this.#color = 0, this.#resolvedColor = 0, this.#depthStencil = 0] = ints;
  }

  /** Native framebuffer that draws go to. */
  get drawName(): number {
    return this.#drawFramebuffer;
  }

  /** Native framebuffer that reads come from; `resolve` first. */
  get readName(): number {
    return this.samples > 0 ? this.#resolvedFramebuffer : this.#drawFramebuffer;
  }

  /**
   * Gives it storage of this size (pixels) and number of samples. Contents are undefined until cleared. Leaves both
   * framebuffer bindings and the renderbuffer binding changed. False when the driver has no memory for it.
   */
  allocate(width: number, height: number, samples: number): boolean {
    const { alpha, depth, stencil } = this.format;
    this.width = width;
    this.height = height;
    this.samples = samples;
    const colorFormat = alpha ? GL.RGBA8 : GL.RGB8;
    this.#storage(this.#color, colorFormat, samples);
    // One pixel where it is not used: storage of a renderbuffer cannot be given back without deleting it.
    if (samples > 0) this.#storage(this.#resolvedColor, colorFormat, 0);
    else this.#storage(this.#resolvedColor, colorFormat, 0, 1, 1);
    const gl = this.#gl;
    gl.glBindFramebuffer(GL.FRAMEBUFFER, this.#resolvedFramebuffer);
    gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, GL.COLOR_ATTACHMENT0, GL.RENDERBUFFER, this.#resolvedColor);
    gl.glBindFramebuffer(GL.FRAMEBUFFER, this.#drawFramebuffer);
    gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, GL.COLOR_ATTACHMENT0, GL.RENDERBUFFER, this.#color);
    if (depth || stencil) {
      const both = depth && stencil;
      const format = both ? GL.DEPTH24_STENCIL8 : depth ? GL.DEPTH_COMPONENT24 : GL.STENCIL_INDEX8;
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

  #storage(name: number, format: number, samples: number, width = this.width, height = this.height): void {
    this.#gl.glBindRenderbuffer(GL.RENDERBUFFER, name);
    if (samples > 0)
      this.#gl.glRenderbufferStorageMultisample(GL.RENDERBUFFER, samples, format, width, height);
    else this.#gl.glRenderbufferStorage(GL.RENDERBUFFER, format, width, height);
  }

  /** Averages the samples into the framebuffer that reads come from, and binds `drawName` and `readName` as given. */
  resolve(drawBinding: number, readBinding: number): void {
    if (this.samples === 0) return;
    const gl = this.#gl;
    const { width, height } = this;
    // A read buffer of NONE would leave nothing to copy.
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
