import { CompressedTextures } from "./compressed-textures.ts";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import type { DrawingBuffer } from "./drawing-buffer.ts";
import { uploadFormat } from "./formats.ts";
import { WebGLFramebuffer, WebGLRenderbuffer, WebGLTexture } from "./objects.ts";
import { ints, uints } from "./scratch.ts";

const DEFAULT_ATTACHMENTS: Record<number, number> = {
  [GL.BACK]: GL.COLOR_ATTACHMENT0,
  [GL.COLOR]: GL.COLOR_ATTACHMENT0,
  [GL.DEPTH]: GL.DEPTH_ATTACHMENT,
  [GL.STENCIL]: GL.STENCIL_ATTACHMENT,
};
const FRAMEBUFFER_DEFAULT = 0x8218;

/** Framebuffers and renderbuffers. Null is the drawing buffer, which is a framebuffer of its own to the driver. */
export abstract class Framebuffers extends CompressedTextures {
  protected readonly framebuffers = new Map<number, WebGLFramebuffer>();
  protected readonly renderbuffers = new Map<number, WebGLRenderbuffer>();
  protected drawFramebuffer: WebGLFramebuffer | null = null;
  protected readFramebuffer: WebGLFramebuffer | null = null;
  protected abstract readonly drawingBuffer: DrawingBuffer;

  protected drawFramebufferName(): number {
    return this.drawFramebuffer ? this.drawFramebuffer.name : this.drawingBuffer.drawName;
  }

  protected readFramebufferName(): number {
    return this.readFramebuffer ? this.readFramebuffer.name : this.drawingBuffer.readName;
  }

