import { CString, linkSymbols, type Pointer } from "bun:ffi";
import { join } from "node:path";
import { angleDirectory } from "../native/libraries.ts";
import { GL_SYMBOLS, type NativeGl } from "./bindings.generated.ts";
import { Egl, type Handle } from "./egl.ts";
import { EXTENSION_SYMBOLS, type ExtensionFunctions } from "./extension-bindings.ts";

/** Which driver to use: the first that works, or one of them by name. */
export type Backend = "auto" | "gpu" | "mesa" | "angle";
export type DriverName = Exclude<Backend, "auto">;

export const BACKENDS: readonly Backend[] = ["auto", "gpu", "mesa", "angle"];

/** A context of the driver with the surface that it is current on. */
export interface NativeContext {
  readonly context: Handle;
  /** A 1x1 pbuffer where the driver has no surfaceless contexts, else 0. */
  readonly surface: Handle;
}

interface DisplayChoice {
  egl: Egl;
  display: Handle;
  contextAttributes: readonly number[];
}

const EGL_PLATFORM_ANGLE = 0x3202;
const EGL_PLATFORM_ANGLE_TYPE = 0x3203;
const EGL_PLATFORM_ANGLE_TYPE_VULKAN = 0x3450;
const EGL_PLATFORM_ANGLE_DEVICE_TYPE = 0x3209;
const EGL_PLATFORM_ANGLE_DEVICE_TYPE_SWIFTSHADER = 0x3487;
const EGL_PLATFORM_SURFACELESS_MESA = 0x31dd;
const EGL_PLATFORM_DEVICE = 0x313f;
const EGL_CONTEXT_CLIENT_VERSION = 0x3098;
const EGL_CONTEXT_ROBUST_ACCESS = 0x30bf;

// SURFACE_TYPE = PBUFFER, RENDERABLE_TYPE = ES3, RGBA8. Depth and samples belong to the drawing buffer's own FBO.
const CONFIG = [0x3033, 1, 0x3040, 0x40, 0x3024, 8, 0x3023, 8, 0x3022, 8, 0x3021, 8];
const ONE_PIXEL = [0x3057, 1, 0x3056, 1];

/** Attributes that make ANGLE follow WebGL's rules; each needs the extension named beside it. */
const ANGLE_WEBGL: readonly (readonly [extension: string, attribute: number, value: number])[] = [
  ["EGL_ANGLE_create_context_webgl_compatibility", 0x33ac, 1],
  ["EGL_ANGLE_robust_resource_initialization", 0x3453, 1],
  ["EGL_CHROMIUM_create_context_bind_generates_resource", 0x33ad, 0],
  ["EGL_ANGLE_create_context_client_arrays", 0x3452, 0],
  ["EGL_EXT_create_context_robustness", EGL_CONTEXT_ROBUST_ACCESS, 1],
];

/** Whether a GL_RENDERER is a driver that draws with the processor: every pixel and triangle costs. */
export function isSoftwareRenderer(renderer: string): boolean {
  return /llvmpipe|softpipe|swrast|swiftshader|software/i.test(renderer);
}

const GL_RENDERER = 0x1f01;
const GL_VERSION = 0x1f02;

/** Why a driver was passed over, and what to install when something is missing. */
export class DriverError extends Error {
  override readonly name = "DriverError";
}

/** No driver gave a context: names each with its reason and says what to install. */
export class NoDriverError extends Error {
  override readonly name = "NoDriverError";
  readonly reasons: readonly { driver: DriverName; reason: string }[];

  constructor(backend: Backend, reasons: readonly { driver: DriverName; reason: string }[]) {
    const list = reasons.map(({ driver, reason }) => `${driver}: ${reason}`).join("; ");
    super(
      `No OpenGL ES 3 driver works here${backend === "auto" ? "" : ` (only "${backend}" was asked for)`}. ${list}. ` +
        "Install the GPU vendor's EGL driver, or Mesa (Debian: apt install libegl1 libgl1-mesa-dri), or for the " +
        "embedded driver libgcc_s (Debian: apt install libgcc-s1).",
    );
    this.reasons = reasons;
  }
}

function openLibrary(path: string): Egl {
  try {
    return new Egl(path);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes("libgcc_s")) {
      throw new DriverError(
        "it needs libgcc_s.so.1, which is not on this machine (Debian: apt install libgcc-s1)",
      );
    }
    throw new DriverError(`${path} cannot be loaded (${text.replace(/^.*?:\s*dlopen failed:\s*/, "")})`);
  }
}

let systemEgl: Egl | undefined;
function openSystemEgl(): Egl {
  try {
    systemEgl ??= openLibrary("libEGL.so.1");
  } catch (error) {
    if (error instanceof DriverError && /No such file|cannot open/.test(error.message)) {
      throw new DriverError("there is no libEGL.so.1 on this machine (Debian: apt install libegl1)");
    }
    throw error;
  }
  return systemEgl;
}

