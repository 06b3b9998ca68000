import { EVENT_DIMENSION } from "./event-ids.ts";
import { assertMemoryKind, type MemoryBackend, type OpenSegment } from "./memory-backend.ts";
import { goneError, MemoryLayoutError, type MemorySegment, requireSize } from "./memory-segment.ts";
import { openSegments } from "./open-segments.ts";

/** Values before the first row: max_size and dimension. */
const HEADER = 2;

/** Rows of one queue, many times what any viewer sends between two frames; a larger claim is not believed. */
const MOST_VALUES = 2 ** 27;

/** How many rows, and how long. */
export interface BufferShape {
  /** How many rows a queue on it holds; FURY keeps one more than it uses. From 1 on. */
  maxSize: number;
  /** float64 values in a row. From 1 on; default 8, as in an event. */
  dimension?: number;
}

/**
 * Rows of float64 values in any kind of memory, FURY's GenericMultiDimensionalBuffer. The memory is
 * `[max_size, dimension, row 0, row 1, ..., row max_size]`, all float64. (FURY leaves the first two out of its
 * RawArrays and so loses the dimension; here both kinds of memory are the same to the byte.)
 */
export abstract class GenericMultiDimensionalBuffer<Memory extends ArrayBufferLike = ArrayBufferLike>
  implements Disposable
{
  readonly #kind: MemoryBackend<Memory>;
  #memory: RowMemory<Memory>;

  /** New memory of a shape, or memory that `from` opens. */
  protected constructor(kind: MemoryBackend<Memory>, from: BufferShape | OpenSegment<Memory>) {
    assertMemoryKind(kind, "GenericMultiDimensionalBuffer", [
      "RawArrayMultiDimensionalBuffer",
      "SharedMemMultiDimensionalBuffer",
    ]);
    this.#kind = kind;
    this.#memory = typeof from === "function" ? attachRows(from) : createRows(kind, from);
  }

  /** How many rows a queue on it holds. There is one row more. */
  get maxSize(): number {
    return this.#memory.maxSize;
  }

  /** Values in a row. */
  get dimension(): number {
    return this.#memory.dimension;
  }

  /** The memory itself, with its two values before the first row. */
  get buffer(): Memory {
    return this.#memory.segment.buffer;
  }

  /**
   * Writes all rows at once, as FURY's setter does: `(maxSize + 1) * dimension` values.
   * @throws RangeError for another number of them; MemoryLayoutError when the memory is gone.
   */
  set buffer(values: Float64Array) {
    this.#requireCurrent();
    if (values.length !== this.#memory.rows.length) {
      throw new RangeError(
        `${this.maxSize + 1} rows of ${this.dimension} values are ${this.#memory.rows.length}; ${values.length} were given.`,
      );
    }
    this.#memory.rows.set(values);
  }

  /** Makes new memory of the same shape, all 0, and lets the old go. */
  createMemResource(): void {
    const memory = createRows(this.#kind, this);
    this.cleanup();
    this.#memory = memory;
  }

  /**
   * Attaches again to the memory that the options named, or that was made here last, and reads its shape.
   * @throws the errors of the constructor.
   */
  loadMemResource(): void {
    const { segment, owned } = this.#memory;
    if (owned && segment.isCurrent()) {
      // Kept open: its maker's lock on it says that it is not left over.
      this.#memory = readRows(segment, owned);
      return;
    }
    this.#memory = attachRows(() => this.#kind.reopen(segment));
    segment.close();
  }

  /**
   * FURY's get_start_end: where row `index` starts and ends, in float64 values from the first row.
   * @throws RangeError when there is no such row; rows are 0 to maxSize.
   */
  getStartEnd(index: number): [start: number, end: number] {
    if (!Number.isInteger(index) || index < 0 || index > this.maxSize) {
      throw new RangeError(`There is no row ${index}: the rows of this buffer are 0 to ${this.maxSize}.`);
    }
    const start = index * this.dimension;
    return [start, start + this.dimension];
  }

  /**
   * A copy of row `index`.
   * @throws RangeError when there is no such row; MemoryLayoutError when the memory is gone.
   */
  get(index: number): Float64Array<ArrayBuffer> {
    this.#requireCurrent();
    return new Float64Array(this.#memory.rows.subarray(...this.getStartEnd(index)));
  }

  /**
   * Writes row `index`.
   * @throws RangeError when there is no such row, or `row` has another length; MemoryLayoutError when the memory is gone.
   */
  set(index: number, row: ArrayLike<number>): void {
    this.#requireCurrent();
    if (row.length !== this.dimension) {
      throw new RangeError(`A row of this buffer has ${this.dimension} values; this one has ${row.length}.`);
    }
    this.#memory.rows.set(row, this.getStartEnd(index)[0]);
  }

  /** False once the memory was closed here, or made shorter by another process. */
  isCurrent(): boolean {
    return this.#memory.segment.isCurrent();
  }

  /** Closes the memory; whoever created it removes its name. May be called twice. */
  cleanup(): void {
    if (this.#memory.owned) this.#memory.segment.unlink();
    this.#memory.segment.close();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  /** What the memory is called: the name to attach by where its kind has names. */
  protected get segmentName(): string {
    return this.#memory.segment.name;
  }

  #requireCurrent(): void {
    if (!this.isCurrent()) throw goneError(this.#memory.segment);
  }
}

interface RowMemory<Memory extends ArrayBufferLike> {
  readonly segment: MemorySegment<Memory>;
  readonly maxSize: number;
  readonly dimension: number;
  /** Whether it was created here, and its name is removed here. */
  readonly owned: boolean;
  /** All rows, one after the other. */
  readonly rows: Float64Array<Memory>;
}

function createRows<Memory extends ArrayBufferLike>(
  kind: MemoryBackend<Memory>,
  { maxSize, dimension = EVENT_DIMENSION }: BufferShape,
): RowMemory<Memory> {
  checkShape(maxSize, dimension);
  return openSegments(true, (open) => {
    const bytes = sizeOf(maxSize, dimension);
    const segment = open(kind.create(bytes, "buffer"));
    segment.reserve(bytes);
    new Float64Array(segment.buffer, 0, HEADER).set([maxSize, dimension]);
    return readRows(segment, true);
  });
}

function attachRows<Memory extends ArrayBufferLike>(attach: OpenSegment<Memory>): RowMemory<Memory> {
  return openSegments(false, (open) => readRows(open(attach()), false));
}

/** @throws MemoryLayoutError when the segment claims a shape that is none or that it is too small for. */
function readRows<Memory extends ArrayBufferLike>(
  segment: MemorySegment<Memory>,
  owned: boolean,
): RowMemory<Memory> {
  requireSize(segment, sizeOf(1, 1), "a queue");
  const [maxSize = 0, dimension = 0] = new Float64Array(segment.buffer, 0, HEADER);
  const whole = Number.isInteger(maxSize) && Number.isInteger(dimension);
  if (!whole || maxSize < 1 || dimension < 1 || dimension * (maxSize + 1) > MOST_VALUES) {
    throw new MemoryLayoutError(
      `The segment ${segment.name} claims ${maxSize} rows of ${dimension} values, which is no queue. ` +
        "Check that it is the queue buffer.",
    );
  }
  requireSize(segment, sizeOf(maxSize, dimension), `a queue of ${maxSize} rows of ${dimension} values`);
  const start = HEADER * Float64Array.BYTES_PER_ELEMENT;
  const rows = new Float64Array(segment.buffer, start, dimension * (maxSize + 1));
  return { segment, maxSize, dimension, owned, rows };
}

function sizeOf(maxSize: number, dimension: number): number {
  return (HEADER + dimension * (maxSize + 1)) * Float64Array.BYTES_PER_ELEMENT;
}

/** @throws RangeError when no buffer can have this shape. */
function checkShape(maxSize: number, dimension: number): void {
  for (const [name, value] of Object.entries({ maxSize, dimension })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`A queue's ${name} must be a whole number from 1 on; it is ${value}.`);
    }
  }
  if (dimension * (maxSize + 1) > MOST_VALUES) {
    throw new RangeError(`A queue of ${maxSize} rows of ${dimension} values is too large.`);
  }
}
