import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLSampler, WebGLTexture } from "./objects.ts";
import { floats, ints } from "./scratch.ts";

const TEXTURE_MAX_ANISOTROPY_EXT = 0x84fe;
const DEPTH_STENCIL_TEXTURE_MODE = 0x90ea;

/** Parameters that return the bindings of the targets. */
const BINDINGS: Record<number, number> = {
  [GL.TEXTURE_2D]: GL.TEXTURE_BINDING_2D,
  [GL.TEXTURE_CUBE_MAP]: GL.TEXTURE_BINDING_CUBE_MAP,
  [GL.TEXTURE_3D]: GL.TEXTURE_BINDING_3D,
  [GL.TEXTURE_2D_ARRAY]: GL.TEXTURE_BINDING_2D_ARRAY,
};

const SAMPLER_INTEGERS = new Set([
  GL.TEXTURE_COMPARE_FUNC,
  GL.TEXTURE_COMPARE_MODE,
  GL.TEXTURE_MAG_FILTER,
  GL.TEXTURE_MIN_FILTER,
  GL.TEXTURE_WRAP_R,
  GL.TEXTURE_WRAP_S,
  GL.TEXTURE_WRAP_T,
]);
const TEXTURE_INTEGERS = new Set([
  ...SAMPLER_INTEGERS,
  GL.TEXTURE_BASE_LEVEL,
  GL.TEXTURE_IMMUTABLE_LEVELS,
  GL.TEXTURE_MAX_LEVEL,
]);

/** Parameters of textures and samplers, and the binding of textures. */
export abstract class TextureMethods extends ContextMethods {
  bindTexture(target: number, texture: WebGLTexture | null): void {
    const { state } = this;
    const name = state.nameOf(texture, WebGLTexture);
    if (name < 0) return;
    if (state.raiseIf(BINDINGS[target] === undefined, GL.INVALID_ENUM)) return;
    if (texture) {
      if (state.raiseIf(texture.target !== 0 && texture.target !== target, GL.INVALID_OPERATION)) return;
      texture.target = target;
    }
    state.gl.glBindTexture(target, name);
  }

  getTexParameter(target: number, parameter: number): number | boolean | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    if (BINDINGS[target] === undefined) return state.refuse(GL.INVALID_ENUM);
    if (!requireTexture(state, target)) return null;
    const hasStencilMode =
      parameter === DEPTH_STENCIL_TEXTURE_MODE && state.enabledExtensions.has("GL_ANGLE_stencil_texturing");
    if (TEXTURE_INTEGERS.has(parameter) || hasStencilMode) {
      state.gl.glGetTexParameteriv(target, parameter, ints);
      return ints[0] ?? null;
    }
    if (parameter === GL.TEXTURE_IMMUTABLE_FORMAT) {
      state.gl.glGetTexParameteriv(target, parameter, ints);
      return ints[0] !== 0;
    }
    if (!isFloatParameter(state, parameter)) return state.refuse(GL.INVALID_ENUM);
    state.gl.glGetTexParameterfv(target, parameter, floats);
    return floats[0] ?? null;
  }

  getSamplerParameter(sampler: WebGLSampler, parameter: number): number | null {
    const { state } = this;
    const name = state.requiredNameOf(sampler, WebGLSampler);
    if (name < 0) return null;
    if (SAMPLER_INTEGERS.has(parameter)) {
      state.gl.glGetSamplerParameteriv(name, parameter, ints);
      return ints[0] ?? null;
    }
    if (!isFloatParameter(state, parameter)) return state.refuse(GL.INVALID_ENUM);
    state.gl.glGetSamplerParameterfv(name, parameter, floats);
    return floats[0] ?? null;
  }
}

function isFloatParameter(state: ContextState, parameter: number): boolean {
  if (parameter === TEXTURE_MAX_ANISOTROPY_EXT)
    return state.enabledExtensions.has("GL_EXT_texture_filter_anisotropic");
  return parameter === GL.TEXTURE_MAX_LOD || parameter === GL.TEXTURE_MIN_LOD;
}

/**
 * Whether a texture is bound to `target`. False, with INVALID_OPERATION recorded, if not: GL would use its texture 0,
 * which does not exist in WebGL. Invalid targets are reported by the driver.
 */
export function requireTexture(state: ContextState, target: number): boolean {
  const isCubeFace = target >= GL.TEXTURE_CUBE_MAP_POSITIVE_X && target <= GL.TEXTURE_CUBE_MAP_NEGATIVE_Z;
  const binding = BINDINGS[isCubeFace ? GL.TEXTURE_CUBE_MAP : target];
  if (binding === undefined || state.getInteger(binding) !== 0) return true;
  return state.raise(GL.INVALID_OPERATION);
}
