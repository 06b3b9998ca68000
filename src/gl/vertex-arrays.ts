import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { type WebGLBuffer, WebGLVertexArrayObject } from "./objects.ts";
import { floats, ints, uints } from "./scratch.ts";

type GenericType = "float" | "int" | "uint";

/** Copy of the driver's vertex array state, for the checks before a draw call. */
export class VertexArrayState {
  /** The vertex array that null stands for. */
  readonly default: WebGLVertexArrayObject;
  current: WebGLVertexArrayObject;
  /** Type of each attribute's generic value (vertexAttribNf, vertexAttribI4i, vertexAttribI4ui). */
  readonly genericTypes: GenericType[];

  constructor(owner: object, attributeCount: number) {
    this.default = new WebGLVertexArrayObject(0, owner, attributeCount);
    this.current = this.default;
    this.genericTypes = new Array<GenericType>(attributeCount).fill("float");
  }
}

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

/** Vertex arrays, attribute pointers, and queries of attributes. */
export abstract class VertexArrayMethods extends ContextMethods {
  createVertexArray(): WebGLVertexArrayObject {
    const { state } = this;
    if (!state.makeCurrent()) return new WebGLVertexArrayObject(0, {}, 0);
    const name = state.generateName(state.gl.glGenVertexArrays);
    return new WebGLVertexArrayObject(name, state.owner, state.vertexArrays.genericTypes.length);
  }

  deleteVertexArray(array: WebGLVertexArrayObject | null): void {
    const { state } = this;
    if (!state.deleteObject(array, WebGLVertexArrayObject, state.gl.glDeleteVertexArrays)) return;
    if (array === state.vertexArrays.current) state.vertexArrays.current = state.vertexArrays.default;
  }

  bindVertexArray(array: WebGLVertexArrayObject | null): void {
    const { state } = this;
    const name = state.nameOf(array, WebGLVertexArrayObject);
    if (name < 0) return;
    state.vertexArrays.current = array ?? state.vertexArrays.default;
    state.vertexArrays.current.bound = true;
    state.gl.glBindVertexArray(name);
  }

  enableVertexAttribArray(index: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const attribute = state.vertexArrays.current.attributes[index >>> 0];
    if (attribute) attribute.enabled = true;
    state.gl.glEnableVertexAttribArray(index >>> 0);
  }

  disableVertexAttribArray(index: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const attribute = state.vertexArrays.current.attributes[index >>> 0];
    if (attribute) attribute.enabled = false;
    state.gl.glDisableVertexAttribArray(index >>> 0);
  }

  vertexAttribDivisor(index: number, divisor: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    const attribute = state.vertexArrays.current.attributes[index >>> 0];
    if (attribute) attribute.divisor = divisor >>> 0;
    state.gl.glVertexAttribDivisor(index >>> 0, divisor);
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
    const { state } = this;
    if (!state.makeCurrent()) return;
    // WebIDL's conversions are applied here, because the checks precede the native call.
    index = index >>> 0;
    size = size | 0;
    stride = stride | 0;
    offset = Math.trunc(Number(offset)) || 0;
    if (state.raiseIf(COMPONENT_BYTES[type] === undefined && !isPacked(type), GL.INVALID_ENUM)) return;
    if (!setAttributePointer(state, index, size, type, stride, offset)) return;
    state.gl.glVertexAttribPointer(index, size, type, normalized ? 1 : 0, stride, offset);
  }

  vertexAttribIPointer(index: number, size: number, type: number, stride: number, offset: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    index = index >>> 0;
    size = size | 0;
    stride = stride | 0;
    offset = Math.trunc(Number(offset)) || 0;
    if (type === GL.FLOAT || type === GL.HALF_FLOAT || COMPONENT_BYTES[type] === undefined) {
      state.raise(GL.INVALID_ENUM);
      return;
    }
    if (!setAttributePointer(state, index, size, type, stride, offset)) return;
    state.gl.glVertexAttribIPointer(index, size, type, stride, offset);
  }

