import { CString, type Pointer } from "bun:ffi";
import type { BufferState } from "./buffers.ts";
import * as GL from "./constants.generated.ts";
import { type ContextCore, ContextMethods } from "./context-core.ts";
import type { ExtensionState } from "./extension-state.ts";
import type { FramebufferState } from "./framebuffers.ts";
import type { WebGLRenderbuffer, WebGLSampler, WebGLTexture } from "./objects.ts";
import type { PixelStoreState } from "./pixel-store.ts";
import type { ProgramState } from "./programs.ts";
import { floats, ints, longs, uints } from "./scratch.ts";
import { MAX_CLIENT_WAIT_NANOSECONDS } from "./syncs.ts";
import type { TransformFeedbackState } from "./transform-feedback.ts";
import type { VertexArrayState } from "./vertex-arrays.ts";

/** Type and number of values of a parameter. */
export type ParameterShape =
  | "int"
  | "uint"
  | "float"
  | "bool"
  | "int64"
  | "ints2"
  | "ints4"
  | "floats2"
  | "floats4"
  | "bools4"
  | "string";

const SHAPES = new Map<number, ParameterShape>();

function declare(shape: ParameterShape, ...parameters: number[]): void {
  for (const parameter of parameters) SHAPES.set(parameter, shape);
}

