import { ASTC_BLOCKS } from "./formats.ts";
import type { ParameterShape } from "./parameters.ts";

/** One WebGL extension: its native requirements, constants, parameters and formats. */
export interface ExtensionEntry {
  /** Groups of native extensions. The driver must offer one of each group; all offered ones are enabled. */
  readonly requires?: readonly (readonly string[])[];
  /** Native extensions that are enabled if the driver offers them. */
  readonly optional?: readonly string[];
  readonly constants?: Readonly<Record<string, number>>;
  /** Names of the constants that are parameters of getParameter, with the shape of their values. */
  readonly parameters?: Readonly<Record<string, ParameterShape>>;
  /** Constants that are formats of compressed textures. */
  readonly formats?: Readonly<Record<string, number>>;
}

/** The enabled extensions, and the formats and parameters that they added to the context. */
export class ExtensionState {
  /** Objects that getExtension returned, by name. */
  readonly objects = new Map<string, Record<string, unknown>>();
  readonly compressedFormats = new Set<number>();
  readonly parameters = new Map<number, ParameterShape>();
  /** Names of the native extensions that the driver offers; undefined until they are needed. */
  nativeNames: Set<string> | undefined;
}

const ASTC = Object.fromEntries(
  ASTC_BLOCKS.flatMap(([width, height], index) => [
    [`COMPRESSED_RGBA_ASTC_${width}x${height}_KHR`, 0x93b0 + index],
    [`COMPRESSED_SRGB8_ALPHA8_ASTC_${width}x${height}_KHR`, 0x93d0 + index],
  ]),
);
const S3TC = {
  COMPRESSED_RGB_S3TC_DXT1_EXT: 0x83f0,
  COMPRESSED_RGBA_S3TC_DXT1_EXT: 0x83f1,
  COMPRESSED_RGBA_S3TC_DXT3_EXT: 0x83f2,
  COMPRESSED_RGBA_S3TC_DXT5_EXT: 0x83f3,
};
const S3TC_SRGB = {
  COMPRESSED_SRGB_S3TC_DXT1_EXT: 0x8c4c,
  COMPRESSED_SRGB_ALPHA_S3TC_DXT1_EXT: 0x8c4d,
  COMPRESSED_SRGB_ALPHA_S3TC_DXT3_EXT: 0x8c4e,
  COMPRESSED_SRGB_ALPHA_S3TC_DXT5_EXT: 0x8c4f,
};
const ETC = {
  COMPRESSED_R11_EAC: 0x9270,
  COMPRESSED_SIGNED_R11_EAC: 0x9271,
  COMPRESSED_RG11_EAC: 0x9272,
  COMPRESSED_SIGNED_RG11_EAC: 0x9273,
  COMPRESSED_RGB8_ETC2: 0x9274,
  COMPRESSED_SRGB8_ETC2: 0x9275,
  COMPRESSED_RGB8_PUNCHTHROUGH_ALPHA1_ETC2: 0x9276,
  COMPRESSED_SRGB8_PUNCHTHROUGH_ALPHA1_ETC2: 0x9277,
  COMPRESSED_RGBA8_ETC2_EAC: 0x9278,
  COMPRESSED_SRGB8_ALPHA8_ETC2_EAC: 0x9279,
};
const BPTC = {
  COMPRESSED_RGBA_BPTC_UNORM_EXT: 0x8e8c,
  COMPRESSED_SRGB_ALPHA_BPTC_UNORM_EXT: 0x8e8d,
  COMPRESSED_RGB_BPTC_SIGNED_FLOAT_EXT: 0x8e8e,
  COMPRESSED_RGB_BPTC_UNSIGNED_FLOAT_EXT: 0x8e8f,
};
const RGTC = {
  COMPRESSED_RED_RGTC1_EXT: 0x8dbb,
  COMPRESSED_SIGNED_RED_RGTC1_EXT: 0x8dbc,
  COMPRESSED_RED_GREEN_RGTC2_EXT: 0x8dbd,
  COMPRESSED_SIGNED_RED_GREEN_RGTC2_EXT: 0x8dbe,
};

