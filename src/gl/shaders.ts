import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLShader, WebGLShaderPrecisionFormat } from "./objects.ts";
import { cStringArray, decodeText, ints, nativeArray } from "./scratch.ts";

export const COMPLETION_STATUS_KHR = 0x91b1;
export const GL_INFO_LOG_LENGTH = 0x8b84;

/** Shaders: source, compilation and info log. */
export abstract class ShaderMethods extends ContextMethods {
  createShader(type: number): WebGLShader | null {
    const { state } = this;
    if (!state.makeCurrent()) return new WebGLShader(0, {}, type);
    const name = state.gl.glCreateShader(type);
    return name ? new WebGLShader(name, state.owner, type) : null;
  }

  deleteShader(shader: WebGLShader | null): void {
    const { state } = this;
    if (state.makeCurrent() && state.markDeleted(shader, WebGLShader)) state.gl.glDeleteShader(shader.name);
  }

  isShader(shader: WebGLShader | null): boolean {
    const { state } = this;
    if (!state.makeCurrent()) return false;
    if (shader === null || shader === undefined) return false;
    if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
    // A deleted shader that is still attached remains a shader, as in GL.
    return shader.owner === state.owner && !(shader.deleted && shader.attachments === 0);
  }

  shaderSource(shader: WebGLShader, source: string): void {
    const { state } = this;
    const name = nameOfShader(state, shader);
    if (name < 0) return;
    shader.source = String(source);
    const { pointers, memory } = cStringArray([shader.source]);
    ints[0] = (memory[0]?.length ?? 1) - 1;
    state.gl.glShaderSource(name, 1, pointers, ints);
  }

  getShaderSource(shader: WebGLShader): string | null {
    const { state } = this;
    return nameOfShader(state, shader) < 0 ? null : shader.source;
  }

  getShaderInfoLog(shader: WebGLShader): string | null {
    const { state } = this;
    const name = nameOfShader(state, shader);
    if (name < 0) return null;
    state.gl.glGetShaderiv(name, GL_INFO_LOG_LENGTH, ints);
    return readInfoLog(ints[0] ?? 0, (size, memory) => state.gl.glGetShaderInfoLog(name, size, ints, memory));
  }

  getShaderParameter(shader: WebGLShader, parameter: number): number | boolean | null {
    const { state } = this;
    if (!state.makeCurrent()) return parameter === COMPLETION_STATUS_KHR ? true : null;
    const name = nameOfShader(state, shader);
    if (name < 0) return null;
    switch (parameter) {
      case GL.SHADER_TYPE:
        return shader.type;
      case GL.DELETE_STATUS:
        return shader.deleted;
      case GL.COMPILE_STATUS:
        state.gl.glGetShaderiv(name, parameter, ints);
        return ints[0] !== 0;
    }
    if (
      parameter === COMPLETION_STATUS_KHR &&
      state.enabledExtensions.has("GL_KHR_parallel_shader_compile")
    ) {
      state.gl.glGetShaderiv(name, parameter, ints);
      return ints[0] !== 0;
    }
    return state.refuse(GL.INVALID_ENUM);
  }

  getShaderPrecisionFormat(shaderType: number, precisionType: number): WebGLShaderPrecisionFormat | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const types = shaderType === GL.VERTEX_SHADER || shaderType === GL.FRAGMENT_SHADER;
    if (!types || precisionType < GL.LOW_FLOAT || precisionType > GL.HIGH_INT)
      return state.refuse(GL.INVALID_ENUM);
    state.gl.glGetShaderPrecisionFormat(shaderType, precisionType, ints, ints.subarray(2));
    return new WebGLShaderPrecisionFormat(ints[0] ?? 0, ints[1] ?? 0, ints[2] ?? 0);
  }
}

/** As ContextCore.nameOf, for shaders: a deleted shader that is attached is valid. */
export function nameOfShader(state: ContextState, shader: WebGLShader): number {
  if (!state.makeCurrent()) return -1;
  if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
  if (shader.owner !== state.owner) state.raise(GL.INVALID_OPERATION);
  else if (shader.deleted && shader.attachments === 0) state.raise(GL.INVALID_VALUE);
  else return shader.name;
  return -1;
}

/** An info log of `size` bytes; `read` writes its length to `ints`. */
export function readInfoLog(size: number, read: (size: number, memory: Uint8Array) => void): string {
  if (size <= 0) return "";
  const memory = nativeArray(Uint8Array, size);
  read(size, memory);
  return decodeText(memory, Math.min(size, ints[0] ?? 0));
}
