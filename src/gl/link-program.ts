import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import { cStringArray } from "./scratch.ts";

/** Compiles and links a program of the library's own, outside of the application's objects. @returns its native name */
export function linkProgram(gl: NativeGl, vertexShader: string, fragmentShader: string): number {
  const program = gl.glCreateProgram();
  for (const [type, source] of [
    [GL.VERTEX_SHADER, vertexShader],
    [GL.FRAGMENT_SHADER, fragmentShader],
  ] as const) {
    const shader = gl.glCreateShader(type);
    gl.glShaderSource(shader, 1, cStringArray([source]).pointers, null);
    gl.glCompileShader(shader);
    gl.glAttachShader(program, shader);
    gl.glDeleteShader(shader);
  }
  gl.glLinkProgram(program);
  return program;
}
