import { EVENT, type EventRow } from "../../memory/event-row.ts";
import { guarded } from "../../native/guarded.ts";

/** Destination of event rows: the circular queue from which the renderer dequeues them. No call blocks. */
export interface EventSink {
  /** Age of the oldest row in the queue, ms; 0 if it is empty. */
  readonly waitingMs: number;
  /** Enqueues rows while there is space. Returns the number of rows enqueued. */
  offer(rows: readonly EventRow[]): number;
  /** Calls `change` with the newest row in the queue, and stores the row if it returns true. Returns whether it was stored. */
  changeNewest(change: (newest: EventRow) => boolean): boolean;
}

/** Maximum number of rows kept while the queue is full. A renderer that dequeues one event per frame at 10 fps needs 100 s for these. */
const MAX_PENDING = 1024;
/**
 * Largest zoom factor of merged wheel events; the smallest is its inverse. FURY and our trackball zoom by 1 - delta / 1000: from 0
 * down the view would turn inside out, and beyond 10 our trackball stops.
 */
const MAX_MERGED_ZOOM = 4;
/**
 * Age of the oldest event from which events are merged, ms. A renderer that keeps up gets every event. FURY's Widget dequeues
 * one event every 33 ms, so that without merging a drag would soon be a full queue behind.
 */
const MAX_CONSUMER_LAG_MS = 20;
/**
 * Retry backoff while the queue is full, as a share of the time that it has been full, which bounds the delay of a row. At most 50 ms: the
 * lock of a dead process is detected by five attempts within a second (queue-lock.ts).
 */
const RETRY_SHARE = 1 / 8;
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

/**
 * Passes event rows to the renderer's queue, and keeps them in order while that is full. If the renderer does not keep up,
 * consecutive moves and resizes are replaced by the newest, and consecutive wheel turns by one with the product of their zoom
 * factors and the sum of their horizontal parts. Presses, releases and keys are never dropped.
 */
export class InputQueue {
  #sink: EventSink | null = null;
  #wake: () => void = () => {};
  #pending: EventRow[] = [];
  #retry: ReturnType<typeof setTimeout> | null = null;
  /** Time at which the queue became full, `performance.now()`. */
  #fullSince = 0;
  /** Rows accepted since the start, merged ones included. */
  accepted = 0;
  /** Rows merged into the row before, because the renderer did not keep up. */
  merged = 0;
  /** Rows refused because there was no renderer, or it had stopped reading events. */
  refused = 0;

  /** Rows that wait for space in the queue. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Age of the oldest row in the queue, ms; 0 if it is empty. */
  get waitingMs(): number {
    return this.#sink?.waitingMs ?? 0;
  }

  get attached(): boolean {
    return this.#sink !== null;
  }

  /** Sends rows to this queue from now on; `wake` is called after each row that was enqueued. */
  attach(sink: EventSink, wake: () => void): void {
    this.detach();
    this.#sink = sink;
    this.#wake = wake;
  }

  /** Drops the waiting rows: the next renderer starts with all buttons up. Idempotent. */
  detach(): void {
    this.#sink = null;
    this.#wake = () => {};
    this.#pending = [];
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  /** Enqueues a row, now or when there is space. Returns false if there is no renderer or it has stalled. */
  push(row: EventRow): boolean {
    const sink = this.#sink;
    if (sink === null) return this.#refuse();
    if (this.#pending.length > 0) {
      if (mergeInto(this.#pending.at(-1), row)) this.merged++;
      else if (this.#pending.length >= MAX_PENDING) return this.#refuse();
      else this.#pending.push(row);
    } else if (this.#mergeInQueue(sink, row)) {
      this.merged++;
      this.#wake();
    } else if (sink.offer([row]) === 1) {
      this.#wake();
    } else {
      this.#pending.push(row);
      this.#fullSince = performance.now();
      this.#scheduleRetry(sink);
    }
    this.accepted++;
    return true;
  }

  #mergeInQueue(sink: EventSink, row: EventRow): boolean {
    return (
      isMergeable(row) &&
      sink.waitingMs > MAX_CONSUMER_LAG_MS &&
      sink.changeNewest((newest) => mergeInto(newest, row))
    );
  }

  #refuse(): false {
    this.refused++;
    return false;
  }

  #scheduleRetry(sink: EventSink): void {
    const waited = performance.now() - this.#fullSince;
    const retryMs = Math.min(Math.max(waited * RETRY_SHARE, MIN_RETRY_MS), MAX_RETRY_MS);
    this.#retry = setTimeout(
      guarded("Events could not be passed to the renderer", () => this.#flush(sink)),
      retryMs,
    );
  }

  #flush(sink: EventSink): void {
    this.#retry = null;
    try {
      const sent = sink.offer(this.#pending);
      if (sent > 0) {
        this.#pending.splice(0, sent);
        this.#fullSince = performance.now();
        this.#wake();
      }
    } finally {
      if (this.#pending.length > 0) this.#scheduleRetry(sink);
    }
  }
}

function isMergeable(row: EventRow): boolean {
  return row[0] === EVENT.wheel || row[0] === EVENT.mouseMove || row[0] === EVENT.resize;
}

/** Merges a row into the one before it. Returns false if they cannot be merged. */
function mergeInto(earlier: EventRow | undefined, row: EventRow): boolean {
  if (earlier === undefined || earlier[0] !== row[0] || !isMergeable(row)) return false;
  const zoom = zoomOf(earlier) * zoomOf(row);
  const isWheel = row[0] === EVENT.wheel;
  if (isWheel && !(zoomOf(row) > 0 && zoom >= 1 / MAX_MERGED_ZOOM && zoom <= MAX_MERGED_ZOOM)) return false;
  const deltaX = (earlier[2] ?? 0) + (row[2] ?? 0);
  earlier.set(row);
  if (isWheel) earlier.set([1000 - 1000 * zoom, deltaX], 1);
  return true;
}

/** Zoom factor of a wheel row. */
function zoomOf(row: EventRow): number {
  return 1 - (row[1] ?? 0) / 1000;
}
