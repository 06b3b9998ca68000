/** One picture of ../shared/tools/fury_producer.py as a page had it on its canvas. */
export interface ReadStamp {
  /** From the producer's stamp until the page's script could read the pixels, ms. */
  ms: number;
  /** Counts the producer's frames. */
  sequence: number;
}

/**
 * Runs in the page before its own script: reads the stamp (see stamp.ts) from the canvas as soon as a picture is drawn on it.
 * Both clocks are the machine's.
 */
export function probeStamps(): void {
  const BLOCK = 16;
  const PER_ROW = 40;
  const read: ReadStamp[] = [];
  let newest = -1;
  Object.assign(globalThis, { readStamps: () => read.splice(0) });

  const crc32 = (bytes: Uint8Array): number => {
    let crc = 0xffff_ffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
    }
    return ~crc >>> 0;
  };

  const look = (context: CanvasRenderingContext2D): void => {
    const { data } = context.getImageData(0, 0, BLOCK * PER_ROW, 2 * BLOCK);
    const now = performance.timeOrigin + performance.now();
    const bits = new Uint8Array(10);
    for (let bit = 0; bit < 2 * PER_ROW; bit++) {
      const x = (bit % PER_ROW) * BLOCK + BLOCK / 2;
      const y = Math.floor(bit / PER_ROW) * BLOCK + BLOCK / 2;
      const on = (data[4 * (y * BLOCK * PER_ROW + x)] ?? 0) > 127;
      if (on) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    }
    const view = new DataView(bits.buffer);
    if ((crc32(bits.subarray(0, 8)) & 0xffff) !== view.getUint16(8)) return;
    const sequence = view.getUint32(4) & 0xff_ffff;
    // The same picture comes again, better, when the view rests.
    if (sequence === newest) return;
    newest = sequence;
    const us = view.getUint32(0) * 256 + view.getUint8(4);
    const wrap = 2 ** 40;
    read.push({ sequence, ms: ((((now * 1000 - us) % wrap) + wrap) % wrap) / 1000 });
  };

  const { prototype } = CanvasRenderingContext2D;
  const { drawImage, putImageData } = prototype;
  prototype.drawImage = function (...args: unknown[]) {
    Reflect.apply(drawImage, this, args);
    if (args[0] instanceof ImageBitmap || args[0] instanceof VideoFrame) look(this);
  };
  prototype.putImageData = function (...args: unknown[]) {
    Reflect.apply(putImageData, this, args);
    look(this);
  };
}
