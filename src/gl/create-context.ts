import * as GL from "./constants.generated.ts";
import { WebGL2RenderingContext } from "./context.ts";
import type { ResolvedAttributes } from "./context-state.ts";
import type { DriverName } from "./driver.ts";
import { BACKENDS, type Backend, openDriver, tryDrivers } from "./drivers.ts";

/** WebGL's context attributes (alpha, antialias, depth and premultipliedAlpha default to true) and the driver to use. */
export interface ContextOptions extends Partial<ResolvedAttributes> {
  /** Default "auto": a GPU, else Mesa, else the embedded ANGLE with SwiftShader. */
  backend?: Backend;
}

function resolved(options: ContextOptions): ResolvedAttributes {
  return {
    alpha: options.alpha ?? true,
    antialias: options.antialias ?? true,
    depth: options.depth ?? true,
    desynchronized: options.desynchronized ?? false,
    failIfMajorPerformanceCaveat: options.failIfMajorPerformanceCaveat ?? false,
    powerPreference: options.powerPreference ?? "default",
    premultipliedAlpha: options.premultipliedAlpha ?? true,
    preserveDrawingBuffer: options.preserveDrawingBuffer ?? false,
    stencil: options.stencil ?? false,
  };
}

/**
 * Creates a WebGL 2 context of `width` x `height` pixels. The signature is headless-gl's.
 *
 * Extensions beyond WebGL's: `STACKGL_resize_drawingbuffer.resize(width, height)`, `STACKGL_destroy_context.destroy()`
 * (frees all memory; a context that is not destroyed lives as long as the process) and
 * `SCENECAST_drawingbuffer.setSamples(samples)`, which sets the samples per pixel (0: no multisampling) and clears the
 * drawing buffer.
 *
 * @throws NoDriverError if no driver works, with the reason of each; DrawingBufferError if the size is not supported;
 *   RangeError if the backend is unknown.
 */
export function createContext(
  width: number,
  height: number,
  options: ContextOptions = {},
): WebGL2RenderingContext {
  const backend = options.backend ?? "auto";
  if (!BACKENDS.includes(backend)) {
    throw new RangeError(`Unknown GL backend "${backend}": use one of ${BACKENDS.join(", ")}.`);
  }
  // The width and height can be strings, such as a canvas's attributes.
  return new WebGL2RenderingContext(openDriver(backend), Number(width), Number(height), resolved(options));
}

/** Properties of one driver, or the reason for its absence. */
export type DriverReport = { name: DriverName; available: false; reason: string } | AvailableDriver;

export interface AvailableDriver {
  name: DriverName;
  available: true;
  /** GL_RENDERER, GL_VENDOR and GL_VERSION. */
  renderer: string;
  vendor: string;
  version: string;
  /** px */
  maxTextureSize: number;
  /** Samples per pixel. */
  maxSamples: number;
}

/** Tries every driver. "auto" uses the first in the list that is available. */
export function listDrivers(): DriverReport[] {
  return Array.from(tryDrivers("auto"), (attempt): DriverReport => {
    if (!("driver" in attempt)) return { name: attempt.name, available: false, reason: attempt.reason };
    try {
      return describe(attempt.name);
    } catch (error) {
      return {
        name: attempt.name,
        available: false,
        reason: error instanceof Error ? error.message : String(error),
      };
    }
  });
}

function describe(name: DriverName): AvailableDriver {
  const gl = createContext(1, 1, { backend: name, antialias: false });
  const report: AvailableDriver = {
    name,
    available: true,
    renderer: String(gl.getParameter(GL.RENDERER)),
    vendor: String(gl.getParameter(GL.VENDOR)),
    version: String(gl.getParameter(GL.VERSION)),
    maxTextureSize: Number(gl.getParameter(GL.MAX_TEXTURE_SIZE)),
    maxSamples: Number(gl.getParameter(GL.MAX_SAMPLES)),
  };
  destroyContext(gl);
  return report;
}

/** Frees a context and all its objects. The context is then lost. Repeated calls have no effect. */
export function destroyContext(gl: WebGL2RenderingContext): void {
  gl.getExtension("STACKGL_destroy_context")?.destroy();
}
