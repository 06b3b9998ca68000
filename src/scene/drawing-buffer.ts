import type { WebGLRenderer } from "three";

interface DrawingBufferExtension {
  setSamples(samples: 0 | 4): void;
}

interface ResizeExtension {
  resize(width: number, height: number): void;
}

type Size = readonly [width: number, height: number];

/** The drawing buffer of a GL context, and the size and pixel ratio of three.js's renderer, which must match it. */
export class DrawingBuffer {
  readonly #gl: WebGL2RenderingContext;
  readonly #renderer: WebGLRenderer;
  #samples: 0 | 4 = 0;
  #scale = 1;
  #size: Size;

  constructor(gl: WebGL2RenderingContext, renderer: WebGLRenderer) {
    this.#gl = gl;
    this.#renderer = renderer;
    this.#size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  }

  get samples(): 0 | 4 {
    return this.#samples;
  }

  /** Size of the drawing buffer, px. */
  get size(): Size {
    return this.#size;
  }

  /**
   * Configures the buffer for the next frame. Any change clears it.
   *
   * @param view size of the view or of a tile of it, px; the buffer has this size times `scale`
   */
  configure([width, height]: Size, { samples, scale }: { samples: 0 | 4; scale: number }): void {
    const side = (length: number) => Math.max(1, Math.round(length * scale));
    const size: Size = [side(width), side(height)];
    const [oldWidth, oldHeight] = this.#size;
    // Samples are reduced before a resize and increased after it, to keep the peak of memory low.
    if (samples === 0) this.#setSamples(samples);
    if (size[0] !== oldWidth || size[1] !== oldHeight) {
      this.#extension<ResizeExtension>("STACKGL_resize_drawingbuffer").resize(...size);
      this.#size = size;
    }
    this.#setSamples(samples);
    // Scales the sizes of points and lines.
    if (scale !== this.#scale) this.#renderer.setPixelRatio(scale);
    this.#scale = scale;
    // Smaller than the view if this is a tile of it. three.js scales points by the size of the view.
    this.#renderer.setViewport(0, 0, size[0] / scale, size[1] / scale);
  }

  /** Sets the size of the view in three.js, and resizes the drawing buffer to it. */
  resize(view: Size): void {
    this.configure(view, { samples: this.#samples, scale: 1 });
    this.#renderer.setSize(...view, false);
  }

  #setSamples(samples: 0 | 4): void {
    if (samples === this.#samples) return;
    this.#extension<DrawingBufferExtension>("SCENECAST_drawingbuffer").setSamples(samples);
    this.#samples = samples;
  }

  #extension<T>(name: string): T {
    const extension = this.#gl.getExtension(name) as T | null;
    if (extension === null)
      throw new Error(`the GL context has no extension ${name}: it was not created by scenecast/gl`);
    return extension;
  }
}
