/** One picture that shows an input of the page, as the page painted it. */
export interface PaintedInput {
  /** From the input to the beginning of the painting that shows it, ms. */
  ms: number;
  /** How long the picture's rendering took, ms; null where not known. */
  renderMs: number | null;
}

/**
 * Runs in the page before its own script: looks at what comes over its WebSocket, which picture is drawn from it, and when.
 * It needs nothing of the page but that it decodes by `createImageBitmap` and draws on a canvas. The header is that of
 * src/server/frame-header.ts; a page's script can not import it.
 */
export function probeLatency(): void {
  /** Pictures that have arrived and were not drawn, by the bytes of their file. */
  const arrived = new Map<number, { eventMs: number; renderMs: number; still: boolean }>();
  const pictures = new WeakMap<ImageBitmap, { eventMs: number; renderMs: number; still: boolean }>();
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

  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...args: unknown[]) {
    Reflect.apply(draw, this, args);
    const picture = args[0] instanceof ImageBitmap ? pictures.get(args[0]) : undefined;
    // Later pictures that show no newer input say nothing, nor does that of a view at rest, which waits for it.
    if (!picture || picture.still || !(picture.eventMs > newest)) return;
    newest = picture.eventMs;
    const { eventMs, renderMs } = picture;
    requestAnimationFrame(() => {
      painted.push({
        ms: performance.timeOrigin + performance.now() - eventMs,
        renderMs: Number.isNaN(renderMs) ? null : renderMs,
      });
    });
  };
}
