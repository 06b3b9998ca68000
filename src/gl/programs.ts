import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLProgram, type WebGLShader } from "./objects.ts";
import { ints } from "./scratch.ts";
import { COMPLETION_STATUS_KHR, GL_INFO_LOG_LENGTH, nameOfShader, readInfoLog } from "./shaders.ts";

/** Maximum length of an identifier in GLSL ES 3.00: WebGL 2.0 section 4.3.2. */
const MAX_NAME_LENGTH = 1024;

/** Whether all characters are allowed in GLSL outside of comments: WebGL 1.0 section 6.19. */
function isGlslText(text: string): boolean {
  return /^[\t-\r\x20-\x7e]*$/.test(text) && !/["$'@\\`]/.test(text);
}

/** Programs: attaching shaders, linking, and the program in use. */
export abstract class ProgramMethods extends ContextMethods {
  createProgram(): WebGLProgram {
    const { state } = this;
    if (!state.makeCurrent()) return new WebGLProgram(0, {});
    return new WebGLProgram(state.gl.glCreateProgram(), state.owner);
  }

  deleteProgram(program: WebGLProgram | null): void {
    const { state } = this;
    if (!state.makeCurrent() || !state.markDeleted(program, WebGLProgram)) return;
    state.gl.glDeleteProgram(program.name);
    releaseProgram(state, program);
  }

  isProgram(program: WebGLProgram | null): boolean {
    const { state } = this;
    if (!state.makeCurrent()) return false;
    if (program === null || program === undefined) return false;
    if (!(program instanceof WebGLProgram)) throw new TypeError("The argument must be a WebGLProgram.");
    return program.owner === state.owner && !program.released;
  }

  attachShader(program: WebGLProgram, shader: WebGLShader): void {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    const shaderName = programName < 0 ? -1 : nameOfShader(state, shader);
    if (programName < 0 || shaderName < 0) return;
    for (const attached of program.shaders) {
      if (state.raiseIf(attached.type === shader.type, GL.INVALID_OPERATION)) return;
    }
    program.shaders.add(shader);
    shader.attachments++;
    state.gl.glAttachShader(programName, shaderName);
  }

  detachShader(program: WebGLProgram, shader: WebGLShader): void {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    const shaderName = programName < 0 ? -1 : nameOfShader(state, shader);
    if (programName < 0 || shaderName < 0) return;
    if (state.raiseIf(!program.shaders.delete(shader), GL.INVALID_OPERATION)) return;
    shader.attachments--;
    state.gl.glDetachShader(programName, shaderName);
  }

  getAttachedShaders(program: WebGLProgram): WebGLShader[] | null {
    const { state } = this;
    return nameOfProgram(state, program) < 0 ? null : [...program.shaders];
  }

  getProgramInfoLog(program: WebGLProgram): string | null {
    const { state } = this;
    const name = nameOfProgram(state, program);
    if (name < 0) return null;
    state.gl.glGetProgramiv(name, GL_INFO_LOG_LENGTH, ints);
    return readInfoLog(ints[0] ?? 0, (size, memory) =>
      state.gl.glGetProgramInfoLog(name, size, ints, memory),
    );
  }

  linkProgram(program: WebGLProgram): void {
    const { state } = this;
    const name = nameOfProgram(state, program);
    if (name < 0) return;
    if (state.transformFeedbacks.isRunning && program === state.currentProgram) {
      state.raise(GL.INVALID_OPERATION);
      return;
    }
    program.linkCount++;
    program.linkedVaryings = program.requestedVaryings;
    program.linked = undefined;
    program.attributeMask = undefined;
    program.uniformTypes = undefined;
    state.gl.glLinkProgram(name);
  }

  useProgram(program: WebGLProgram | null): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    let name = 0;
    if (program) {
      name = nameOfProgram(state, program);
      if (name < 0) return;
      if (state.raiseIf(!isLinked(state, program), GL.INVALID_OPERATION)) return;
    }
    if (state.raiseIf(state.transformFeedbacks.isRunning, GL.INVALID_OPERATION)) return;
    const previous = state.currentProgram;
    state.gl.glUseProgram(name);
    state.currentProgram = program ?? null;
    if (previous?.deleted) releaseProgram(state, previous);
  }

  getProgramParameter(program: WebGLProgram, parameter: number): number | boolean | null {
    const { state } = this;
    if (!state.makeCurrent()) return parameter === COMPLETION_STATUS_KHR ? true : null;
    const name = nameOfProgram(state, program);
    if (name < 0) return null;
    switch (parameter) {
      case GL.DELETE_STATUS:
        return program.deleted;
      case GL.LINK_STATUS:
        return isLinked(state, program);
      case GL.VALIDATE_STATUS:
        state.gl.glGetProgramiv(name, parameter, ints);
        return ints[0] !== 0;
      case GL.ATTACHED_SHADERS:
        return program.shaders.size;
      case GL.ACTIVE_ATTRIBUTES:
      case GL.ACTIVE_UNIFORMS:
      case GL.ACTIVE_UNIFORM_BLOCKS:
      case GL.TRANSFORM_FEEDBACK_BUFFER_MODE:
      case GL.TRANSFORM_FEEDBACK_VARYINGS:
        state.gl.glGetProgramiv(name, parameter, ints);
        return ints[0] ?? 0;
    }
    if (
      parameter === COMPLETION_STATUS_KHR &&
      state.enabledExtensions.has("GL_KHR_parallel_shader_compile")
    ) {
      state.gl.glGetProgramiv(name, parameter, ints);
      return ints[0] !== 0;
    }
    return state.refuse(GL.INVALID_ENUM);
  }
}

/** Drops a deleted program that is not in use, and detaches its shaders. */
function releaseProgram(state: ContextState, program: WebGLProgram): void {
  if (!program.deleted || program === state.currentProgram || program.released) return;
  program.released = true;
  for (const shader of program.shaders) shader.attachments--;
  program.shaders.clear();
}

/** As ContextCore.nameOf, for programs: a deleted program that is in use is valid. */
export function nameOfProgram(state: ContextState, program: WebGLProgram): number {
  if (!state.makeCurrent()) return -1;
  if (!(program instanceof WebGLProgram)) throw new TypeError("The argument must be a WebGLProgram.");
  if (program.owner !== state.owner) state.raise(GL.INVALID_OPERATION);
  else if (program.released) state.raise(GL.INVALID_VALUE);
  else return program.name;
  return -1;
}

/** Whether the last link succeeded. The first call after a link waits for the compiler. */
export function isLinked(state: ContextState, program: WebGLProgram): boolean {
  if (program.linked === undefined) {
    state.gl.glGetProgramiv(program.name, GL.LINK_STATUS, ints);
    program.linked = ints[0] !== 0;
  }
  return program.linked;
}

/** Whether a GLSL identifier is valid. False, with the error recorded, if not. */
export function isValidName(state: ContextState, name: string): boolean {
  if (isGlslText(name) && name.length <= MAX_NAME_LENGTH) return true;
  return state.raise(GL.INVALID_VALUE);
}
