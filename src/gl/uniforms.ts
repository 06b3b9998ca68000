import { activeEntry } from "./active-info.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { type WebGLActiveInfo, type WebGLProgram, WebGLUniformLocation } from "./objects.ts";
import { isLinked, isValidName, nameOfProgram } from "./programs.ts";
import { cString, cStringArray, floats, ints, nativeArray, uints } from "./scratch.ts";

type UniformKind = "float" | "int" | "uint" | "bool";

const UNIFORM_TYPES: Record<number, readonly [kind: UniformKind, components: number]> = {
  [GL.FLOAT]: ["float", 1],
  [GL.FLOAT_VEC2]: ["float", 2],
  [GL.FLOAT_VEC3]: ["float", 3],
  [GL.FLOAT_VEC4]: ["float", 4],
  [GL.FLOAT_MAT2]: ["float", 4],
  [GL.FLOAT_MAT3]: ["float", 9],
  [GL.FLOAT_MAT4]: ["float", 16],
  [GL.FLOAT_MAT2x3]: ["float", 6],
  [GL.FLOAT_MAT2x4]: ["float", 8],
  [GL.FLOAT_MAT3x2]: ["float", 6],
  [GL.FLOAT_MAT3x4]: ["float", 12],
  [GL.FLOAT_MAT4x2]: ["float", 8],
  [GL.FLOAT_MAT4x3]: ["float", 12],
  [GL.INT]: ["int", 1],
  [GL.INT_VEC2]: ["int", 2],
  [GL.INT_VEC3]: ["int", 3],
  [GL.INT_VEC4]: ["int", 4],
  [GL.UNSIGNED_INT]: ["uint", 1],
  [GL.UNSIGNED_INT_VEC2]: ["uint", 2],
  [GL.UNSIGNED_INT_VEC3]: ["uint", 3],
  [GL.UNSIGNED_INT_VEC4]: ["uint", 4],
  [GL.BOOL]: ["bool", 1],
  [GL.BOOL_VEC2]: ["bool", 2],
  [GL.BOOL_VEC3]: ["bool", 3],
  [GL.BOOL_VEC4]: ["bool", 4],
};

/** Locations, values and properties of active uniforms. */
export abstract class UniformMethods extends ContextMethods {
  getUniformLocation(program: WebGLProgram, name: string): WebGLUniformLocation | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
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
    if (!state.makeCurrent()) return null;
    const name = nameOfProgram(state, program);
    if (name < 0) return null;
    if (!(location instanceof WebGLUniformLocation))
      throw new TypeError("The location must be a WebGLUniformLocation.");
    if (location.program !== program || location.linkCount !== program.linkCount)
      return state.refuse(GL.INVALID_OPERATION);
    const type = uniformTypes(state, program).get(location.index);
    // All other types are samplers; their value is one int.
    const [kind, components] = (type !== undefined && UNIFORM_TYPES[type]) || (["int", 1] as const);
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
    if (!state.makeCurrent()) return null;
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
    if (!state.makeCurrent()) return null;
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
