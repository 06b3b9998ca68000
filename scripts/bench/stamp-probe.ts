/** Stamp of a frame of test/interop/programs/time_stamp.py, read in the page. */
export interface SeenStamp {
  /** Time of reading, ms since 1970. */
  at: number;
  /** Age at that time, ms. */
  ageMs: number;
  /** Counts the producer's frames. */
  sequence: number;
  /** Transport of the frame, inferred from how the page shows it. */
  transport: "webrtc" | "video" | "jpeg";
}

/** Stamps since the previous call. */
export interface SeenStamps {
  stamps: SeenStamp[];
  /** Number of frames whose stamp could not be read. */
  unreadable: number;
  /** Creation time of the WebRTC connection, or else of the WebSocket, ms since 1970. */
  joinedAt: number;
}

/**
 * Runs in the page before its own script: reads the stamp of each frame when it is presented, from the video element or the canvas. It
 * requires that the page shows images by `transferFromImageBitmap`, and video in a video element with a `MediaStream`.
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

  const read = (image: CanvasImageSource, transport: SeenStamp["transport"]) => {
    if (context === null) return;
    const { width, height } = canvas;
    Reflect.apply(draw, context, [image, 0, 0, width, height, 0, 0, width, height]);
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
    // A still view is refined: the same frame arrives again.
    if (sequence === newest) return;
    newest = sequence;
    const us = view.getUint32(0) * 256 + view.getUint8(4);
    const ageMs = ((((at * 1000 - us) % WRAP) + WRAP) % WRAP) / 1000;
    seen.stamps.push({ at, ageMs, sequence, transport });
  };

  const transfer = ImageBitmapRenderingContext.prototype.transferFromImageBitmap;
  ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
    transfer.call(this, bitmap);
    if (this.canvas instanceof HTMLCanvasElement) read(this.canvas, "jpeg");
  };

  /** Reads each frame that a video element presents. */
  const watch = (video: HTMLVideoElement, transport: SeenStamp["transport"]) => {
    video.requestVideoFrameCallback(() => {
      read(video, transport);
      watch(video, transport);
    });
  };
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...source,
    set(this: HTMLMediaElement, stream: MediaStream | null) {
      source?.set?.call(this, stream);
      // VP8 over the WebSocket is decoded by the page, which writes the frames to a track.
      const isGenerated = stream?.getVideoTracks()[0]?.constructor.name === "MediaStreamTrackGenerator";
      if (stream !== null && this instanceof HTMLVideoElement) watch(this, isGenerated ? "video" : "webrtc");
    },
  });

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
}
