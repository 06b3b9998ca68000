import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLSampler } from "./objects.ts";
import { floats, ints } from "./scratch.ts";
import { VertexArrays } from "./vertex-arrays.ts";

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
export abstract class Samplers extends VertexArrays {
  protected readonly samplers = new Map<number, WebGLSampler>();

  createSampler(): WebGLSampler {
    if (active !== this && !this.enter()) return new WebGLSampler(0, {});
    const sampler = new WebGLSampler(this.generated(this.gl.glGenSamplers), this.owner);
    this.samplers.set(sampler.name, sampler);
    return sampler;
  }

  deleteSampler(sampler: WebGLSampler | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(sampler, WebGLSampler)) return;
    this.released(this.gl.glDeleteSamplers, sampler.name);
    this.samplers.delete(sampler.name);
  }

  isSampler(sampler: WebGLSampler | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(sampler, WebGLSampler);
  }

  bindSampler(unit: number, sampler: WebGLSampler | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(sampler, WebGLSampler);
    if (name >= 0) this.gl.glBindSampler(unit, name);
  }

  samplerParameteri(sampler: WebGLSampler, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    const name = this.requiredNameOf(sampler, WebGLSampler);
    if (name >= 0) this.gl.glSamplerParameteri(name, parameter, value);
  }

  samplerParameterf(sampler: WebGLSampler, parameter: number, value: number): void {
    if (active !== this && !this.enter()) return;
    const name = this.requiredNameOf(sampler, WebGLSampler);
    if (name >= 0) this.gl.glSamplerParameterf(name, parameter, value);
  }

  getSamplerParameter(sampler: WebGLSampler, parameter: number): number | null {
    if (active !== this && !this.enter()) return null;
    const name = this.requiredNameOf(sampler, WebGLSampler);
    if (name < 0) return null;
    if (INTEGER_PARAMETERS.has(parameter)) {
      this.gl.glGetSamplerParameteriv(name, parameter, ints);
      return ints[0] ?? null;
    }
    const anisotropy =
      parameter === TEXTURE_MAX_ANISOTROPY_EXT &&
      this.nativeExtensions.has("GL_EXT_texture_filter_anisotropic");
    if (parameter === GL.TEXTURE_MAX_LOD || parameter === GL.TEXTURE_MIN_LOD || anisotropy) {
      this.gl.glGetSamplerParameterfv(name, parameter, floats);
      return floats[0] ?? null;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }
}
