import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLSampler, WebGLTexture } from "./objects.ts";
import { floats, ints } from "./scratch.ts";

const TEXTURE_MAX_ANISOTROPY_EXT = 0x84fe;
const DEPTH_STENCIL_TEXTURE_MODE = 0x90ea;

function isCubeFace(target: number): boolean {
  return target >= GL.TEXTURE_CUBE_MAP_POSITIVE_X && target <= GL.TEXTURE_CUBE_MAP_NEGATIVE_Z;
}

const TEXTURE_TARGETS = [GL.TEXTURE_2D, GL.TEXTURE_CUBE_MAP, GL.TEXTURE_3D, GL.TEXTURE_2D_ARRAY];
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

/** Parameters of textures and samplers, and the binding of textures. */
export abstract class TextureMethods extends ContextMethods {
  bindTexture(target: number, texture: WebGLTexture | null): void {
    const { state } = this;
    const name = state.nameOf(texture, WebGLTexture);
    if (name < 0) return;
    if (state.raiseIf(!TEXTURE_TARGETS.includes(target), GL.INVALID_ENUM)) return;
    if (texture) {
      if (state.raiseIf(texture.target !== 0 && texture.target !== target, GL.INVALID_OPERATION)) return;
      texture.target = target;
    }
    state.gl.glBindTexture(target, name);
  }

  getTexParameter(target: number, parameter: number): number | boolean | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    if (!TEXTURE_TARGETS.includes(target)) return state.refuse(GL.INVALID_ENUM);
    if (!boundTexture(state, target)) return state.refuse(GL.INVALID_OPERATION);
    switch (parameter) {
      case GL.TEXTURE_MAX_LOD:
      case GL.TEXTURE_MIN_LOD:
        state.gl.glGetTexParameterfv(target, parameter, floats);
        return floats[0] ?? null;
      case GL.TEXTURE_MAG_FILTER:
      case GL.TEXTURE_MIN_FILTER:
      case GL.TEXTURE_WRAP_S:
      case GL.TEXTURE_WRAP_T:
      case GL.TEXTURE_WRAP_R:
      case GL.TEXTURE_BASE_LEVEL:
      case GL.TEXTURE_MAX_LEVEL:
      case GL.TEXTURE_COMPARE_FUNC:
      case GL.TEXTURE_COMPARE_MODE:
      case GL.TEXTURE_IMMUTABLE_LEVELS:
        state.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] ?? null;
      case GL.TEXTURE_IMMUTABLE_FORMAT:
        state.gl.glGetTexParameteriv(target, parameter, ints);
        return ints[0] !== 0;
    }
    if (
      parameter === TEXTURE_MAX_ANISOTROPY_EXT &&
      state.enabledExtensions.has("GL_EXT_texture_filter_anisotropic")
    ) {
      state.gl.glGetTexParameterfv(target, parameter, floats);
      return floats[0] ?? null;
    }
    if (
      parameter === DEPTH_STENCIL_TEXTURE_MODE &&
      state.enabledExtensions.has("GL_ANGLE_stencil_texturing")
    ) {
      state.gl.glGetTexParameteriv(target, parameter, ints);
      return ints[0] ?? null;
    }
    return state.refuse(GL.INVALID_ENUM);
  }

  getSamplerParameter(sampler: WebGLSampler, parameter: number): number | null {
    const { state } = this;
    const name = state.requiredNameOf(sampler, WebGLSampler);
    if (name < 0) return null;
    if (SAMPLER_INTEGERS.has(parameter)) {
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

/** The texture bound to `target` of the active unit; for a cube map face, its cube map. */
function boundTexture(state: ContextState, target: number): WebGLTexture | undefined {
  const binding = BINDINGS[isCubeFace(target) ? GL.TEXTURE_CUBE_MAP : target];
  return binding === undefined ? undefined : state.textures.get(state.getInteger(binding));
}

/**
 * Whether a texture is bound to `target`. False, with INVALID_OPERATION recorded, if not: GL would use its texture 0,
 * which does not exist in WebGL. Invalid targets are reported by the driver.
 */
export function requireTexture(state: ContextState, target: number): boolean {
  const binding = BINDINGS[isCubeFace(target) ? GL.TEXTURE_CUBE_MAP : target];
  if (binding === undefined || state.getInteger(binding) !== 0) return true;
  return state.raise(GL.INVALID_OPERATION);
}
