import type { NativeGl } from "./bindings.generated.ts";
import { GLSL_TYPES } from "./constant-tables.generated.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { WebGLActiveInfo, type WebGLProgram } from "./objects.ts";
import { isLinked, isValidName, nameOfProgram } from "./programs.ts";
import { bytes, cString, decodeText, ints } from "./scratch.ts";

/** Byte offset of a name in the scratch memory, behind the integers of the same native call. */
export const NAME_OFFSET = 64;

function isReserved(name: string): boolean {
  return name.startsWith("gl_") || name.startsWith("webgl_") || name.startsWith("_webgl_");
}

/** Locations of attributes and fragment outputs, and the list of active attributes. */
export abstract class ProgramAttributeMethods extends ContextMethods {
  bindAttribLocation(program: WebGLProgram, index: number, name: string): void {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return;
    if (state.raiseIf(isReserved(name), GL.INVALID_OPERATION)) return;
    state.gl.glBindAttribLocation(programName, index, cString(name));
  }

  getAttribLocation(program: WebGLProgram, name: string): number {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return -1;
    if (!isLinked(state, program)) {
      state.raise(GL.INVALID_OPERATION);
      return -1;
    }
    return isReserved(name) ? -1 : state.gl.glGetAttribLocation(programName, cString(name));
  }

  getFragDataLocation(program: WebGLProgram, name: string): number {
    const { state } = this;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return -1;
    return state.gl.glGetFragDataLocation(programName, cString(name));
  }

  getActiveAttrib(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    const { state } = this;
    return activeEntry(state, program, GL.ACTIVE_ATTRIBUTES, index, state.gl.glGetActiveAttrib);
  }
}

/** Bit i is set for an active attribute at location i. All bits are set without a program in use. */
export function activeAttributeMask(state: ContextState): number {
  const program = state.currentProgram;
  if (!program) return -1;
  if (program.attributeMask !== undefined) return program.attributeMask;
  state.gl.glGetProgramiv(program.name, GL.ACTIVE_ATTRIBUTES, ints);
  const count = ints[0] ?? 0;
  let mask = 0;
  for (let index = 0; index < count; index++) {
    const info = activeEntry(state, program, GL.ACTIVE_ATTRIBUTES, index, state.gl.glGetActiveAttrib);
    const location = info ? state.gl.glGetAttribLocation(program.name, cString(info.name)) : -1;
    for (let column = 0; location >= 0 && column < (GLSL_TYPES[info?.type ?? 0]?.[2] ?? 1); column++) {
      mask |= 1 << (location + column);
    }
  }
  program.attributeMask = mask;
  return mask;
}

/** Entry `index` of a program's attributes or uniforms. `countName` is the parameter with their number. */
export function activeEntry(
  state: ContextState,
  program: WebGLProgram,
  countName: number,
  index: number,
  read: NativeGl["glGetActiveAttrib" | "glGetActiveUniform"],
): WebGLActiveInfo | null {
  const name = nameOfProgram(state, program);
  if (name < 0) return null;
  state.gl.glGetProgramiv(name, countName, ints);
  if (index < 0 || index >= (ints[0] ?? 0)) return state.refuse(GL.INVALID_VALUE);
  return readActiveInfo((size, out) => {
    read(name, index, size, out, out.subarray(1), out.subarray(2), bytes.subarray(NAME_OFFSET));
  });
}

/** Runs a native function and reads its results: name length, size and type, and the name at NAME_OFFSET. */
export function readActiveInfo(read: (nameSize: number, numbers: Int32Array) => void): WebGLActiveInfo {
  read(bytes.length - NAME_OFFSET, ints);
  const name = decodeText(bytes.subarray(NAME_OFFSET), ints[0] ?? 0);
  return new WebGLActiveInfo(name, ints[1] ?? 0, ints[2] ?? 0);
}
