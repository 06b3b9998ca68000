import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { type WebGLActiveInfo, WebGLBuffer, type WebGLProgram, WebGLUniformLocation } from "./objects.ts";
import { cStringArray, INFO_BYTES } from "./programs.ts";
import { bytes, cString, floats, ints, textOf, uints } from "./scratch.ts";
import { UniformSetters } from "./uniform-setters.ts";

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

/** Uniform locations, what is known about active uniforms, and uniform blocks. */
export abstract class Uniforms extends UniformSetters {
  getUniformLocation(program: WebGLProgram, name: string): WebGLUniformLocation | null {
    if (active !== this && !this.enter()) return null;
    const programName = this.programName(program);
    if (programName < 0 || !this.isValidName(name)) return null;
    if (!this.isLinked(program)) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    const index = this.gl.glGetUniformLocation(programName, cString(name));
    return index < 0 ? null : new WebGLUniformLocation(program, index);
  }

  getActiveUniform(program: WebGLProgram, index: number): WebGLActiveInfo | null {
    return this.activeEntry(program, GL.ACTIVE_UNIFORMS, index, this.gl.glGetActiveUniform);
  }

  getUniform(program: WebGLProgram, location: WebGLUniformLocation): unknown {
    if (active !== this && !this.enter()) return null;
    const name = this.programName(program);
    if (name < 0) return null;
    if (!(location instanceof WebGLUniformLocation))
      throw new TypeError("The location must be a WebGLUniformLocation.");
    if (location.program !== program || location.linkCount !== program.linkCount) {
      this.raise(GL.INVALID_OPERATION);
      return null;
    }
    const type = this.#typesByLocation(program).get(location.index);
    // Samplers, of which there are many types, are set and read as one int.
    const [kind, components] = (type !== undefined && UNIFORM_TYPES[type]) || (["int", 1] as const);
    if (kind === "float") {
      this.gl.glGetUniformfv(name, location.index, floats);
      return components === 1 ? floats[0] : floats.slice(0, components);
    }
    if (kind === "uint") {
      this.gl.glGetUniformuiv(name, location.index, uints);
      return components === 1 ? uints[0] : uints.slice(0, components);
    }
    this.gl.glGetUniformiv(name, location.index, ints);
    if (kind === "int") return components === 1 ? ints[0] : ints.slice(0, components);
    const booleans = Array.from(ints.subarray(0, components), (value) => value !== 0);
    return components === 1 ? booleans[0] : booleans;
  }

