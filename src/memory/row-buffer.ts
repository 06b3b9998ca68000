import { EVENT_DIMENSION } from "./event-row.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import {
  goneError,
  MemoryLayoutError,
  type MemorySegment,
  removeSegment,
  requireSize,
} from "./memory-segment.ts";

/** Values before the first row: max_size and dimension. */
const HEADER = 2;

/** Limit for the values of one queue, 1 GiB; a larger claim is refused. */
const MAX_VALUES = 2 ** 27;

/** Number of rows, and their length. */
export interface RowShape {
  /** Rows that a queue on it holds; the buffer has one row more, as in FURY. From 1 on. */
  maxSize: number;
  /** float64 values in a row. From 1 on; default 8, as in an event. */
  dimension?: number | undefined;
}

/**
 * Rows of float64 values in shared memory: `[max_size, dimension, row 0, row 1, ..., row max_size]`, all float64. FURY
 * leaves the first two out of its RawArrays and so loses the dimension; here both backends have the same layout.
 */
export class RowBuffer<Key extends SegmentKey = SegmentKey> implements Disposable {
  protected readonly backend: MemoryBackend<Key>;
  #memory: RowMemory;

  /**
   * Creates memory of this shape, or attaches to existing memory.
   * @throws RangeError for an invalid shape; MemoryLayoutError if the memory does not hold rows;
   *   SharedMemoryError if there is no such segment, or not enough memory.
   */
  constructor(backend: MemoryBackend<Key>, from: RowShape | Key) {
    this.backend = backend;
    this.#memory = isRowShape(from) ? createRows(backend, from) : attachRows(backend, from);
  }

  /** Rows that a queue on it holds. There is one row more. */
  get maxSize(): number {
    return this.#memory.maxSize;
  }

  /** Values in a row. */
  get dimension(): number {
    return this.#memory.dimension;
  }

  /** Key by which another process or Worker attaches. */
  get key(): Key {
    return this.backend.keyOf(this.#memory.segment);
  }

  /**
   * A copy of row `index`, 0 to maxSize.
   * @throws RangeError if there is no such row; MemoryLayoutError after the memory was closed or truncated
   */
  get(index: number): Float64Array<ArrayBuffer> {
    const start = this.startOf(index);
    return new Float64Array(this.memory.rows.subarray(start, start + this.dimension));
  }

  /**
   * Writes row `index`, 0 to maxSize.
   * @throws RangeError if there is no such row, or `row` has another length; MemoryLayoutError after the memory was closed or
   *   truncated
   */
  set(index: number, row: ArrayLike<number>): void {
    const { rows } = this.memory;
    if (row.length !== this.dimension) {
      throw new RangeError(`A row of this buffer has ${this.dimension} values; this one has ${row.length}.`);
    }
    rows.set(row, this.startOf(index));
  }

  /** False after the memory was closed here, or truncated by another process. */
  isCurrent(): boolean {
    return this.#memory.segment.isCurrent();
  }

  /** Closes the memory, and removes its name if it was created here. May be called twice. */
  close(): void {
    this.#memory.opened.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The segment and its rows. @throws MemoryLayoutError after the memory was closed or truncated */
  protected get memory(): RowMemory {
    if (!this.isCurrent()) throw goneError(this.#memory.segment);
    return this.#memory;
  }

  protected get segment(): MemorySegment {
    return this.#memory.segment;
  }

  /** Index of the first value of a row. @throws RangeError if there is no such row */
  protected startOf(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index > this.maxSize) {
      throw new RangeError(`There is no row ${index}: the rows of this buffer are 0 to ${this.maxSize}.`);
    }
    return index * this.dimension;
  }

  /** Replaces the memory with new memory of the same shape, all 0. */
  protected recreate(): void {
    const memory = createRows(this.backend, this);
    this.close();
    this.#memory = memory;
  }

  /** Attaches to the same memory again, and reads its shape. @throws the errors of the constructor */
  protected reattach(): void {
    const { segment, owned } = this.#memory;
    if (owned && segment.isCurrent()) {
      // Kept open: the creator's lock on the segment marks it as in use.
      this.#memory = { ...this.#memory, ...readRows(segment) };
      return;
    }
    this.#memory = attachRows(this.backend, this.key);
    segment.close();
  }
}

interface RowMemory {
  readonly segment: MemorySegment;
  readonly maxSize: number;
  readonly dimension: number;
  /** Whether it was created here, so that its name is removed here. */
  readonly owned: boolean;
  /** Closes the segment, and removes its name if it was created here. */
  readonly opened: DisposableStack;
  /** All rows, one after the other. */
  readonly rows: Float64Array<ArrayBufferLike>;
}

export function isRowShape(from: RowShape | SegmentKey): from is RowShape {
  return typeof from === "object" && "maxSize" in from;
}

function createRows<Key extends SegmentKey>(
  backend: MemoryBackend<Key>,
  { maxSize, dimension = EVENT_DIMENSION }: RowShape,
): RowMemory {
  checkShape(maxSize, dimension);
  using opening = new DisposableStack();
  const bytes = sizeOf(maxSize, dimension);
  const segment = opening.adopt(backend.create(bytes, "buffer"), removeSegment);
  segment.reserve(bytes);
  new Float64Array(segment.buffer, 0, HEADER).set([maxSize, dimension]);
  return { ...readRows(segment), owned: true, opened: opening.move() };
}

function attachRows<Key extends SegmentKey>(backend: MemoryBackend<Key>, key: Key): RowMemory {
  using opening = new DisposableStack();
  const segment = opening.adopt(backend.attach(key, "buffer"), () => segment.close());
  return { ...readRows(segment), owned: false, opened: opening.move() };
}

/** @throws MemoryLayoutError if the segment claims an invalid shape, or one that it is too small for */
function readRows(segment: MemorySegment): Omit<RowMemory, "owned" | "opened"> {
  requireSize(segment, sizeOf(1, 1), "a queue");
  const [maxSize = 0, dimension = 0] = new Float64Array(segment.buffer, 0, HEADER);
  const whole = Number.isInteger(maxSize) && Number.isInteger(dimension);
  if (!whole || maxSize < 1 || dimension < 1 || dimension * (maxSize + 1) > MAX_VALUES) {
    throw new MemoryLayoutError(
      `The segment ${segment.name} claims ${maxSize} rows of ${dimension} values, which is not a queue. ` +
        "Check that it is the queue buffer.",
    );
  }
  requireSize(segment, sizeOf(maxSize, dimension), `a queue of ${maxSize} rows of ${dimension} values`);
  const start = HEADER * Float64Array.BYTES_PER_ELEMENT;
  const rows = new Float64Array(segment.buffer, start, dimension * (maxSize + 1));
  return { segment, maxSize, dimension, rows };
}

function sizeOf(maxSize: number, dimension: number): number {
  return (HEADER + dimension * (maxSize + 1)) * Float64Array.BYTES_PER_ELEMENT;
}

/** @throws RangeError for an invalid shape */
function checkShape(maxSize: number, dimension: number): void {
  for (const [name, value] of Object.entries({ maxSize, dimension })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`A queue's ${name} must be a whole number from 1 on; it is ${value}.`);
    }
  }
  if (dimension * (maxSize + 1) > MAX_VALUES) {
    throw new RangeError(`A queue of ${maxSize} rows of ${dimension} values is too large.`);
  }
}
