import { CString, type Pointer } from "bun:ffi";
import * as GL from "./constants.generated.ts";
import { active } from "./context-core.ts";
import { MAX_CLIENT_WAIT_NANOSECONDS } from "./queries.ts";
import { floats, ints, longs, uints } from "./scratch.ts";
import { TransformFeedbacks } from "./transform-feedback.ts";

/** How the driver answers a parameter: its type, and how many values. */
type Shape =
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

const SHAPES = new Map<number, Shape>();

function declare(shape: Shape, ...parameters: number[]): void {
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

/** getParameter and what else answers questions about the context. */
export abstract class Parameters extends TransformFeedbacks {
  /** Parameters that extensions in use have added. */
  protected readonly extensionShapes = new Map<number, Shape>();

  protected declareParameter(parameter: number, shape: Shape): void {
    this.extensionShapes.set(parameter, shape);
  }

  getParameter(parameter: number): unknown {
    if (active !== this && !this.enter()) return null;
    const shape = SHAPES.get(parameter) ?? this.extensionShapes.get(parameter);
    return shape ? this.readNative(parameter, shape) : this.#readOwn(parameter);
  }

  protected readNative(parameter: number, shape: Shape): unknown {
    const { gl } = this;
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
        return this.nativeString(parameter);
    }
  }

  protected nativeString(parameter: number): string {
    const text = this.gl.glGetString(parameter);
    return text ? new CString(text as Pointer).toString() : "";
  }

  /** Parameters that are WebGL's alone, or whose answers are objects. */
  #readOwn(parameter: number): unknown {
    switch (parameter) {
      case GL.VERSION:
        return `WebGL 2.0 (${this.nativeString(GL.VERSION)})`;
      case GL.SHADING_LANGUAGE_VERSION:
        return `WebGL GLSL ES 3.00 (${this.nativeString(GL.SHADING_LANGUAGE_VERSION)})`;
      case GL.VENDOR:
      case UNMASKED_VENDOR_WEBGL:
        return this.nativeString(GL_VENDOR);
      case GL.RENDERER:
      case UNMASKED_RENDERER_WEBGL:
        return this.driver.renderer;
      case GL.MAX_CLIENT_WAIT_TIMEOUT_WEBGL:
        return MAX_CLIENT_WAIT_NANOSECONDS;
      case GL.UNPACK_FLIP_Y_WEBGL:
        return this.unpackFlipY;
      case GL.UNPACK_PREMULTIPLY_ALPHA_WEBGL:
        return this.unpackPremultiplyAlpha;
      case GL.UNPACK_COLORSPACE_CONVERSION_WEBGL:
        return this.unpackColorspaceConversion;
      case GL.COMPRESSED_TEXTURE_FORMATS:
        return new Uint32Array(this.compressedFormats);
      case GL.ARRAY_BUFFER_BINDING:
        return this.boundBuffers.get(GL.ARRAY_BUFFER) ?? null;
      case GL.COPY_READ_BUFFER_BINDING:
        return this.boundBuffers.get(GL.COPY_READ_BUFFER) ?? null;
      case GL.COPY_WRITE_BUFFER_BINDING:
        return this.boundBuffers.get(GL.COPY_WRITE_BUFFER) ?? null;
      case GL.PIXEL_PACK_BUFFER_BINDING:
        return this.boundBuffers.get(GL.PIXEL_PACK_BUFFER) ?? null;
      case GL.PIXEL_UNPACK_BUFFER_BINDING:
        return this.boundBuffers.get(GL.PIXEL_UNPACK_BUFFER) ?? null;
      case GL.TRANSFORM_FEEDBACK_BUFFER_BINDING:
        return this.boundBuffers.get(GL.TRANSFORM_FEEDBACK_BUFFER) ?? null;
      case GL.UNIFORM_BUFFER_BINDING:
        return this.boundBuffers.get(GL.UNIFORM_BUFFER) ?? null;
      case GL.ELEMENT_ARRAY_BUFFER_BINDING:
        return this.vertexArray.elementBuffer;
      case GL.CURRENT_PROGRAM:
        return this.currentProgram;
      case GL.DRAW_FRAMEBUFFER_BINDING: // also FRAMEBUFFER_BINDING
        return this.drawFramebuffer;
      case GL.READ_FRAMEBUFFER_BINDING:
        return this.readFramebuffer;
      case GL.RENDERBUFFER_BINDING:
        return this.renderbuffers.get(this.integer(parameter)) ?? null;
      case GL.SAMPLER_BINDING:
        return this.samplers.get(this.integer(parameter)) ?? null;
      case GL.TEXTURE_BINDING_2D:
      case GL.TEXTURE_BINDING_CUBE_MAP:
      case GL.TEXTURE_BINDING_3D:
      case GL.TEXTURE_BINDING_2D_ARRAY:
        return this.textures.get(this.integer(parameter)) ?? null;
      case GL.VERTEX_ARRAY_BINDING:
        return this.vertexArray === this.defaultVertexArray ? null : this.vertexArray;
      case GL.TRANSFORM_FEEDBACK_BINDING:
        return this.transformFeedback === this.defaultTransformFeedback ? null : this.transformFeedback;
      case GL.TRANSFORM_FEEDBACK_ACTIVE:
        return this.transformFeedback.active;
      case GL.TRANSFORM_FEEDBACK_PAUSED:
        return this.transformFeedback.paused;
      case GL.READ_BUFFER:
        return this.#buffer(parameter, this.readFramebuffer === null);
    }
    if (parameter >= GL.DRAW_BUFFER0 && parameter <= GL.DRAW_BUFFER15) {
      if (parameter - GL.DRAW_BUFFER0 < this.integer(GL.MAX_DRAW_BUFFERS)) {
        return this.#buffer(parameter, this.drawFramebuffer === null);
      }
    }
    this.raise(GL.INVALID_ENUM);
    return null;
  }

  /** The drawing buffer's colour is called BACK by programs and COLOR_ATTACHMENT0 by the driver. */
  #buffer(parameter: number, isDrawingBuffer: boolean): number {
    const value = this.integer(parameter);
    return isDrawingBuffer && value === GL.COLOR_ATTACHMENT0 ? GL.BACK : value;
  }

  getInternalformatParameter(target: number, internalFormat: number, parameter: number): Int32Array | null {
    if (active !== this && !this.enter()) return null;
    if (target !== GL.RENDERBUFFER || parameter !== GL.SAMPLES) {
      this.raise(GL.INVALID_ENUM);
      return null;
    }
    ints[0] = -1;
    this.gl.glGetInternalformativ(target, internalFormat, GL_NUM_SAMPLE_COUNTS, 1, ints);
    const count = ints[0] ?? 0;
    if (count < 0) return null;
    if (count > 0) this.gl.glGetInternalformativ(target, internalFormat, parameter, count, ints);
    return ints.slice(0, count);
  }
}

const GL_NUM_SAMPLE_COUNTS = 0x9380;

export type { Shape as ParameterShape };
