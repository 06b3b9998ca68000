import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { MAX_COORDINATE } from "../geometry/coordinates.ts";
import { DETECTION_BYTES } from "./detection-bytes.ts";
import { gunzipHead, isGzip } from "./gzip.ts";

/** Maximum number of blocks that are read for a preview: many small blocks, since consecutive vertices of a scan lie on one line. */
const BLOCKS = 8192;

/** Number of records in a block of a binary format. */
const BLOCK_RECORDS = 12;

/** Size of a block in text formats, bytes: about 20 lines. */
const TEXT_BLOCK_BYTES = 1024;
/** Estimated maximum number of points in a text block. */
const TEXT_BLOCK_LINES = 64;

/** Size of a block of streamlines, in points: most streamlines have 50 to 300. */
const STREAMLINE_BLOCK_POINTS = 1024;
/** Size of a block if the first part has no whole streamline. */
const LARGE_BLOCK_POINTS = 16_384;
/** Number of blocks for a preview of streamlines, one of each, and their maximum number of points: more are too slow to draw. */
const PREVIEW_STREAMLINES = 1500;
const PREVIEW_POINTS = 200_000;

/** Time limit of reading blocks, ms: a block takes 3 µs from the page cache, and 1 ms from a network file system. */
const MAX_MS = 400;

/** Compressed bytes of which the first part of a file is decompressed, in about 0.1 s. */
const PREFIX_BYTES = 8 * 2 ** 20;

/** The golden ratio: any number of its multiples is evenly spread modulo 1 (a low-discrepancy sequence). */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** Samples points from evenly spaced blocks of a file, for a preview while it loads, or instead of a file that exceeds the memory. */
export class SampledFile implements Disposable {
  readonly size: number;
  readonly #file: number;
  readonly #maxPoints: number | undefined;
  /** The first part of a compressed file, decompressed. */
  readonly #prefix: Uint8Array | undefined;

  /**
   * Opens a file. Of one that is compressed with gzip, only the first part can be sampled.
   *
   * @param maxPoints approximate number of points, without a time limit; default: a preview's number and time limit
   */
  constructor(path: string, maxPoints?: number) {
    this.#maxPoints = maxPoints;
    this.#file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (isGzip(this.read(0, 16))) this.#prefix = Uint8Array.from(gunzipHead(this.read(0, PREFIX_BYTES)));
    this.size = this.#prefix?.length ?? fstatSync(this.#file).size;
  }

  /** Whether only the first part of the file is sampled. */
  get isPrefix(): boolean {
    return this.#prefix !== undefined;
  }

  /** The start of the file, as much as format detection reads. */
  head(): Uint8Array {
    return this.read(0, DETECTION_BYTES);
  }

  /** Reads a part of the file; fewer bytes at its end. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#prefix !== undefined) return this.#prefix.slice(offset, offset + length);
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(this.#file, bytes, 0, length, offset));
  }

  /**
   * Samples evenly spaced records of a table, whose declared `count` may exceed the end of the file.
   *
   * @param point returns x, y, z of a record
   * @returns x, y, z of the points that are finite
   */
  sampleRecords(
    start: number,
    stride: number,
    count: number,
    point: (record: DataView) => number[],
  ): number[] {
    const available = Math.min(count, Math.floor((this.size - start) / stride));
    const points: number[] = [];
    for (const row of this.#blockStarts(available, BLOCK_RECORDS, BLOCK_RECORDS)) {
      const rows = Math.min(BLOCK_RECORDS, available - row);
      const block = this.read(start + row * stride, rows * stride);
      for (let offset = 0; offset + stride <= block.byteLength; offset += stride) {
        pushFinite(points, point(new DataView(block.buffer, offset, stride)));
      }
    }
    return points;
  }

  /**
   * Samples lines of text that match a pattern, whose three groups are x, y, z.
   *
   * @returns x, y, z of the points that are finite
   */
  sampleLines(pattern: RegExp): number[] {
    const decoder = new TextDecoder("latin1");
    const points: number[] = [];
    for (const start of this.#blockStarts(this.size, TEXT_BLOCK_BYTES, TEXT_BLOCK_LINES)) {
      const text = decoder.decode(this.read(start, TEXT_BLOCK_BYTES));
      // The first and the last line of a block may be incomplete.
      const lines = text.slice(start === 0 ? 0 : text.indexOf("\n") + 1, text.lastIndexOf("\n") + 1);
      for (const [, ...coordinates] of lines.matchAll(pattern)) pushFinite(points, coordinates.map(Number));
    }
    return points;
  }

