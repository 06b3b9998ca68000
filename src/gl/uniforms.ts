import { GLSL_TYPES } from "./constant-tables.generated.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { type WebGLActiveInfo, type WebGLProgram, WebGLUniformLocation } from "./objects.ts";
import { activeEntry, NAME_OFFSET } from "./program-attributes.ts";
import { isLinked, isValidName, nameOfProgram } from "./programs.ts";
import { bytes, cString, cStringArray, decodeText, floats, ints, nativeArray, uints } from "./scratch.ts";

/** Locations, values and properties of active uniforms and uniform blocks. */
export abstract class UniformMethods extends ContextMethods {
  getUniformLocation(program: WebGLProgram, name: string): WebGLUniformLocation | null {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return null;
    if (!isLinked(state, program)) return state.refuse(GL.INVALID_OPERATION);
    const index = state.gl.glGetUniformLocation(programName, cString(name));
    return index < 0 ? null : new WebGLUniformLocation(program, index);
  }

  getActiveUniform(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    const { state } = this;
    return activeEntry(state, program, GL.ACTIVE_UNIFORMS, index, state.gl.glGetActiveUniform);
  }

  getUniform(program: WebGLProgram, location: WebGLUniformLocation): unknown {
    const { state } = this;
    const name = nameOfProgram(state, program);
    if (name < 0) return null;
    if (!(location instanceof WebGLUniformLocation))
      throw new TypeError("The location must be a WebGLUniformLocation.");
    if (location.program !== program || location.linkCount !== program.linkCount)
      return state.refuse(GL.INVALID_OPERATION);
    const type = uniformTypes(state, program).get(location.index);
    // All other types are samplers; their value is one int.
    const [kind, components] = (type !== undefined && GLSL_TYPES[type]) || (["int", 1] as const);
    if (kind === "float") {
      state.gl.glGetUniformfv(name, location.index, floats);
      return components === 1 ? floats[0] : floats.slice(0, components);
    }
    if (kind === "uint") {
      state.gl.glGetUniformuiv(name, location.index, uints);
      return components === 1 ? uints[0] : uints.slice(0, components);
    }
    state.gl.glGetUniformiv(name, location.index, ints);
    if (kind === "int") return components === 1 ? ints[0] : ints.slice(0, components);
    const booleans = Array.from(ints.subarray(0, components), (value) => value !== 0);
    return components === 1 ? booleans[0] : booleans;
  }

  getUniformIndices(program: WebGLProgram, names: readonly string[]): number[] | null {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0) return null;
    const { pointers, memory } = cStringArray(names);
    const indices = nativeArray(Uint32Array, names.length);
    state.gl.glGetUniformIndices(programName, memory.length, pointers, indices);
    return Array.from(indices.subarray(0, names.length));
  }

  getActiveUniforms(
    program: WebGLProgram,
    indices: readonly number[],
    parameter: number,
  ): (number | boolean)[] | null {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0) return null;
    switch (parameter) {
      case GL.UNIFORM_TYPE:
      case GL.UNIFORM_SIZE:
      case GL.UNIFORM_BLOCK_INDEX:
      case GL.UNIFORM_OFFSET:
      case GL.UNIFORM_ARRAY_STRIDE:
      case GL.UNIFORM_MATRIX_STRIDE:
      case GL.UNIFORM_IS_ROW_MAJOR:
        break;
      default:
        return state.refuse(GL.INVALID_ENUM);
    }
    state.gl.glGetProgramiv(programName, GL.ACTIVE_UNIFORMS, ints);
    const count = ints[0] ?? 0;
    if (indices.some((index) => index < 0 || index >= count)) return state.refuse(GL.INVALID_VALUE);
    const indexArray = nativeArray(Uint32Array, indices.length);
    indexArray.set(indices);
    const values = nativeArray(Int32Array, indices.length);
    state.gl.glGetActiveUniformsiv(programName, indices.length, indexArray, parameter, values);
    const isBoolean = parameter === GL.UNIFORM_IS_ROW_MAJOR;
    return Array.from(values.subarray(0, indices.length), (value) => (isBoolean ? value !== 0 : value));
  }

  getUniformBlockIndex(program: WebGLProgram, name: string): number {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return GL.INVALID_INDEX;
    return state.gl.glGetUniformBlockIndex(programName, cString(name));
  }

  getActiveUniformBlockParameter(program: WebGLProgram, index: number, parameter: number): unknown {
    const { state } = this;
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
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isUniformBlock(state, programName, index)) return null;
    const name = bytes.subarray(NAME_OFFSET);
    state.gl.glGetActiveUniformBlockName(programName, index, name.length, ints, name);
    return decodeText(name, ints[0] ?? 0);
  }
}

/** Whether a program has a uniform block. False, with the error recorded, if not. */
function isUniformBlock(state: ContextState, programName: number, index: number): boolean {
  state.gl.glGetProgramiv(programName, GL.ACTIVE_UNIFORM_BLOCKS, ints);
  if (index >= 0 && index < (ints[0] ?? 0)) return true;
  return state.raise(GL.INVALID_VALUE);
}

/** Types of all uniforms of a program, array elements included, by location. */
function uniformTypes(state: ContextState, program: WebGLProgram): Map<number, number> {
  if (program.uniformTypes) return program.uniformTypes;
  const types = new Map<number, number>();
  state.gl.glGetProgramiv(program.name, GL.ACTIVE_UNIFORMS, ints);
  const count = ints[0] ?? 0;
  for (let index = 0; index < count; index++) {
    const info = activeEntry(state, program, GL.ACTIVE_UNIFORMS, index, state.gl.glGetActiveUniform);
    if (!info) continue;
    const base = info.name.replace(/\[0\]$/, "");
    for (let element = 0; element < info.size; element++) {
      const name = element === 0 ? info.name : `${base}[${element}]`;
      const location = state.gl.glGetUniformLocation(program.name, cString(name));
      if (location >= 0) types.set(location, info.type);
    }
  }
  program.uniformTypes = types;
  return types;
}
