import type { WebGLRenderer } from "three";

interface DrawingBufferExtension {
  setSamples(samples: 0 | 4): void;
}

interface ResizeExtension {
  resize(width: number, height: number): void;
}

type Size = readonly [width: number, height: number];

/** What a show is drawn into: the context's drawing buffer, and three's idea of its size. */
export class DrawingSurface {
  readonly #gl: WebGL2RenderingContext;
  readonly #renderer: WebGLRenderer;
  #samples: 0 | 4 = 0;
  #scale = 1;
  /** px, of the drawing buffer. */
  #size: Size;

  constructor(gl: WebGL2RenderingContext, renderer: WebGLRenderer) {
    this.#gl = gl;
    this.#renderer = renderer;
    this.#size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  }

  get samples(): 0 | 4 {
    return this.#samples;
  }

  /** px. */
  get size(): Size {
    return this.#size;
  }

  /**
   * Makes it fit for the next picture. What was drawn is lost when anything changes.
   *
   * @param view the size of the view in px, of which a scale below 1 draws fewer
   */
  shape([width, height]: Size, { samples, scale }: { samples: 0 | 4; scale: number }): void {
    const side = (length: number) => Math.max(1, Math.round(length * scale));
    const size: Size = [side(width), side(height)];
    const [oldWidth, oldHeight] = this.#size;
    // Samples before they multiply a large size, and after they did: no more memory is taken than either needs.
    if (samples === 0) this.#setSamples(samples);
    if (size[0] !== oldWidth || size[1] !== oldHeight) {
      this.#extension<ResizeExtension>("STACKGL_resize_drawingbuffer").resize(...size);
      this.#size = size;
    }
    this.#setSamples(samples);
    // Points and lines keep their share of the picture.
    if (scale !== this.#scale) this.#renderer.setPixelRatio(scale);
    this.#scale = scale;
  }

  /** Tells three another size of the view, and takes the drawing buffer for it. */
  resize(view: Size): void {
    this.shape(view, { samples: this.#samples, scale: 1 });
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
      throw new Error(`the GL context has no ${name}: it does not come from scenecast/gl`);
    return extension;
  }
}
