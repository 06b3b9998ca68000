import { crc32 } from "node:zlib";
import { type DecodedImage, decodeJpeg } from "../../src/native/jpeg.ts";
import type { KeptFrame } from "./many-clients.ts";

/** Stamp of test/interop/programs/time_stamp.py: 2 rows of 40 bits in blocks of 16 px, and a grey strip below them. Block size, px. */
const BLOCK = 16;
const PER_ROW = 40;
/** Period of the 40-bit time stamp, µs. */
const WRAP = 2 ** 40;
/** Tolerance of the grey strip, of 255: error of JPEG. Consecutive frames differ by 61. */
const TOLERANCE = 20;

/** Evaluation of stamped frames. */
export interface StampReport {
  /** Age at arrival of each intact frame, ms, oldest first. */
  agesMs: number[];
  torn: number;
  /** Number of frames evaluated. */
  frames: number;
  /** Frame rate of the producer between the first and the last of them. */
  writtenPerSecond: number;
}

/** Stamp of one frame. */
interface Stamp {
  /** µs since 1970, modulo 2^40. */
  us: number;
  /** Counts the producer's frames, modulo 2^24. */
  sequence: number;
}

/** Decodes frames of the producer's mode "scene". @param upsideDown rows are bottom-up, as in shared memory */
export function readStamps(keptFrames: readonly KeptFrame[], upsideDown = false): StampReport {
  const agesMs: number[] = [];
  const stamps: Stamp[] = [];
  for (const { arrivedUs, jpeg } of keptFrames) {
    const stamp = readStamp(decodeJpeg(jpeg), upsideDown);
    if (stamp === null) continue;
    stamps.push(stamp);
    agesMs.push(since(stamp.us, arrivedUs) / 1000);
  }
  const [first, last] = [stamps[0], stamps.at(-1)];
  const written =
    first && last ? ((last.sequence - first.sequence) / since(first.us, last.us)) * 1e6 : Number.NaN;
  return {
    agesMs,
    torn: keptFrames.length - stamps.length,
    frames: keptFrames.length,
    writtenPerSecond: written,
  };
}

/** Time since a stamp, µs. */
function since(stampUs: number, us: number): number {
  return (((us - stampUs) % WRAP) + WRAP) % WRAP;
}

/** Returns null if the frame is torn. */
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
