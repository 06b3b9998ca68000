import { encodeJpegSync, type JpegOptions } from "../native/jpeg.ts";
import type { PixelImage } from "../native/pixel-image.ts";

/** Side of an MCU without chroma subsampling, px. */
const MCU = 8;
/** Maximum restart interval, MCUs: the DRI segment has 16 bits for it. */
const MAX_INTERVAL = 65535;

// Markers: ITU-T T.81, table B.1.
const START_OF_FRAME = 0xc0;
const RESTART = 0xd0;
const START_OF_SCAN = 0xda;
const DEFINE_RESTART_INTERVAL = 0xdd;

/**
 * Encodes a picture as JPEG without chroma subsampling and yields the file in chunks. A picture of more than 65535 MCUs (4.2 million
 * pixels) has restart markers, since each strip is encoded as an image of its own; see native/jpeg_bands.h.
 *
 * @param strips whole rows of the picture, from top to bottom; all but the last have the same height, a power of 2 from 64
 */
export function* encodeJpegStrips(
  { width, height }: { width: number; height: number },
  strips: Iterable<PixelImage>,
  { quality }: Pick<JpegOptions, "quality">,
): Generator<Uint8Array> {
  const mcusPerRow = Math.ceil(width / MCU);
  const isSmall = mcusPerRow * Math.ceil(height / MCU) <= MAX_INTERVAL;
  let mcuRows = 0;
  let count = 0;
  for (const strip of strips) {
    // A power of 2, so that it divides the height of the strips.
    mcuRows ||= 2 ** Math.floor(Math.log2(Math.min(MAX_INTERVAL / mcusPerRow, strip.height / MCU)));
    const parts = isSmall && strip.height === height ? [strip] : cut(strip, mcuRows * MCU);
    for (const part of parts) {
      const jpeg = encodeJpegSync(part, { quality, subsampling: "4:4:4" });
      if (part.height === height) {
        yield jpeg;
        return;
      }
      const { frame, scan, data } = segments(jpeg);
      if (count === 0) {
        const view = new DataView(jpeg.buffer, jpeg.byteOffset);
        view.setUint16(frame + 5, height);
        const interval = mcusPerRow * mcuRows;
        yield jpeg.subarray(0, scan);
        yield Uint8Array.of(0xff, DEFINE_RESTART_INTERVAL, 0, 4, interval >> 8, interval & 0xff);
        yield jpeg.subarray(scan, data);
      } else yield Uint8Array.of(0xff, RESTART + ((count - 1) % 8));
      // Without the end-of-image marker.
      yield jpeg.subarray(data, -2);
      count += 1;
    }
  }
  yield Uint8Array.of(0xff, 0xd9);
}

/** Cuts an image into parts of `rows` rows, from top to bottom. */
function* cut(image: PixelImage, rows: number): Generator<PixelImage> {
  const { data, width, height, format, bottomUp } = image;
  const stride = width * (format === "rgba" ? 4 : 3);
  for (let top = 0; top < height; top += rows) {
    const end = Math.min(height, top + rows);
    const [first, last] = bottomUp ? [height - end, height - top] : [top, end];
    yield { ...image, height: end - top, data: data.subarray(first * stride, last * stride) };
  }
}

/** Offsets of the frame header and of the scan header, and of the data after it. */
function segments(jpeg: Uint8Array): { frame: number; scan: number; data: number } {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  let frame = 0;
  // After the start-of-image marker, segments with their lengths.
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker === START_OF_FRAME) frame = at;
    if (marker === START_OF_SCAN) return { frame, scan: at, data: at + 2 + view.getUint16(at + 2) };
  }
}
