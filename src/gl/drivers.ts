import { join } from "node:path";
import { angleDirectory } from "../native/libraries.ts";
import {
  Driver,
  type DriverCandidate,
  DriverError,
  type DriverName,
  type InitializedDisplay,
} from "./driver.ts";
import { Egl, type EglDevice, type Handle } from "./egl.ts";
import { chooseGpu, type GpuChoice } from "./gpu-choice.ts";

/** The driver to use: the first that works ("auto"), or one by name. */
export type Backend = "auto" | DriverName;

export const BACKENDS: readonly Backend[] = ["auto", "gpu", "mesa", "angle"];

const EGL_PLATFORM_ANGLE = 0x3202;
const EGL_PLATFORM_ANGLE_TYPE = 0x3203;
const EGL_PLATFORM_ANGLE_TYPE_VULKAN = 0x3450;
const EGL_PLATFORM_ANGLE_DEVICE_TYPE = 0x3209;
const EGL_PLATFORM_ANGLE_DEVICE_TYPE_SWIFTSHADER = 0x3487;
const EGL_PLATFORM_SURFACELESS_MESA = 0x31dd;
const EGL_PLATFORM_DEVICE = 0x313f;
const EGL_CONTEXT_ROBUST_ACCESS = 0x30bf;

/** Attributes that make ANGLE enforce WebGL's rules, with the extension that each requires. */
const ANGLE_WEBGL: readonly (readonly [extension: string, attribute: number, value: number])[] = [
  ["EGL_ANGLE_create_context_webgl_compatibility", 0x33ac, 1],
  ["EGL_ANGLE_robust_resource_initialization", 0x3453, 1],
  ["EGL_CHROMIUM_create_context_bind_generates_resource", 0x33ad, 0],
  ["EGL_ANGLE_create_context_client_arrays", 0x3452, 0],
  ["EGL_EXT_create_context_robustness", EGL_CONTEXT_ROBUST_ACCESS, 1],
];

/** Whether a GL_RENDERER renders on the CPU. */
export function isSoftwareRenderer(renderer: string): boolean {
  return /llvmpipe|softpipe|swrast|swiftshader|software/i.test(renderer);
}

/** No driver is available. The message has the reason for each, and what to install. */
export class NoDriverError extends Error {
  override readonly name = "NoDriverError";
  readonly reasons: readonly { driver: DriverName; reason: string }[];

  constructor(backend: Backend, reasons: readonly { driver: DriverName; reason: string }[]) {
    const list = reasons.map(({ driver, reason }) => `${driver}: ${reason}`).join("; ");
    super(
      `No OpenGL ES 3 driver is available${backend === "auto" ? "" : ` (only "${backend}" was requested)`}. ${list}. ` +
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
        "it requires libgcc_s.so.1, which is not installed (Debian: apt install libgcc-s1)",
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
      throw new DriverError("libEGL.so.1 is not installed (Debian: apt install libegl1)");
    }
    throw error;
  }
  return systemEgl;
}

function initialized(egl: Egl, display: Handle | null): Handle | null {
  return display && egl.initialize(display) ? display : null;
}

/** A display of the system's EGL, if it can be initialized. */
function* systemDisplay(egl: Egl, platform: number, device: Handle | null): Generator<InitializedDisplay> {
  const handle = initialized(egl, egl.platformDisplay(platform, device));
  if (!handle) return;
  const isRobust = egl.extensions(handle).includes("EGL_EXT_create_context_robustness");
  yield { egl, handle, contextAttributes: isRobust ? [EGL_CONTEXT_ROBUST_ACCESS, 1] : [] };
}

/** EGL devices other than Mesa's software device, in the order in which they are tried. */
export function gpuChoice(): GpuChoice<EglDevice> {
  const devices = openSystemEgl()
    .devices()
    .filter(({ extensions }) => !extensions.includes("EGL_MESA_device_software"));
  if (devices.length === 0) throw new DriverError("EGL finds no GPU on this machine");
  return chooseGpu(devices, process.env);
}

/** GPUs, used without an X server. */
function* gpuDisplays(): Generator<InitializedDisplay> {
  const { devices, reason } = gpuChoice();
  if (devices.length === 0) throw new DriverError(reason);
  for (const { device } of devices) yield* systemDisplay(openSystemEgl(), EGL_PLATFORM_DEVICE, device);
}

