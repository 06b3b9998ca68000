import * as GL from "./constants.generated.ts";
import { active, type NumberList } from "./context-core.ts";
import { WebGLUniformLocation } from "./objects.ts";
import { Programs } from "./programs.ts";
import { floats, ints, uints } from "./scratch.ts";

/** `values` from `offset` on (`length` elements; 0: the rest) in memory of the right type. Empty when out of range. */
function floatsOf(values: NumberList<Float32Array>, offset: number, length: number): Float32Array {
  if (values instanceof Float32Array) {
    return offset || length ? part(values, offset, length) : values;
  }
  return part(
    values.length <= floats.length ? copyInto(floats, values) : Float32Array.from(values),
    offset,
    length,
  );
}

function intsOf(values: NumberList<Int32Array>, offset: number, length: number): Int32Array {
  if (values instanceof Int32Array) return offset || length ? part(values, offset, length) : values;
  return part(
    values.length <= ints.length ? copyInto(ints, values) : Int32Array.from(values),
    offset,
    length,
  );
}

function uintsOf(values: NumberList<Uint32Array>, offset: number, length: number): Uint32Array {
  if (values instanceof Uint32Array) return offset || length ? part(values, offset, length) : values;
  return part(
    values.length <= uints.length ? copyInto(uints, values) : Uint32Array.from(values),
    offset,
    length,
  );
}

interface Numbers<View> {
  readonly length: number;
  [index: number]: number;
  subarray(begin: number, end?: number): View;
}

function copyInto<View extends Numbers<View>>(memory: View, values: ArrayLike<number>): View {
  for (let index = 0; index < values.length; index++) memory[index] = Number(values[index]);
  return memory.subarray(0, values.length);
}

function part<View extends Numbers<View>>(values: View, offset: number, length: number): View {
  if (!offset && !length) return values;
  const end = length ? offset + length : values.length;
  return offset < 0 || length < 0 || end > values.length
    ? values.subarray(0, 0)
    : values.subarray(offset, end);
}

/** uniform…(): the hottest calls of a renderer, so each goes straight to its native function. */
export abstract class UniformSetters extends Programs {
  /** The native location; -1 when there is nothing to set (null) or the location is not the current program's. */
  protected locate(location: WebGLUniformLocation | null): number {
    if (location === null || location === undefined) return -1;
    const { program } = location;
    if (
      program !== undefined &&
      program === this.currentProgram &&
      location.linkCount === program.linkCount
    ) {
      return location.index;
    }
    if (!(location instanceof WebGLUniformLocation)) {
      throw new TypeError("The location must be a WebGLUniformLocation or null.");
    }
    this.raise(GL.INVALID_OPERATION);
    return -1;
  }

  protected isUniformLength(values: ArrayLike<number>, size: number): boolean {
    if (values.length > 0 && values.length % size === 0) return true;
    this.raise(GL.INVALID_VALUE);
    return false;
  }

  uniform1f(location: WebGLUniformLocation | null, x: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform1f(index, x);
  }

  uniform1i(location: WebGLUniformLocation | null, x: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform1i(index, x);
  }

  uniform1ui(location: WebGLUniformLocation | null, x: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform1ui(index, x);
  }

  uniform2f(location: WebGLUniformLocation | null, x: number, y: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform2f(index, x, y);
  }

  uniform2i(location: WebGLUniformLocation | null, x: number, y: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform2i(index, x, y);
  }

  uniform2ui(location: WebGLUniformLocation | null, x: number, y: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform2ui(index, x, y);
  }

  uniform3f(location: WebGLUniformLocation | null, x: number, y: number, z: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform3f(index, x, y, z);
  }

  uniform3i(location: WebGLUniformLocation | null, x: number, y: number, z: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform3i(index, x, y, z);
  }

  uniform3ui(location: WebGLUniformLocation | null, x: number, y: number, z: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform3ui(index, x, y, z);
  }

  uniform4f(location: WebGLUniformLocation | null, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform4f(index, x, y, z, w);
  }

  uniform4i(location: WebGLUniformLocation | null, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform4i(index, x, y, z, w);
  }

