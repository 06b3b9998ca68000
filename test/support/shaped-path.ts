/** What one direction of a link does to datagrams. All may be changed at any time. */
export interface PathShape {
  /** Which part of them is lost, 0 to 1. */
  loss: number;
  /** ms. */
  delayMs: number;
  /** On top of the delay, by chance from 0 to this, ms; none overtakes another. */
  jitterMs: number;
  /** 125 is 1 Mbit/s. */
  bytesPerMs: number;
  /** What waits for the link beyond this is dropped, as a router's full queue does. */
  queueBytes: number;
}

/** Does nothing to them. */
export const CLEAR_PATH: Readonly<PathShape> = {
  loss: 0,
  delayMs: 0,
  jitterMs: 0,
  bytesPerMs: Number.POSITIVE_INFINITY,
  queueBytes: 131_072,
};

export interface PathCounts {
  /** What was put in. */
  packets: number;
  bytes: number;
  /** By chance. */
  lost: number;
  /** Because the queue was full. */
  overflowed: number;
  /** What came out. */
  delivered: number;
}

interface Waiting {
  atMs: number;
  deliver: () => void;
}

/** One direction of a link. */
export class ShapedPath implements Disposable {
  readonly shape: PathShape;
  readonly counts: PathCounts = { packets: 0, bytes: 0, lost: 0, overflowed: 0, delivered: 0 };
  /** Hears of each packet that the link takes: how long it waits before it, ms, without its own time. */
  onWait: ((waitMs: number, bytes: number) => void) | null = null;
  readonly #random: () => number;
  readonly #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the link has sent all that it has taken, `performance.now()`. */
  #busyUntilMs = 0;
  #lastAtMs = 0;

  /** `random`: from 0 to 1; decides what is lost, and the jitter. */
  constructor(shape: Partial<PathShape>, random: () => number) {
    this.shape = { ...CLEAR_PATH, ...shape };
    this.#random = random;
  }

  /** Calls `deliver` when so many bytes come out at the other end, or never. */
  send(bytes: number, deliver: () => void): void {
    const { loss, delayMs, jitterMs, bytesPerMs, queueBytes } = this.shape;
    const now = performance.now();
    this.counts.packets++;
    this.counts.bytes += bytes;
    // Drawn in any case, so that the same seed loses the same packets whatever else the shape is.
    const [fate, late] = [this.#random(), this.#random()];
    if (fate < loss) {
      this.counts.lost++;
      return;
    }
    const backlogMs = Math.max(0, this.#busyUntilMs - now);
    if (backlogMs > 0 && backlogMs * bytesPerMs + bytes > queueBytes) {
      this.counts.overflowed++;
      return;
    }
    this.onWait?.(backlogMs, bytes);
    this.#busyUntilMs = now + backlogMs + bytes / bytesPerMs;
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#busyUntilMs + delayMs + jitterMs * late);
    this.#waiting.push({ atMs: this.#lastAtMs, deliver });
    if (this.#timer === undefined) this.#deliver();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #deliver(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (first.atMs > now) {
        this.#timer = setTimeout(() => this.#deliver(), first.atMs - now);
        return;
      }
      this.#waiting.shift();
      this.counts.delivered++;
      first.deliver();
    }
  }
}
