import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLFramebuffer } from "./objects.ts";
import { ints, nativeArray } from "./scratch.ts";

/** Type of the attachments of the drawing buffer, which is a framebuffer object to the driver only. */
const FRAMEBUFFER_DEFAULT = 0x8218;

/** Native attachments of the drawing buffer. */
const DEFAULT_ATTACHMENTS: Record<number, number> = {
  [GL.BACK]: GL.COLOR_ATTACHMENT0,
  [GL.COLOR]: GL.COLOR_ATTACHMENT0,
  [GL.DEPTH]: GL.DEPTH_ATTACHMENT,
  [GL.STENCIL]: GL.STENCIL_ATTACHMENT,
};

/** The bound framebuffer objects. Null stands for the drawing buffer. */
export class FramebufferState {
  draw: WebGLFramebuffer | null = null;
  read: WebGLFramebuffer | null = null;
}

/** Framebuffer objects, their attachments, draw and read buffers, and blits. For the driver, the drawing buffer is a framebuffer object too. */
export abstract class FramebufferMethods extends ContextMethods {
  deleteFramebuffer(framebuffer: WebGLFramebuffer | null): void {
    const { state } = this;
    if (!state.deleteObject(framebuffer, WebGLFramebuffer, state.gl.glDeleteFramebuffers)) return;
    if (state.framebuffers.draw === framebuffer) state.framebuffers.draw = null;
    if (state.framebuffers.read === framebuffer) state.framebuffers.read = null;
    rebindFramebuffers(state);
  }

  bindFramebuffer(target: number, framebuffer: WebGLFramebuffer | null): void {
    const { state } = this;
    const name = state.nameOf(framebuffer, WebGLFramebuffer);
    if (name < 0) return;
    const draw = target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER;
    const read = target === GL.FRAMEBUFFER || target === GL.READ_FRAMEBUFFER;
    if (state.raiseIf(!draw && !read, GL.INVALID_ENUM)) return;
    if (framebuffer) framebuffer.bound = true;
    if (draw) {
      state.framebuffers.draw = framebuffer ?? null;
      state.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, name || state.drawingBuffer.drawName);
    }
    if (read) {
      state.framebuffers.read = framebuffer ?? null;
      state.gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, name || state.drawingBuffer.readName);
    }
  }

  checkFramebufferStatus(target: number): number {
    const { state } = this;
    if (!state.makeCurrent()) return GL.FRAMEBUFFER_UNSUPPORTED;
    return state.gl.glCheckFramebufferStatus(target);
  }

  drawBuffers(buffers: readonly number[]): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const list = nativeArray(Int32Array, buffers.length);
    list.set(buffers);
    if (!state.framebuffers.draw) {
      if (buffers.length !== 1 || (buffers[0] !== GL.BACK && buffers[0] !== GL.NONE)) {
        state.raise(GL.INVALID_OPERATION);
        return;
      }
      list[0] = buffers[0] === GL.BACK ? GL.COLOR_ATTACHMENT0 : GL.NONE;
    }
    state.gl.glDrawBuffers(buffers.length, list);
  }

  readBuffer(source: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    if (state.framebuffers.read) {
      state.gl.glReadBuffer(source);
      return;
    }
    if (source === GL.BACK || source === GL.NONE) {
      state.gl.glReadBuffer(source === GL.BACK ? GL.COLOR_ATTACHMENT0 : GL.NONE);
      return;
    }
    const attachment = source >= GL.COLOR_ATTACHMENT0 && source <= GL.COLOR_ATTACHMENT15;
    state.raise(attachment ? GL.INVALID_OPERATION : GL.INVALID_ENUM);
  }

  invalidateFramebuffer(target: number, attachments: readonly number[]): void {
    const { state } = this;
    const list = nativeAttachments(state, target, attachments);
    if (list) state.gl.glInvalidateFramebuffer(target, attachments.length, list);
  }

  invalidateSubFramebuffer(
    target: number,
    attachments: readonly number[],
    x: number,
    y: number,
    width: number,
    height: number,
  ): void {
    const { state } = this;
    const list = nativeAttachments(state, target, attachments);
    if (list) state.gl.glInvalidateSubFramebuffer(target, attachments.length, list, x, y, width, height);
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
    const { state } = this;
    if (!state.makeCurrent()) return;
    const { gl, drawingBuffer } = state;
    const blit = (bits: number) =>
      gl.glBlitFramebuffer(srcX0, srcY0, srcX1, srcY1, dstX0, dstY0, dstX1, dstY1, bits, filter);
    if (state.framebuffers.read || drawingBuffer.samples === 0) {
      blit(mask);
      return;
    }
    resolveForReading(state);
    // Depth and stencil of the multisampled drawing buffer are not resolved: they are read from the multisampled one.
    const color = mask & GL.COLOR_BUFFER_BIT;
    if (color || mask === 0) blit(color);
    if (mask & ~GL.COLOR_BUFFER_BIT) {
      gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, drawingBuffer.drawName);
      try {
        blit(mask & ~GL.COLOR_BUFFER_BIT);
      } finally {
        // The native call throws if an argument is not a number.
        gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, drawingBuffer.readName);
      }
    }
  }

  getFramebufferAttachmentParameter(target: number, attachment: number, parameter: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const bound = boundFramebuffer(state, target);
    if (bound === undefined) return null;
    if (bound === null) return drawingBufferParameter(state, attachment, parameter);
    const type = attachmentParameter(state, target, attachment, GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE);
    if (type === null) return null;
    if (parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE) return type;
    if (parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_NAME) {
      if (type === GL.NONE) return null;
      const name = attachmentParameter(state, target, attachment, parameter) ?? 0;
      return (type === GL.TEXTURE ? state.textures.get(name) : state.renderbuffers.get(name)) ?? null;
    }
    return attachmentParameter(state, target, attachment, parameter);
  }
}