  /**
   * Samples whole streamlines from evenly spaced blocks of a file whose streamlines have no known offsets.
   *
   * @param start offset of the first streamline
   * @param pointBytes size of a point; blocks start at multiples of it
   * @param streamlinesIn finds the streamlines that are completely in a block; returns their bytes
   */
  sampleStreamlines(
    start: number,
    pointBytes: number,
    streamlinesIn: (block: Uint8Array<ArrayBuffer>) => Iterable<Uint8Array<ArrayBuffer>>,
  ): Uint8Array<ArrayBuffer>[] {
    const sampled: Uint8Array<ArrayBuffer>[] = [];
    const blockBytes = STREAMLINE_BLOCK_POINTS * pointBytes;
    const maxPoints = this.#maxPoints ?? PREVIEW_POINTS;
    const isPreview = this.#maxPoints === undefined;
    const find = (offset: number, length: number): Uint8Array<ArrayBuffer>[] => {
      const found = [...streamlinesIn(this.read(start + offset, pointBytes * length))];
      // One of each block for a preview, because neighbours in the file are mostly of the same bundle.
      return isPreview ? found.slice(0, 1) : found;
    };
    let points = 0;
    const starts = isPreview
      ? spreadStarts(this.size - start, blockBytes, PREVIEW_STREAMLINES)
      : orderedStarts(this.size - start, blockBytes, maxPoints / STREAMLINE_BLOCK_POINTS);
    for (const offset of starts) {
      let found = find(offset, STREAMLINE_BLOCK_POINTS);
      if (found.length === 0) found = find(offset, LARGE_BLOCK_POINTS);
      for (const streamline of found) points += streamline.length / pointBytes;
      sampled.push(...found);
      if (points > maxPoints) break;
    }
    return sampled;
  }

  /**
   * Selects evenly spaced streamlines of a file that has their offsets.
   *
   * @param count number of streamlines
   * @param points number of points of all of them
   */
  *sampleNumbers(count: number, points: number): Generator<number> {
    const maxCount = (this.#maxPoints ?? PREVIEW_POINTS) * (count / points);
    const limit = this.#maxPoints === undefined ? Math.min(maxCount, PREVIEW_STREAMLINES) : maxCount;
    yield* this.#maxPoints === undefined ? spreadStarts(count, 1, limit) : orderedStarts(count, 1, limit);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #blockStarts(length: number, blockLength: number, blockPoints: number): Generator<number> {
    return this.#maxPoints === undefined
      ? blockStarts(length, blockLength)
      : orderedStarts(length, blockLength, this.#maxPoints / blockPoints);
  }
}

/** The starts of at most `maxBlocks` evenly spaced blocks of a table, in file order, which is fastest to read. */
function* orderedStarts(length: number, blockLength: number, maxBlocks: number): Generator<number> {
  const blocks = Math.ceil(length / blockLength);
  const count = Math.min(blocks, Math.ceil(maxBlocks));
  for (let i = 0; i < count; i += 1) yield blockLength * Math.floor((i * blocks) / count);
}

/** The starts of blocks of a table, at most BLOCKS and within the time limit. Any prefix of the sequence is spread over all of the table. */
function* blockStarts(length: number, blockLength: number): Generator<number> {
  const endsAt = performance.now() + MAX_MS;
  const blocks = Math.ceil(length / blockLength);
  const isSmall = blocks <= BLOCKS;
  for (let i = 0; i < Math.min(blocks, BLOCKS) && performance.now() < endsAt; i += 1) {
    yield blockLength * Math.floor(isSmall ? i : ((i * GOLDEN_RATIO) % 1) * blocks);
  }
}

/** The starts of at most `maxBlocks` blocks of a table, within the time limit. Any prefix of the sequence is spread over all of the table. */
function* spreadStarts(length: number, blockLength: number, maxBlocks: number): Generator<number> {
  const endsAt = performance.now() + MAX_MS;
  const blocks = Math.ceil(length / blockLength);
  const used = new Set<number>();
  for (let i = 0; i < maxBlocks && used.size < blocks && performance.now() < endsAt; i += 1) {
    const block = Math.floor(((i * GOLDEN_RATIO) % 1) * blocks);
    if (used.has(block)) continue;
    used.add(block);
    yield blockLength * block;
  }
}

function pushFinite(points: number[], point: readonly number[]): void {
  if (point.every((value) => Math.abs(value) <= MAX_COORDINATE)) points.push(...point);
}
