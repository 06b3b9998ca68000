import type { PointerArgument } from "./scratch.ts";

/** Functions of native extensions. Each is linked only if the driver has it. */
export const EXTENSION_SYMBOLS = {
  glRequestExtensionANGLE: { args: ["ptr"], returns: "void" },
  glMultiDrawArraysANGLE: { args: ["i32", "ptr", "ptr", "i32"], returns: "void" },
  glMultiDrawElementsANGLE: { args: ["i32", "ptr", "i32", "ptr", "i32"], returns: "void" },
  glMultiDrawArraysInstancedANGLE: { args: ["i32", "ptr", "ptr", "ptr", "i32"], returns: "void" },
  glMultiDrawElementsInstancedANGLE: { args: ["i32", "ptr", "i32", "ptr", "ptr", "i32"], returns: "void" },
  glProvokingVertexANGLE: { args: ["i32"], returns: "void" },
  glPolygonModeANGLE: { args: ["i32", "i32"], returns: "void" },
  glPolygonOffsetClampEXT: { args: ["f32", "f32", "f32"], returns: "void" },
  glClipControlEXT: { args: ["i32", "i32"], returns: "void" },
  glMaxShaderCompilerThreadsKHR: { args: ["i32"], returns: "void" },
  glGetTranslatedShaderSourceANGLE: { args: ["i32", "i32", "ptr", "ptr"], returns: "void" },
  glQueryCounterEXT: { args: ["i32", "i32"], returns: "void" },
  glGetQueryObjectui64vEXT: { args: ["i32", "i32", "ptr"], returns: "void" },
  glEnableiOES: { args: ["i32", "i32"], returns: "void" },
  glDisableiOES: { args: ["i32", "i32"], returns: "void" },
  glBlendEquationiOES: { args: ["i32", "i32"], returns: "void" },
  glBlendEquationSeparateiOES: { args: ["i32", "i32", "i32"], returns: "void" },
  glBlendFunciOES: { args: ["i32", "i32", "i32"], returns: "void" },
  glBlendFuncSeparateiOES: { args: ["i32", "i32", "i32", "i32", "i32"], returns: "void" },
  glColorMaskiOES: { args: ["i32", "i32", "i32", "i32", "i32"], returns: "void" },
} as const;

export type ExtensionFunctionName = keyof typeof EXTENSION_SYMBOLS;
type ExtensionFunction = (...args: PointerArgument[]) => void;
export type ExtensionFunctions = Partial<Record<ExtensionFunctionName, ExtensionFunction>>;