/** Mesa's surfaceless platform, then its software device. */
function* mesaDisplays(): Generator<InitializedDisplay> {
  const egl = openSystemEgl();
  if (egl.extensions().includes("EGL_MESA_platform_surfaceless")) {
    yield* systemDisplay(egl, EGL_PLATFORM_SURFACELESS_MESA, null);
  }
  for (const { device, extensions } of egl.devices()) {
    if (extensions.includes("EGL_MESA_device_software"))
      yield* systemDisplay(egl, EGL_PLATFORM_DEVICE, device);
  }
}

/** The embedded ANGLE with SwiftShader: software rendering that requires only libc and libgcc_s. */
function* angleDisplays(): Generator<InitializedDisplay> {
  const egl = openLibrary(join(angleDirectory(), "libEGL.so"));
  const display = initialized(
    egl,
    egl.platformDisplay(EGL_PLATFORM_ANGLE, null, [
      EGL_PLATFORM_ANGLE_TYPE,
      EGL_PLATFORM_ANGLE_TYPE_VULKAN,
      EGL_PLATFORM_ANGLE_DEVICE_TYPE,
      EGL_PLATFORM_ANGLE_DEVICE_TYPE_SWIFTSHADER,
    ]),
  );
  if (!display) throw new DriverError(`its display cannot be opened (${egl.lastError()})`);
  const extensions = egl.extensions(display);
  const attributes = ANGLE_WEBGL.filter(([extension]) => extensions.includes(extension));
  yield {
    egl,
    handle: display,
    contextAttributes: attributes.flatMap(([, attribute, value]) => [attribute, value]),
  };
}

/** All drivers, in the order of "auto". */
const CANDIDATES: readonly DriverCandidate[] = [
  {
    name: "gpu",
    displays: gpuDisplays,
    enforcesWebGl: false,
    mismatch: (renderer) =>
      isSoftwareRenderer(renderer) ? `its device renders in software (${renderer})` : undefined,
  },
  {
    name: "mesa",
    displays: mesaDisplays,
    enforcesWebGl: false,
    mismatch: (_, version) =>
      version.includes("Mesa") ? undefined : `it is not Mesa (GL_VERSION "${version}")`,
  },
  {
    name: "angle",
    displays: angleDisplays,
    enforcesWebGl: true,
    mismatch: (renderer) =>
      renderer.includes("SwiftShader") ? undefined : `it is not SwiftShader (GL_RENDERER "${renderer}")`,
  },
];

const openDrivers = new Map<DriverName, Driver>();

function openCandidate(candidate: DriverCandidate): Driver {
  const alreadyOpen = openDrivers.get(candidate.name);
  if (alreadyOpen) return alreadyOpen;
  let reason = "its EGL has no platform without a window system";
  for (const display of candidate.displays()) {
    try {
      const driver = new Driver(candidate, display);
      openDrivers.set(candidate.name, driver);
      return driver;
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      reason = error.message;
    }
  }
  throw new DriverError(reason);
}

/** The result of trying one driver. */
type DriverAttempt = { name: DriverName; driver: Driver } | { name: DriverName; reason: string };

/** Tries every driver that `backend` allows, and keeps the working ones open. */
export function* tryDrivers(backend: Backend): Generator<DriverAttempt> {
  for (const candidate of CANDIDATES) {
    if (backend !== "auto" && backend !== candidate.name) continue;
    let attempt: DriverAttempt;
    try {
      attempt = { name: candidate.name, driver: openCandidate(candidate) };
    } catch (error) {
      // The error need not be a DriverError: the cache directory of the embedded driver may be read-only.
      attempt = { name: candidate.name, reason: error instanceof Error ? error.message : String(error) };
    }
    yield attempt;
  }
}

/** Opens the first driver that works. Throws NoDriverError if none works. */
export function openDriver(backend: Backend): Driver {
  const reasons: { driver: DriverName; reason: string }[] = [];
  for (const attempt of tryDrivers(backend)) {
    if ("driver" in attempt) return attempt.driver;
    reasons.push({ driver: attempt.name, reason: attempt.reason });
  }
  throw new NoDriverError(backend, reasons);
}
