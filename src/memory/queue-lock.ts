/**
 * How long a lock may stay set, with nothing moving under it, before its holder is taken for dead, ms. A live holder needs
 * 1 us, but an overloaded machine may interrupt it right then for some 100 ms.
 */
export const STALE_LOCK_MS = 1000;

/** How many looks must have found it so. */
const STALE_LOOKS = 5;

/**
 * How long a fresh lock is watched before it counts, in microseconds. FURY looks at the word and then sets it, two
 * steps some 0.3 us apart in CPython; one that looked before us has overwritten our token by then, and we step back.
 */
const SETTLE_US = 5;

/** Pause between two looks at a lock that another holds, ms. */
const PAUSE_MS = 0.2;

const FREE = 0;

/** Main thread included, Bun lets a thread wait; nothing ever wakes this word, so it only measures time. */
const pauseWord = new Int32Array(new SharedArrayBuffer(4));

/**
 * The lock of FURY's queue: one int32 that is 0 when free. FURY itself writes 1; we write a token of our own, which
 * every FURY program takes for locked, and which shows us when one that races with us has overwritten it.
 */
export class QueueLock {
  readonly #words: Int32Array<ArrayBufferLike>;
  readonly #index: number;
  /** What the word is while it is locked here. Never 0 or FURY's 1; random, so that two holders tell their locks apart. */
  readonly token: number = randomToken();
  /** The lock, head and tail as they were at the last looks that found the lock set. */
  #seen = "";
  #firstLook = 0;
  #lastLook = 0;
  #looks = 0;
  #broken = 0;

  /** `words`: head, tail and lock; the lock is the word at `index`. */
  constructor(words: Int32Array<ArrayBufferLike>, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** How many stale locks were broken here. */
  get broken(): number {
    return this.#broken;
  }

  isUnlocked(): boolean {
    return Atomics.load(this.#words, this.#index) === FREE;
  }

  /** Takes the lock if it is free, or stale; false if another holds it. Never waits. */
  tryAcquire(): boolean {
    const value = Atomics.load(this.#words, this.#index);
    if (value !== FREE && !this.#isStale(value)) return false;
    if (Atomics.compareExchange(this.#words, this.#index, value, this.token) !== value) return false;
    this.#seen = "";
    if (value !== FREE) this.#broken++;
    const settled = Bun.nanoseconds() + SETTLE_US * 1000;
    while (Bun.nanoseconds() < settled);
    return this.holds();
  }

  /** Takes the lock, waiting while another holds it: at most until that one counts as dead. False after that bound. */
  acquire(): boolean {
    const deadline = performance.now() + 2 * STALE_LOCK_MS;
    for (;;) {
      if (this.tryAcquire()) return true;
      if (performance.now() > deadline) return false;
      Atomics.wait(pauseWord, 0, 0, PAUSE_MS);
    }
  }

  /** Whether the lock is still ours: nobody took it for stale, and no FURY program ran over it. */
  holds(): boolean {
    return Atomics.load(this.#words, this.#index) === this.token;
  }

  /** Gives the lock back; leaves it alone where it is no longer ours. */
  release(): void {
    Atomics.compareExchange(this.#words, this.#index, this.token, FREE);
  }

  /** Stale: found set and unchanged, with head and tail unchanged too, by every one of many looks in a row. */
  #isStale(lock: number): boolean {
    const seen = `${lock} ${Atomics.load(this.#words, 0)} ${Atomics.load(this.#words, 1)}`;
    const now = performance.now();
    // After a long gap between looks the lock may have been free meanwhile: it proves nothing.
    if (seen !== this.#seen || now - this.#lastLook > STALE_LOCK_MS / 4) {
      this.#seen = seen;
      this.#firstLook = now;
      this.#looks = 0;
    }
    this.#lastLook = now;
    this.#looks++;
    return this.#looks >= STALE_LOOKS && now - this.#firstLook > STALE_LOCK_MS;
  }
}

/** 2 to 2^31 - 1. */
function randomToken(): number {
  const [bits = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Math.max(2, bits >>> 1);
}
