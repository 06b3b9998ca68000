import * as GL from "./constants.generated.ts";
import { ContextMethods } from "./context-core.ts";
import { WebGLSampler } from "./objects.ts";
import { floats, ints } from "./scratch.ts";

const INTEGER_PARAMETERS = new Set([
  GL.TEXTURE_COMPARE_FUNC,
  GL.TEXTURE_COMPARE_MODE,
  GL.TEXTURE_MAG_FILTER,
  GL.TEXTURE_MIN_FILTER,
  GL.TEXTURE_WRAP_R,
  GL.TEXTURE_WRAP_S,
  GL.TEXTURE_WRAP_T,
]);
const TEXTURE_MAX_ANISOTROPY_EXT = 0x84fe;

/** Sampler objects. */
export abstract class SamplerMethods extends ContextMethods {
  createSampler(): WebGLSampler {
    const { state } = this;
    return state.createObject(WebGLSampler, state.gl.glGenSamplers, state.samplers);
  }

  deleteSampler(sampler: WebGLSampler | null): void {
    const { state } = this;
    state.deleteObject(sampler, WebGLSampler, state.gl.glDeleteSamplers, state.samplers);
  }

  isSampler(sampler: WebGLSampler | null): boolean {
    const { state } = this;
    if (!state.makeCurrent()) return false;
    return state.owns(sampler, WebGLSampler);
  }

  bindSampler(unit: number, sampler: WebGLSampler | null): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.nameOf(sampler, WebGLSampler);
    if (name >= 0) state.gl.glBindSampler(unit, name);
  }

  samplerParameteri(sampler: WebGLSampler, parameter: number, value: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.requiredNameOf(sampler, WebGLSampler);
    if (name >= 0) state.gl.glSamplerParameteri(name, parameter, value);
  }

  samplerParameterf(sampler: WebGLSampler, parameter: number, value: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const name = state.requiredNameOf(sampler, WebGLSampler);
    if (name >= 0) state.gl.glSamplerParameterf(name, parameter, value);
  }

  getSamplerParameter(sampler: WebGLSampler, parameter: number): number | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const name = state.requiredNameOf(sampler, WebGLSampler);
    if (name < 0) return null;
    if (INTEGER_PARAMETERS.has(parameter)) {
      state.gl.glGetSamplerParameteriv(name, parameter, ints);
      return ints[0] ?? null;
    }
    const anisotropy =
      parameter === TEXTURE_MAX_ANISOTROPY_EXT &&
      state.enabledExtensions.has("GL_EXT_texture_filter_anisotropic");
    if (parameter === GL.TEXTURE_MAX_LOD || parameter === GL.TEXTURE_MIN_LOD || anisotropy) {
      state.gl.glGetSamplerParameterfv(name, parameter, floats);
      return floats[0] ?? null;
    }
    return state.refuse(GL.INVALID_ENUM);
  }
}