  #typesByLocation(program: WebGLProgram): Map<number, number> {
    if (program.uniformTypes) return program.uniformTypes;
    const types = new Map<number, number>();
    this.gl.glGetProgramiv(program.name, GL.ACTIVE_UNIFORMS, ints);
    const count = ints[0] ?? 0;
    for (let index = 0; index < count; index++) {
      const info = this.getActiveUniform(program, index);
      if (!info) continue;
      const base = info.name.replace(/\[0\]$/, "");
      for (let element = 0; element < info.size; element++) {
        const name = element === 0 ? info.name : `${base}[${element}]`;
        const location = this.gl.glGetUniformLocation(program.name, cString(name));
        if (location >= 0) types.set(location, info.type);
      }
    }
    program.uniformTypes = types;
    return types;
  }

  getUniformIndices(program: WebGLProgram, names: readonly string[]): number[] | null {
    if (active !== this && !this.enter()) return null;
    const programName = this.programName(program);
    if (programName < 0) return null;
    const { pointers, memory } = cStringArray(names);
    const indices = new Uint32Array(new ArrayBuffer(Math.max(4, names.length * 4)));
    this.gl.glGetUniformIndices(programName, memory.length, pointers, indices);
    return Array.from(indices.subarray(0, names.length));
  }

  getActiveUniforms(
    program: WebGLProgram,
    indices: readonly number[],
    parameter: number,
  ): (number | boolean)[] | null {
    if (active !== this && !this.enter()) return null;
    const programName = this.programName(program);
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
        this.raise(GL.INVALID_ENUM);
        return null;
    }
    this.gl.glGetProgramiv(programName, GL.ACTIVE_UNIFORMS, ints);
    const count = ints[0] ?? 0;
    if (indices.some((index) => index < 0 || index >= count)) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    const wanted = new Uint32Array(new ArrayBuffer(Math.max(4, indices.length * 4)));
    wanted.set(indices);
    const values = new Int32Array(new ArrayBuffer(Math.max(4, indices.length * 4)));
    this.gl.glGetActiveUniformsiv(programName, indices.length, wanted, parameter, values);
    const isBoolean = parameter === GL.UNIFORM_IS_ROW_MAJOR;
    return Array.from(values.subarray(0, indices.length), (value) => (isBoolean ? value !== 0 : value));
  }

  getUniformBlockIndex(program: WebGLProgram, name: string): number {
    if (active !== this && !this.enter()) return GL.INVALID_INDEX;
    const programName = this.programName(program);
    if (programName < 0 || !this.isValidName(name)) return GL.INVALID_INDEX;
    return this.gl.glGetUniformBlockIndex(programName, cString(name));
  }

  #isBlock(programName: number, index: number): boolean {
    this.gl.glGetProgramiv(programName, GL.ACTIVE_UNIFORM_BLOCKS, ints);
    if (index >= 0 && index < (ints[0] ?? 0)) return true;
    this.raise(GL.INVALID_VALUE);
    return false;
  }

  getActiveUniformBlockParameter(program: WebGLProgram, index: number, parameter: number): unknown {
    if (active !== this && !this.enter()) return null;
    const programName = this.programName(program);
    if (programName < 0 || !this.#isBlock(programName, index)) return null;
    const read = (name: number, memory: Int32Array) => {
      this.gl.glGetActiveUniformBlockiv(programName, index, name, memory);
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
        const indices = new Int32Array(new ArrayBuffer(Math.max(4, count * 4)));
        read(parameter, indices);
        return new Uint32Array(indices.buffer, 0, count);
      }
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  getActiveUniformBlockName(program: WebGLProgram, index: number): string | null {
    if (active !== this && !this.enter()) return null;
    const programName = this.programName(program);
    if (programName < 0 || !this.#isBlock(programName, index)) return null;
    const name = bytes.subarray(INFO_BYTES);
    this.gl.glGetActiveUniformBlockName(programName, index, name.length, ints, name);
    return textOf(name, ints[0] ?? 0);
  }

  uniformBlockBinding(program: WebGLProgram, index: number, binding: number): void {
    if (active !== this && !this.enter()) return;
    const programName = this.programName(program);
    if (programName >= 0) this.gl.glUniformBlockBinding(programName, index, binding);
  }

  bindBufferBase(target: number, index: number, buffer: WebGLBuffer | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.#indexed(target, buffer);
    if (name < 0) return;
    this.gl.glBindBufferBase(target, index, name);
    this.#afterIndexed(target, index, buffer);
  }

  /** `offset` and `size` in bytes. */
  bindBufferRange(
    target: number,
    index: number,
    buffer: WebGLBuffer | null,
    offset: number,
    size: number,
  ): void {
    if (active !== this && !this.enter()) return;
    const name = this.#indexed(target, buffer);
    if (name < 0) return;
    if (offset < 0 || size < 0 || (buffer && size === 0)) {
      this.raise(GL.INVALID_VALUE);
      return;
    }
    this.gl.glBindBufferRange(target, index, name, offset, size);
    this.#afterIndexed(target, index, buffer);
  }

  #indexed(target: number, buffer: WebGLBuffer | null): number {
    const name = this.nameOf(buffer, WebGLBuffer);
    if (target !== GL.UNIFORM_BUFFER && target !== GL.TRANSFORM_FEEDBACK_BUFFER) {
      this.raise(GL.INVALID_ENUM);
      return -1;
    }
    if (name > 0 && buffer && !this.claim(buffer, "other")) return -1;
    return name;
  }

  /** An indexed binding also sets the target's plain one, unless the driver refused. */
  #afterIndexed(target: number, index: number, buffer: WebGLBuffer | null): void {
    const most = target === GL.UNIFORM_BUFFER ? GL.MAX_UNIFORM_BUFFER_BINDINGS : GL_MAX_FEEDBACK_BUFFERS;
    if (index >= 0 && index < this.integer(most)) this.boundBuffers.set(target, buffer ?? null);
  }

  /** The buffer or the number at an indexed binding point. */
  getIndexedParameter(target: number, index: number): unknown {
    if (active !== this && !this.enter()) return null;
    switch (target) {
      case GL.UNIFORM_BUFFER_BINDING:
      case GL.TRANSFORM_FEEDBACK_BUFFER_BINDING:
        ints[0] = 0;
        this.gl.glGetIntegeri_v(target, index, ints);
        return this.buffers.get(ints[0] ?? 0) ?? null;
      case GL.UNIFORM_BUFFER_SIZE:
      case GL.UNIFORM_BUFFER_START:
      case GL.TRANSFORM_FEEDBACK_BUFFER_SIZE:
      case GL.TRANSFORM_FEEDBACK_BUFFER_START:
        // 32 bits are enough: no buffer here is larger than 2 GiB.
        ints[0] = 0;
        this.gl.glGetIntegeri_v(target, index, ints);
        return ints[0];
      default:
        return this.indexedExtensionParameter(target, index);
    }
  }

  protected abstract indexedExtensionParameter(target: number, index: number): unknown;
}

const GL_MAX_FEEDBACK_BUFFERS = GL.MAX_TRANSFORM_FEEDBACK_SEPARATE_ATTRIBS;
