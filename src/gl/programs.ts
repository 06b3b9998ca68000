import { ptr } from "bun:ffi";
import type { NativeGl } from "./bindings.generated.ts";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLActiveInfo, WebGLProgram, type WebGLShader } from "./objects.ts";
import { bytes, cString, ints, textOf } from "./scratch.ts";
import { COMPLETION_STATUS_KHR, GL_INFO_LOG_LENGTH, Shaders } from "./shaders.ts";

/** Names in GLSL ES 3.00 have at most 1024 characters (WebGL 2.0 section 4.3.2). */
const MAX_NAME_LENGTH = 1024;

/** Whether every character may be in a GLSL source outside comments: WebGL 1.0 section 6.19. */
function isGlslText(text: string): boolean {
  return /^[\t-\r\x20-\x7e]*$/.test(text) && !/["$'@\\`]/.test(text);
}

function isReserved(name: string): boolean {
  return name.startsWith("gl_") || name.startsWith("webgl_") || name.startsWith("_webgl_");
}

/** An array of C strings with the memory that they lie in; the caller keeps it until the driver has read it. */
export function cStringArray(texts: readonly string[]): { pointers: BigUint64Array; memory: Uint8Array[] } {
  const memory = texts.map(cString);
  const pointers = new BigUint64Array(new ArrayBuffer(Math.max(8, texts.length * 8)));
  for (const [index, text] of memory.entries()) pointers[index] = BigInt(ptr(text));
  return { pointers, memory };
}

/** Programs: linking, attributes and what is known about them. */
export abstract class Programs extends Shaders {
  protected readonly programs = new Map<number, WebGLProgram>();
  protected currentProgram: WebGLProgram | null = null;

  /** Whether transform feedback runs: then the program may not change. */
  protected abstract transformFeedbackRuns(): boolean;

  createProgram(): WebGLProgram {
    if (active !== this && !this.enter()) return new WebGLProgram(0, {});
    const program = new WebGLProgram(this.gl.glCreateProgram(), this.owner);
    this.programs.set(program.name, program);
    return program;
  }

  deleteProgram(program: WebGLProgram | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(program, WebGLProgram)) return;
    this.gl.glDeleteProgram(program.name);
    this.#letGoOfProgram(program);
  }

  #letGoOfProgram(program: WebGLProgram): void {
    if (!program.deleted || program === this.currentProgram || program.gone) return;
    program.gone = true;
    this.programs.delete(program.name);
    for (const shader of program.shaders) {
      shader.attachments--;
      this.letGoOfShader(shader);
    }
    program.shaders.clear();
  }

  isProgram(program: WebGLProgram | null): boolean {
    if (active !== this && !this.enter()) return false;
    if (program === null || program === undefined) return false;
    if (!(program instanceof WebGLProgram)) throw new TypeError("The argument must be a WebGLProgram.");
    return program.owner === this.owner && !program.gone;
  }

  /** Native name of a program; deleted but current ones count. -1 after an error. */
  protected programName(program: WebGLProgram): number {
    if (!(program instanceof WebGLProgram)) throw new TypeError("The argument must be a WebGLProgram.");
    if (program.owner !== this.owner) this.raise(GL.INVALID_OPERATION);
    else if (program.gone) this.raise(GL.INVALID_VALUE);
    else return program.name;
    return -1;
  }

  attachShader(program: WebGLProgram, shader: WebGLShader): void {
    if (active !== this && !this.enter()) return;
    const programName = this.programName(program);
    const shaderName = programName < 0 ? -1 : this.shaderName(shader);
    if (programName < 0 || shaderName < 0) return;
    for (const attached of program.shaders) {
      if (attached.type === shader.type) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
    }
    program.shaders.add(shader);
    shader.attachments++;
    this.gl.glAttachShader(programName, shaderName);
  }

  detachShader(program: WebGLProgram, shader: WebGLShader): void {
    if (active !== this && !this.enter()) return;
    const programName = this.programName(program);
    const shaderName = programName < 0 ? -1 : this.shaderName(shader);
    if (programName < 0 || shaderName < 0) return;
    if (!program.shaders.delete(shader)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    shader.attachments--;
    this.gl.glDetachShader(programName, shaderName);
    this.letGoOfShader(shader);
  }

  getAttachedShaders(program: WebGLProgram): WebGLShader[] | null {
    if (active !== this && !this.enter()) return null;
    return this.programName(program) < 0 ? null : [...program.shaders];
  }

  getProgramInfoLog(program: WebGLProgram): string | null {
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    this.gl.glGetProgramiv(name, GL_INFO_LOG_LENGTH, ints);
    return this.log(ints[0] ?? 0, (size, memory) => this.gl.glGetProgramInfoLog(name, size, ints, memory));
  }

  linkProgram(program: WebGLProgram): void {
    if (active !== this && !this.enter()) return;
    const name = this.programName(program);
    if (name < 0) return;
    if (this.transformFeedbackRuns() && program === this.currentProgram) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    program.linkCount++;
    program.linkedVaryings = program.wantedVaryings;
    program.linked = undefined;
    program.attributeMask = undefined;
    program.uniformTypes = undefined;
    this.gl.glLinkProgram(name);
  }

  protected isLinked(program: WebGLProgram): boolean {
    if (program.linked === undefined) {
      this.gl.glGetProgramiv(program.name, GL.LINK_STATUS, ints);
      program.linked = ints[0] !== 0;
    }
    return program.linked;
  }

  useProgram(program: WebGLProgram | null): void {
    if (active !== this && !this.enter()) return;
    let name = 0;
    if (program) {
      name = this.programName(program);
      if (name < 0) return;
      if (!this.isLinked(program)) {
        this.raise(GL.INVALID_OPERATION);
        return;
      }
    }
    if (this.transformFeedbackRuns()) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    const before = this.currentProgram;
    this.gl.glUseProgram(name);
    this.currentProgram = program ?? null;
    if (before?.deleted) this.#letGoOfProgram(before);
  }

  validateProgram(program: WebGLProgram): void {
    if (active !== this && !this.enter()) return;
    const name = this.programName(program);
    if (name >= 0) this.gl.glValidateProgram(name);
  }

  getProgramParameter(program: WebGLProgram, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return parameter === COMPLETION_STATUS_KHR ? true : null;
    const name = this.programName(program);
    if (name < 0) return null;
    switch (parameter) {
      case GL.DELETE_STATUS:
        return program.deleted;
      case GL.LINK_STATUS:
        return this.isLinked(program);
      case GL.VALIDATE_STATUS:
        this.gl.glGetProgramiv(name, parameter, ints);
        return ints[0] !== 0;
      case GL.ATTACHED_SHADERS:
        return program.shaders.size;
      case GL.ACTIVE_ATTRIBUTES:
      case GL.ACTIVE_UNIFORMS:
      case GL.ACTIVE_UNIFORM_BLOCKS:
      case GL.TRANSFORM_FEEDBACK_BUFFER_MODE:
      case GL.TRANSFORM_FEEDBACK_VARYINGS:
        this.gl.glGetProgramiv(name, parameter, ints);
        return ints[0] ?? 0;
    }
    if (parameter === COMPLETION_STATUS_KHR && this.nativeExtensions.has("GL_KHR_parallel_shader_compile")) {
      this.gl.glGetProgramiv(name, parameter, ints);
      return ints[0] !== 0;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  /** Checks a name from the program; false after an error. */
  protected isValidName(name: string): boolean {
    if (isGlslText(name) && name.length <= MAX_NAME_LENGTH) return true;
    this.raise(GL.INVALID_VALUE);
    return false;
  }

  bindAttribLocation(program: WebGLProgram, index: number, name: string): void {
    if (active !== this && !this.enter()) return;
    const programName = this.programName(program);
    if (programName < 0 || !this.isValidName(name)) return;
    if (isReserved(name)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    this.gl.glBindAttribLocation(programName, index, cString(name));
  }

  getAttribLocation(program: WebGLProgram, name: string): number {
    if (active !== this && !this.enter()) return -1;
    const programName = this.programName(program);
    if (programName < 0 || !this.isValidName(name)) return -1;
    if (!this.isLinked(program)) {
      this.raise(GL.INVALID_OPERATION);
      return -1;
    }
    return isReserved(name) ? -1 : this.gl.glGetAttribLocation(programName, cString(name));
  }

  getFragDataLocation(program: WebGLProgram, name: string): number {
    if (active !== this && !this.enter()) return -1;
    const programName = this.programName(program);
    if (programName < 0 || !this.isValidName(name)) return -1;
    return this.gl.glGetFragDataLocation(programName, cString(name));
  }

  getActiveAttrib(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    return this.activeEntry(program, GL.ACTIVE_ATTRIBUTES, index, this.gl.glGetActiveAttrib);
  }

  /** Entry `index` of one of a program's lists: its native reader, and the parameter that says how many there are. */
  protected activeEntry(
    program: WebGLProgram,
    countName: number,
    index: number,
    read: NativeGl["glGetActiveAttrib" | "glGetActiveUniform"],
  ): WebGLActiveInfo | null {
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    this.gl.glGetProgramiv(name, countName, ints);
    if (index < 0 || index >= (ints[0] ?? 0)) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    return this.activeInfo((size, out) => {
      read(name, index, size, out, out.subarray(1), out.subarray(2), bytes.subarray(INFO_BYTES));
    });
  }

  /** Reads a name, a size and a type that a native function writes: length, size, type, and the name behind them. */
  protected activeInfo(read: (nameSize: number, numbers: Int32Array) => void): WebGLActiveInfo {
    read(bytes.length - INFO_BYTES, ints);
    const name = textOf(bytes.subarray(INFO_BYTES), ints[0] ?? 0);
    return new WebGLActiveInfo(name, ints[1] ?? 0, ints[2] ?? 0);
  }

  /** Bit i stands for an active attribute at location i (all bits when there is no program). */
  protected consumedAttributes(): number {
    const program = this.currentProgram;
    if (!program) return -1;
    if (program.attributeMask !== undefined) return program.attributeMask;
    this.gl.glGetProgramiv(program.name, GL.ACTIVE_ATTRIBUTES, ints);
    const count = ints[0] ?? 0;
    let mask = 0;
    for (let index = 0; index < count; index++) {
      const info = this.getActiveAttrib(program, index);
      const location = info ? this.gl.glGetAttribLocation(program.name, cString(info.name)) : -1;
      for (let column = 0; location >= 0 && column < matrixColumns(info?.type ?? 0); column++) {
        mask |= 1 << (location + column);
      }
    }
    program.attributeMask = mask;
    return mask;
  }
}

export const INFO_BYTES = 64;

/** Attribute locations that one attribute of the type takes. */
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