function initialized(egl: Egl, display: Handle): Handle {
  return display && egl.initialize(display) ? display : 0;
}

function robustness(egl: Egl, display: Handle): number[] {
  const has = egl.extensions(display).includes("EGL_EXT_create_context_robustness");
  return has ? [EGL_CONTEXT_ROBUST_ACCESS, 1] : [];
}

/** An EGL device that is not Mesa's software device: a GPU, with no X server. */
function* gpuDisplays(): Generator<DisplayChoice> {
  const egl = openSystemEgl();
  const devices = egl.devices().filter(({ extensions }) => !extensions.includes("EGL_MESA_device_software"));
  if (devices.length === 0) throw new DriverError("EGL lists no GPU on this machine");
  for (const { device } of devices) {
    const display = initialized(egl, egl.platformDisplay(EGL_PLATFORM_DEVICE, device));
    if (display) yield { egl, display, contextAttributes: robustness(egl, display) };
  }
}

/** Mesa's surfaceless platform, then its software device. */
function* mesaDisplays(): Generator<DisplayChoice> {
  const egl = openSystemEgl();
  if (egl.extensions().includes("EGL_MESA_platform_surfaceless")) {
    const display = initialized(egl, egl.platformDisplay(EGL_PLATFORM_SURFACELESS_MESA, 0));
    if (display) yield { egl, display, contextAttributes: robustness(egl, display) };
  }
  for (const { device, extensions } of egl.devices()) {
    if (!extensions.includes("EGL_MESA_device_software")) continue;
    const display = initialized(egl, egl.platformDisplay(EGL_PLATFORM_DEVICE, device));
    if (display) yield { egl, display, contextAttributes: robustness(egl, display) };
  }
}

/** The ANGLE + SwiftShader that comes with the project: software rendering that needs nothing but libc and libgcc_s. */
function* angleDisplays(): Generator<DisplayChoice> {
  const egl = openLibrary(join(angleDirectory(), "libEGL.so"));
  const display = initialized(
    egl,
    egl.platformDisplay(EGL_PLATFORM_ANGLE, 0, [
      EGL_PLATFORM_ANGLE_TYPE,
      EGL_PLATFORM_ANGLE_TYPE_VULKAN,
      EGL_PLATFORM_ANGLE_DEVICE_TYPE,
      EGL_PLATFORM_ANGLE_DEVICE_TYPE_SWIFTSHADER,
    ]),
  );
  if (!display) throw new DriverError(`its display does not open (${egl.lastError()})`);
  const extensions = egl.extensions(display);
  const attributes = ANGLE_WEBGL.filter(([extension]) => extensions.includes(extension));
  yield { egl, display, contextAttributes: attributes.flatMap(([, attribute, value]) => [attribute, value]) };
}

interface Candidate {
  name: DriverName;
  displays: () => Generator<DisplayChoice>;
  /** Whether contexts check draw ranges, client arrays and uninitialised memory by themselves. */
  followsWebGl: boolean;
  /** Why this GL_RENDERER and GL_VERSION is not the driver that was looked for. */
  mismatch: (renderer: string, version: string) => string | undefined;
}

/** In the order of `auto`. */
const CANDIDATES: readonly Candidate[] = [
  {
    name: "gpu",
    displays: gpuDisplays,
    followsWebGl: false,
    mismatch: (renderer) =>
      isSoftwareRenderer(renderer) ? `its device renders in software (${renderer})` : undefined,
  },
  {
    name: "mesa",
    displays: mesaDisplays,
    followsWebGl: false,
    mismatch: (_, version) =>
      version.includes("Mesa") ? undefined : `it is not Mesa (GL_VERSION "${version}")`,
  },
  {
    name: "angle",
    displays: angleDisplays,
    followsWebGl: true,
    mismatch: (renderer) =>
      renderer.includes("SwiftShader") ? undefined : `it is not SwiftShader (GL_RENDERER "${renderer}")`,
  },
];

function link(egl: Egl): { gl: NativeGl; extensionFunctions: ExtensionFunctions } {
  const symbols: Record<string, { args: readonly string[]; returns: string; ptr: Pointer }> = {};
  for (const [name, signature] of Object.entries({ ...GL_SYMBOLS, ...EXTENSION_SYMBOLS })) {
    const address = egl.functionAddress(name);
    if (address) symbols[name] = { ...signature, ptr: address as Pointer };
    else if (name in GL_SYMBOLS) throw new DriverError(`it has no function ${name}`);
  }
  // The table and NativeGl come from the same prototypes, which linkSymbols' own types cannot express.
  const linked = linkSymbols(symbols as Parameters<typeof linkSymbols>[0]).symbols as unknown;
  return { gl: linked as NativeGl, extensionFunctions: linked as ExtensionFunctions };
}

