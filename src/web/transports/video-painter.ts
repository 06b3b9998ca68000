/** So many pictures are painted in each way before it is known which is the quicker. */
const TRIED = 8;

/**
 * Paints pictures of a video decoder on a canvas.
 *
 * `drawImage` is the quickest where a GPU paints. Where there is none, Chromium 156 takes 7 to 13 ms for it at 1280x720, and 4
 * for converting the picture by `copyTo` and putting the pixels there: which is quicker is tried.
 */
export class VideoPainter {
  readonly #context: CanvasRenderingContext2D | null;
  /** How long pictures took in each way, ms, until it is known which is the quicker. */
  readonly #drawnMs: number[] = [];
  readonly #copiedMs: number[] = [];
  /** Null while both are tried. */
  #copies: boolean | null = null;
  #pixels = new ImageData(1, 1);

  constructor(canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext("2d", { alpha: false });
  }

  /** Paints a picture, which must stay open until it settles; one at a time. */
  async paint(picture: VideoFrame): Promise<void> {
    const copies = this.#copies ?? this.#drawnMs.length > this.#copiedMs.length;
    const start = performance.now();
    if (copies) await this.#copy(picture);
    else this.#draw(picture);
    if (this.#copies !== null) return;
    (copies ? this.#copiedMs : this.#drawnMs).push(performance.now() - start);
    if (this.#copiedMs.length >= TRIED) this.#copies = middle(this.#copiedMs) < middle(this.#drawnMs);
  }

  #draw(picture: VideoFrame): void {
    this.#fit(picture);
    this.#context?.drawImage(picture, 0, 0);
  }

  async #copy(picture: VideoFrame): Promise<void> {
    const { displayWidth: width, displayHeight: height } = picture;
    if (this.#pixels.width !== width || this.#pixels.height !== height)
      this.#pixels = new ImageData(width, height);
    const pixels = this.#pixels;
    try {
      const options = { format: "RGBA" } as const;
      // A browser that knows no conversion has another size.
      if (picture.allocationSize(options) !== pixels.data.byteLength) throw new TypeError("no conversion");
      await picture.copyTo(pixels.data, options);
    } catch {
      this.#copies = false;
      this.#draw(picture);
      return;
    }
    this.#fit(picture);
    this.#context?.putImageData(pixels, 0, 0);
  }

  /** Setting a size clears the canvas; nobody sees it, for the picture is drawn before the next painting. */
  #fit({ displayWidth, displayHeight }: VideoFrame): void {
    const canvas = this.#context?.canvas;
    if (canvas === undefined) return;
    if (canvas.width !== displayWidth) canvas.width = displayWidth;
    if (canvas.height !== displayHeight) canvas.height = displayHeight;
  }
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
