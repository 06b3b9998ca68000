/** Source of time: {@link browserClock} in the page, a manual clock in tests. */
export interface Clock {
  /** Monotonic time, ms. */
  now(): number;
  /** Calls `task` once after `ms`; returns a function that cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Calls `task` once before the browser's next paint; returns a function that cancels it. */
  beforePaint(task: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  beforePaint(task) {
    const request = requestAnimationFrame(task);
    return () => cancelAnimationFrame(request);
  },
};
