import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { DEFAULT_ATTACHMENTS, drawFramebufferName } from "./framebuffers.ts";
import { type WebGLFramebuffer, WebGLRenderbuffer, WebGLTexture } from "./objects.ts";
import { ints } from "./scratch.ts";

const FRAMEBUFFER_DEFAULT = 0x8218;

/** Attachments of framebuffers and of the drawing buffer. */
export abstract class FramebufferAttachmentMethods extends ContextMethods {
  framebufferRenderbuffer(
    target: number,
    attachment: number,
    renderbufferTarget: number,
    renderbuffer: WebGLRenderbuffer | null,
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.nameOf(renderbuffer, WebGLRenderbuffer);
    if (name < 0 || !attachableFramebuffer(state, target)) return;
    state.gl.glFramebufferRenderbuffer(target, attachment, renderbufferTarget, name);
  }

  framebufferTexture2D(
    target: number,
    attachment: number,
    textureTarget: number,
    texture: WebGLTexture | null,
    level: number,
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.nameOf(texture, WebGLTexture);
    if (name < 0 || !attachableFramebuffer(state, target)) return;
    state.gl.glFramebufferTexture2D(target, attachment, textureTarget, name, level);
  }

  framebufferTextureLayer(
    target: number,
    attachment: number,
    texture: WebGLTexture | null,
    level: number,
    layer: number,
  ): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.nameOf(texture, WebGLTexture);
    if (name < 0 || !attachableFramebuffer(state, target)) return;
    state.gl.glFramebufferTextureLayer(target, attachment, name, level, layer);
  }

  getFramebufferAttachmentParameter(target: number, attachment: number, parameter: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    if (target !== GL.FRAMEBUFFER && target !== GL.DRAW_FRAMEBUFFER && target !== GL.READ_FRAMEBUFFER)
      return state.refuse(GL.INVALID_ENUM);
    const bound = target === GL.READ_FRAMEBUFFER ? state.framebuffers.read : state.framebuffers.draw;
    if (!bound) return drawingBufferParameter(state, attachment, parameter);
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

/** The framebuffer bound to `target`. Undefined, with the error recorded, for the drawing buffer or an invalid target. */
function attachableFramebuffer(state: ContextState, target: number): WebGLFramebuffer | undefined {
  const isTarget =
    target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER || target === GL.READ_FRAMEBUFFER;
  const framebuffer = target === GL.READ_FRAMEBUFFER ? state.framebuffers.read : state.framebuffers.draw;
  if (isTarget && framebuffer) return framebuffer;
  state.raise(isTarget ? GL.INVALID_OPERATION : GL.INVALID_ENUM);
  return undefined;
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

/** Parameter of an attachment of the drawing buffer. */
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