declare(
  "int",
  GL.ACTIVE_TEXTURE,
  GL.ALPHA_BITS,
  GL.BLEND_DST_ALPHA,
  GL.BLEND_DST_RGB,
  GL.BLEND_EQUATION_ALPHA,
  GL.BLEND_EQUATION_RGB,
  GL.BLEND_SRC_ALPHA,
  GL.BLEND_SRC_RGB,
  GL.BLUE_BITS,
  GL.CULL_FACE_MODE,
  GL.DEPTH_BITS,
  GL.DEPTH_FUNC,
  GL.FRAGMENT_SHADER_DERIVATIVE_HINT,
  GL.FRONT_FACE,
  GL.GENERATE_MIPMAP_HINT,
  GL.GREEN_BITS,
  GL.IMPLEMENTATION_COLOR_READ_FORMAT,
  GL.IMPLEMENTATION_COLOR_READ_TYPE,
  GL.MAX_3D_TEXTURE_SIZE,
  GL.MAX_ARRAY_TEXTURE_LAYERS,
  GL.MAX_COLOR_ATTACHMENTS,
  GL.MAX_COMBINED_TEXTURE_IMAGE_UNITS,
  GL.MAX_COMBINED_UNIFORM_BLOCKS,
  GL.MAX_CUBE_MAP_TEXTURE_SIZE,
  GL.MAX_DRAW_BUFFERS,
  GL.MAX_ELEMENTS_INDICES,
  GL.MAX_ELEMENTS_VERTICES,
  GL.MAX_FRAGMENT_INPUT_COMPONENTS,
  GL.MAX_FRAGMENT_UNIFORM_BLOCKS,
  GL.MAX_FRAGMENT_UNIFORM_COMPONENTS,
  GL.MAX_FRAGMENT_UNIFORM_VECTORS,
  GL.MAX_PROGRAM_TEXEL_OFFSET,
  GL.MAX_RENDERBUFFER_SIZE,
  GL.MAX_SAMPLES,
  GL.MAX_TEXTURE_IMAGE_UNITS,
  GL.MAX_TEXTURE_SIZE,
  GL.MAX_TRANSFORM_FEEDBACK_INTERLEAVED_COMPONENTS,
  GL.MAX_TRANSFORM_FEEDBACK_SEPARATE_ATTRIBS,
  GL.MAX_TRANSFORM_FEEDBACK_SEPARATE_COMPONENTS,
  GL.MAX_UNIFORM_BUFFER_BINDINGS,
  GL.MAX_VARYING_COMPONENTS,
  GL.MAX_VARYING_VECTORS,
  GL.MAX_VERTEX_ATTRIBS,
  GL.MAX_VERTEX_OUTPUT_COMPONENTS,
  GL.MAX_VERTEX_TEXTURE_IMAGE_UNITS,
  GL.MAX_VERTEX_UNIFORM_BLOCKS,
  GL.MAX_VERTEX_UNIFORM_COMPONENTS,
  GL.MAX_VERTEX_UNIFORM_VECTORS,
  GL.MIN_PROGRAM_TEXEL_OFFSET,
  GL.PACK_ALIGNMENT,
  GL.PACK_ROW_LENGTH,
  GL.PACK_SKIP_PIXELS,
  GL.PACK_SKIP_ROWS,
  GL.RED_BITS,
  GL.SAMPLES,
  GL.SAMPLE_BUFFERS,
  GL.STENCIL_BACK_FAIL,
  GL.STENCIL_BACK_FUNC,
  GL.STENCIL_BACK_PASS_DEPTH_FAIL,
  GL.STENCIL_BACK_PASS_DEPTH_PASS,
  GL.STENCIL_BACK_REF,
  GL.STENCIL_BITS,
  GL.STENCIL_CLEAR_VALUE,
  GL.STENCIL_FAIL,
  GL.STENCIL_FUNC,
  GL.STENCIL_PASS_DEPTH_FAIL,
  GL.STENCIL_PASS_DEPTH_PASS,
  GL.STENCIL_REF,
  GL.SUBPIXEL_BITS,
  GL.UNIFORM_BUFFER_OFFSET_ALIGNMENT,
  GL.UNPACK_ALIGNMENT,
  GL.UNPACK_IMAGE_HEIGHT,
  GL.UNPACK_ROW_LENGTH,
  GL.UNPACK_SKIP_IMAGES,
  GL.UNPACK_SKIP_PIXELS,
  GL.UNPACK_SKIP_ROWS,
);
declare(
  "uint",
  GL.STENCIL_BACK_VALUE_MASK,
  GL.STENCIL_BACK_WRITEMASK,
  GL.STENCIL_VALUE_MASK,
  GL.STENCIL_WRITEMASK,
);
declare(
  "int64",
  GL.MAX_COMBINED_FRAGMENT_UNIFORM_COMPONENTS,
  GL.MAX_COMBINED_VERTEX_UNIFORM_COMPONENTS,
  GL.MAX_ELEMENT_INDEX,
  GL.MAX_SERVER_WAIT_TIMEOUT,
  GL.MAX_UNIFORM_BLOCK_SIZE,
);
declare(
  "float",
  GL.DEPTH_CLEAR_VALUE,
  GL.LINE_WIDTH,
  GL.MAX_TEXTURE_LOD_BIAS,
  GL.POLYGON_OFFSET_FACTOR,
  GL.POLYGON_OFFSET_UNITS,
  GL.SAMPLE_COVERAGE_VALUE,
);
declare(
  "bool",
  GL.BLEND,
  GL.CULL_FACE,
  GL.DEPTH_TEST,
  GL.DEPTH_WRITEMASK,
  GL.DITHER,
  GL.POLYGON_OFFSET_FILL,
  GL.RASTERIZER_DISCARD,
  GL.SAMPLE_ALPHA_TO_COVERAGE,
  GL.SAMPLE_COVERAGE,
  GL.SAMPLE_COVERAGE_INVERT,
  GL.SCISSOR_TEST,
  GL.STENCIL_TEST,
);
declare("ints2", GL.MAX_VIEWPORT_DIMS);
declare("ints4", GL.SCISSOR_BOX, GL.VIEWPORT);
declare("floats2", GL.ALIASED_LINE_WIDTH_RANGE, GL.ALIASED_POINT_SIZE_RANGE, GL.DEPTH_RANGE);
declare("floats4", GL.BLEND_COLOR, GL.COLOR_CLEAR_VALUE);
declare("bools4", GL.COLOR_WRITEMASK);

const UNMASKED_VENDOR_WEBGL = 0x9245;
const UNMASKED_RENDERER_WEBGL = 0x9246;
const GL_VENDOR = 0x1f00;

