/** One picture of ../shared/tools/fury_producer.py that could be read in the page. */
export interface SeenStamp {
  /** When, ms since 1970. */
  at: number;
  /** From the stamp until then, ms. */
  ageMs: number;
  /** Counts the producer's frames. */
  sequence: number;
  /** By which way the picture came, told by what shows it. */
  way: "webrtc" | "video" | "jpeg";
}

/** What the probe has seen since it was asked last. */
export interface SeenStamps {
  stamps: SeenStamp[];
  /** Pictures of which no stamp could be read. */
  unreadable: number;
  /** When the page made its connection for the picture, ms since 1970: that of WebRTC, or else its WebSocket. */
  joinedAt: number;
}

/**
 * Runs in the page before its own script: reads the stamp of every picture as soon as it can be read, from the video that has
 * presented it or the canvas that it was drawn on. It needs nothing of the page but that it draws by `drawImage` or looks at
 * its video by `requestVideoFrameCallback`.
 */
export function probeStamps(): void {
  const BLOCK = 16;
  const PER_ROW = 40;
  const WRAP = 2 ** 40;
  const now = () => performance.timeOrigin + performance.now();
  let newest = -1;
  let seen: SeenStamps = { stamps: [], unreadable: 0, joinedAt: Number.NaN };
  Object.assign(globalThis, {
    seenStamps: (): SeenStamps => {
      const taken = seen;
      seen = { ...taken, stamps: [], unreadable: 0 };
      return taken;
    },
  });

  const table = Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    return crc >>> 0;
  });
  const crc32 = (bytes: Uint8Array) => {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
    return ~crc >>> 0;
  };

  const canvas = document.createElement("canvas");
  canvas.width = PER_ROW * BLOCK;
  canvas.height = 2 * BLOCK;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const draw = CanvasRenderingContext2D.prototype.drawImage;

  const read = (picture: CanvasImageSource, way: SeenStamp["way"]) => {
    if (context === null) return;
    const { width, height } = canvas;
    Reflect.apply(draw, context, [picture, 0, 0, width, height, 0, 0, width, height]);
    const { data } = context.getImageData(0, 0, width, height);
    const at = now();
    const bits = new Uint8Array(10);
    for (let bit = 0; bit < 2 * PER_ROW; bit++) {
      const x = (bit % PER_ROW) * BLOCK + BLOCK / 2;
      const y = Math.floor(bit / PER_ROW) * BLOCK + BLOCK / 2;
      if ((data[4 * (y * width + x)] ?? 0) > 127)
        bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
    }
    const view = new DataView(bits.buffer);
    if ((crc32(bits.subarray(0, 8)) & 0xffff) !== view.getUint16(8)) {
      seen.unreadable++;
      return;
    }
    const sequence = view.getUint32(4) & 0xffffff;
    // The same picture comes again, better, when the view rests.
    if (sequence === newest) return;
    newest = sequence;
    const us = view.getUint32(0) * 256 + view.getUint8(4);
    const ageMs = ((((at * 1000 - us) % WRAP) + WRAP) % WRAP) / 1000;
    seen.stamps.push({ at, ageMs, sequence, way });
  };

  /** Frames that are pictures of their own, and none of a video. */
  const pictures = new WeakSet<object>();
  const decode = ImageDecoder.prototype.decode;
  ImageDecoder.prototype.decode = async function (options) {
    const result = await decode.call(this, options);
    pictures.add(result.image);
    return result;
  };

  CanvasRenderingContext2D.prototype.drawImage = function (...args: unknown[]) {
    Reflect.apply(draw, this, args);
    const [picture] = args;
    // The copy that the page keeps below a live picture is drawn from an element.
    if (picture instanceof ImageBitmap) read(this.canvas, "jpeg");
    else if (picture instanceof VideoFrame) read(this.canvas, pictures.has(picture) ? "jpeg" : "video");
  };

  const watch = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return watch.call(this, (...told) => {
      read(this, "webrtc");
      callback(...told);
    });
  };

  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args: ConstructorParameters<typeof RTCPeerConnection>) {
      super(...args);
      seen.joinedAt = now();
    }
  };
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      seen.joinedAt = now();
    }
  };

  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...args: unknown[]) {
    Reflect.apply(put, this, args);
    read(this.canvas, "video");
  };
}