/** All extensions. Their functions are in extension-functions.ts. */
export const EXTENSIONS: Readonly<Record<string, ExtensionEntry>> = {
  EXT_clip_control: {
    requires: [["GL_EXT_clip_control"]],
    constants: {
      LOWER_LEFT_EXT: 0x8ca1,
      UPPER_LEFT_EXT: 0x8ca2,
      NEGATIVE_ONE_TO_ONE_EXT: 0x935e,
      ZERO_TO_ONE_EXT: 0x935f,
      CLIP_ORIGIN_EXT: 0x935c,
      CLIP_DEPTH_MODE_EXT: 0x935d,
    },
    parameters: { CLIP_ORIGIN_EXT: "int", CLIP_DEPTH_MODE_EXT: "int" },
  },
  EXT_color_buffer_float: { requires: [["GL_EXT_color_buffer_float"]] },
  EXT_color_buffer_half_float: {
    requires: [["GL_EXT_color_buffer_half_float"]],
    constants: {
      RGBA16F_EXT: 0x881a,
      RGB16F_EXT: 0x881b,
      FRAMEBUFFER_ATTACHMENT_COMPONENT_TYPE_EXT: 0x8211,
      UNSIGNED_NORMALIZED_EXT: 0x8c17,
    },
  },
  EXT_conservative_depth: { requires: [["GL_EXT_conservative_depth"]] },
  EXT_depth_clamp: {
    requires: [["GL_EXT_depth_clamp"]],
    constants: { DEPTH_CLAMP_EXT: 0x864f },
    parameters: { DEPTH_CLAMP_EXT: "bool" },
  },
  EXT_disjoint_timer_query_webgl2: {
    requires: [["GL_EXT_disjoint_timer_query"]],
    constants: {
      QUERY_COUNTER_BITS_EXT: 0x8864,
      TIME_ELAPSED_EXT: 0x88bf,
      TIMESTAMP_EXT: 0x8e28,
      GPU_DISJOINT_EXT: 0x8fbb,
    },
    parameters: { TIMESTAMP_EXT: "int64", GPU_DISJOINT_EXT: "bool" },
  },
  EXT_float_blend: { requires: [["GL_EXT_float_blend"]] },
  EXT_polygon_offset_clamp: {
    requires: [["GL_EXT_polygon_offset_clamp"]],
    constants: { POLYGON_OFFSET_CLAMP_EXT: 0x8e1b },
    parameters: { POLYGON_OFFSET_CLAMP_EXT: "float" },
  },
  EXT_render_snorm: { requires: [["GL_EXT_render_snorm"]] },
  EXT_texture_compression_bptc: {
    requires: [["GL_EXT_texture_compression_bptc"]],
    formats: BPTC,
  },
  EXT_texture_compression_rgtc: {
    requires: [["GL_EXT_texture_compression_rgtc"]],
    formats: RGTC,
  },
  EXT_texture_filter_anisotropic: {
    requires: [["GL_EXT_texture_filter_anisotropic"]],
    constants: { TEXTURE_MAX_ANISOTROPY_EXT: 0x84fe, MAX_TEXTURE_MAX_ANISOTROPY_EXT: 0x84ff },
    parameters: { MAX_TEXTURE_MAX_ANISOTROPY_EXT: "float" },
  },
  EXT_texture_mirror_clamp_to_edge: {
    requires: [["GL_EXT_texture_mirror_clamp_to_edge"]],
    constants: { MIRROR_CLAMP_TO_EDGE_EXT: 0x8743 },
  },
  EXT_texture_norm16: {
    requires: [["GL_EXT_texture_norm16"]],
    constants: {
      R16_EXT: 0x822a,
      RG16_EXT: 0x822c,
      RGB16_EXT: 0x8054,
      RGBA16_EXT: 0x805b,
      R16_SNORM_EXT: 0x8f98,
      RG16_SNORM_EXT: 0x8f99,
      RGB16_SNORM_EXT: 0x8f9a,
      RGBA16_SNORM_EXT: 0x8f9b,
    },
  },
  KHR_parallel_shader_compile: {
    requires: [["GL_KHR_parallel_shader_compile"]],
    constants: { COMPLETION_STATUS_KHR: 0x91b1 },
  },
  NV_shader_noperspective_interpolation: { requires: [["GL_NV_shader_noperspective_interpolation"]] },
  OES_draw_buffers_indexed: { requires: [["GL_OES_draw_buffers_indexed"]] },
  OES_sample_variables: { requires: [["GL_OES_sample_variables"]] },
  OES_shader_multisample_interpolation: {
    requires: [["GL_OES_shader_multisample_interpolation"]],
    constants: {
      MIN_FRAGMENT_INTERPOLATION_OFFSET_OES: 0x8e5b,
      MAX_FRAGMENT_INTERPOLATION_OFFSET_OES: 0x8e5c,
      FRAGMENT_INTERPOLATION_OFFSET_BITS_OES: 0x8e5d,
    },
    parameters: {
      MIN_FRAGMENT_INTERPOLATION_OFFSET_OES: "float",
      MAX_FRAGMENT_INTERPOLATION_OFFSET_OES: "float",
      FRAGMENT_INTERPOLATION_OFFSET_BITS_OES: "int",
    },
  },
  OES_texture_float_linear: { requires: [["GL_OES_texture_float_linear"]] },
  WEBGL_clip_cull_distance: {
    requires: [["GL_ANGLE_clip_cull_distance", "GL_EXT_clip_cull_distance"]],
    constants: {
      MAX_CLIP_DISTANCES_WEBGL: 0x0d32,
      MAX_CULL_DISTANCES_WEBGL: 0x82f9,
      MAX_COMBINED_CLIP_AND_CULL_DISTANCES_WEBGL: 0x82fa,
      ...Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`CLIP_DISTANCE${index}_WEBGL`, 0x3000 + index]),
      ),
    },
    parameters: {
      MAX_CLIP_DISTANCES_WEBGL: "int",
      MAX_CULL_DISTANCES_WEBGL: "int",
      MAX_COMBINED_CLIP_AND_CULL_DISTANCES_WEBGL: "int",
    },
  },
  WEBGL_compressed_texture_astc: {
    requires: [["GL_KHR_texture_compression_astc_ldr"]],
    optional: ["GL_KHR_texture_compression_astc_hdr"],
    formats: ASTC,
  },
  WEBGL_compressed_texture_etc: {
    // Part of OpenGL ES 3.0, but disabled in ANGLE's WebGL contexts.
    requires: [["GL_ANGLE_compressed_texture_etc", "OpenGL ES 3"]],
    formats: ETC,
  },
  WEBGL_compressed_texture_etc1: {
    requires: [["GL_OES_compressed_ETC1_RGB8_texture"]],
    formats: { COMPRESSED_RGB_ETC1_WEBGL: 0x8d64 },
  },
  WEBGL_compressed_texture_s3tc: {
    requires: [["GL_EXT_texture_compression_s3tc", "GL_EXT_texture_compression_dxt1"]],
    optional: ["GL_ANGLE_texture_compression_dxt3", "GL_ANGLE_texture_compression_dxt5"],
    formats: S3TC,
  },
  WEBGL_compressed_texture_s3tc_srgb: {
    requires: [["GL_EXT_texture_compression_s3tc_srgb"]],
    formats: S3TC_SRGB,
  },
  WEBGL_debug_renderer_info: {
    constants: { UNMASKED_VENDOR_WEBGL: 0x9245, UNMASKED_RENDERER_WEBGL: 0x9246 },
  },
  WEBGL_debug_shaders: { requires: [["GL_ANGLE_translated_shader_source"]] },
  WEBGL_lose_context: {},
  WEBGL_multi_draw: { requires: [["GL_ANGLE_multi_draw"]] },
  WEBGL_polygon_mode: {
    requires: [["GL_ANGLE_polygon_mode"]],
    constants: {
      POLYGON_MODE_WEBGL: 0x0b40,
      POLYGON_OFFSET_LINE_WEBGL: 0x2a02,
      LINE_WEBGL: 0x1b01,
      FILL_WEBGL: 0x1b02,
    },
    parameters: { POLYGON_MODE_WEBGL: "int", POLYGON_OFFSET_LINE_WEBGL: "bool" },
  },
  WEBGL_provoking_vertex: {
    requires: [["GL_ANGLE_provoking_vertex"]],
    constants: {
      FIRST_VERTEX_CONVENTION_WEBGL: 0x8e4d,
      LAST_VERTEX_CONVENTION_WEBGL: 0x8e4e,
      PROVOKING_VERTEX_WEBGL: 0x8e4f,
    },
    parameters: { PROVOKING_VERTEX_WEBGL: "int" },
  },
  WEBGL_render_shared_exponent: { requires: [["GL_QCOM_render_shared_exponent"]] },
  WEBGL_stencil_texturing: {
    requires: [["GL_ANGLE_stencil_texturing"]],
    constants: { DEPTH_STENCIL_TEXTURE_MODE_WEBGL: 0x90ea, STENCIL_INDEX_WEBGL: 0x1901 },
  },
  // Extensions of this project and of headless-gl.
  SCENECAST_drawingbuffer: {},
  STACKGL_destroy_context: {},
  STACKGL_resize_drawingbuffer: {},
};
