/**
 * How long a lock must be set, with head and tail unchanged, before its holder counts as dead, ms. A live holder needs 1 us,
 * but an overloaded machine may interrupt it for about 100 ms.
 */
export const STALE_LOCK_MS = 1000;

/** Minimum number of observations of a stale lock. */
const MIN_OBSERVATIONS = 5;

/**
 * Time after which a lock that was just acquired counts as held, microseconds. FURY checks the word and then sets it, about
 * 0.3 us apart in CPython; a program that checked before this lock was acquired has overwritten the token by then.
 */
const SETTLE_US = 5;

/** Interval of checking a lock that another program holds, ms. */
const RETRY_MS = 0.2;

const FREE = 0;

/** A word that is never woken: Atomics.wait on it is a sleep. Bun allows that on the main thread too. */
const sleepWord = new Int32Array(new SharedArrayBuffer(4));

/**
 * The lock of FURY's queue: one int32 that is 0 when free. FURY writes 1; this class writes a token, which FURY programs
 * treat as locked, and which shows whether a racing program has overwritten it.
 */
export class QueueLock {
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #index: number;
  /** The word while it is locked here. Never 0 or FURY's 1; random, so that the locks of two holders differ. */
  readonly token: number = randomToken();
  /** Lock, head and tail at the last observations of a set lock. */
  #observed = "";
  #firstObservedAt = 0;
  #lastObservedAt = 0;
  #observations = 0;
  /** Number of stale locks that were broken here. */
  broken = 0;

  /** `words`: head, tail and lock; the lock is the word at `index`. */
  constructor(words: Int32Array<ArrayBufferLike>, index: number) {
    this.#words = words;
    this.#index = index;
  }

  isUnlocked(): boolean {
    return Atomics.load(this.#words, this.#index) === FREE;
  }

  /** Acquires the lock if it is free or stale; false if another program holds it. Never waits. */
  tryAcquire(): boolean {
    const value = Atomics.load(this.#words, this.#index);
    if (value !== FREE && !this.#isStale(value)) return false;
    if (Atomics.compareExchange(this.#words, this.#index, value, this.token) !== value) return false;
    this.#observed = "";
    if (value !== FREE) this.broken++;
    const settledAt = Bun.nanoseconds() + SETTLE_US * 1000;
    while (Bun.nanoseconds() < settledAt);
    return this.holds();
  }

  /** Acquires the lock, waiting for it up to twice {@link STALE_LOCK_MS}; false after that. */
  acquire(): boolean {
    const deadline = performance.now() + 2 * STALE_LOCK_MS;
    for (;;) {
      if (this.tryAcquire()) return true;
      if (performance.now() > deadline) return false;
      Atomics.wait(sleepWord, 0, 0, RETRY_MS);
    }
  }

  /** Whether the lock is still held here: no program broke it as stale, and no FURY program overwrote it. */
  holds(): boolean {
    return Atomics.load(this.#words, this.#index) === this.token;
  }

  /** Releases the lock; does nothing if it is no longer held here. */
  release(): void {
    Atomics.compareExchange(this.#words, this.#index, this.token, FREE);
  }

  /** Stale: set, with lock, head and tail unchanged, at each of several observations over {@link STALE_LOCK_MS}. */
  #isStale(lock: number): boolean {
    const observed = `${lock} ${Atomics.load(this.#words, 0)} ${Atomics.load(this.#words, 1)}`;
    const now = performance.now();
    // After a long gap between observations the lock may have been free in between.
    if (observed !== this.#observed || now - this.#lastObservedAt > STALE_LOCK_MS / 4) {
      this.#observed = observed;
      this.#firstObservedAt = now;
      this.#observations = 0;
    }
    this.#lastObservedAt = now;
    this.#observations++;
    return this.#observations >= MIN_OBSERVATIONS && now - this.#firstObservedAt > STALE_LOCK_MS;
  }
}

/** 2 to 2^31 - 1. */
function randomToken(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Math.max(2, bits >>> 1);
}
