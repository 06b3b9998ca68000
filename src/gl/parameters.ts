import * as GL from "./constants.generated.ts";
import { ContextMethods, type ContextState } from "./context-core.ts";
import { nativeString } from "./driver.ts";
import { floats, ints, longs, uints } from "./scratch.ts";
import { MAX_CLIENT_WAIT_NANOSECONDS } from "./syncs.ts";

/** Names of the parameters by the type and number of their values. */
const NAMES = {
  int: `
    ACTIVE_TEXTURE ALPHA_BITS BLEND_DST_ALPHA BLEND_DST_RGB BLEND_EQUATION_ALPHA BLEND_EQUATION_RGB
    BLEND_SRC_ALPHA BLEND_SRC_RGB BLUE_BITS CULL_FACE_MODE DEPTH_BITS DEPTH_FUNC
    FRAGMENT_SHADER_DERIVATIVE_HINT FRONT_FACE GENERATE_MIPMAP_HINT GREEN_BITS
    IMPLEMENTATION_COLOR_READ_FORMAT IMPLEMENTATION_COLOR_READ_TYPE MAX_3D_TEXTURE_SIZE
    MAX_ARRAY_TEXTURE_LAYERS MAX_COLOR_ATTACHMENTS MAX_COMBINED_TEXTURE_IMAGE_UNITS
    MAX_COMBINED_UNIFORM_BLOCKS MAX_CUBE_MAP_TEXTURE_SIZE MAX_DRAW_BUFFERS MAX_ELEMENTS_INDICES
    MAX_ELEMENTS_VERTICES MAX_FRAGMENT_INPUT_COMPONENTS MAX_FRAGMENT_UNIFORM_BLOCKS
    MAX_FRAGMENT_UNIFORM_COMPONENTS MAX_FRAGMENT_UNIFORM_VECTORS MAX_PROGRAM_TEXEL_OFFSET
    MAX_RENDERBUFFER_SIZE MAX_SAMPLES MAX_TEXTURE_IMAGE_UNITS MAX_TEXTURE_SIZE
    MAX_TRANSFORM_FEEDBACK_INTERLEAVED_COMPONENTS MAX_TRANSFORM_FEEDBACK_SEPARATE_ATTRIBS
    MAX_TRANSFORM_FEEDBACK_SEPARATE_COMPONENTS MAX_UNIFORM_BUFFER_BINDINGS MAX_VARYING_COMPONENTS
    MAX_VARYING_VECTORS MAX_VERTEX_ATTRIBS MAX_VERTEX_OUTPUT_COMPONENTS MAX_VERTEX_TEXTURE_IMAGE_UNITS
    MAX_VERTEX_UNIFORM_BLOCKS MAX_VERTEX_UNIFORM_COMPONENTS MAX_VERTEX_UNIFORM_VECTORS
    MIN_PROGRAM_TEXEL_OFFSET PACK_ALIGNMENT PACK_ROW_LENGTH PACK_SKIP_PIXELS PACK_SKIP_ROWS RED_BITS
    SAMPLES SAMPLE_BUFFERS STENCIL_BACK_FAIL STENCIL_BACK_FUNC STENCIL_BACK_PASS_DEPTH_FAIL
    STENCIL_BACK_PASS_DEPTH_PASS STENCIL_BACK_REF STENCIL_BITS STENCIL_CLEAR_VALUE STENCIL_FAIL
    STENCIL_FUNC STENCIL_PASS_DEPTH_FAIL STENCIL_PASS_DEPTH_PASS STENCIL_REF SUBPIXEL_BITS
    UNIFORM_BUFFER_OFFSET_ALIGNMENT UNPACK_ALIGNMENT UNPACK_IMAGE_HEIGHT UNPACK_ROW_LENGTH
    UNPACK_SKIP_IMAGES UNPACK_SKIP_PIXELS UNPACK_SKIP_ROWS
  `,
  uint: "STENCIL_BACK_VALUE_MASK STENCIL_BACK_WRITEMASK STENCIL_VALUE_MASK STENCIL_WRITEMASK",
  int64: `
    MAX_COMBINED_FRAGMENT_UNIFORM_COMPONENTS MAX_COMBINED_VERTEX_UNIFORM_COMPONENTS MAX_ELEMENT_INDEX
    MAX_SERVER_WAIT_TIMEOUT MAX_UNIFORM_BLOCK_SIZE
  `,
  float: `
    DEPTH_CLEAR_VALUE LINE_WIDTH MAX_TEXTURE_LOD_BIAS POLYGON_OFFSET_FACTOR POLYGON_OFFSET_UNITS
    SAMPLE_COVERAGE_VALUE
  `,
  bool: `
    BLEND CULL_FACE DEPTH_TEST DEPTH_WRITEMASK DITHER POLYGON_OFFSET_FILL RASTERIZER_DISCARD
    SAMPLE_ALPHA_TO_COVERAGE SAMPLE_COVERAGE SAMPLE_COVERAGE_INVERT SCISSOR_TEST STENCIL_TEST
  `,
  ints2: "MAX_VIEWPORT_DIMS",
  ints4: "SCISSOR_BOX VIEWPORT",
  floats2: "ALIASED_LINE_WIDTH_RANGE ALIASED_POINT_SIZE_RANGE DEPTH_RANGE",
  floats4: "BLEND_COLOR COLOR_CLEAR_VALUE",
  bools4: "COLOR_WRITEMASK",
};

