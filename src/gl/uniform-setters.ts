import * as GL from "./constants.generated.ts";
import { active, type NumberList } from "./context-core.ts";
import { WebGLUniformLocation } from "./objects.ts";
import { Programs } from "./programs.ts";
import { floats, ints, uints } from "./scratch.ts";

type Location = WebGLUniformLocation | null;
type Floats = NumberList<Float32Array>;
type Ints = NumberList<Int32Array>;
type Uints = NumberList<Uint32Array>;

interface Numbers<View> {
  readonly length: number;
  [index: number]: number;
  subarray(begin: number, end?: number): View;
}

/** `values` in memory of the right type: in `memory`, where there is room, else in new memory. */
function copyInto<View extends Numbers<View>>(
  memory: View,
  values: ArrayLike<number>,
  kind: { from(values: ArrayLike<number>): View },
): View {
  if (values.length > memory.length) return kind.from(values);
  for (let index = 0; index < values.length; index++) memory[index] = Number(values[index]);
  return memory.subarray(0, values.length);
}

/** `length` elements (0: the rest) from `offset` on; none where that is out of range. */
function part<View extends Numbers<View>>(values: View, offset: number, length: number): View {
  if (!offset && !length) return values;
  const end = length ? offset + length : values.length;
  return offset < 0 || length < 0 || end > values.length
    ? values.subarray(0, 0)
    : values.subarray(offset, end);
}

/** uniform…(): the hottest calls of a renderer, so each goes straight to its native function and makes no object. */
export abstract class UniformSetters extends Programs {
  /** The native location that was found last. */
  #index = -1;

