import { Buffers } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { active, type NumberList } from "./context-core.ts";
import { type WebGLBuffer, WebGLVertexArrayObject } from "./objects.ts";
import { floats, ints, uints } from "./scratch.ts";

type GenericType = "float" | "int" | "uint";

const COMPONENT_BYTES: Record<number, number> = {
  [GL.BYTE]: 1,
  [GL.UNSIGNED_BYTE]: 1,
  [GL.SHORT]: 2,
  [GL.UNSIGNED_SHORT]: 2,
  [GL.HALF_FLOAT]: 2,
  [GL.INT]: 4,
  [GL.UNSIGNED_INT]: 4,
  [GL.FLOAT]: 4,
};

function isPacked(type: number): boolean {
  return type === GL.INT_2_10_10_10_REV || type === GL.UNSIGNED_INT_2_10_10_10_REV;
}

/** Vertex arrays and vertex attributes. What is bound is mirrored here for the checks before a draw call. */
export abstract class VertexArrays extends Buffers {
  protected readonly vertexArrays = new Map<number, WebGLVertexArrayObject>();
  protected defaultVertexArray = new WebGLVertexArrayObject(0, {}, 0);
  protected vertexArray = this.defaultVertexArray;
  #genericTypes: GenericType[] = [];

  protected resetVertexArrays(): void {
    const count = this.integer(GL.MAX_VERTEX_ATTRIBS);
    this.defaultVertexArray = new WebGLVertexArrayObject(0, this.owner, count);
    this.vertexArray = this.defaultVertexArray;
    this.#genericTypes = new Array<GenericType>(count).fill("float");
  }

  protected boundElementBuffer(): WebGLBuffer | null {
    return this.vertexArray.elementBuffer;
  }

  protected setElementBuffer(buffer: WebGLBuffer | null): void {
    this.vertexArray.elementBuffer = buffer;
  }

  protected forgetBuffer(buffer: WebGLBuffer): void {
    if (this.vertexArray.elementBuffer === buffer) this.vertexArray.elementBuffer = null;
    for (const attribute of this.vertexArray.attributes)
      if (attribute.buffer === buffer) attribute.buffer = null;
  }

