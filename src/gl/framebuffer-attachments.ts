import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { DEFAULT_ATTACHMENTS, drawFramebufferName } from "./framebuffers.ts";
import { ints } from "./scratch.ts";

const FRAMEBUFFER_DEFAULT = 0x8218;

/** Attachments of framebuffers and of the drawing buffer. */
export abstract class FramebufferAttachmentMethods extends ContextMethods {
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

/** Whether a framebuffer object is bound to `target`. False, with the error recorded, for the drawing buffer or an invalid target. */
export function canAttach(state: ContextState, target: number): boolean {
  const isTarget =
    target === GL.FRAMEBUFFER || target === GL.DRAW_FRAMEBUFFER || target === GL.READ_FRAMEBUFFER;
  const framebuffer = target === GL.READ_FRAMEBUFFER ? state.framebuffers.read : state.framebuffers.draw;
  if (isTarget && framebuffer) return true;
  return state.raise(isTarget ? GL.INVALID_OPERATION : GL.INVALID_ENUM);
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
