import { EVENT } from "../memory/event-ids.ts";
import type { EventRow } from "../memory/event-row.ts";
import type { EnqueueResult } from "../memory/generic-circular-queue.ts";

/** Where rows go: FURY's circular queue, which refuses a row when it is full or another process holds its lock. */
export interface EventSink {
  /** Puts a row in and never waits: any answer but "queued" means that the row is to be offered again. */
  tryEnqueue(row: EventRow): EnqueueResult;
  /** Puts the first rows into an empty queue, as many as fit, and never waits; says how many. */
  tryEnqueueBatch(rows: readonly EventRow[]): number;
}

export interface InputQueueOptions {
  /**
   * Whether the queue gets rows only when it is empty: the one way in which a plain FURY consumer, whose lock is none,
   * can not lose one (see GenericCircularQueue.tryEnqueueBatch). Default false: as soon as there is room.
   */
  onlyWhenEmpty?: boolean;
}

/** Rows held while the queue is full. A renderer that takes one event per frame at 10 fps needs 100 s for these. */
const MAX_PENDING = 1024;
/** FURY zooms by 1 - delta/1000: a larger sum would turn the picture inside out. */
const MAX_WHEEL_SUM = 500;
/**
 * How soon, in ms, a full queue is tried again, and how slowly when its consumer seems to be gone: still often enough
 * that the queue finds out the lock of a dead process (queue-lock.ts: five looks within a second, none 250 ms apart).
 */
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 50;

/**
 * The way of event rows into the consumer's queue. While that is full they wait here in order: moves in a row become
 * the newest one, wheels in a row their sum, resizes in a row the newest; presses, releases and keys are never dropped.
 */
export class InputQueue {
  #sink: EventSink | null = null;
  #wake: () => void = () => {};
  #onlyWhenEmpty = false;
  #pending: EventRow[] = [];
  #retry: ReturnType<typeof setTimeout> | null = null;
  #retryMs = FIRST_RETRY_MS;
  #accepted = 0;
  #refused = 0;

  /** Rows taken since the start, merged ones included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Rows refused because no consumer was there or it had stopped taking events. */
  get refused(): number {
    return this.#refused;
  }

  /** Rows that wait for room in the queue. */
  get pending(): number {
    return this.#pending.length;
  }

  get attached(): boolean {
    return this.#sink !== null;
  }

  /** Sends rows to this consumer from now on; `wake` is called after each that was enqueued. */
  attach(sink: EventSink, wake: () => void, options: InputQueueOptions = {}): void {
    this.detach();
    this.#sink = sink;
    this.#wake = wake;
    this.#onlyWhenEmpty = options.onlyWhenEmpty ?? false;
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
    if (this.#sink === null) return this.#refuse();
    if (this.#pending.length === 0 && this.#offer([row]) === 1) {
      this.#wake();
    } else if (!this.#mergeIntoLast(row)) {
      if (this.#pending.length >= MAX_PENDING) return this.#refuse();
      this.#pending.push(row);
      if (this.#retry === null) {
        this.#retryMs = FIRST_RETRY_MS;
        this.#scheduleRetry();
      }
    }
    this.#accepted++;
    return true;
  }

  /** Puts the first rows into the queue, as many as it takes now; says how many. */
  #offer(rows: readonly EventRow[]): number {
    const sink = this.#sink;
    if (sink === null) return 0;
    if (this.#onlyWhenEmpty) return sink.tryEnqueueBatch(rows);
    const refused = rows.findIndex((row) => sink.tryEnqueue(row) !== "queued");
    return refused < 0 ? rows.length : refused;
  }

  #refuse(): false {
    this.#refused++;
    return false;
  }

  #mergeIntoLast(row: EventRow): boolean {
    const last = this.#pending.at(-1);
    if (last === undefined || last[0] !== row[0]) return false;
    const sum = (last[1] ?? 0) + (row[1] ?? 0);
    switch (row[0]) {
      case EVENT.wheel:
        if (Math.abs(sum) > MAX_WHEEL_SUM) return false;
        last.set(row);
        last[1] = sum;
        return true;
      case EVENT.mouseMove:
      case EVENT.resize:
        last.set(row);
        return true;
      default:
        return false;
    }
  }

  #scheduleRetry(): void {
    this.#retry = setTimeout(() => this.#flush(), this.#retryMs);
  }

  #flush(): void {
    this.#retry = null;
    const sent = this.#offer(this.#pending);
    if (sent > 0) {
      this.#pending.splice(0, sent);
      this.#wake();
    }
    if (this.#pending.length === 0) return;
    this.#retryMs = sent > 0 ? FIRST_RETRY_MS : Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#scheduleRetry();
  }
}