export type ParameterShape = keyof typeof NAMES;

const CONSTANTS: Readonly<Record<string, number>> = GL;
const SHAPES = new Map<number, ParameterShape>();
for (const [shape, names] of Object.entries(NAMES)) {
  for (const name of names.trim().split(/\s+/)) {
    const parameter = CONSTANTS[name];
    if (parameter === undefined) throw new Error(`WebGL has no constant ${name}.`);
    SHAPES.set(parameter, shape as ParameterShape);
  }
}

const UNMASKED_VENDOR_WEBGL = 0x9245;
const UNMASKED_RENDERER_WEBGL = 0x9246;
const GL_VENDOR = 0x1f00;

export abstract class ParameterMethods extends ContextMethods {
  getParameter(parameter: number): unknown {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    const shape = SHAPES.get(parameter) ?? state.extensions.parameters.get(parameter);
    return shape ? readNative(state, parameter, shape) : readTracked(state, parameter);
  }

  getInternalformatParameter(target: number, internalFormat: number, parameter: number): Int32Array | null {
    const { state } = this;
    if (!state.makeCurrent()) return null;
    if (target !== GL.RENDERBUFFER || parameter !== GL.SAMPLES) return state.refuse(GL.INVALID_ENUM);
    ints[0] = -1;
    state.gl.glGetInternalformativ(target, internalFormat, GL_NUM_SAMPLE_COUNTS, 1, ints);
    const count = ints[0] ?? 0;
    if (count < 0) return null;
    if (count > 0) state.gl.glGetInternalformativ(target, internalFormat, parameter, count, ints);
    return ints.slice(0, count);
  }
}

function readNative(state: ContextState, parameter: number, shape: ParameterShape): unknown {
  const { gl } = state;
  switch (shape) {
    case "int":
      ints[0] = 0;
      gl.glGetIntegerv(parameter, ints);
      return ints[0];
    case "uint":
      gl.glGetIntegerv(parameter, uints);
      return uints[0];
    case "int64":
      gl.glGetInteger64v(parameter, longs);
      return Number(longs[0]);
    case "float":
      gl.glGetFloatv(parameter, floats);
      return floats[0];
    case "bool":
      gl.glGetIntegerv(parameter, ints);
      return ints[0] !== 0;
    case "ints2":
    case "ints4":
      gl.glGetIntegerv(parameter, ints);
      return ints.slice(0, shape === "ints2" ? 2 : 4);
    case "floats2":
    case "floats4":
      gl.glGetFloatv(parameter, floats);
      return floats.slice(0, shape === "floats2" ? 2 : 4);
    case "bools4":
      gl.glGetIntegerv(parameter, ints);
      return Array.from(ints.subarray(0, 4), (value) => value !== 0);
  }
}

/** Targets of buffers by the parameter that returns their binding. */
const BUFFER_BINDINGS: Record<number, number> = {
  [GL.ARRAY_BUFFER_BINDING]: GL.ARRAY_BUFFER,
  [GL.COPY_READ_BUFFER_BINDING]: GL.COPY_READ_BUFFER,
  [GL.COPY_WRITE_BUFFER_BINDING]: GL.COPY_WRITE_BUFFER,
  [GL.PIXEL_PACK_BUFFER_BINDING]: GL.PIXEL_PACK_BUFFER,
  [GL.PIXEL_UNPACK_BUFFER_BINDING]: GL.PIXEL_UNPACK_BUFFER,
  [GL.TRANSFORM_FEEDBACK_BUFFER_BINDING]: GL.TRANSFORM_FEEDBACK_BUFFER,
  [GL.UNIFORM_BUFFER_BINDING]: GL.UNIFORM_BUFFER,
};

