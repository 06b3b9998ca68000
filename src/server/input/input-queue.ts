import { EVENT } from "../../memory/event-ids.ts";
import type { EventRow } from "../../memory/event-row.ts";
import { guarded } from "../../native/guarded.ts";

/** Where rows go: the circular queue that the consumer takes them off, see QueueFeeder. Nothing here waits. */
export interface EventSink {
  /** For how long the oldest row has been waiting for the consumer, ms; 0 when there is none. */
  readonly waitingMs: number;
  /** Puts the first rows in, as many as there is room for; says how many. 0: they are to be offered again. */
  offer(rows: readonly EventRow[]): number;
  /** Has the newest row that waits changed, where `change` says that it was; false where nothing was done. */
  changeNewest(change: (newest: EventRow) => boolean): boolean;
}

/** Rows held while the queue is full. A renderer that takes one event per frame at 10 fps needs 100 s for these. */
const MAX_PENDING = 1024;
/**
 * Largest zoom factor of merged wheel events; the smallest is its inverse. FURY and our trackball zoom by 1 - delta / 1000: from 0
 * down the picture would turn inside out, and beyond 10 our trackball stops.
 */
const MAX_MERGED_ZOOM = 4;
/**
 * A consumer that keeps up gets every event. One that does not take the oldest for so long, ms, gets the newest move
 * instead of all moves: FURY's Widget takes one event every 33 ms, so a drag would soon be a whole queue behind.
 */
const MAX_CONSUMER_LAG_MS = 20;
/**
 * A full queue is tried again after an eighth of the time that it has been full, ms, so a row is late by no more than
 * that. At most 50: the lock of a dead process is found out by five looks within a second (queue-lock.ts).
 */
const RETRY_SHARE = 1 / 8;
const MIN_RETRY_MS = 1;
const MAX_RETRY_MS = 50;

/**
 * The way of event rows into the consumer's queue. While that is full they wait here in order. Behind a consumer that does
 * not keep up, moves in a row become the newest one, wheels in a row one with the product of their zoom factors, resizes in a
 * row the newest; presses, releases and keys are never dropped.
 */
export class InputQueue {
  #sink: EventSink | null = null;
  #wake: () => void = () => {};
  #pending: EventRow[] = [];
  #retry: ReturnType<typeof setTimeout> | null = null;
  /** Since when the queue has taken nothing, performance.now(). */
  #fullSince = 0;
  #accepted = 0;
  #merged = 0;
  #refused = 0;

  /** Rows taken since the start, merged ones included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Of those the rows that became one with the row before, because the consumer did not keep up. */
  get merged(): number {
    return this.#merged;
  }

  /** Rows refused because no consumer was there or it had stopped taking events. */
  get refused(): number {
    return this.#refused;
  }

  /** Rows that wait for room in the queue. */
  get pending(): number {
    return this.#pending.length;
  }

  /** How long the oldest row has been waiting for the consumer, ms; 0 if none waits. */
  get waitingMs(): number {
    return this.#sink?.waitingMs ?? 0;
  }

  get attached(): boolean {
    return this.#sink !== null;
  }

  /** Sends rows to this consumer from now on; `wake` is called after each that was put into its queue. */
  attach(sink: EventSink, wake: () => void): void {
    this.detach();
    this.#sink = sink;
    this.#wake = wake;
  }

  /** Forgets the consumer and what waited for it: a new one knows nothing of the old one's buttons. Idempotent. */
  detach(): void {
    this.#sink = null;
    this.#wake = () => {};
    this.#pending = [];
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  /** Takes a row, now or when there is room; false when there is no consumer or it has stalled. */
  push(row: EventRow): boolean {
    const sink = this.#sink;
    if (sink === null) return this.#refuse();
    if (this.#pending.length > 0) {
      if (mergeInto(this.#pending.at(-1), row)) this.#merged++;
      else if (this.#pending.length >= MAX_PENDING) return this.#refuse();
      else this.#pending.push(row);
    } else if (this.#mergeInQueue(sink, row)) {
      this.#merged++;
      this.#wake();
    } else if (sink.offer([row]) === 1) {
      this.#wake();
    } else {
      this.#pending.push(row);
      this.#fullSince = performance.now();
      this.#scheduleRetry(sink);
    }
    this.#accepted++;
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
    this.#refused++;
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

/** Makes one row of two that follow each other; false where they must stay two. */
function mergeInto(earlier: EventRow | undefined, row: EventRow): boolean {
  if (earlier === undefined || earlier[0] !== row[0] || !isMergeable(row)) return false;
  const zoom = zoomOf(earlier) * zoomOf(row);
  const isWheel = row[0] === EVENT.wheel;
  if (isWheel && !(zoomOf(row) > 0 && zoom >= 1 / MAX_MERGED_ZOOM && zoom <= MAX_MERGED_ZOOM)) return false;
  earlier.set(row);
  if (isWheel) earlier[1] = 1000 - 1000 * zoom;
  return true;
}

/** Zoom factor of a wheel row. */
function zoomOf(row: EventRow): number {
  return 1 - (row[1] ?? 0) / 1000;
}
