/** Where time comes from. The page uses {@link browserClock}; a test brings its own and needs no waiting. */
export interface Clock {
  /** ms, never going back. */
  now(): number;
  /** Calls `task` once after `ms`; returns what takes it back. */
  after(ms: number, task: () => void): () => void;
  /** Calls `task` once before the next picture is painted; returns what takes it back. */
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
