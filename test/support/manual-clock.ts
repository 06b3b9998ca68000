import { spyOn } from "bun:test";

/** Replaces performance.now() by `now`, ms, until it is disposed of. */
export function manualClock(): { now: number } & Disposable {
  const clock = { now: 1, [Symbol.dispose]: () => spy.mockRestore() };
  const spy = spyOn(performance, "now").mockImplementation(() => clock.now);
  return clock;
}
