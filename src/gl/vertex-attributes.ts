import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState, type NumberList } from "./context-core.ts";
import { floats, ints, uints } from "./scratch.ts";

/** Generic attribute values, and queries of attributes. */
export abstract class VertexAttributeMethods extends ContextMethods {
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
    const { state } = this;
    if (!state.makeCurrent()) return;
    setGenericType(state, index, "float");
    state.gl.glVertexAttrib4f(index, x, y, z, w);
  }

  vertexAttrib1fv(index: number, values: NumberList<Float32Array>): void {
    const { state } = this;
    if (hasComponents(state, values, 1)) this.vertexAttrib4f(index, values[0] ?? 0, 0, 0, 1);
  }

  vertexAttrib2fv(index: number, values: NumberList<Float32Array>): void {
    const { state } = this;
    if (hasComponents(state, values, 2)) this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, 0, 1);
  }

  vertexAttrib3fv(index: number, values: NumberList<Float32Array>): void {
    const { state } = this;
    if (hasComponents(state, values, 3))
      this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, 1);
  }

  vertexAttrib4fv(index: number, values: NumberList<Float32Array>): void {
    const { state } = this;
    if (!hasComponents(state, values, 4)) return;
    this.vertexAttrib4f(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  }

  vertexAttribI4i(index: number, x: number, y: number, z: number, w: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    setGenericType(state, index, "int");
    state.gl.glVertexAttribI4i(index, x, y, z, w);
  }

  vertexAttribI4ui(index: number, x: number, y: number, z: number, w: number): void {
    const { state } = this;
    if (!state.makeCurrent()) return;
    setGenericType(state, index, "uint");
    state.gl.glVertexAttribI4ui(index, x, y, z, w);
  }

  vertexAttribI4iv(index: number, values: NumberList<Int32Array>): void {
    const { state } = this;
    if (!hasComponents(state, values, 4)) return;
    this.vertexAttribI4i(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
  }

  vertexAttribI4uiv(index: number, values: NumberList<Uint32Array>): void {
    const { state } = this;
    if (!hasComponents(state, values, 4)) return;
    this.vertexAttribI4ui(index, values[0] ?? 0, values[1] ?? 0, values[2] ?? 0, values[3] ?? 0);
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

function setGenericType(state: ContextState, index: number, type: "float" | "int" | "uint"): void {
  if (index >= 0 && index < state.vertexArrays.genericTypes.length)
    state.vertexArrays.genericTypes[index] = type;
}

/** Whether a list has at least `count` numbers. False, with the error recorded, if not. */
function hasComponents(state: ContextState, values: ArrayLike<number>, count: number): boolean {
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
