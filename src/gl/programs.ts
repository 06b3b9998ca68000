import { ptr } from "bun:ffi";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLActiveInfo, WebGLProgram, WebGLShader, WebGLShaderPrecisionFormat } from "./objects.ts";
import { Reading } from "./reading.ts";
import { bytes, cString, encodeText, ints, textOf } from "./scratch.ts";

const COMPLETION_STATUS_KHR = 0x91b1;
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

/** Shaders and programs. */
export abstract class Programs extends Reading {
  protected readonly shaders = new Map<number, WebGLShader>();
  protected readonly programs = new Map<number, WebGLProgram>();
  protected currentProgram: WebGLProgram | null = null;

  /** Whether transform feedback runs: then the program may not change. */
  protected abstract transformFeedbackRuns(): boolean;

  createShader(type: number): WebGLShader | null {
    if (active !== this && !this.enter()) return new WebGLShader(0, {}, type);
    const name = this.gl.glCreateShader(type);
    if (!name) return null;
    const shader = new WebGLShader(name, this.owner, type);
    this.shaders.set(name, shader);
    return shader;
  }

  createProgram(): WebGLProgram {
    if (active !== this && !this.enter()) return new WebGLProgram(0, {});
    const program = new WebGLProgram(this.gl.glCreateProgram(), this.owner);
    this.programs.set(program.name, program);
    return program;
  }

  deleteShader(shader: WebGLShader | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(shader, WebGLShader)) return;
    this.gl.glDeleteShader(shader.name);
    this.#letGoOfShader(shader);
  }

  deleteProgram(program: WebGLProgram | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(program, WebGLProgram)) return;
    this.gl.glDeleteProgram(program.name);
    this.#letGoOfProgram(program);
  }

  #letGoOfShader(shader: WebGLShader): void {
    if (shader.deleted && shader.attachments === 0) this.shaders.delete(shader.name);
  }

  #letGoOfProgram(program: WebGLProgram): void {
    if (!program.deleted || program === this.currentProgram || program.gone) return;
    program.gone = true;
    this.programs.delete(program.name);
    for (const shader of program.shaders) {
      shader.attachments--;
      this.#letGoOfShader(shader);
    }
    program.shaders.clear();
  }

  isShader(shader: WebGLShader | null): boolean {
    if (active !== this && !this.enter()) return false;
    if (shader === null || shader === undefined) return false;
    if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
    // One that is deleted but attached still is a shader, as it is to GL.
    return shader.owner === this.owner && !(shader.deleted && shader.attachments === 0);
  }

  isProgram(program: WebGLProgram | null): boolean {
    if (active !== this && !this.enter()) return false;
    if (program === null || program === undefined) return false;
    if (!(program instanceof WebGLProgram)) throw new TypeError("The argument must be a WebGLProgram.");
    return program.owner === this.owner && !program.gone;
  }

  /** Native name of a shader; deleted but attached ones count. -1 after an error. */
  #shader(shader: WebGLShader): number {
    if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
    if (shader.owner !== this.owner) this.raise(GL.INVALID_OPERATION);
    else if (shader.deleted && shader.attachments === 0) this.raise(GL.INVALID_VALUE);
    else return shader.name;
    return -1;
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
    const shaderName = programName < 0 ? -1 : this.#shader(shader);
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
    const shaderName = programName < 0 ? -1 : this.#shader(shader);
    if (programName < 0 || shaderName < 0) return;
    if (!program.shaders.delete(shader)) {
      this.raise(GL.INVALID_OPERATION);
      return;
    }
    shader.attachments--;
    this.gl.glDetachShader(programName, shaderName);
    this.#letGoOfShader(shader);
  }

  getAttachedShaders(program: WebGLProgram): WebGLShader[] | null {
    if (active !== this && !this.enter()) return null;
    return this.programName(program) < 0 ? null : [...program.shaders];
  }

  shaderSource(shader: WebGLShader, source: string): void {
    if (active !== this && !this.enter()) return;
    const name = this.#shader(shader);
    if (name < 0) return;
    shader.source = String(source);
    const text = encodeText(shader.source);
    const memory = new Uint8Array(new ArrayBuffer(text.length + 1));
    memory.set(text);
    const pointers = new BigUint64Array(new ArrayBuffer(8));
    pointers[0] = BigInt(ptr(memory));
    ints[0] = text.length;
    this.gl.glShaderSource(name, 1, pointers, ints);
  }

  getShaderSource(shader: WebGLShader): string | null {
    if (active !== this && !this.enter()) return null;
    return this.#shader(shader) < 0 ? null : shader.source;
  }

  compileShader(shader: WebGLShader): void {
    if (active !== this && !this.enter()) return;
    const name = this.#shader(shader);
    if (name >= 0) this.gl.glCompileShader(name);
  }

  getShaderInfoLog(shader: WebGLShader): string | null {
    if (active !== this && !this.enter()) return null;
    const name = this.#shader(shader);
    if (name < 0) return null;
    this.gl.glGetShaderiv(name, GL_INFO_LOG_LENGTH, ints);
    return this.#log(ints[0] ?? 0, (size, memory) => this.gl.glGetShaderInfoLog(name, size, ints, memory));
  }

  getProgramInfoLog(program: WebGLProgram): string | null {
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    this.gl.glGetProgramiv(name, GL_INFO_LOG_LENGTH, ints);
    return this.#log(ints[0] ?? 0, (size, memory) => this.gl.glGetProgramInfoLog(name, size, ints, memory));
  }

  #log(size: number, read: (size: number, memory: Uint8Array) => void): string {
    if (size <= 0) return "";
    const memory = new Uint8Array(new ArrayBuffer(size));
    read(size, memory);
    return textOf(memory, Math.min(size, ints[0] ?? 0));
  }

  getShaderParameter(shader: WebGLShader, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return parameter === COMPLETION_STATUS_KHR ? true : null;
    const name = this.#shader(shader);
    if (name < 0) return null;
    switch (parameter) {
      case GL.SHADER_TYPE:
        return shader.type;
      case GL.DELETE_STATUS:
        return shader.deleted;
      case GL.COMPILE_STATUS:
        this.gl.glGetShaderiv(name, parameter, ints);
        return ints[0] !== 0;
    }
    if (parameter === COMPLETION_STATUS_KHR && this.nativeExtensions.has("GL_KHR_parallel_shader_compile")) {
      this.gl.glGetShaderiv(name, parameter, ints);
      return ints[0] !== 0;
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  getShaderPrecisionFormat(shaderType: number, precisionType: number): WebGLShaderPrecisionFormat | null {
    if (active !== this && !this.enter()) return null;
    const types = shaderType === GL.VERTEX_SHADER || shaderType === GL.FRAGMENT_SHADER;
    if (!types || precisionType < GL.LOW_FLOAT || precisionType > GL.HIGH_INT) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    this.gl.glGetShaderPrecisionFormat(shaderType, precisionType, ints, ints.subarray(2));
    return new WebGLShaderPrecisionFormat(ints[0] ?? 0, ints[1] ?? 0, ints[2] ?? 0);
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
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    this.gl.glGetProgramiv(name, GL.ACTIVE_ATTRIBUTES, ints);
    if (index < 0 || index >= (ints[0] ?? 0)) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    return this.activeInfo((size, out) => {
      this.gl.glGetActiveAttrib(
        name,
        index,
        size,
        out,
        out.subarray(1),
        out.subarray(2),
        bytes.subarray(INFO_BYTES),
      );
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
const GL_INFO_LOG_LENGTH = 0x8b84;

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
