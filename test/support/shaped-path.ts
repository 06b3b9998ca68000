/** Properties of one direction of a simulated link. All may be changed at any time. */
export interface PathShape {
  /** Probability of loss, 0 to 1. */
  loss: number;
  /** Propagation delay, ms. */
  delayMs: number;
  /** Maximum additional random delay, ms. Packets are not reordered. */
  jitterMs: number;
  /** Capacity; 125 is 1 Mbit/s. */
  bytesPerMs: number;
  /** Size of the queue; packets beyond it are dropped. */
  queueBytes: number;
}

/** No loss, no delay, unlimited capacity. */
const CLEAR_PATH: Readonly<PathShape> = {
  loss: 0,
  delayMs: 0,
  jitterMs: 0,
  bytesPerMs: Number.POSITIVE_INFINITY,
  queueBytes: 131_072,
};

export interface PathCounts {
  /** Packets sent, and their bytes. */
  packets: number;
  bytes: number;
  /** Randomly lost. */
  lost: number;
  /** Dropped by the full queue. */
  overflowed: number;
  delivered: number;
}

interface Waiting {
  atMs: number;
  deliver: () => void;
}

/** One direction of a simulated link. */
export class ShapedPath implements Disposable {
  readonly shape: PathShape;
  readonly counts: PathCounts = { packets: 0, bytes: 0, lost: 0, overflowed: 0, delivered: 0 };
  /** Called for each packet that is queued, with its time in the queue, ms, without its own transmission. */
  onWait: ((waitMs: number, bytes: number) => void) | null = null;
  readonly #random: () => number;
  readonly #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** End of the transmission of the queued packets, `performance.now()`. */
  #busyUntilMs = 0;
  #lastAtMs = 0;

  /** @param random source of loss and jitter, 0 to 1 */
  constructor(shape: Partial<PathShape>, random: () => number) {
    this.shape = { ...CLEAR_PATH, ...shape };
    this.#random = random;
  }

  /** Sends a packet; calls `deliver` when it arrives, or never. */
  send(bytes: number, deliver: () => void): void {
    const { loss, delayMs, jitterMs, bytesPerMs, queueBytes } = this.shape;
    const now = performance.now();
    this.counts.packets++;
    this.counts.bytes += bytes;
    // Both numbers are always drawn, so that the same seed loses the same packets with any shape.
    const [lossDraw, jitterDraw] = [this.#random(), this.#random()];
    if (lossDraw < loss) {
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
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#busyUntilMs + delayMs + jitterMs * jitterDraw);
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
