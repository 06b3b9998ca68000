import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import { WebGLActiveInfo, type WebGLProgram } from "./objects.ts";
import { nameOfProgram } from "./programs.ts";
import { bytes, decodeText, ints } from "./scratch.ts";

/** Byte offset of a name in the scratch memory, behind the integers of the same native call. */
export const NAME_OFFSET = 64;

/** Entry `index` of a program's attributes or uniforms. `countName` is the parameter with their number. */
export function activeEntry(
  state: ContextState,
  program: WebGLProgram,
  countName: number,
  index: number,
  read: NativeGl["glGetActiveAttrib" | "glGetActiveUniform"],
): WebGLActiveInfo | null {
  if (!state.makeCurrent()) return null;
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
