import * as GL from "./constants.generated.ts";
import { active, ContextCore } from "./context-core.ts";
import { floats, ints } from "./scratch.ts";

/** Fixed-function state: blending, depth, stencil, culling, clearing, masks. The driver checks the enums. */
export abstract class RenderState extends ContextCore {
  activeTexture(texture: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glActiveTexture(texture);
  }

  blendColor(red: number, green: number, blue: number, alpha: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glBlendColor(red, green, blue, alpha);
  }

  blendEquation(mode: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glBlendEquation(mode);
  }

  blendEquationSeparate(modeRGB: number, modeAlpha: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glBlendEquationSeparate(modeRGB, modeAlpha);
  }

  blendFunc(sfactor: number, dfactor: number): void {
    this.blendFuncSeparate(sfactor, dfactor, sfactor, dfactor);
  }

  blendFuncSeparate(srcRGB: number, dstRGB: number, srcAlpha: number, dstAlpha: number): void {
    if (active !== this && !this.enter()) return;
    // WebGL forbids the mix of constant colour and constant alpha (6.13), which Direct3D cannot do.
    if (
      (isConstantColor(srcRGB) && isConstantAlpha(dstRGB)) ||
      (isConstantAlpha(srcRGB) && isConstantColor(dstRGB))
    ) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.gl.glBlendFuncSeparate(srcRGB, dstRGB, srcAlpha, dstAlpha);
  }

  clearColor(red: number, green: number, blue: number, alpha: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glClearColor(red, green, blue, alpha);
  }

  clearDepth(depth: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glClearDepthf(depth);
  }

  clearStencil(stencil: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glClearStencil(stencil);
  }

  colorMask(red: boolean, green: boolean, blue: boolean, alpha: boolean): void {
    if (active !== this && !this.enter()) return;
    this.gl.glColorMask(red ? 1 : 0, green ? 1 : 0, blue ? 1 : 0, alpha ? 1 : 0);
  }

  cullFace(mode: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glCullFace(mode);
  }

  depthFunc(func: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glDepthFunc(func);
  }

  depthMask(flag: boolean): void {
    if (active !== this && !this.enter()) return;
    this.gl.glDepthMask(flag ? 1 : 0);
  }

  depthRange(near: number, far: number): void {
    if (active !== this && !this.enter()) return;
    if (near > far) this.raise(GL.INVALID_OPERATION);
    else this.gl.glDepthRangef(near, far);
  }

  disable(capability: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glDisable(capability);
  }

  enable(capability: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glEnable(capability);
  }

  finish(): void {
    if (active !== this && !this.enter()) return;
    this.gl.glFinish();
  }

  flush(): void {
    if (active !== this && !this.enter()) return;
    this.gl.glFlush();
  }

  frontFace(mode: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glFrontFace(mode);
  }

  hint(target: number, mode: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glHint(target, mode);
  }

  isEnabled(capability: number): boolean {
    if (active !== this && !this.enter()) return false;
    return this.gl.glIsEnabled(capability);
  }

  lineWidth(width: number): void {
    if (active !== this && !this.enter()) return;
    if (Number.isNaN(width)) this.raise(GL.INVALID_VALUE);
    else this.gl.glLineWidth(width);
  }

  polygonOffset(factor: number, units: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glPolygonOffset(factor, units);
  }

  sampleCoverage(value: number, invert: boolean): void {
    if (active !== this && !this.enter()) return;
    this.gl.glSampleCoverage(value, invert ? 1 : 0);
  }

  scissor(x: number, y: number, width: number, height: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glScissor(x, y, width, height);
  }

  stencilFunc(func: number, reference: number, mask: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilFunc(func, reference, mask);
  }

  stencilFuncSeparate(face: number, func: number, reference: number, mask: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilFuncSeparate(face, func, reference, mask);
  }

  stencilMask(mask: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilMask(mask);
  }

  stencilMaskSeparate(face: number, mask: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilMaskSeparate(face, mask);
  }

  stencilOp(fail: number, depthFail: number, pass: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilOp(fail, depthFail, pass);
  }

  stencilOpSeparate(face: number, fail: number, depthFail: number, pass: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glStencilOpSeparate(face, fail, depthFail, pass);
  }

  viewport(x: number, y: number, width: number, height: number): void {
    if (active !== this && !this.enter()) return;
    this.gl.glViewport(x, y, width, height);
  }

  /** Runs `draw` with nothing masked, scissored or left of the clear colour, and puts that state back. */
  protected withPlainClearState(draw: () => void): void {
    const { gl } = this;
    const scissor = gl.glIsEnabled(GL.SCISSOR_TEST);
    const discard = gl.glIsEnabled(GL.RASTERIZER_DISCARD);
    gl.glGetIntegerv(GL.COLOR_WRITEMASK, ints);
    const mask = ints.slice(0, 4);
    gl.glGetFloatv(GL.COLOR_CLEAR_VALUE, floats);
    const color = floats.slice(0, 4);
    gl.glGetFloatv(GL.DEPTH_CLEAR_VALUE, floats);
    const depth = floats[0] ?? 1;
    const depthMask = this.integer(GL.DEPTH_WRITEMASK);
    const stencil = this.integer(GL.STENCIL_CLEAR_VALUE);
    const stencilFront = this.integer(GL.STENCIL_WRITEMASK);
    const stencilBack = this.integer(GL.STENCIL_BACK_WRITEMASK);
    gl.glDisable(GL.SCISSOR_TEST);
    gl.glDisable(GL.RASTERIZER_DISCARD);
    gl.glColorMask(1, 1, 1, 1);
    gl.glClearColor(0, 0, 0, 0);
    gl.glClearDepthf(1);
    gl.glDepthMask(1);
    gl.glClearStencil(0);
    gl.glStencilMask(-1);
    draw();
    if (scissor) gl.glEnable(GL.SCISSOR_TEST);
    if (discard) gl.glEnable(GL.RASTERIZER_DISCARD);
    gl.glColorMask(mask[0] ?? 1, mask[1] ?? 1, mask[2] ?? 1, mask[3] ?? 1);
    gl.glClearColor(color[0] ?? 0, color[1] ?? 0, color[2] ?? 0, color[3] ?? 0);
    gl.glClearDepthf(depth);
    gl.glDepthMask(depthMask);
    gl.glClearStencil(stencil);
    gl.glStencilMaskSeparate(GL.FRONT, stencilFront);
    gl.glStencilMaskSeparate(GL.BACK, stencilBack);
  }
}

function isConstantColor(factor: number): boolean {
  return factor === GL.CONSTANT_COLOR || factor === GL.ONE_MINUS_CONSTANT_COLOR;
}

function isConstantAlpha(factor: number): boolean {
  return factor === GL.CONSTANT_ALPHA || factor === GL.ONE_MINUS_CONSTANT_ALPHA;
}