  uniform4ui(location: WebGLUniformLocation | null, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index >= 0) this.gl.glUniform4ui(index, x, y, z, w);
  }

  uniform1fv(
    location: WebGLUniformLocation | null,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 1)) this.gl.glUniform1fv(index, data.length, data);
  }

  uniform1iv(
    location: WebGLUniformLocation | null,
    values: NumberList<Int32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = intsOf(values, offset, length);
    if (this.isUniformLength(data, 1)) this.gl.glUniform1iv(index, data.length, data);
  }

  uniform1uiv(
    location: WebGLUniformLocation | null,
    values: NumberList<Uint32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = uintsOf(values, offset, length);
    if (this.isUniformLength(data, 1)) this.gl.glUniform1uiv(index, data.length, data);
  }

  uniform2fv(
    location: WebGLUniformLocation | null,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 2)) this.gl.glUniform2fv(index, data.length / 2, data);
  }

  uniform2iv(
    location: WebGLUniformLocation | null,
    values: NumberList<Int32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = intsOf(values, offset, length);
    if (this.isUniformLength(data, 2)) this.gl.glUniform2iv(index, data.length / 2, data);
  }

  uniform2uiv(
    location: WebGLUniformLocation | null,
    values: NumberList<Uint32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = uintsOf(values, offset, length);
    if (this.isUniformLength(data, 2)) this.gl.glUniform2uiv(index, data.length / 2, data);
  }

  uniform3fv(
    location: WebGLUniformLocation | null,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 3)) this.gl.glUniform3fv(index, data.length / 3, data);
  }

  uniform3iv(
    location: WebGLUniformLocation | null,
    values: NumberList<Int32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = intsOf(values, offset, length);
    if (this.isUniformLength(data, 3)) this.gl.glUniform3iv(index, data.length / 3, data);
  }

  uniform3uiv(
    location: WebGLUniformLocation | null,
    values: NumberList<Uint32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = uintsOf(values, offset, length);
    if (this.isUniformLength(data, 3)) this.gl.glUniform3uiv(index, data.length / 3, data);
  }

  uniform4fv(
    location: WebGLUniformLocation | null,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 4)) this.gl.glUniform4fv(index, data.length / 4, data);
  }

  uniform4iv(
    location: WebGLUniformLocation | null,
    values: NumberList<Int32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = intsOf(values, offset, length);
    if (this.isUniformLength(data, 4)) this.gl.glUniform4iv(index, data.length / 4, data);
  }

  uniform4uiv(
    location: WebGLUniformLocation | null,
    values: NumberList<Uint32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = uintsOf(values, offset, length);
    if (this.isUniformLength(data, 4)) this.gl.glUniform4uiv(index, data.length / 4, data);
  }

  uniformMatrix2fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 4))
      this.gl.glUniformMatrix2fv(index, data.length / 4, transpose ? 1 : 0, data);
  }

  uniformMatrix3fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 9))
      this.gl.glUniformMatrix3fv(index, data.length / 9, transpose ? 1 : 0, data);
  }

  uniformMatrix4fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 16))
      this.gl.glUniformMatrix4fv(index, data.length / 16, transpose ? 1 : 0, data);
  }

  uniformMatrix2x3fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 6))
      this.gl.glUniformMatrix2x3fv(index, data.length / 6, transpose ? 1 : 0, data);
  }

  uniformMatrix2x4fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 8))
      this.gl.glUniformMatrix2x4fv(index, data.length / 8, transpose ? 1 : 0, data);
  }

  uniformMatrix3x2fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 6))
      this.gl.glUniformMatrix3x2fv(index, data.length / 6, transpose ? 1 : 0, data);
  }

  uniformMatrix3x4fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 12))
      this.gl.glUniformMatrix3x4fv(index, data.length / 12, transpose ? 1 : 0, data);
  }

  uniformMatrix4x2fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 8))
      this.gl.glUniformMatrix4x2fv(index, data.length / 8, transpose ? 1 : 0, data);
  }

  uniformMatrix4x3fv(
    location: WebGLUniformLocation | null,
    transpose: boolean,
    values: NumberList<Float32Array>,
    offset = 0,
    length = 0,
  ): void {
    if (active !== this && !this.enter()) return;
    const index = this.locate(location);
    if (index < 0) return;
    const data = floatsOf(values, offset, length);
    if (this.isUniformLength(data, 12))
      this.gl.glUniformMatrix4x3fv(index, data.length / 12, transpose ? 1 : 0, data);
  }
}
