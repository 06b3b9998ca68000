import { CString, dlopen, linkSymbols, type Pointer } from "bun:ffi";
import { toPointer } from "../native/symbols.ts";
import type { GpuIdentity } from "./gpu-choice.ts";
import { ints, nativeArray } from "./scratch.ts";

const EGL_FUNCTIONS = {
  eglGetError: { args: [], returns: "i32" },
  eglInitialize: { args: ["ptr", "ptr", "ptr"], returns: "bool" },
  eglQueryString: { args: ["ptr", "i32"], returns: "ptr" },
  eglBindAPI: { args: ["i32"], returns: "bool" },
  eglChooseConfig: { args: ["ptr", "ptr", "ptr", "i32", "ptr"], returns: "bool" },
  eglCreateContext: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "ptr" },
  eglDestroyContext: { args: ["ptr", "ptr"], returns: "bool" },
  eglMakeCurrent: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "bool" },
  eglCreatePbufferSurface: { args: ["ptr", "ptr", "ptr"], returns: "ptr" },
  eglDestroySurface: { args: ["ptr", "ptr"], returns: "bool" },
  eglGetProcAddress: { args: ["ptr"], returns: "ptr" },
} as const;

export type Handle = Pointer;

const MAX_DEVICES = 32;
const EGL_NONE = 0x3038;
const EGL_EXTENSIONS = 0x3055;
const EGL_CUDA_DEVICE_NV = 0x323a;
const EGL_DEVICE_UUID_EXT = 0x335c;
const UUID_BYTES = 16;

/** A GPU, or Mesa's software renderer. */
export interface EglDevice extends GpuIdentity {
  readonly device: Handle;
  readonly extensions: string;
}

const ERROR_NAMES: Record<number, string> = {
  12289: "EGL_NOT_INITIALIZED",
  12290: "EGL_BAD_ACCESS",
  12291: "EGL_BAD_ALLOC",
  12292: "EGL_BAD_ATTRIBUTE",
  12293: "EGL_BAD_CONFIG",
  12294: "EGL_BAD_CONTEXT",
  12296: "EGL_BAD_DISPLAY",
  12297: "EGL_BAD_MATCH",
  12300: "EGL_BAD_PARAMETER",
  12301: "EGL_BAD_SURFACE",
  12302: "EGL_CONTEXT_LOST",
};

function attributeList(attributes: readonly number[]): Int32Array {
  const list = nativeArray(Int32Array, attributes.length + 1);
  list.set(attributes);
  list[attributes.length] = EGL_NONE;
  return list;
}

/** A loaded libEGL. Displays are never terminated: contexts of other threads can use the same display. */
export class Egl {
  readonly #egl;
  readonly #extensions = new Map<Handle | null, string>();

  /** Throws the dynamic linker's Error if `path` or a library that it requires cannot be loaded. */
  constructor(path: string) {
    this.#egl = dlopen(path, EGL_FUNCTIONS).symbols;
  }

