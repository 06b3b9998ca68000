import { SRGBColorSpace, WebGLRenderer } from "three";
import { createContext } from "../gl/index.ts";
import { CanvasStub, provideCancelAnimationFrame } from "./canvas-stub.ts";
import type { GlBackend } from "./show-options.ts";

interface DestroyExtension {
  destroy(): void;
}

interface GlRendererOptions {
  readonly backend: GlBackend;
  /** Width and height of the view, px. */
  readonly size: readonly [width: number, height: number];
  /** Whether pixels without an object are transparent. */
  readonly transparent: boolean;
}

/** A WebGLRenderer of three.js, and the off-screen GL context on which it draws. */
export class GlRenderer {
  readonly gl: WebGL2RenderingContext;
  readonly renderer: WebGLRenderer;

  /** @throws the error of `createContext` */
  constructor({ backend, size: [width, height], transparent }: GlRendererOptions) {
    provideCancelAnimationFrame();
    // Its size is set by the first render: a picture of several tiles exceeds the driver's limit.
    this.gl = createContext(1, 1, {
      antialias: false,
      preserveDrawingBuffer: true,
      backend,
    }) as unknown as WebGL2RenderingContext;
    this.renderer = new WebGLRenderer({
      canvas: new CanvasStub(width, height) as unknown as HTMLCanvasElement,
      context: this.gl,
    });
    this.renderer.outputColorSpace = SRGBColorSpace;
    this.renderer.localClippingEnabled = true;
    this.renderer.setClearAlpha(transparent ? 0 : 1);
    // three.js's viewport is 0 x 0 until a size is set, and so is the transmission render target (KHR_materials_transmission).
    this.renderer.setSize(width, height, false);
  }

  /** Name of the GL driver (GL_RENDERER). */
  get driver(): string {
    return String(this.gl.getParameter(this.gl.RENDERER));
  }

  /** Destroys the context with its memory. To be called once. */
  dispose(): void {
    this.renderer.dispose();
    (this.gl.getExtension("STACKGL_destroy_context") as DestroyExtension | null)?.destroy();
  }
}
