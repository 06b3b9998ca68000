import * as GL from "./constants.generated.ts";
import { WebGL2RenderingContext } from "./context.ts";
import type { ResolvedAttributes } from "./context-state.ts";
import { BACKENDS, type Backend, type DriverName, openDriver, tryDrivers } from "./drivers.ts";

/** WebGL's context attributes (defaults: alpha, antialias, depth and premultipliedAlpha on) and the driver to use. */
export interface ContextOptions extends Partial<ResolvedAttributes> {
  /** Default "auto": a GPU, else Mesa, else the embedded ANGLE + SwiftShader. */
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
 * A WebGL 2 context of `width` x `height` pixels, with headless-gl's signature.
 *
 * Extensions beyond WebGL's: `STACKGL_resize_drawingbuffer.resize(width, height)`, `STACKGL_destroy_context.destroy()`
 * (frees everything; without it a context lives as long as the process) and
 * `SCENECAST_drawingbuffer.setSamples(samples)`, which switches multisampling (0: none) and clears the drawing buffer.
 *
 * @throws NoDriverError when no driver works, with each one's reason; DrawingBufferError for an impossible size;
 *   RangeError for an unknown backend.
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
  // A canvas's width attribute is a string, and WebGL's numbers take what Number does.
  return new WebGL2RenderingContext(openDriver(backend), Number(width), Number(height), resolved(options));
}

/** What one driver of the chain is, or why it was passed over. */
export type DriverReport = { name: DriverName; available: false; reason: string } | AvailableDriver;

export interface AvailableDriver {
  name: DriverName;
  available: true;
  /** GL_RENDERER, GL_VENDOR and GL_VERSION. */
  renderer: string;
  vendor: string;
  version: string;
  /** Pixels. */
  maxTextureSize: number;
  /** Most samples per pixel. */
  maxSamples: number;
}

/** Tries every driver in the chain's order. The first that works is what "auto" takes. */
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

/** Frees a context with everything in it; it answers as lost from then on. May be called more than once. */
export function destroyContext(gl: WebGL2RenderingContext): void {
  gl.getExtension("STACKGL_destroy_context")?.destroy();
}
