import { CString, linkSymbols, type Pointer } from "bun:ffi";
import { GL_SYMBOLS, type NativeGl } from "./bindings.generated.ts";
import type { Egl, Handle } from "./egl.ts";
import type { PointerArgument } from "./scratch.ts";

/** Functions of native extensions and of OpenGL ES 3.1. Each is linked only if the driver has it. */
const EXTENSION_SYMBOLS = {
  glTexStorage2DMultisample: { args: ["i32", "i32", "i32", "i32", "i32", "i32"], returns: "void" },
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

export type DriverName = "gpu" | "mesa" | "angle";

/** A context of the driver, and the surface that it draws to. */
export interface NativeContext {
  readonly context: Handle;
  /** A 1x1 pbuffer if the driver does not support surfaceless contexts, else null. */
  readonly surface: Handle | null;
}

/** An initialized display, and the attributes of its contexts. */
export interface InitializedDisplay {
  egl: Egl;
  handle: Handle;
  contextAttributes: readonly number[];
}

/** A driver to try: its displays, and the check that one of them belongs to it. */
export interface DriverCandidate {
  name: DriverName;
  displays: () => Generator<InitializedDisplay>;
  /** Whether the driver enforces WebGL's rules on draw ranges, client arrays and uninitialized memory. */
  enforcesWebGl: boolean;
  /** Reason why a GL_RENDERER or GL_VERSION belongs to another driver; undefined if they match. */
  mismatch: (renderer: string, version: string) => string | undefined;
}

const EGL_CONTEXT_CLIENT_VERSION = 0x3098;
// SURFACE_TYPE = PBUFFER, RENDERABLE_TYPE = ES3, RGBA8. Depth and samples are part of the drawing buffer's framebuffer.
const CONFIG = [0x3033, 1, 0x3040, 0x40, 0x3024, 8, 0x3023, 8, 0x3022, 8, 0x3021, 8];
const ONE_PIXEL = [0x3057, 1, 0x3056, 1];

const GL_RENDERER = 0x1f01;
const GL_VERSION = 0x1f02;

/** A driver is not available. The message has the reason, and what to install. */
export class DriverError extends Error {
  override readonly name = "DriverError";
}

function link(egl: Egl): { gl: NativeGl; extensionFunctions: ExtensionFunctions } {
  const symbols: Record<string, { args: readonly string[]; returns: string; ptr: Pointer }> = {};
  for (const [name, signature] of Object.entries({ ...GL_SYMBOLS, ...EXTENSION_SYMBOLS })) {
    const address = egl.functionAddress(name);
    if (address) symbols[name] = { ...signature, ptr: address };
    else if (name in GL_SYMBOLS) throw new DriverError(`it has no function ${name}`);
  }
  // NativeGl has the types of these symbols, which those of linkSymbols cannot express.
  const linked = linkSymbols(symbols as Parameters<typeof linkSymbols>[0]).symbols as unknown;
  return { gl: linked as NativeGl, extensionFunctions: linked as ExtensionFunctions };
}

/** A string of the driver; empty if the driver does not have it. */
export function nativeString(gl: NativeGl, name: number): string {
  const text = gl.glGetString(name);
  return text ? new CString(text as Pointer).toString() : "";
}

/** A working driver of this thread: creates native contexts and makes them current. */
export class Driver {
  readonly enforcesWebGl: boolean;
  readonly renderer: string;
  readonly gl: NativeGl;
  readonly extensionFunctions: ExtensionFunctions;
  readonly #display: InitializedDisplay;
  readonly #config: Handle;
  readonly #surfaceless: boolean;
  /** The context that the constructor tested. The first createContext returns it. */
  #testedContext: NativeContext | undefined;

  /** Throws DriverError if the display has no working context, or belongs to another driver. */
  constructor(candidate: DriverCandidate, initialized: InitializedDisplay) {
    this.enforcesWebGl = candidate.enforcesWebGl;
    this.#display = initialized;
    const { egl, handle } = initialized;
    this.#surfaceless = egl.extensions(handle).includes("EGL_KHR_surfaceless_context");
    const config = egl.chooseConfig(handle, CONFIG);
    if (!config) throw new DriverError(`it has no RGBA config for OpenGL ES 3 (${egl.lastError()})`);
    this.#config = config;
    const context = this.createContext();
    try {
      if (!this.makeCurrent(context)) throw new DriverError(`its context does not work (${egl.lastError()})`);
      const { gl, extensionFunctions } = link(egl);
      this.gl = gl;
      this.extensionFunctions = extensionFunctions;
      this.renderer = nativeString(gl, GL_RENDERER);
      const mismatch = candidate.mismatch(this.renderer, nativeString(gl, GL_VERSION));
      if (mismatch) throw new DriverError(mismatch);
    } catch (error) {
      this.destroyContext(context);
      throw error;
    }
    this.#testedContext = context;
  }

  /** Throws DriverError if the driver refuses. */
  createContext(): NativeContext {
    if (this.#testedContext) {
      const spare = this.#testedContext;
      this.#testedContext = undefined;
      return spare;
    }
    const { egl, handle, contextAttributes } = this.#display;
    const context = egl.createContext(handle, this.#config, [
      EGL_CONTEXT_CLIENT_VERSION,
      3,
      ...contextAttributes,
    ]);
    if (!context) throw new DriverError(`it creates no OpenGL ES 3 context (${egl.lastError()})`);
    const surface = this.#surfaceless ? null : egl.createPbuffer(handle, this.#config, ONE_PIXEL);
    if (!surface && !this.#surfaceless) {
      const reason = egl.lastError();
      egl.destroyContext(handle, context);
      throw new DriverError(`it creates no 1x1 surface (${reason})`);
    }
    return { context, surface };
  }

  makeCurrent({ context, surface }: NativeContext): boolean {
    return this.#display.egl.makeCurrent(this.#display.handle, surface, context);
  }

  /** Destroys a context and all its objects. The thread has no current context of this driver afterwards. */
  destroyContext({ context, surface }: NativeContext): void {
    const { egl, handle } = this.#display;
    egl.makeCurrent(handle, null, null);
    egl.destroyContext(handle, context);
    if (surface) egl.destroySurface(handle, surface);
  }
}