  protected rebindFramebuffers(): void {
    this.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.drawFramebufferName());
    this.gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, this.readFramebufferName());
  }

  /** Before anything reads from the bound read framebuffer. */
  protected resolveForReading(): void {
    if (this.readFramebuffer || this.drawingBuffer.samples === 0) return;
    this.drawingBuffer.resolve(this.drawFramebufferName(), this.readFramebufferName());
  }

  createFramebuffer(): WebGLFramebuffer {
    if (active !== this && !this.enter()) return new WebGLFramebuffer(0, {});
    const framebuffer = new WebGLFramebuffer(this.generated(this.gl.glGenFramebuffers), this.owner);
    this.framebuffers.set(framebuffer.name, framebuffer);
    return framebuffer;
  }

  deleteFramebuffer(framebuffer: WebGLFramebuffer | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(framebuffer, WebGLFramebuffer)) return;
    if (this.drawFramebuffer === framebuffer) this.drawFramebuffer = null;
    if (this.readFramebuffer === framebuffer) this.readFramebuffer = null;
    this.released(this.gl.glDeleteFramebuffers, framebuffer.name);
    this.framebuffers.delete(framebuffer.name);
    this.rebindFramebuffers();
  }

  isFramebuffer(framebuffer: WebGLFramebuffer | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(framebuffer, WebGLFramebuffer) && framebuffer.bound;
  }

  bindFramebuffer(target: number, framebuffer: WebGLFramebuffer | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(framebuffer, WebGLFramebuffer);
    if (name < 0) return;
    const draw = target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER;
    const read = target === GL.FRAMEBUFFER || target === GL.READ_FRAMEBUFFER;
    if (!draw && !read) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (framebuffer) framebuffer.bound = true;
    if (draw) {
      this.drawFramebuffer = framebuffer ?? null;
      this.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, name || this.drawingBuffer.drawName);
    }
    if (read) {
      this.readFramebuffer = framebuffer ?? null;
      this.gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, name || this.drawingBuffer.readName);
    }
  }

  checkFramebufferStatus(target: number): number {
    if (active !== this && !this.enter()) return GL.FRAMEBUFFER_UNSUPPORTED;
    return this.gl.glCheckFramebufferStatus(target);
  }

  /** The framebuffer bound to `target`; undefined (with an error) when it is the drawing buffer or no target at all. */
  #attachable(target: number): WebGLFramebuffer | undefined {
    const known =
      target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER || target === GL.READ_FRAMEBUFFER;
    const framebuffer = target === GL.READ_FRAMEBUFFER ? this.readFramebuffer : this.drawFramebuffer;
    if (known && framebuffer) return framebuffer;
    this.raise(known ? GL.INVALID_OPERATION : GL.INVALID_ENUM);
    return undefined;
  }

  framebufferRenderbuffer(
    target: number,
    attachment: number,
    renderbufferTarget: number,
    renderbuffer: WebGLRenderbuffer | null,
  ): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(renderbuffer, WebGLRenderbuffer);
    if (name < 0 || !this.#attachable(target)) return;
    this.gl.glFramebufferRenderbuffer(target, attachment, renderbufferTarget, name);
  }

  framebufferTexture2D(
    target: number,
    attachment: number,
    textureTarget: number,
    texture: WebGLTexture | null,
    level: number,
  ): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(texture, WebGLTexture);
    if (name < 0 || !this.#attachable(target)) return;
    this.gl.glFramebufferTexture2D(target, attachment, textureTarget, name, level);
  }

  framebufferTextureLayer(
    target: number,
    attachment: number,
    texture: WebGLTexture | null,
    level: number,
    layer: number,
  ): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(texture, WebGLTexture);
    if (name < 0 || !this.#attachable(target)) return;
    this.gl.glFramebufferTextureLayer(target, attachment, name, level, layer);
  }

  getFramebufferAttachmentParameter(target: number, attachment: number, parameter: number): unknown {
    if (active !== this && !this.enter()) return null;
    if (target !== GL.FRAMEBUFFER && target !== GL.DRAW_FRAMEBUFFER && target !== GL.READ_FRAMEBUFFER) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    const bound = target === GL.READ_FRAMEBUFFER ? this.readFramebuffer : this.drawFramebuffer;
    if (!bound) return this.#drawingBufferParameter(attachment, parameter);
    const type = this.#attachmentInteger(target, attachment, GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE);
    if (type === null) return null;
    if (parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE) return type;
    if (parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_NAME) {
      if (type === GL.NONE) return null;
      const name = this.#attachmentInteger(target, attachment, parameter) ?? 0;
      return (type === GL.TEXTURE ? this.textures.get(name) : this.renderbuffers.get(name)) ?? null;
    }
    return this.#attachmentInteger(target, attachment, parameter);
  }

  #attachmentInteger(target: number, attachment: number, parameter: number): number | null {
    ints[0] = -1;
    const before = this.gl.glGetError();
    if (before) this.raise(before);
    this.gl.glGetFramebufferAttachmentParameteriv(target, attachment, parameter, ints);
    const error = this.gl.glGetError();
    if (error) this.raise(error);
    return error ? null : (ints[0] ?? null);
  }

  #drawingBufferParameter(attachment: number, parameter: number): unknown {
    const own = attachment === GL.COLOR ? undefined : DEFAULT_ATTACHMENTS[attachment];
    if (own === undefined || parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_NAME) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    // Depth and stencil hang on the framebuffer that is drawn to.
    this.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.drawingBuffer.drawName);
    const type = this.#attachmentInteger(GL.DRAW_FRAMEBUFFER, own, GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE);
    const isType = parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE;
    const value = isType || !type ? null : this.#attachmentInteger(GL.DRAW_FRAMEBUFFER, own, parameter);
    this.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, this.drawFramebufferName());
    if (isType) return type ? FRAMEBUFFER_DEFAULT : GL.NONE;
    if (!type) this.raise(GL.INVALID_OPERATION);
    return value;
  }

  createRenderbuffer(): WebGLRenderbuffer {
    if (active !== this && !this.enter()) return new WebGLRenderbuffer(0, {});
    const renderbuffer = new WebGLRenderbuffer(this.generated(this.gl.glGenRenderbuffers), this.owner);
    this.renderbuffers.set(renderbuffer.name, renderbuffer);
    return renderbuffer;
  }

  deleteRenderbuffer(renderbuffer: WebGLRenderbuffer | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(renderbuffer, WebGLRenderbuffer)) return;
    this.released(this.gl.glDeleteRenderbuffers, renderbuffer.name);
    this.renderbuffers.delete(renderbuffer.name);
  }

  isRenderbuffer(renderbuffer: WebGLRenderbuffer | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(renderbuffer, WebGLRenderbuffer) && renderbuffer.bound;
  }

  bindRenderbuffer(target: number, renderbuffer: WebGLRenderbuffer | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(renderbuffer, WebGLRenderbuffer);
    if (name < 0) return;
    if (renderbuffer) renderbuffer.bound = true;
    this.gl.glBindRenderbuffer(target, name);
  }

  renderbufferStorage(target: number, internalFormat: number, width: number, height: number): void {
    this.renderbufferStorageMultisample(target, 0, internalFormat, width, height);
  }

  renderbufferStorageMultisample(
    target: number,
    samples: number,
    internalFormat: number,
    width: number,
    height: number,
  ): void {
    if (active !== this && !this.enter()) return;
    // WebGL 1's unsized name, which GLES does not know for renderbuffers.
    const unsized = internalFormat === GL.DEPTH_STENCIL;
    const format = unsized ? GL.DEPTH24_STENCIL8 : internalFormat;
    const renderbuffer = this.renderbuffers.get(this.integer(GL.RENDERBUFFER_BINDING));
    if (renderbuffer) renderbuffer.isUnsizedDepthStencil = unsized;
    if (samples === 0) this.gl.glRenderbufferStorage(target, format, width, height);
    else this.gl.glRenderbufferStorageMultisample(target, samples, format, width, height);
    if (this.driver.followsWebGl) return;
    const error = this.gl.glGetError();
    if (error) this.raise(error);
    else if (width > 0 && height > 0) this.#zeroRenderbuffer(format);
  }

  /** Clears the bound renderbuffer: memory that the program did not write reads as zero. */
  #zeroRenderbuffer(format: number): void {
    const { gl } = this;
    const renderbuffer = this.integer(GL.RENDERBUFFER_BINDING);
    const framebuffer = this.generated(gl.glGenFramebuffers);
    gl.glBindFramebuffer(GL.FRAMEBUFFER, framebuffer);
    const [kind, type] = uploadFormat(format) ?? [];
    const attachment =
      kind === GL.DEPTH_STENCIL
        ? GL.DEPTH_STENCIL_ATTACHMENT
        : kind === GL.DEPTH_COMPONENT
          ? GL.DEPTH_ATTACHMENT
          : format === GL.STENCIL_INDEX8
            ? GL.STENCIL_ATTACHMENT
            : GL.COLOR_ATTACHMENT0;
    gl.glFramebufferRenderbuffer(GL.FRAMEBUFFER, attachment, GL.RENDERBUFFER, renderbuffer);
    const integer = kind === GL.RED_INTEGER || kind === GL.RG_INTEGER || kind === GL.RGBA_INTEGER;
    const signed = type === GL.BYTE || type === GL.SHORT || type === GL.INT;
    this.withPlainClearState(() => {
      if (gl.glCheckFramebufferStatus(GL.FRAMEBUFFER) !== GL.FRAMEBUFFER_COMPLETE) return;
      if (!integer) gl.glClear(GL.COLOR_BUFFER_BIT | GL.DEPTH_BUFFER_BIT | GL.STENCIL_BUFFER_BIT);
      else if (signed) gl.glClearBufferiv(GL.COLOR, 0, ints.fill(0, 0, 4));
      else gl.glClearBufferuiv(GL.COLOR, 0, uints.fill(0, 0, 4));
    });
    this.released(gl.glDeleteFramebuffers, framebuffer);
    this.rebindFramebuffers();
  }

  getRenderbufferParameter(target: number, parameter: number): number | null {
    if (active !== this && !this.enter()) return null;
    const renderbuffer = this.renderbuffers.get(this.integer(GL.RENDERBUFFER_BINDING));
    if (target === GL.RENDERBUFFER && !renderbuffer) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    const isFormat = parameter === GL.RENDERBUFFER_INTERNAL_FORMAT;
    if (isFormat && renderbuffer?.isUnsizedDepthStencil) return GL.DEPTH_STENCIL;
    ints[0] = -1;
    this.gl.glGetRenderbufferParameteriv(target, parameter, ints);
    return ints[0] === -1 ? null : (ints[0] ?? null);
  }

  drawBuffers(buffers: readonly number[]): void {
    if (active !== this && !this.enter()) return;
    const list = new Int32Array(new ArrayBuffer(Math.max(4, buffers.length * 4)));
    list.set(buffers);
    if (!this.drawFramebuffer) {
      if (buffers.length !== 1 || (buffers[0] !== GL.BACK && buffers[0] !== GL.NONE)) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
      list[0] = buffers[0] === GL.BACK ? GL.COLOR_ATTACHMENT0 : GL.NONE;
    }
    this.gl.glDrawBuffers(buffers.length, list);
  }

  readBuffer(source: number): void {
    if (active !== this && !this.enter()) return;
    if (this.readFramebuffer) {
      this.gl.glReadBuffer(source);
      return;
    }
    if (source === GL.BACK || source === GL.NONE) {
      this.gl.glReadBuffer(source === GL.BACK ? GL.COLOR_ATTACHMENT0 : GL.NONE);
      return;
    }
    const attachment = source >= GL.COLOR_ATTACHMENT0 && source <= GL.COLOR_ATTACHMENT15;
    this.raise(attachment ? GL.INVALID_OPERATION : GL.INVALID_ENUM);
  }

  invalidateFramebuffer(target: number, attachments: readonly number[]): void {
    const list = this.#nativeAttachments(target, attachments);
    if (list) this.gl.glInvalidateFramebuffer(target, attachments.length, list);
  }

  invalidateSubFramebuffer(
    target: number,
    attachments: readonly number[],
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const list = this.#nativeAttachments(target, attachments);
    if (list) this.gl.glInvalidateSubFramebuffer(target, attachments.length, list, x, y, width, height);
  }

  #nativeAttachments(target: number, attachments: readonly number[]): Int32Array | undefined {
    if (active !== this && !this.enter()) return undefined;
    const list = new Int32Array(new ArrayBuffer(Math.max(4, attachments.length * 4)));
    const own = target === GL.READ_FRAMEBUFFER ? this.readFramebuffer : this.drawFramebuffer;
    for (const [index, attachment] of attachments.entries()) {
      const native = own ? attachment : attachment === GL.BACK ? undefined : DEFAULT_ATTACHMENTS[attachment];
      if (native === undefined) {
        this.raise(GL.INVALID_ENUM);
        return undefined;
      }
      list[index] = native;
    }
    return list;
  }

  blitFramebuffer(
    srcX0: number,
    srcY0: number,
    srcX1: number,
    srcY1: number,
    dstX0: number,
    dstY0: number,
    dstX1: number,
    dstY1: number,
    mask: number,
    filter: number,
  ): void {
    if (active !== this && !this.enter()) return;
    const { gl, drawingBuffer } = this;
    const blit = (bits: number) =>
      gl.glBlitFramebuffer(srcX0, srcY0, srcX1, srcY1, dstX0, dstY0, dstX1, dstY1, bits, filter);
    if (this.readFramebuffer || drawingBuffer.samples === 0) {
      blit(mask);
      return;
    }
    this.resolveForReading();
    // Depth and stencil of the multisampled drawing buffer are not resolved: they are read where they are.
    const color = mask & GL.COLOR_BUFFER_BIT;
    if (color || mask === 0) blit(color);
    if (mask & ~GL.COLOR_BUFFER_BIT) {
      gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, drawingBuffer.drawName);
      try {
        blit(mask & ~GL.COLOR_BUFFER_BIT);
      } finally {
        // An argument that is no number throws out of the native call.
        gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, drawingBuffer.readName);
      }
    }
  }
}
