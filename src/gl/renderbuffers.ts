import { UPLOAD_FORMATS } from "./constant-tables.generated.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { rebindFramebuffers } from "./framebuffers.ts";
import { WebGLRenderbuffer } from "./objects.ts";
import { withDefaultClearState } from "./render-state.ts";
import { ints, uints } from "./scratch.ts";

export abstract class RenderbufferMethods extends ContextMethods {
  bindRenderbuffer(target: number, renderbuffer: WebGLRenderbuffer | null): void {
    const { state } = this;
    const name = state.nameOf(renderbuffer, WebGLRenderbuffer);
    if (name < 0) return;
    if (renderbuffer) renderbuffer.bound = true;
    state.gl.glBindRenderbuffer(target, name);
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
    const { state } = this;
    if (!state.makeCurrent()) return;
    // WebGL 1's unsized format, which OpenGL ES does not have for renderbuffers.
    const unsized = internalFormat === GL.DEPTH_STENCIL;
    const format = unsized ? GL.DEPTH24_STENCIL8 : internalFormat;
    const renderbuffer = state.renderbuffers.get(state.getInteger(GL.RENDERBUFFER_BINDING));
    if (renderbuffer) renderbuffer.isUnsizedDepthStencil = unsized;
    if (samples === 0) state.gl.glRenderbufferStorage(target, format, width, height);
    else state.gl.glRenderbufferStorageMultisample(target, samples, format, width, height);
    if (state.driver.enforcesWebGl) return;
    if (!state.recordNativeError() && width > 0 && height > 0) clearRenderbuffer(state, format);
  }

  getRenderbufferParameter(target: number, parameter: number): number | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const renderbuffer = state.renderbuffers.get(state.getInteger(GL.RENDERBUFFER_BINDING));
    if (target === GL.RENDERBUFFER && !renderbuffer) return state.refuse(GL.INVALID_OPERATION);
    const isFormat = parameter === GL.RENDERBUFFER_INTERNAL_FORMAT;
    if (isFormat && renderbuffer?.isUnsizedDepthStencil) return GL.DEPTH_STENCIL;
    ints[0] = -1;
    state.gl.glGetRenderbufferParameteriv(target, parameter, ints);
    return ints[0] === -1 ? null : (ints[0] ?? null);
  }
}

/** Clears the bound renderbuffer: memory that the application did not initialize reads as zero. */
function clearRenderbuffer(state: ContextState, format: number): void {
  const { gl } = state;
  const renderbuffer = state.getInteger(GL.RENDERBUFFER_BINDING);
  const framebuffer = state.generateName(gl.glGenFramebuffers);
  gl.glBindFramebuffer(GL.FRAMEBUFFER, framebuffer);
  const [kind, type] = UPLOAD_FORMATS[format] ?? [];
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
  withDefaultClearState(state, () => {
    if (gl.glCheckFramebufferStatus(GL.FRAMEBUFFER) !== GL.FRAMEBUFFER_COMPLETE) return;
    if (!integer) gl.glClear(GL.COLOR_BUFFER_BIT | GL.DEPTH_BUFFER_BIT | GL.STENCIL_BUFFER_BIT);
    else if (signed) gl.glClearBufferiv(GL.COLOR, 0, ints.fill(0, 0, 4));
    else gl.glClearBufferuiv(GL.COLOR, 0, uints.fill(0, 0, 4));
  });
  state.deleteName(gl.glDeleteFramebuffers, framebuffer);
  rebindFramebuffers(state);
}