  createVertexArray(): WebGLVertexArrayObject {
    if (active !== this && !this.enter()) return new WebGLVertexArrayObject(0, {}, 0);
    const name = this.generated(this.gl.glGenVertexArrays);
    const array = new WebGLVertexArrayObject(name, this.owner, this.#genericTypes.length);
    this.vertexArrays.set(name, array);
    return array;
  }

  deleteVertexArray(array: WebGLVertexArrayObject | null): void {
    if (active !== this && !this.enter()) return;
    if (!this.takeForDelete(array, WebGLVertexArrayObject)) return;
    if (array === this.vertexArray) this.vertexArray = this.defaultVertexArray;
    this.released(this.gl.glDeleteVertexArrays, array.name);
    this.vertexArrays.delete(array.name);
  }

  isVertexArray(array: WebGLVertexArrayObject | null): boolean {
    if (active !== this && !this.enter()) return false;
    return this.isOwn(array, WebGLVertexArrayObject) && array.bound;
  }

  bindVertexArray(array: WebGLVertexArrayObject | null): void {
    if (active !== this && !this.enter()) return;
    const name = this.nameOf(array, WebGLVertexArrayObject);
    if (name < 0) return;
    this.vertexArray = array ?? this.defaultVertexArray;
    this.vertexArray.bound = true;
    this.gl.glBindVertexArray(name);
  }

  enableVertexAttribArray(index: number): void {
    if (active !== this && !this.enter()) return;
    const attribute = this.vertexArray.attributes[index >>> 0];
    if (attribute) attribute.enabled = true;
    this.gl.glEnableVertexAttribArray(index >>> 0);
  }

  disableVertexAttribArray(index: number): void {
    if (active !== this && !this.enter()) return;
    const attribute = this.vertexArray.attributes[index >>> 0];
    if (attribute) attribute.enabled = false;
    this.gl.glDisableVertexAttribArray(index >>> 0);
  }

  vertexAttribDivisor(index: number, divisor: number): void {
    if (active !== this && !this.enter()) return;
    const attribute = this.vertexArray.attributes[index >>> 0];
    if (attribute) attribute.divisor = divisor >>> 0;
    this.gl.glVertexAttribDivisor(index >>> 0, divisor);
  }

  /** `stride` and `offset` in bytes. */
  vertexAttribPointer(
    index: number,
    size: number,
    type: number,
    normalized: boolean,
    stride: number,
    offset: number,
  ): void {
    if (active !== this && !this.enter()) return;
    // WebIDL's conversions, here because the arguments are worked with before the driver gets them.
    index = index >>> 0;
    size = size | 0;
    stride = stride | 0;
    offset = Math.trunc(Number(offset)) || 0;
    if (COMPONENT_BYTES[type] === undefined && !isPacked(type)) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (!this.#point(index, size, type, stride, offset)) return;
    this.gl.glVertexAttribPointer(index, size, type, normalized ? 1 : 0, stride, offset);
  }

  vertexAttribIPointer(index: number, size: number, type: number, stride: number, offset: number): void {
    if (active !== this && !this.enter()) return;
    index = index >>> 0;
    size = size | 0;
    stride = stride | 0;
    offset = Math.trunc(Number(offset)) || 0;
    if (type === GL.FLOAT || type === GL.HALF_FLOAT || COMPONENT_BYTES[type] === undefined) {
      this.raise(GL.INVALID_ENUM);
      return;
    }
    if (!this.#point(index, size, type, stride, offset)) return;
    this.gl.glVertexAttribIPointer(index, size, type, stride, offset);
  }

  #point(index: number, size: number, type: number, stride: number, offset: number): boolean {
    const attribute = this.vertexArray.attributes[index];
    if (!attribute || size < 1 || size > 4 || stride < 0 || stride > 255 || offset < 0) {
      this.raise(GL.INVALID_VALUE);
      return false;
    }
    const unit = isPacked(type) ? 4 : (COMPONENT_BYTES[type] ?? 1);
    const buffer = this.boundBuffers.get(GL.ARRAY_BUFFER) ?? null;
    if ((isPacked(type) && size !== 4) || stride % unit || offset % unit || (!buffer && offset)) {
      this.raise(GL.INVALID_OPERATION);
      return false;
    }
    attribute.buffer = buffer;
    attribute.offset = offset;
    attribute.elementBytes = isPacked(type) ? 4 : unit * size;
    attribute.stride = stride || attribute.elementBytes;
    return true;
  }

  /**
   * Whether every enabled array has a buffer that reaches to the last vertex and instance. A driver that does not
   * follow WebGL's rules by itself would read elsewhere.
   */
  protected arraysReach(vertices: number, instances: number, consumed: number): boolean {
    const { attributes } = this.vertexArray;
    for (let index = 0; index < attributes.length; index++) {
      const attribute = attributes[index];
      if (!attribute?.enabled) continue;
      if (!attribute.buffer) return false;
      if (!(consumed & (1 << index))) continue;
      const elements = attribute.divisor ? Math.ceil(instances / attribute.divisor) : vertices;
      if (elements === 0) continue;
      const end = attribute.offset + (elements - 1) * attribute.stride + attribute.elementBytes;
      if (end > attribute.buffer.size) return false;
    }
    return true;
  }

  vertexAttrib1f(index: number, x: number): void {
    this.vertexAttrib4f(index, x, 0, 0, 1);
  }

  vertexAttrib2f(index: number, x: number, y: number): void {
    this.vertexAttrib4f(index, x, y, 0, 1);
  }

  vertexAttrib3f(index: number, x: number, y: number, z: number): void {
    this.vertexAttrib4f(index, x, y, z, 1);
  }

  vertexAttrib4f(index: number, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    this.#remember(index, "float");
    this.gl.glVertexAttrib4f(index, x, y, z, w);
  }

  vertexAttrib1fv(index: number, values: NumberList<Float32Array>): void {
    if (this.#enough(values, 1)) this.vertexAttrib4f(index, values[0] ?? 0, 0, 0, 1);
  }

  vertexAttrib2fv(index: number, values: NumberList<Float32Array>): void {
    if (this.#enough(values, 2)) this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, 0, 1);
  }

  vertexAttrib3fv(index: number, values: NumberList<Float32Array>): void {
    if (this.#enough(values, 3))
      this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, 1);
  }

  vertexAttrib4fv(index: number, values: NumberList<Float32Array>): void {
    if (!this.#enough(values, 4)) return;
    this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  }

  vertexAttribI4i(index: number, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    this.#remember(index, "int");
    this.gl.glVertexAttribI4i(index, x, y, z, w);
  }

  vertexAttribI4ui(index: number, x: number, y: number, z: number, w: number): void {
    if (active !== this && !this.enter()) return;
    this.#remember(index, "uint");
    this.gl.glVertexAttribI4ui(index, x, y, z, w);
  }

  vertexAttribI4iv(index: number, values: NumberList<Int32Array>): void {
    if (!this.#enough(values, 4)) return;
    this.vertexAttribI4i(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  }

  vertexAttribI4uiv(index: number, values: NumberList<Uint32Array>): void {
    if (!this.#enough(values, 4)) return;
    this.vertexAttribI4ui(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  }

  #remember(index: number, type: GenericType): void {
    if (index >= 0 && index < this.#genericTypes.length) this.#genericTypes[index] = type;
  }

  #enough(values: ArrayLike<number>, count: number): boolean {
    if (active !== this && !this.enter()) return false;
    if (values.length >= count) return true;
    this.raise(GL.INVALID_VALUE);
    return false;
  }

  getVertexAttrib(index: number, parameter: number): unknown {
    if (active !== this && !this.enter()) return null;
    const attribute = this.vertexArray.attributes[index];
    if (!attribute) {
      this.raise(GL.INVALID_VALUE);
      return null;
    }
    switch (parameter) {
      case GL.VERTEX_ATTRIB_ARRAY_BUFFER_BINDING:
        return attribute.buffer;
      case GL.VERTEX_ATTRIB_ARRAY_ENABLED:
      case GL.VERTEX_ATTRIB_ARRAY_NORMALIZED:
      case GL.VERTEX_ATTRIB_ARRAY_INTEGER:
        this.gl.glGetVertexAttribiv(index, parameter, ints);
        return ints[0] !== 0;
      case GL.VERTEX_ATTRIB_ARRAY_SIZE:
      case GL.VERTEX_ATTRIB_ARRAY_STRIDE:
      case GL.VERTEX_ATTRIB_ARRAY_TYPE:
      case GL.VERTEX_ATTRIB_ARRAY_DIVISOR:
        this.gl.glGetVertexAttribiv(index, parameter, ints);
        return ints[0];
      case GL.CURRENT_VERTEX_ATTRIB:
        return this.#genericValue(index);
      default:
        this.raise(GL.INVALID_ENUM);
        return null;
    }
  }

  #genericValue(index: number): Float32Array | Int32Array | Uint32Array {
    switch (this.#genericTypes[index]) {
      case "int":
        this.gl.glGetVertexAttribIiv(index, GL.CURRENT_VERTEX_ATTRIB, ints);
        return ints.slice(0, 4);
      case "uint":
        this.gl.glGetVertexAttribIuiv(index, GL.CURRENT_VERTEX_ATTRIB, uints);
        return uints.slice(0, 4);
      default:
        this.gl.glGetVertexAttribfv(index, GL.CURRENT_VERTEX_ATTRIB, floats);
        return floats.slice(0, 4);
    }
  }

  getVertexAttribOffset(index: number, parameter: number): number {
    if (active !== this && !this.enter()) return 0;
    const attribute = this.vertexArray.attributes[index];
    if (attribute && parameter === GL.VERTEX_ATTRIB_ARRAY_POINTER) return attribute.offset;
    this.raise(attribute ? GL.INVALID_ENUM : GL.INVALID_VALUE);
    return 0;
  }
}