  /**
   * Whether there is something to set, at `#index`: not for null, nor, with an error, for a location of another program than the
   * current one.
   */
  #find(location: Location): boolean {
    if (active !== this && !this.enter()) return false;
    if (location === null || location === undefined) return false;
    const { program } = location;
    if (
      program !== undefined &&
      program === this.currentProgram &&
      location.linkCount === program.linkCount
    ) {
      this.#index = location.index;
      return this.#index >= 0;
    }
    if (!(location instanceof WebGLUniformLocation)) {
      throw new TypeError("The location must be a WebGLUniformLocation or null.");
    }
    this.raise(GL.INVALID_OPERATION);
    return false;
  }

  /** Vectors of `size` from `values`, `length` numbers (0: the rest) from `offset` on; null where nothing is to be set. */
  #floats(location: Location, values: Floats, offset: number, length: number, size: number) {
    if (!this.#find(location)) return null;
    const all = values instanceof Float32Array ? values : copyInto(floats, values, Float32Array);
    return this.#whole(part(all, offset, length), size);
  }

  #ints(location: Location, values: Ints, offset: number, length: number, size: number) {
    if (!this.#find(location)) return null;
    const all = values instanceof Int32Array ? values : copyInto(ints, values, Int32Array);
    return this.#whole(part(all, offset, length), size);
  }

  #uints(location: Location, values: Uints, offset: number, length: number, size: number) {
    if (!this.#find(location)) return null;
    const all = values instanceof Uint32Array ? values : copyInto(uints, values, Uint32Array);
    return this.#whole(part(all, offset, length), size);
  }

  #whole<View extends ArrayLike<number>>(values: View, size: number): View | null {
    if (values.length > 0 && values.length % size === 0) return values;
    this.raise(GL.INVALID_VALUE);
    return null;
  }

  uniform1f(location: Location, x: number): void {
    if (this.#find(location)) this.gl.glUniform1f(this.#index, x);
  }

  uniform1i(location: Location, x: number): void {
    if (this.#find(location)) this.gl.glUniform1i(this.#index, x);
  }

  uniform1ui(location: Location, x: number): void {
    if (this.#find(location)) this.gl.glUniform1ui(this.#index, x);
  }

  uniform2f(location: Location, x: number, y: number): void {
    if (this.#find(location)) this.gl.glUniform2f(this.#index, x, y);
  }

  uniform2i(location: Location, x: number, y: number): void {
    if (this.#find(location)) this.gl.glUniform2i(this.#index, x, y);
  }

  uniform2ui(location: Location, x: number, y: number): void {
    if (this.#find(location)) this.gl.glUniform2ui(this.#index, x, y);
  }

  uniform3f(location: Location, x: number, y: number, z: number): void {
    if (this.#find(location)) this.gl.glUniform3f(this.#index, x, y, z);
  }

  uniform3i(location: Location, x: number, y: number, z: number): void {
    if (this.#find(location)) this.gl.glUniform3i(this.#index, x, y, z);
  }

  uniform3ui(location: Location, x: number, y: number, z: number): void {
    if (this.#find(location)) this.gl.glUniform3ui(this.#index, x, y, z);
  }

  uniform4f(location: Location, x: number, y: number, z: number, w: number): void {
    if (this.#find(location)) this.gl.glUniform4f(this.#index, x, y, z, w);
  }

  uniform4i(location: Location, x: number, y: number, z: number, w: number): void {
    if (this.#find(location)) this.gl.glUniform4i(this.#index, x, y, z, w);
  }

  uniform4ui(location: Location, x: number, y: number, z: number, w: number): void {
    if (this.#find(location)) this.gl.glUniform4ui(this.#index, x, y, z, w);
  }

  uniform1fv(location: Location, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 1);
    if (data) this.gl.glUniform1fv(this.#index, data.length, data);
  }

  uniform1iv(location: Location, values: Ints, offset = 0, length = 0): void {
    const data = this.#ints(location, values, offset, length, 1);
    if (data) this.gl.glUniform1iv(this.#index, data.length, data);
  }

  uniform1uiv(location: Location, values: Uints, offset = 0, length = 0): void {
    const data = this.#uints(location, values, offset, length, 1);
    if (data) this.gl.glUniform1uiv(this.#index, data.length, data);
  }

  uniform2fv(location: Location, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 2);
    if (data) this.gl.glUniform2fv(this.#index, data.length / 2, data);
  }

  uniform2iv(location: Location, values: Ints, offset = 0, length = 0): void {
    const data = this.#ints(location, values, offset, length, 2);
    if (data) this.gl.glUniform2iv(this.#index, data.length / 2, data);
  }

  uniform2uiv(location: Location, values: Uints, offset = 0, length = 0): void {
    const data = this.#uints(location, values, offset, length, 2);
    if (data) this.gl.glUniform2uiv(this.#index, data.length / 2, data);
  }

  uniform3fv(location: Location, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 3);
    if (data) this.gl.glUniform3fv(this.#index, data.length / 3, data);
  }

  uniform3iv(location: Location, values: Ints, offset = 0, length = 0): void {
    const data = this.#ints(location, values, offset, length, 3);
    if (data) this.gl.glUniform3iv(this.#index, data.length / 3, data);
  }

  uniform3uiv(location: Location, values: Uints, offset = 0, length = 0): void {
    const data = this.#uints(location, values, offset, length, 3);
    if (data) this.gl.glUniform3uiv(this.#index, data.length / 3, data);
  }

  uniform4fv(location: Location, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 4);
    if (data) this.gl.glUniform4fv(this.#index, data.length / 4, data);
  }

  uniform4iv(location: Location, values: Ints, offset = 0, length = 0): void {
    const data = this.#ints(location, values, offset, length, 4);
    if (data) this.gl.glUniform4iv(this.#index, data.length / 4, data);
  }

  uniform4uiv(location: Location, values: Uints, offset = 0, length = 0): void {
    const data = this.#uints(location, values, offset, length, 4);
    if (data) this.gl.glUniform4uiv(this.#index, data.length / 4, data);
  }

  uniformMatrix2fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 4);
    if (data) this.gl.glUniformMatrix2fv(this.#index, data.length / 4, transpose ? 1 : 0, data);
  }

  uniformMatrix3fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 9);
    if (data) this.gl.glUniformMatrix3fv(this.#index, data.length / 9, transpose ? 1 : 0, data);
  }

  uniformMatrix4fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 16);
    if (data) this.gl.glUniformMatrix4fv(this.#index, data.length / 16, transpose ? 1 : 0, data);
  }

  uniformMatrix2x3fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 6);
    if (data) this.gl.glUniformMatrix2x3fv(this.#index, data.length / 6, transpose ? 1 : 0, data);
  }

  uniformMatrix2x4fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 8);
    if (data) this.gl.glUniformMatrix2x4fv(this.#index, data.length / 8, transpose ? 1 : 0, data);
  }

  uniformMatrix3x2fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 6);
    if (data) this.gl.glUniformMatrix3x2fv(this.#index, data.length / 6, transpose ? 1 : 0, data);
  }

  uniformMatrix3x4fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 12);
    if (data) this.gl.glUniformMatrix3x4fv(this.#index, data.length / 12, transpose ? 1 : 0, data);
  }

  uniformMatrix4x2fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 8);
    if (data) this.gl.glUniformMatrix4x2fv(this.#index, data.length / 8, transpose ? 1 : 0, data);
  }

  uniformMatrix4x3fv(location: Location, transpose: boolean, values: Floats, offset = 0, length = 0): void {
    const data = this.#floats(location, values, offset, length, 12);
    if (data) this.gl.glUniformMatrix4x3fv(this.#index, data.length / 12, transpose ? 1 : 0, data);
  }
}
