import { ptr } from "bun:ffi";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { WebGLShader, WebGLShaderPrecisionFormat } from "./objects.ts";
import { Reading } from "./reading.ts";
import { encodeText, ints, textOf } from "./scratch.ts";

export const COMPLETION_STATUS_KHR = 0x91b1;
export const GL_INFO_LOG_LENGTH = 0x8b84;

/** Shaders. */
export abstract class Shaders extends Reading {
  protected readonly shaders = new Map<number, WebGLShader>();

  createShader(type: number): WebGLShader | null {
    if (active !== this && !this.enter()) return new WebGLShader(0, {}, type);
    const name = this.gl.glCreateShader(type);
    if (!name) return null;
    const shader = new WebGLShader(name, this.owner, type);
    this.shaders.set(name, shader);
    return shader;
  }

  deleteShader(shader: WebGLShader | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(shader, WebGLShader)) return;
    this.gl.glDeleteShader(shader.name);
    this.letGoOfShader(shader);
  }

  protected letGoOfShader(shader: WebGLShader): void {
    if (shader.deleted && shader.attachments === 0) this.shaders.delete(shader.name);
  }

  isShader(shader: WebGLShader | null): boolean {
    if (active !== this && !this.enter()) return false;
    if (shader === null || shader === undefined) return false;
    if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
    // One that is deleted but attached still is a shader, as it is to GL.
    return shader.owner === this.owner && !(shader.deleted && shader.attachments === 0);
  }

  /** Native name of a shader; deleted but attached ones count. -1 after an error. */
  protected shaderName(shader: WebGLShader): number {
    if (!(shader instanceof WebGLShader)) throw new TypeError("The argument must be a WebGLShader.");
    if (shader.owner !== this.owner) this.raise(GL.INVALID_OPERATION);
    else if (shader.deleted && shader.attachments === 0) this.raise(GL.INVALID_VALUE);
    else return shader.name;
    return -1;
  }

  shaderSource(shader: WebGLShader, source: string): void {
    if (active !== this && !this.enter()) return;
    const name = this.shaderName(shader);
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
    return this.shaderName(shader) < 0 ? null : shader.source;
  }

  compileShader(shader: WebGLShader): void {
    if (active !== this && !this.enter()) return;
    const name = this.shaderName(shader);
    if (name >= 0) this.gl.glCompileShader(name);
  }

  getShaderInfoLog(shader: WebGLShader): string | null {
    if (active !== this && !this.enter()) return null;
    const name = this.shaderName(shader);
    if (name < 0) return null;
    this.gl.glGetShaderiv(name, GL_INFO_LOG_LENGTH, ints);
    return this.log(ints[0] ?? 0, (size, memory) => this.gl.glGetShaderInfoLog(name, size, ints, memory));
  }

  protected log(size: number, read: (size: number, memory: Uint8Array) => void): string {
    if (size <= 0) return "";
    const memory = new Uint8Array(new ArrayBuffer(size));
    read(size, memory);
    return textOf(memory, Math.min(size, ints[0] ?? 0));
  }

  getShaderParameter(shader: WebGLShader, parameter: number): number | boolean | null {
    if (active !== this && !this.enter()) return parameter === COMPLETION_STATUS_KHR ? true : null;
    const name = this.shaderName(shader);
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
}