interface State extends ContextCore {
  readonly buffers: BufferState;
  readonly extensions: ExtensionState;
  readonly framebuffers: FramebufferState;
  readonly pixelStore: PixelStoreState;
  readonly programs: ProgramState;
  readonly renderbuffers: Map<number, WebGLRenderbuffer>;
  readonly samplers: Map<number, WebGLSampler>;
  readonly textures: Map<number, WebGLTexture>;
  readonly transformFeedbacks: TransformFeedbackState;
  readonly vertexArrays: VertexArrayState;
}

/** getParameter and getInternalformatParameter. */
export abstract class ParameterMethods extends ContextMethods<State> {
  getParameter(parameter: number): unknown {
    const { state } = this;
    if (!state.enter()) return null;
    const shape = SHAPES.get(parameter) ?? state.extensions.parameters.get(parameter);
    return shape ? readNative(state, parameter, shape) : readTracked(state, parameter);
  }

  getInternalformatParameter(target: number, internalFormat: number, parameter: number): Int32Array | null {
    const { state } = this;
    if (!state.enter()) return null;
    if (target !== GL.RENDERBUFFER || parameter !== GL.SAMPLES) return state.refuse(GL.INVALID_ENUM);
    ints[0] = -1;
    state.gl.glGetInternalformativ(target, internalFormat, GL_NUM_SAMPLE_COUNTS, 1, ints);
    const count = ints[0] ?? 0;
    if (count < 0) return null;
    if (count > 0) state.gl.glGetInternalformativ(target, internalFormat, parameter, count, ints);
    return ints.slice(0, count);
  }
}

function readNative(state: ContextCore, parameter: number, shape: ParameterShape): unknown {
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
    case "string":
      return nativeString(state, parameter);
  }
}

/** A string of the driver; empty for a name that it does not have. */
export function nativeString(state: ContextCore, parameter: number): string {
  const text = state.gl.glGetString(parameter);
  return text ? new CString(text as Pointer).toString() : "";
}

/** Parameters that exist in WebGL only, or whose values are objects. */
function readTracked(state: State, parameter: number): unknown {
  switch (parameter) {
    case GL.VERSION:
      return `WebGL 2.0 (${nativeString(state, GL.VERSION)})`;
    case GL.SHADING_LANGUAGE_VERSION:
      return `WebGL GLSL ES 3.00 (${nativeString(state, GL.SHADING_LANGUAGE_VERSION)})`;
    case GL.VENDOR:
    case UNMASKED_VENDOR_WEBGL:
      return nativeString(state, GL_VENDOR);
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
    case GL.ARRAY_BUFFER_BINDING:
      return state.buffers.bound.get(GL.ARRAY_BUFFER) ?? null;
    case GL.COPY_READ_BUFFER_BINDING:
      return state.buffers.bound.get(GL.COPY_READ_BUFFER) ?? null;
    case GL.COPY_WRITE_BUFFER_BINDING:
      return state.buffers.bound.get(GL.COPY_WRITE_BUFFER) ?? null;
    case GL.PIXEL_PACK_BUFFER_BINDING:
      return state.buffers.bound.get(GL.PIXEL_PACK_BUFFER) ?? null;
    case GL.PIXEL_UNPACK_BUFFER_BINDING:
      return state.buffers.bound.get(GL.PIXEL_UNPACK_BUFFER) ?? null;
    case GL.TRANSFORM_FEEDBACK_BUFFER_BINDING:
      return state.buffers.bound.get(GL.TRANSFORM_FEEDBACK_BUFFER) ?? null;
    case GL.UNIFORM_BUFFER_BINDING:
      return state.buffers.bound.get(GL.UNIFORM_BUFFER) ?? null;
    case GL.ELEMENT_ARRAY_BUFFER_BINDING:
      return state.vertexArrays.current.elementBuffer;
    case GL.CURRENT_PROGRAM:
      return state.programs.current;
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

/** The colour buffer of the drawing buffer is BACK to programs and COLOR_ATTACHMENT0 to the driver. */
function colorBuffer(state: State, parameter: number, isDrawingBuffer: boolean): number {
  const value = state.getInteger(parameter);
  return isDrawingBuffer && value === GL.COLOR_ATTACHMENT0 ? GL.BACK : value;
}

const GL_NUM_SAMPLE_COUNTS = 0x9380;
