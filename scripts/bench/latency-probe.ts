/** Latency of one input, measured when the page painted the frame that shows it. */
export interface PaintedInput {
  /** From the input to its pixels on the canvas, ms. */
  drawnMs: number;
  /** From the input to the next paint, ms. */
  ms: number;
  /** Render time of the frame, ms; null if unknown. */
  renderMs: number | null;
}

/**
 * Runs in the page before its own script: records which frames arrive over its WebSocket and when they are drawn. It requires that the
 * page decodes them by `createImageBitmap` and shows them by `transferFromImageBitmap`. The header is that of
 * src/protocol/frame-header.ts, which a script of a page cannot import.
 */
export function probeLatency(): void {
  /** Received frames that were not drawn yet, by the size of the encoded image. */
  const arrived = new Map<number, { eventMs: number; renderMs: number; still: boolean }>();
  const frames = new WeakMap<object, { eventMs: number; renderMs: number; still: boolean }>();
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
    const frame = source instanceof Blob ? arrived.get(source.size) : undefined;
    if (frame) frames.set(bitmap, frame);
    return bitmap;
  };

  const transfer = ImageBitmapRenderingContext.prototype.transferFromImageBitmap;
  ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
    transfer.call(this, bitmap);
    const frame = bitmap === null ? undefined : frames.get(bitmap);
    // Only frames that show a newer input; not those of a still view, which are delayed on purpose.
    if (!frame || frame.still || !(frame.eventMs > newest)) return;
    newest = frame.eventMs;
    const { eventMs, renderMs } = frame;
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
