import * as GL from "./constants.generated.ts";
import type { ContextState } from "./context-state.ts";
import { resizeDrawingBuffer, setDrawingBufferSamples } from "./drawing-buffer.ts";
import type { ExtensionFunctionName } from "./driver.ts";
import { multiDrawFunctions } from "./multi-draw.ts";
import { WebGLQuery, WebGLShader } from "./objects.ts";
import { bytes, decodeText, ints } from "./scratch.ts";

const TIMESTAMP_EXT = 0x8e28;

export function extensionFunctions(state: ContextState, name: string): Record<string, unknown> {
  switch (name) {
    case "EXT_clip_control":
      return { clipControlEXT: forward(state, "glClipControlEXT") };
    case "EXT_polygon_offset_clamp":
      return { polygonOffsetClampEXT: forward(state, "glPolygonOffsetClampEXT") };
    case "WEBGL_polygon_mode":
      return { polygonModeWEBGL: forward(state, "glPolygonModeANGLE") };
    case "WEBGL_provoking_vertex":
      return { provokingVertexWEBGL: forward(state, "glProvokingVertexANGLE") };
    case "OES_draw_buffers_indexed":
      return {
        enableiOES: forward(state, "glEnableiOES"),
        disableiOES: forward(state, "glDisableiOES"),
        blendEquationiOES: forward(state, "glBlendEquationiOES"),
        blendEquationSeparateiOES: forward(state, "glBlendEquationSeparateiOES"),
        blendFunciOES: forward(state, "glBlendFunciOES"),
        blendFuncSeparateiOES: forward(state, "glBlendFuncSeparateiOES"),
        colorMaskiOES: forward(state, "glColorMaskiOES"),
      };
    case "EXT_disjoint_timer_query_webgl2":
      return { queryCounterEXT: (query: WebGLQuery, target: number) => queryCounter(state, query, target) };
    case "WEBGL_compressed_texture_astc":
      return { getSupportedProfiles: () => astcProfiles(state) };
    case "WEBGL_debug_shaders":
      return { getTranslatedShaderSource: (shader: WebGLShader) => translatedSource(state, shader) };
    case "WEBGL_multi_draw":
      return multiDrawFunctions(state);
    case "STACKGL_resize_drawingbuffer":
      return { resize: (width: number, height: number) => resizeDrawingBuffer(state, width, height) };
    case "STACKGL_destroy_context":
      return { destroy: () => state.destroy() };
    case "SCENECAST_drawingbuffer":
      return {
        setSamples: (samples: number) => setDrawingBufferSamples(state, samples),
        readDepth: (x: number, y: number) => (state.makeCurrent() ? state.drawingBuffer.readDepth(x, y) : 1),
      };
    case "WEBGL_lose_context":
      return { loseContext: () => state.lose(), restoreContext: () => state.restore() };
    default:
      return {};
  }
}

/** A function that passes its arguments to the native one: the driver checks them. */
function forward(state: ContextState, name: ExtensionFunctionName) {
  const native = state.extensionFunctions[name];
  return (...args: (number | boolean)[]): void => {
    if (!state.makeCurrent()) return;
    native?.(...args.map(Number));
  };
}

function queryCounter(state: ContextState, query: WebGLQuery, target: number): void {
  const name = state.requiredNameOf(query, WebGLQuery);
  if (name < 0) return;
  if (state.raiseIf(target !== TIMESTAMP_EXT, GL.INVALID_ENUM)) return;
  if (state.raiseIf(query.target !== 0 && query.target !== target, GL.INVALID_OPERATION)) return;
  query.target = target;
  state.extensionFunctions.glQueryCounterEXT?.(name, target);
}

function astcProfiles(state: ContextState): string[] {
  return state.enabledExtensions.has("GL_KHR_texture_compression_astc_hdr") ? ["ldr", "hdr"] : ["ldr"];
}

function translatedSource(state: ContextState, shader: WebGLShader): string | null {
  const name = state.requiredNameOf(shader, WebGLShader);
  if (name < 0) return null;
  const memory = bytes.subarray(64);
  ints[0] = 0;
  state.extensionFunctions.glGetTranslatedShaderSourceANGLE?.(name, memory.length, ints, memory);
  return decodeText(memory, ints[0] ?? 0);
}
