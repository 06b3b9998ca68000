import { crc32 } from "node:zlib";
import { type DecodedImage, decodeJpeg } from "../../src/native/jpeg.ts";
import type { KeptPicture } from "./many-clients.ts";

/** As ../shared/tools/fury_producer.py stamps its frames: 2 rows of 40 bits in blocks of 16 px, and a grey strip below them. */
const BLOCK = 16;
const PER_ROW = 40;
/** µs; the stamp has 40 bits of them. */
const WRAP = 2 ** 40;
/** Of 255: what JPEG makes of a flat strip beside a picture. Two frames in a row are 61 apart. */
const TOLERANCE = 20;

/** What stamped pictures tell. */
export interface StampReport {
  /** From stamp to arrival, ms, of each whole picture, oldest first. */
  agesMs: number[];
  torn: number;
  /** How many were looked at. */
  pictures: number;
  /** Frames a second that the producer wrote between the first and the last of them, seen or not. */
  written: number;
}

/** One picture's. */
interface Stamp {
  /** µs since 1970, modulo 2^40. */
  us: number;
  /** Counts the producer's frames, modulo 2^24. */
  sequence: number;
}

/** Decodes pictures of the producer's mode "scene"; `upsideDown`: as they lie in shared memory. */
export function readStamps(pictures: readonly KeptPicture[], upsideDown = false): StampReport {
  const agesMs: number[] = [];
  const stamps: Stamp[] = [];
  for (const { arrivedUs, jpeg } of pictures) {
    const stamp = readStamp(decodeJpeg(jpeg), upsideDown);
    if (stamp === null) continue;
    stamps.push(stamp);
    agesMs.push(since(stamp.us, arrivedUs) / 1000);
  }
  const [first, last] = [stamps[0], stamps.at(-1)];
  const written =
    first && last ? ((last.sequence - first.sequence) / since(first.us, last.us)) * 1e6 : Number.NaN;
  return { agesMs, torn: pictures.length - stamps.length, pictures: pictures.length, written };
}

/** µs. */
function since(stampUs: number, us: number): number {
  return (((us - stampUs) % WRAP) + WRAP) % WRAP;
}

/** Null where the picture is torn. */
function readStamp({ data, width, height }: DecodedImage, upsideDown: boolean): Stamp | null {
  const grey = (x: number, y: number) => data[4 * ((upsideDown ? height - 1 - y : y) * width + x)] ?? 0;
  const bits = new Uint8Array(10);
  for (let bit = 0; bit < 2 * PER_ROW; bit++) {
    const x = (bit % PER_ROW) * BLOCK + BLOCK / 2;
    const y = Math.floor(bit / PER_ROW) * BLOCK + BLOCK / 2;
    if (grey(x, y) > 127) bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  const view = new DataView(bits.buffer);
  if ((crc32(bits.subarray(0, 8)) & 0xffff) !== view.getUint16(8)) return null;
  const sequence = view.getUint32(4) & 0xffffff;
  const strip = (sequence * 61) & 0xff;
  for (let y = 2 * BLOCK; y < height; y++) {
    if (Math.abs(grey(BLOCK / 2, y) - strip) > TOLERANCE) return null;
  }
  return { us: view.getUint32(0) * 256 + view.getUint8(4), sequence };
}
