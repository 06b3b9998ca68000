import { activeEntry } from "./active-info.ts";
import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import type { WebGLActiveInfo, WebGLProgram } from "./objects.ts";
import { isLinked, isValidName, nameOfProgram } from "./programs.ts";
import { cString, ints } from "./scratch.ts";

function isReserved(name: string): boolean {
  return name.startsWith("gl_") || name.startsWith("webgl_") || name.startsWith("_webgl_");
}

/** Locations of attributes and fragment outputs, and the list of active attributes. */
export abstract class ProgramAttributeMethods extends ContextMethods {
  bindAttribLocation(program: WebGLProgram, index: number, name: string): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const programName = nameOfProgram(state, program);
    if (programName < 0 || !isValidName(state, name)) return;
    if (state.raiseIf(isReserved(name), GL.INVALID_OPERATION)) return;
    state.gl.glBindAttribLocation(programName, index, cString(name));
  }

  getAttribLocation(program: WebGLProgram, name: string): number {
    const { state } = this;
    if (!state.makeCurrent()) return -1;
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
    if (!state.makeCurrent()) return -1;
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
  const program = state.programs.current;
  if (!program) return -1;
  if (program.attributeMask !== undefined) return program.attributeMask;
  state.gl.glGetProgramiv(program.name, GL.ACTIVE_ATTRIBUTES, ints);
  const count = ints[0] ?? 0;
  let mask = 0;
  for (let index = 0; index < count; index++) {
    const info = activeEntry(state, program, GL.ACTIVE_ATTRIBUTES, index, state.gl.glGetActiveAttrib);
    const location = info ? state.gl.glGetAttribLocation(program.name, cString(info.name)) : -1;
    for (let column = 0; location >= 0 && column < matrixColumns(info?.type ?? 0); column++) {
      mask |= 1 << (location + column);
    }
  }
  program.attributeMask = mask;
  return mask;
}

/** Number of locations of one attribute. */
function matrixColumns(type: number): number {
  switch (type) {
    case GL.FLOAT_MAT2:
    case GL.FLOAT_MAT2x3:
    case GL.FLOAT_MAT2x4:
      return 2;
    case GL.FLOAT_MAT3:
    case GL.FLOAT_MAT3x2:
    case GL.FLOAT_MAT3x4:
      return 3;
    case GL.FLOAT_MAT4:
    case GL.FLOAT_MAT4x2:
    case GL.FLOAT_MAT4x3:
      return 4;
    default:
      return 1;
  }
}
