import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-core.ts";
import { floats, ints } from "./scratch.ts";

/** WebGL forbids combining constant color and constant alpha (6.13), which Direct3D does not support. */
export function canBlend(state: ContextState, source: number, destination: number): boolean {
  return !state.raiseIf(
    (isConstantColor(source) && isConstantAlpha(destination)) ||
      (isConstantAlpha(source) && isConstantColor(destination)),
    GL.INVALID_OPERATION,
  );
}

/** Runs `clear` with the default clear values, masks and scissor test, then restores the application's state. */
export function withDefaultClearState(state: ContextState, clear: () => void): void {
  const { gl } = state;
  const hasScissor = gl.glIsEnabled(GL.SCISSOR_TEST);
  const isDiscarding = gl.glIsEnabled(GL.RASTERIZER_DISCARD);
  gl.glGetIntegerv(GL.COLOR_WRITEMASK, ints);
  const mask = ints.slice(0, 4);
  gl.glGetFloatv(GL.COLOR_CLEAR_VALUE, floats);
  const color = floats.slice(0, 4);
  gl.glGetFloatv(GL.DEPTH_CLEAR_VALUE, floats);
  const depth = floats[0] ?? 1;
  const depthMask = state.getInteger(GL.DEPTH_WRITEMASK);
  const stencil = state.getInteger(GL.STENCIL_CLEAR_VALUE);
  const stencilFront = state.getInteger(GL.STENCIL_WRITEMASK);
  const stencilBack = state.getInteger(GL.STENCIL_BACK_WRITEMASK);
  gl.glDisable(GL.SCISSOR_TEST);
  gl.glDisable(GL.RASTERIZER_DISCARD);
  gl.glColorMask(1, 1, 1, 1);
  gl.glClearColor(0, 0, 0, 0);
  gl.glClearDepthf(1);
  gl.glDepthMask(1);
  gl.glClearStencil(0);
  gl.glStencilMask(-1);
  clear();
  if (hasScissor) gl.glEnable(GL.SCISSOR_TEST);
  if (isDiscarding) gl.glEnable(GL.RASTERIZER_DISCARD);
  gl.glColorMask(mask[0] ?? 1, mask[1] ?? 1, mask[2] ?? 1, mask[3] ?? 1);
  gl.glClearColor(color[0] ?? 0, color[1] ?? 0, color[2] ?? 0, color[3] ?? 0);
  gl.glClearDepthf(depth);
  gl.glDepthMask(depthMask);
  gl.glClearStencil(stencil);
  gl.glStencilMaskSeparate(GL.FRONT, stencilFront);
  gl.glStencilMaskSeparate(GL.BACK, stencilBack);
}

function isConstantColor(factor: number): boolean {
  return factor === GL.CONSTANT_COLOR || factor === GL.ONE_MINUS_CONSTANT_COLOR;
}

function isConstantAlpha(factor: number): boolean {
  return factor === GL.CONSTANT_ALPHA || factor === GL.ONE_MINUS_CONSTANT_ALPHA;
}
