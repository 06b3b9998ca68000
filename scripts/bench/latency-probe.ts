/** One picture that shows an input of the page, as the page painted it. */
export interface PaintedInput {
  /** From the input to its pixels on the canvas, where a script could read them, ms. */
  drawnMs: number;
  /** From the input to the beginning of the painting that shows it, ms. */
  ms: number;
  /** How long the picture's rendering took, ms; null where not known. */
  renderMs: number | null;
}

/**
 * Runs in the page before its own script: looks at what comes over its WebSocket, which picture is drawn from it, and when.
 * It needs nothing of the page but that it decodes by `ImageDecoder` or `createImageBitmap` and draws on a canvas. The header is that of
 * src/protocol/frame-header.ts; a page's script can not import it.
 */
export function probeLatency(): void {
  /** Pictures that have arrived and were not drawn, by the bytes of their file. */
  const arrived = new Map<number, { eventMs: number; renderMs: number; still: boolean }>();
  const pictures = new WeakMap<object, { eventMs: number; renderMs: number; still: boolean }>();
  const painted: PaintedInput[] = [];
  let newest = 0;
  Object.assign(globalThis, { paintedInputs: () => painted.splice(0) });

  globalThis.WebSocket = class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        if (!(data instanceof ArrayBuffer)) return;
        const view = new DataView(data);
        if (arrived.size > 100) arrived.clear();
        arrived.set(data.byteLength - view.getUint8(3), {
          eventMs: view.getFloat64(32, true),
          renderMs: view.getFloat64(40, true),
          still: (view.getUint8(2) & 1) !== 0,
        });
      });
    }
  };

  const decode = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (source: ImageBitmapSource, ...more: unknown[]) => {
    const bitmap: ImageBitmap = await Reflect.apply(decode, globalThis, [source, ...more]);
    const picture = source instanceof Blob ? arrived.get(source.size) : undefined;
    if (picture) pictures.set(bitmap, picture);
    return bitmap;
  };

  globalThis.ImageDecoder = class extends ImageDecoder {
    readonly #picture: { eventMs: number; renderMs: number; still: boolean } | undefined;

    constructor(init: ImageDecoderInit) {
      super(init);
      this.#picture = ArrayBuffer.isView(init.data) ? arrived.get(init.data.byteLength) : undefined;
    }

    override async decode(options?: ImageDecodeOptions): Promise<ImageDecodeResult> {
      const result = await super.decode(options);
      if (this.#picture) pictures.set(result.image, this.#picture);
      return result;
    }
  };

  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...args: unknown[]) {
    Reflect.apply(draw, this, args);
    const picture = args[0] instanceof Object ? pictures.get(args[0]) : undefined;
    // Later pictures that show no newer input say nothing, nor does that of a view at rest, which waits for it.
    if (!picture || picture.still || !(picture.eventMs > newest)) return;
    newest = picture.eventMs;
    const { eventMs, renderMs } = picture;
    const now = () => performance.timeOrigin + performance.now();
    const drawnMs = now() - eventMs;
    requestAnimationFrame(() => {
      painted.push({
        drawnMs,
        ms: now() - eventMs,
        renderMs: Number.isNaN(renderMs) ? null : renderMs,
      });
    });
  };
}
