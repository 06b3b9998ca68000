import { TrkParser } from "../../native/parse-tracts.ts";
import type { Streamlines } from "../data-kinds.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { GrowingArray } from "../growing-array.ts";
import { DataError } from "../load-error.ts";
import { finishStreamlines, offsetsOf } from "../streamlines/finish-streamlines.ts";
import { type StreamlineStep, streamlineStep } from "../streamlines/streamline-step.ts";
import { ValueColumns } from "../streamlines/value-columns.ts";
import { parseTrkHeader, TRK_HEADER_BYTES, type TrkHeader, trkPointBytes } from "./trk-header.ts";
import { trkToRas } from "./trk-space.ts";

/** Initial capacity if the size of the content is unknown, because it is compressed. */
const INITIAL_POINTS = 65_536;
const INITIAL_STREAMLINES = 4096;

/**
 * Reads a TrackVis file in one pass. The positions of a file that is not compressed never grow: its size limits their number.
 *
 * @param maxPoints of a larger file, every n-th streamline is read; default: 300 million
 */
export async function readTrk(
  { path, source }: Pick<ReadContext, "path" | "source">,
  maxPoints?: number,
): Promise<Streamlines> {
  await source.fillTo(TRK_HEADER_BYTES);
  const header = parseTrkHeader(path, source.window.slice(0, TRK_HEADER_BYTES));
  source.consume(TRK_HEADER_BYTES);
  const warnings: string[] = [];
  const affine = trkToRas(header, warnings);
  const points = source.isCompressed
    ? INITIAL_POINTS
    : Math.floor((source.maxBytes - TRK_HEADER_BYTES) / trkPointBytes(header));
  const step = streamlineStep(points, warnings, maxPoints);
  const reader = new TrkReader({ header, affine, source, step });
  while (await reader.readBlock()) {}
  return reader.finish(warnings);
}

interface TrkReaderOptions {
  readonly header: TrkHeader;
  readonly affine: readonly number[];
  readonly source: FileSource;
  readonly step: StreamlineStep;
}

class TrkReader {
  readonly #header: TrkHeader;
  readonly #source: FileSource;
  readonly #parser: TrkParser;
  readonly #positions: FilePositions;
  /** For each streamline, the number of points up to its end. */
  readonly #ends: GrowingArray<Uint32Array>;
  readonly #scalars: ValueColumns;
  readonly #properties: ValueColumns;
  /** Values of one block. */
  readonly #blockScalars = new ScratchArray();
  readonly #blockProperties = new ScratchArray();
  /** Whether a part of the last streamline was kept. */
  #isLastCut = false;

  constructor({ header, affine, source, step: { every, capacity } }: TrkReaderOptions) {
    const { bigEndian, scalarCount, propertyCount, streamlineCount } = header;
    this.#header = header;
    this.#source = source;
    this.#parser = new TrkParser({
      affine,
      scalars: scalarCount,
      properties: propertyCount,
      bigEndian,
      declared: streamlineCount,
      every,
    });
    // A damaged number of streamlines is limited by the points: most streamlines have more than one.
    const streamlines = Math.min(capacity, Math.ceil(streamlineCount / every)) || INITIAL_STREAMLINES;
    this.#positions = new FilePositions(3 * capacity, false);
    this.#ends = new GrowingArray(new Uint32Array(streamlines));
    this.#scalars = new ValueColumns(header.scalars, capacity);
    this.#properties = new ValueColumns(header.properties, streamlines);
  }

  /** @returns whether anything was read */
  async readBlock(): Promise<boolean> {
    const source = this.#source;
    const parser = this.#parser;
    const { scalarCount, propertyCount } = this.#header;
    const pointBytes = trkPointBytes(this.#header);
    await source.fillTo(Math.max(pointBytes, 4 * propertyCount));
    const { window, fraction } = source;
    const { points, streamlines } = parser;
    const words = Math.floor(window.length / 4);
    this.#positions.reserve(3 * Math.floor(window.length / pointBytes), fraction);
    this.#ends.reserve(Math.min(1 + words, this.#missingStreamlines()), fraction);
    const scalars = this.#blockScalars.withLength(scalarCount > 0 ? words : 1);
    const properties = this.#blockProperties.withLength(propertyCount > 0 ? words : 1);
    const bytes = parser.parse(window, {
      positions: this.#positions.array as Float32Array,
      ends: this.#ends.array,
      scalars,
      properties,
    });
    this.#positions.length = 3 * parser.points;
    this.#ends.length = parser.streamlines;
    this.#scalars.append(scalars, parser.points - points, fraction);
    this.#properties.append(properties, parser.streamlines - streamlines, fraction);
    source.consume(bytes);
    return bytes > 0;
  }

  /** Maximum number of streamlines that follow, by the number in the header. */
  #missingStreamlines(): number {
    const { streamlineCount } = this.#header;
    return streamlineCount === 0 ? Number.POSITIVE_INFINITY : streamlineCount - this.#parser.passed;
  }

  finish(warnings: string[]): Streamlines {
    this.#finishLast(warnings);
    this.#checkCount(warnings);
    const read = {
      positions: this.#positions.finish(),
      origin: this.#positions.origin,
      offsets: offsetsOf(this.#ends.values),
      pointArrays: this.#scalars.finish(),
      streamlineArrays: this.#properties.finish(),
      warnings,
    };
    return finishStreamlines(read, this.#parser.invalid);
  }

  /** Keeps the points of a last streamline that is cut off. */
  #finishLast(warnings: string[]): void {
    const parser = this.#parser;
    const number = parser.passed + 1;
    if (parser.isDamaged) {
      const reason = `the length of streamline ${number}, at byte ${this.#source.offset}, is negative`;
      if (number === 1) throw new DataError(`${reason}: the file is damaged`);
      warnings.push(`${reason}: the rest of the file is damaged and left out`);
    } else if (parser.isWithinStreamline) {
      const present = parser.points - (this.#ends.values.at(-1) ?? 0);
      const all = present + parser.missingPoints;
      warnings.push(`the file is cut off in streamline ${number}: ${present} of its ${all} points are shown`);
      if (present === 0) return;
      this.#isLastCut = true;
      this.#ends.push(parser.points);
      this.#properties.appendMissing();
    } else if (this.#source.window.length > 0 && this.#missingStreamlines() > 0) {
      warnings.push(`the file ends with ${this.#source.window.length} bytes of an incomplete streamline`);
    }
  }

  #checkCount(warnings: string[]): void {
    const { streamlineCount } = this.#header;
    if (streamlineCount === 0) return;
    if (this.#missingStreamlines() > 0) {
      const count = this.#parser.passed + (this.#isLastCut ? 1 : 0);
      if (count === streamlineCount) return;
      const cause = "the file is cut off, or its header is wrong";
      warnings.push(`the header declares ${streamlineCount} streamlines, the file has ${count}: ${cause}`);
    } else if (this.#source.window.length > 0 || !this.#source.isAtEnd) {
      warnings.push(
        `the file continues after the ${streamlineCount} streamlines that its header declares; the rest is not shown`,
      );
    }
  }
}

/** An array that is reused for every block. */
class ScratchArray {
  #array = new Float32Array(1);

  withLength(length: number): Float32Array {
    if (this.#array.length < length) this.#array = new Float32Array(length);
    return this.#array;
  }
}