function drawFramebufferName(state: ContextState): number {
  return state.framebuffers.draw ? state.framebuffers.draw.name : state.drawingBuffer.drawName;
}

function readFramebufferName(state: ContextState): number {
  return state.framebuffers.read ? state.framebuffers.read.name : state.drawingBuffer.readName;
}

/** Binds the native framebuffers again, after the drawing buffer or the bindings changed. */
export function rebindFramebuffers(state: ContextState): void {
  state.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawFramebufferName(state));
  state.gl.glBindFramebuffer(GL.READ_FRAMEBUFFER, readFramebufferName(state));
}

/** Resolves the drawing buffer if it is the read framebuffer. */
export function resolveForReading(state: ContextState): void {
  if (state.framebuffers.read || state.drawingBuffer.samples === 0) return;
  const mayDraw = state.activeQueries.size === 0 && !state.transformFeedbacks.current.active;
  state.drawingBuffer.resolve(drawFramebufferName(state), readFramebufferName(state), mayDraw);
}

/** Native names of attachments. Undefined, with the error recorded, if one is invalid. */
function nativeAttachments(
  state: ContextState,
  target: number,
  attachments: readonly number[],
): Int32Array | undefined {
  if (!state.makeCurrent()) return undefined;
  const list = nativeArray(Int32Array, attachments.length);
  const bound = target === GL.READ_FRAMEBUFFER ? state.framebuffers.read : state.framebuffers.draw;
  for (const [index, attachment] of attachments.entries()) {
    const native = bound ? attachment : attachment === GL.BACK ? undefined : DEFAULT_ATTACHMENTS[attachment];
    if (native === undefined) {
      state.raise(GL.INVALID_ENUM);
      return undefined;
    }
    list[index] = native;
  }
  return list;
}

/** The framebuffer bound to `target`, null for the drawing buffer. Undefined, with the error recorded, for an invalid target. */
function boundFramebuffer(state: ContextState, target: number): WebGLFramebuffer | null | undefined {
  if (target === GL.READ_FRAMEBUFFER) return state.framebuffers.read;
  if (target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER) return state.framebuffers.draw;
  state.raise(GL.INVALID_ENUM);
  return undefined;
}

/** Whether a framebuffer object is bound to `target`; otherwise records an error. */
export function canAttach(state: ContextState, target: number): boolean {
  const bound = boundFramebuffer(state, target);
  if (bound === null) state.raise(GL.INVALID_OPERATION);
  return Boolean(bound);
}

function attachmentParameter(
  state: ContextState,
  target: number,
  attachment: number,
  parameter: number,
): number | null {
  const succeeded = state.attempt(() => {
    state.gl.glGetFramebufferAttachmentParameteriv(target, attachment, parameter, ints);
  });
  return succeeded ? (ints[0] ?? null) : null;
}

function drawingBufferParameter(state: ContextState, attachment: number, parameter: number): unknown {
  const native = attachment === GL.COLOR ? undefined : DEFAULT_ATTACHMENTS[attachment];
  if (native === undefined || parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_NAME)
    return state.refuse(GL.INVALID_ENUM);
  // Depth and stencil are attached to the draw framebuffer only.
  state.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, state.drawingBuffer.drawName);
  const type = attachmentParameter(state, GL.DRAW_FRAMEBUFFER, native, GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE);
  const isType = parameter === GL.FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE;
  const value = isType || !type ? null : attachmentParameter(state, GL.DRAW_FRAMEBUFFER, native, parameter);
  state.gl.glBindFramebuffer(GL.DRAW_FRAMEBUFFER, drawFramebufferName(state));
  if (isType) return type ? FRAMEBUFFER_DEFAULT : GL.NONE;
  if (!type) state.raise(GL.INVALID_OPERATION);
  return value;
}
