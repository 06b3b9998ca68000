import { NAME_OFFSET } from "./active-info.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import type { WebGLProgram } from "./objects.ts";
import { isValidName, nameOfProgram } from "./programs.ts";
import { bytes, cString, decodeText, ints, nativeArray } from "./scratch.ts";

/** Uniform blocks of a program. */
export abstract class UniformBlockMethods extends ContextMethods {
  getUniformBlockIndex(program: WebGLProgram, name: string): number {
    const { state } = this;
    if (!state.makeCurrent()) return GL.INVALID_INDEX;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return GL.INVALID_INDEX;
    return state.gl.glGetUniformBlockIndex(programName, cString(name));
  }

  getActiveUniformBlockParameter(program: WebGLProgram, index: number, parameter: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isUniformBlock(state, programName, index)) return null;
    const read = (name: number, memory: Int32Array) => {
      state.gl.glGetActiveUniformBlockiv(programName, index, name, memory);
      return memory[0] ?? 0;
    };
    switch (parameter) {
      case GL.UNIFORM_BLOCK_BINDING:
      case GL.UNIFORM_BLOCK_DATA_SIZE:
      case GL.UNIFORM_BLOCK_ACTIVE_UNIFORMS:
        return read(parameter, ints);
      case GL.UNIFORM_BLOCK_REFERENCED_BY_VERTEX_SHADER:
      case GL.UNIFORM_BLOCK_REFERENCED_BY_FRAGMENT_SHADER:
        return read(parameter, ints) !== 0;
      case GL.UNIFORM_BLOCK_ACTIVE_UNIFORM_INDICES: {
        const count = read(GL.UNIFORM_BLOCK_ACTIVE_UNIFORMS, ints);
        const indices = nativeArray(Int32Array, count);
        read(parameter, indices);
        return new Uint32Array(indices.buffer, 0, count);
      }
    }
    return state.refuse(GL.INVALID_ENUM);
  }

  getActiveUniformBlockName(program: WebGLProgram, index: number): string | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isUniformBlock(state, programName, index)) return null;
    const name = bytes.subarray(NAME_OFFSET);
    state.gl.glGetActiveUniformBlockName(programName, index, name.length, ints, name);
    return decodeText(name, ints[0] ?? 0);
  }

  uniformBlockBinding(program: WebGLProgram, index: number, binding: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const programName = nameOfProgram(state, program);
    if (programName >= 0) state.gl.glUniformBlockBinding(programName, index, binding);
  }
}

/** Whether a program has a uniform block. False, with the error recorded, if not. */
function isUniformBlock(state: ContextState, programName: number, index: number): boolean {
  state.gl.glGetProgramiv(programName, GL.ACTIVE_UNIFORM_BLOCKS, ints);
  if (index >= 0 && index < (ints[0] ?? 0)) return true;
  return state.raise(GL.INVALID_VALUE);
}
