import type { WebGLRenderer } from "three";
import { halvePixels } from "../native/frame-copy.ts";
import { allocatePixels, uniformPixelOf } from "./frame-pixels.ts";

interface DrawingBufferExtension {
  setSamples(samples: 0 | 4): void;
  readDepth(x: number, y: number): number;
}

interface ResizeExtension {
  resize(width: number, height: number): void;
}

/** Pixels of a supersampled buffer that are read in one call: 4 MB, which stay in the CPU cache. */
const STRIP_PIXELS = 1 << 20;

type Size = readonly [width: number, height: number];

/** The drawing buffer of a GL context, and the size and pixel ratio of three.js's renderer, which must match it. */
export class DrawingBuffer {
  readonly #gl: WebGL2RenderingContext;
  readonly #renderer: WebGLRenderer;
  #samples: 0 | 4 = 0;
  #scale = 1;
  #size: Size;
  /** Scratch memory for rows of the supersampled buffer; null until it is needed at this size. */
  #strip: Uint8Array | null = null;

  constructor(gl: WebGL2RenderingContext, renderer: WebGLRenderer) {
    this.#gl = gl;
    this.#renderer = renderer;
    this.#size = [gl.drawingBufferWidth, gl.drawingBufferHeight];
  }

  get samples(): 0 | 4 {
    return this.#samples;
  }

  /** Size of the frame that {@link readPixels} reads, px: half of the buffer's if it is supersampled. */
  get size(): Size {
    const [width, height] = this.#size;
    return this.#scale === 2 ? [width / 2, height / 2] : this.#size;
  }

  /** Width and height of the buffer, px. */
  get bufferSize(): Size {
    return this.#size;
  }

  /** Reads the depth of a pixel of the buffer, 0 (near) to 1 (far); rows bottom-up. */
  depthAt(x: number, y: number): number {
    return this.#extension<DrawingBufferExtension>("SCENECAST_drawingbuffer").readDepth(x, y);
  }

  /**
   * Configures the buffer for the next frame. Any change clears it.
   *
   * @param view size of the view or of a tile, px; the buffer has this size times `scale`, which is at most 1, or 2 for
   *   supersampling
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
      this.#strip = null;
    }
    this.#setSamples(samples);
    // Scales the sizes of points and lines.
    if (scale !== this.#scale) this.#renderer.setPixelRatio(scale);
    this.#scale = scale;
    // The viewport of a tile is smaller than the view. three.js scales points by the size of the view.
    this.#renderer.setViewport(0, 0, size[0] / scale, size[1] / scale);
  }

  /** Sets the size of the view in three.js, and resizes the drawing buffer to it. */
  resize(view: Size): void {
    this.configure(view, { samples: this.#samples, scale: 1 });
    this.#renderer.setSize(...view, false);
  }

  /**
   * Reads the frame: RGBA, rows bottom-up, tightly packed, of `size`.
   *
   * @param target aligned to 4 bytes
   */
  readPixels(target: Uint8Array): void {
    const gl = this.#gl;
    const [bufferWidth, bufferHeight] = this.#size;
    this.#renderer.setRenderTarget(null);
    if (this.#scale !== 2) {
      gl.readPixels(0, 0, bufferWidth, bufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, target);
      return;
    }
    const [width, height] = this.size;
    const rows = Math.max(1, Math.floor(STRIP_PIXELS / bufferWidth / 2));
    this.#strip ??= allocatePixels(bufferWidth, 2 * rows);
    for (let y = 0; y < height; y += rows) {
      const count = Math.min(rows, height - y);
      gl.readPixels(0, 2 * y, bufferWidth, 2 * count, gl.RGBA, gl.UNSIGNED_BYTE, this.#strip);
      halvePixels(target.subarray(4 * width * y), this.#strip, width, count);
    }
  }

  /** Returns the RGBA value that all pixels of the buffer have, or undefined if they differ, which most frames show in their middle. */
  uniformPixel(): number | undefined {
    const gl = this.#gl;
    const [width, height] = this.#size;
    const rows = Math.max(1, Math.min(height, Math.floor(STRIP_PIXELS / 16 / width)));
    const strip = allocatePixels(width, rows);
    const middle = Math.floor((height - rows) / 2);
    this.#renderer.setRenderTarget(null);
    let found: number | undefined;
    for (let y = -rows; y < height; y += rows) {
      // The middle first.
      gl.readPixels(
        0,
        y < 0 ? middle : Math.min(y, height - rows),
        width,
        rows,
        gl.RGBA,
        gl.UNSIGNED_BYTE,
        strip,
      );
      const pixel = uniformPixelOf(strip);
      if (pixel === undefined || (found !== undefined && pixel !== found)) return undefined;
      found = pixel;
    }
    return found;
  }

  /** Sets the alpha of a buffer that has a single color to 0. @returns red, green, blue and alpha of its pixels, 0 to 255 */
  makeTransparent(): number[] {
    const gl = this.#gl;
    const pixel = new Uint8Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    const [red = 0, green = 0, blue = 0] = pixel;
    // Clears all channels: a clear with a color mask takes llvmpipe and SwiftShader 8 to 14 ms.
    this.#clear(red / 255, green / 255, blue / 255, 0);
    return [red, green, blue, 0];
  }

  /** Sets the alpha of all pixels to 1. */
  makeOpaque(): void {
    const gl = this.#gl;
    gl.colorMask(false, false, false, true);
    this.#clear(0, 0, 0, 1);
    // three.js assumes that no channel is masked.
    gl.colorMask(true, true, true, true);
  }

  #clear(...color: [red: number, green: number, blue: number, alpha: number]): void {
    const gl = this.#gl;
    const before = gl.getParameter(gl.COLOR_CLEAR_VALUE) as Float32Array;
    gl.clearColor(...color);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.clearColor(before[0] ?? 0, before[1] ?? 0, before[2] ?? 0, before[3] ?? 0);
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