  functionAddress(name: string): Handle | null {
    return toPointer(this.#egl.eglGetProcAddress(Buffer.from(`${name}\0`)));
  }

  lastError(): string {
    const code = this.#egl.eglGetError();
    return ERROR_NAMES[code] ?? `EGL error 0x${code.toString(16)}`;
  }

  /** Extensions of a display, or of the client library. */
  extensions(display: Handle | null = null): string {
    const cached = this.#extensions.get(display);
    if (cached !== undefined) return cached;
    const text = this.#egl.eglQueryString(display, EGL_EXTENSIONS);
    const extensions = text ? new CString(text).toString() : "";
    this.#extensions.set(display, extensions);
    return extensions;
  }

  /** Returns a display of `platform` (an EGL platform enum), not yet initialized, or null. */
  platformDisplay(
    platform: number,
    nativeDisplay: Handle | null,
    attributes: readonly number[] = [],
  ): Handle | null {
    const address = this.functionAddress("eglGetPlatformDisplayEXT");
    if (!address) return null;
    const { getDisplay } = linkSymbols({
      getDisplay: { args: ["i32", "ptr", "ptr"], returns: "ptr", ptr: address },
    }).symbols;
    const list = attributes.length > 0 ? attributeList(attributes) : null;
    return toPointer(getDisplay(platform, nativeDisplay, list));
  }

  /** All EGL devices. Empty without EGL_EXT_device_enumeration. */
  devices(): EglDevice[] {
    const queryDevices = this.functionAddress("eglQueryDevicesEXT");
    const queryString = this.functionAddress("eglQueryDeviceStringEXT");
    if (!queryDevices || !queryString) return [];
    const { list, describe } = linkSymbols({
      list: { args: ["i32", "ptr", "ptr"], returns: "bool", ptr: queryDevices },
      describe: { args: ["ptr", "i32"], returns: "ptr", ptr: queryString },
    }).symbols;
    const addresses = nativeArray(BigUint64Array, MAX_DEVICES);
    if (!list(MAX_DEVICES, addresses, ints)) return [];
    return [...addresses.subarray(0, ints[0])].map((address) => {
      const device = Number(address) as Handle;
      const text = describe(device, EGL_EXTENSIONS);
      const extensions = text ? new CString(text).toString() : "";
      return {
        ...{ device, extensions },
        cudaIndex: extensions.includes("EGL_NV_device_cuda") ? this.#cudaIndex(device) : null,
        uuid: extensions.includes("EGL_EXT_device_persistent_id") ? this.#uuid(device) : null,
      };
    });
  }

  #cudaIndex(device: Handle): number | null {
    const address = this.functionAddress("eglQueryDeviceAttribEXT");
    if (!address) return null;
    const { query } = linkSymbols({
      query: { args: ["ptr", "i32", "ptr"], returns: "bool", ptr: address },
    }).symbols;
    // An EGLAttrib has the size of a pointer.
    const value = nativeArray(BigInt64Array, 1);
    return query(device, EGL_CUDA_DEVICE_NV, value) ? Number(value[0]) : null;
  }

  #uuid(device: Handle): string | null {
    const address = this.functionAddress("eglQueryDeviceBinaryEXT");
    if (!address) return null;
    const { query } = linkSymbols({
      query: { args: ["ptr", "i32", "i32", "ptr", "ptr"], returns: "bool", ptr: address },
    }).symbols;
    const uuid = nativeArray(Uint8Array, UUID_BYTES);
    return query(device, EGL_DEVICE_UUID_EXT, UUID_BYTES, uuid, ints) && ints[0] === UUID_BYTES
      ? uuid.toHex()
      : null;
  }

  initialize(display: Handle): boolean {
    return this.#egl.eglInitialize(display, null, null);
  }

  /** Returns the first config with `attributes`, or null. */
  chooseConfig(display: Handle, attributes: readonly number[]): Handle | null {
    const configs = nativeArray(BigUint64Array, 1);
    const list = attributeList(attributes);
    if (!this.#egl.eglChooseConfig(display, list, configs, 1, ints)) return null;
    return (ints[0] ?? 0) > 0 ? (Number(configs[0]) as Handle) : null;
  }

  createContext(display: Handle, config: Handle, attributes: readonly number[]): Handle | null {
    const list = attributeList(attributes);
    return toPointer(this.#egl.eglCreateContext(display, config, null, list));
  }

  destroyContext(display: Handle, context: Handle): void {
    this.#egl.eglDestroyContext(display, context);
  }

  createPbuffer(display: Handle, config: Handle, attributes: readonly number[]): Handle | null {
    const list = attributeList(attributes);
    return toPointer(this.#egl.eglCreatePbufferSurface(display, config, list));
  }

  destroySurface(display: Handle, surface: Handle): void {
    this.#egl.eglDestroySurface(display, surface);
  }

  /** Makes `context` current on this thread; null releases the current context. */
  makeCurrent(display: Handle, surface: Handle | null, context: Handle | null): boolean {
    return this.#egl.eglMakeCurrent(display, surface, surface, context);
  }
}