function glString(gl: NativeGl, name: number): string {
  const text = gl.glGetString(name);
  return text ? new CString(text as Pointer).toString() : "";
}

/** One working driver of this thread: makes native contexts and makes them current. */
export class Driver {
  readonly name: DriverName;
  readonly followsWebGl: boolean;
  readonly renderer: string;
  readonly version: string;
  readonly gl: NativeGl;
  readonly extensionFunctions: ExtensionFunctions;
  readonly #choice: DisplayChoice;
  readonly #config: Handle;
  readonly #surfaceless: boolean;
  #spare: NativeContext | undefined;

  /** Throws DriverError when the display gives no context or its renderer is another than the one looked for. */
  constructor(candidate: Candidate, choice: DisplayChoice) {
    this.name = candidate.name;
    this.followsWebGl = candidate.followsWebGl;
    this.#choice = choice;
    const { egl, display } = choice;
    this.#surfaceless = egl.extensions(display).includes("EGL_KHR_surfaceless_context");
    this.#config = egl.chooseConfig(display, CONFIG);
    if (!this.#config) throw new DriverError(`it has no RGBA config for OpenGL ES 3 (${egl.lastError()})`);
    const context = this.createContext();
    try {
      if (!this.makeCurrent(context)) throw new DriverError(`its context does not work (${egl.lastError()})`);
      const { gl, extensionFunctions } = link(egl);
      this.gl = gl;
      this.extensionFunctions = extensionFunctions;
      this.renderer = glString(gl, GL_RENDERER);
      this.version = glString(gl, GL_VERSION);
      const mismatch = candidate.mismatch(this.renderer, this.version);
      if (mismatch) throw new DriverError(mismatch);
    } catch (error) {
      this.destroyContext(context);
      throw error;
    }
    this.#spare = context;
  }

  /** Throws DriverError when the driver refuses. */
  createContext(): NativeContext {
    if (this.#spare) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const { egl, display, contextAttributes } = this.#choice;
    const context = egl.createContext(display, this.#config, [
      EGL_CONTEXT_CLIENT_VERSION,
      3,
      ...contextAttributes,
    ]);
    if (!context) throw new DriverError(`it gives no OpenGL ES 3 context (${egl.lastError()})`);
    const surface = this.#surfaceless ? 0 : egl.createPbuffer(display, this.#config, ONE_PIXEL);
    if (!surface && !this.#surfaceless) {
      const reason = egl.lastError();
      egl.destroyContext(display, context);
      throw new DriverError(`it gives no 1x1 surface (${reason})`);
    }
    return { context, surface };
  }

  makeCurrent({ context, surface }: NativeContext): boolean {
    return this.#choice.egl.makeCurrent(this.#choice.display, surface, context);
  }

  /** Leaves the thread without a context of this driver, then destroys the context and all that is in it. */
  destroyContext({ context, surface }: NativeContext): void {
    const { egl, display } = this.#choice;
    egl.makeCurrent(display, 0, 0);
    egl.destroyContext(display, context);
    if (surface) egl.destroySurface(display, surface);
  }
}

const opened = new Map<DriverName, Driver>();

function openCandidate(candidate: Candidate): Driver {
  const known = opened.get(candidate.name);
  if (known) return known;
  let reason = "its EGL has no platform that works without a window system";
  for (const choice of candidate.displays()) {
    try {
      const driver = new Driver(candidate, choice);
      opened.set(candidate.name, driver);
      return driver;
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      reason = error.message;
    }
  }
  throw new DriverError(reason);
}

/** What came of trying one driver. */
export type DriverAttempt = { name: DriverName; driver: Driver } | { name: DriverName; reason: string };

/** Tries every driver that `backend` allows, in the chain's order. A driver stays open once it worked. */
export function* tryDrivers(backend: Backend): Generator<DriverAttempt> {
  for (const candidate of CANDIDATES) {
    if (backend !== "auto" && backend !== candidate.name) continue;
    let attempt: DriverAttempt;
    try {
      attempt = { name: candidate.name, driver: openCandidate(candidate) };
    } catch (error) {
      // A cache directory that cannot be written is a reason like any other: the next driver may not need one.
      attempt = { name: candidate.name, reason: error instanceof Error ? error.message : String(error) };
    }
    yield attempt;
  }
}

/** The first driver that works. Throws NoDriverError with every reason when there is none. */
export function openDriver(backend: Backend): Driver {
  const reasons: { driver: DriverName; reason: string }[] = [];
  for (const attempt of tryDrivers(backend)) {
    if ("driver" in attempt) return attempt.driver;
    reasons.push({ driver: attempt.name, reason: attempt.reason });
  }
  throw new NoDriverError(backend, reasons);
}