/** Reads parameters that exist in WebGL only, or whose values are objects. */
function readTracked(state: ContextState, parameter: number): unknown {
  const bufferTarget = BUFFER_BINDINGS[parameter];
  if (bufferTarget !== undefined) return state.buffers.bound.get(bufferTarget) ?? null;
  switch (parameter) {
    case GL.VERSION:
      return `WebGL 2.0 (${nativeString(state.gl, GL.VERSION)})`;
    case GL.SHADING_LANGUAGE_VERSION:
      return `WebGL GLSL ES 3.00 (${nativeString(state.gl, GL.SHADING_LANGUAGE_VERSION)})`;
    case GL.VENDOR:
    case UNMASKED_VENDOR_WEBGL:
      return nativeString(state.gl, GL_VENDOR);
    case GL.RENDERER:
    case UNMASKED_RENDERER_WEBGL:
      return state.driver.renderer;
    case GL.MAX_CLIENT_WAIT_TIMEOUT_WEBGL:
      return MAX_CLIENT_WAIT_NANOSECONDS;
    case GL.UNPACK_FLIP_Y_WEBGL:
      return state.pixelStore.flipY;
    case GL.UNPACK_PREMULTIPLY_ALPHA_WEBGL:
      return state.pixelStore.premultiplyAlpha;
    case GL.UNPACK_COLORSPACE_CONVERSION_WEBGL:
      return state.pixelStore.colorspaceConversion;
    case GL.COMPRESSED_TEXTURE_FORMATS:
      return new Uint32Array(state.extensions.compressedFormats);
    case GL.ELEMENT_ARRAY_BUFFER_BINDING:
      return state.vertexArrays.current.elementBuffer;
    case GL.CURRENT_PROGRAM:
      return state.currentProgram;
    case GL.DRAW_FRAMEBUFFER_BINDING: // also FRAMEBUFFER_BINDING
      return state.framebuffers.draw;
    case GL.READ_FRAMEBUFFER_BINDING:
      return state.framebuffers.read;
    case GL.RENDERBUFFER_BINDING:
      return state.renderbuffers.get(state.getInteger(parameter)) ?? null;
    case GL.SAMPLER_BINDING:
      return state.samplers.get(state.getInteger(parameter)) ?? null;
    case GL.TEXTURE_BINDING_2D:
    case GL.TEXTURE_BINDING_CUBE_MAP:
    case GL.TEXTURE_BINDING_3D:
    case GL.TEXTURE_BINDING_2D_ARRAY:
      return state.textures.get(state.getInteger(parameter)) ?? null;
    case GL.VERTEX_ARRAY_BINDING:
      return state.vertexArrays.current === state.vertexArrays.default ? null : state.vertexArrays.current;
    case GL.TRANSFORM_FEEDBACK_BINDING:
      return state.transformFeedbacks.current === state.transformFeedbacks.default
        ? null
        : state.transformFeedbacks.current;
    case GL.TRANSFORM_FEEDBACK_ACTIVE:
      return state.transformFeedbacks.current.active;
    case GL.TRANSFORM_FEEDBACK_PAUSED:
      return state.transformFeedbacks.current.paused;
    case GL.READ_BUFFER:
      return colorBuffer(state, parameter, state.framebuffers.read === null);
  }
  if (parameter >= GL.DRAW_BUFFER0 && parameter <= GL.DRAW_BUFFER15) {
    if (parameter - GL.DRAW_BUFFER0 < state.getInteger(GL.MAX_DRAW_BUFFERS)) {
      return colorBuffer(state, parameter, state.framebuffers.draw === null);
    }
  }
  return state.refuse(GL.INVALID_ENUM);
}

/** The color buffer of the drawing buffer is BACK to applications and COLOR_ATTACHMENT0 to the driver. */
function colorBuffer(state: ContextState, parameter: number, isDrawingBuffer: boolean): number {
  const value = state.getInteger(parameter);
  return isDrawingBuffer && value === GL.COLOR_ATTACHMENT0 ? GL.BACK : value;
}

const GL_NUM_SAMPLE_COUNTS = 0x9380;