  getVertexAttrib(index: number, parameter: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const attribute = state.vertexArrays.current.attributes[index];
    if (!attribute) return state.refuse(GL.INVALID_VALUE);
    switch (parameter) {
      case GL.VERTEX_ATTRIB_ARRAY_BUFFER_BINDING:
        return attribute.buffer;
      case GL.VERTEX_ATTRIB_ARRAY_ENABLED:
      case GL.VERTEX_ATTRIB_ARRAY_NORMALIZED:
      case GL.VERTEX_ATTRIB_ARRAY_INTEGER:
        state.gl.glGetVertexAttribiv(index, parameter, ints);
        return ints[0] !== 0;
      case GL.VERTEX_ATTRIB_ARRAY_SIZE:
      case GL.VERTEX_ATTRIB_ARRAY_STRIDE:
      case GL.VERTEX_ATTRIB_ARRAY_TYPE:
      case GL.VERTEX_ATTRIB_ARRAY_DIVISOR:
        state.gl.glGetVertexAttribiv(index, parameter, ints);
        return ints[0];
      case GL.CURRENT_VERTEX_ATTRIB:
        return genericValue(state, index);
      default:
        return state.refuse(GL.INVALID_ENUM);
    }
  }

  getVertexAttribOffset(index: number, parameter: number): number {
    const { state } = this;
    if (!state.makeCurrent()) return 0;
    const attribute = state.vertexArrays.current.attributes[index];
    if (attribute && parameter === GL.VERTEX_ATTRIB_ARRAY_POINTER) return attribute.offset;
    state.raise(attribute ? GL.INVALID_ENUM : GL.INVALID_VALUE);
    return 0;
  }
}

function setAttributePointer(
  state: ContextState,
  index: number,
  size: number,
  type: number,
  stride: number,
  offset: number,
): boolean {
  const attribute = state.vertexArrays.current.attributes[index];
  if (!attribute || size < 1 || size > 4 || stride < 0 || stride > 255 || offset < 0)
    return state.raise(GL.INVALID_VALUE);
  const unit = isPacked(type) ? 4 : (COMPONENT_BYTES[type] ?? 1);
  const buffer = state.buffers.bound.get(GL.ARRAY_BUFFER) ?? null;
  if ((isPacked(type) && size !== 4) || stride % unit || offset % unit || (!buffer && offset))
    return state.raise(GL.INVALID_OPERATION);
  attribute.buffer = buffer;
  attribute.offset = offset;
  attribute.elementBytes = isPacked(type) ? 4 : unit * size;
  attribute.stride = stride || attribute.elementBytes;
  return true;
}

/**
 * Whether every enabled array has a buffer that covers the last vertex and instance. Bit i of `activeMask` is set for an
 * active attribute at location i. Drivers that do not enforce WebGL's rules would read out of bounds.
 */
export function attributesCover(
  state: ContextState,
  vertices: number,
  instances: number,
  activeMask: number,
): boolean {
  const { attributes } = state.vertexArrays.current;
  for (let index = 0; index < attributes.length; index++) {
    const attribute = attributes[index];
    if (!attribute?.enabled) continue;
    if (!attribute.buffer) return false;
    if (!(activeMask & (1 << index))) continue;
    const elements = attribute.divisor ? Math.ceil(instances / attribute.divisor) : vertices;
    if (elements === 0) continue;
    const end = attribute.offset + (elements - 1) * attribute.stride + attribute.elementBytes;
    if (end > attribute.buffer.size) return false;
  }
  return true;
}

/** Unbinds a deleted buffer from the current vertex array. */
export function detachBuffer(state: ContextState, buffer: WebGLBuffer): void {
  if (state.vertexArrays.current.elementBuffer === buffer) state.vertexArrays.current.elementBuffer = null;
  for (const attribute of state.vertexArrays.current.attributes)
    if (attribute.buffer === buffer) attribute.buffer = null;
}

/** Notes the type of the value that vertexAttrib… sets. */
export function setGenericType(state: ContextState, index: number, type: GenericType): void {
  if (index >= 0 && index < state.vertexArrays.genericTypes.length)
    state.vertexArrays.genericTypes[index] = type;
}

/** Whether a list has at least `count` numbers. False, with the error recorded, if not. */
export function hasComponents(state: ContextState, values: ArrayLike<number>, count: number): boolean {
  if (!state.makeCurrent()) return false;
  if (values.length >= count) return true;
  return state.raise(GL.INVALID_VALUE);
}

function genericValue(state: ContextState, index: number): Float32Array | Int32Array | Uint32Array {
  switch (state.vertexArrays.genericTypes[index]) {
    case "int":
      state.gl.glGetVertexAttribIiv(index, GL.CURRENT_VERTEX_ATTRIB, ints);
      return ints.slice(0, 4);
    case "uint":
      state.gl.glGetVertexAttribIuiv(index, GL.CURRENT_VERTEX_ATTRIB, uints);
      return uints.slice(0, 4);
    default:
      state.gl.glGetVertexAttribfv(index, GL.CURRENT_VERTEX_ATTRIB, floats);
      return floats.slice(0, 4);
  }
}
