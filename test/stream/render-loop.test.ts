import { expect, test } from "bun:test";
import {
  type LoopClock,
  type LoopFrame,
  RenderLoop,
  type RenderLoopOptions,
} from "../../src/stream/render-loop.ts";

/** A clock that moves only by {@link advance}. */
class ManualClock implements LoopClock {
  #now = 0;
  #scheduled: { at: number; callback: () => void } | null = null;

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): () => void {
    const scheduled = { at: this.#now + Math.max(0, ms), callback };
    this.#scheduled = scheduled;
    return () => {
      if (this.#scheduled === scheduled) this.#scheduled = null;
    };
  }

  /** Runs what is due within `ms`, each at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#scheduled; next !== null && next.at <= end; next = this.#scheduled) {
      this.#scheduled = null;
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}

/** A loop that records its frames; `next()` waits for the next one. */
function loopWith(options: Omit<RenderLoopOptions, "renderFrame"> = {}) {
  const frames: LoopFrame[] = [];
  let next = Promise.withResolvers<LoopFrame>();
  const loop = new RenderLoop({
    stillDelayMs: 5,
    ...options,
    renderFrame(frame) {
      frames.push(frame);
      const waiting = next;
      next = Promise.withResolvers();
      waiting.resolve(frame);
    },
  });
  return { loop, frames, next: () => next.promise };
}

const stills = (frames: LoopFrame[]) => frames.map((frame) => frame.still);

test("without viewers the loop renders one full-quality frame at the start and then none", async () => {
  const { loop, frames, next } = loopWith();
  const first = next();
  loop.start();
  await first;
  expect([stills(frames), loop.busy, loop.frames]).toEqual([[true], false, 1]);
  loop.invalidate();
  expect(loop.busy).toBeFalse();
});

test("a change is rendered immediately, then in full quality when the view is still, and then nothing more", async () => {
  const { loop, frames, next } = loopWith();
  loop.viewers = 1;
  const first = next();
  loop.start();
  await first;
  expect(loop.busy).toBeFalse();
  const moving = next();
  loop.invalidate();
  await moving;
  expect(loop.busy).toBeTrue();
  await next();
  expect([stills(frames), loop.busy]).toEqual([[true, false, true], false]);
});

test("a change without viewers is rendered when a viewer arrives", async () => {
  const { loop, frames, next } = loopWith();
  const first = next();
  loop.start();
  await first;
  loop.invalidate();
  loop.invalidate();
  expect([loop.busy, frames.length]).toEqual([false, 1]);
  const moving = next();
  loop.viewers = 2;
  await moving;
  await next();
  expect([stills(frames), loop.busy]).toEqual([[true, false, true], false]);
  loop.viewers = 0;
  loop.viewers = 1;
  expect([loop.busy, frames.length]).toEqual([false, 3]); // nothing changed: the frame is still there
});

test("a hundred changes between two frames are rendered as one frame", async () => {
  const { loop, frames, next } = loopWith({ stillDelayMs: 1000 });
  loop.viewers = 1;
  const first = next();
  loop.start();
  await first;
  const moving = next();
  for (let change = 0; change < 100; change++) loop.invalidate();
  await moving;
  expect(stills(frames)).toEqual([true, false]);
  loop.stop();
});

test("an animation is rendered continuously with viewers, and its time is paused without viewers", () => {
  const clock = new ManualClock();
  const { loop, frames } = loopWith({ isAnimated: () => true, framesPerSecond: 500, clock });
  loop.viewers = 1;
  loop.start();
  clock.advance(20);
  expect(frames.length).toBeGreaterThanOrEqual(10);
  loop.viewers = 0;
  expect(loop.busy).toBeFalse();
  const count = frames.length;
  clock.advance(50);
  expect(frames.length).toBe(count);
  loop.viewers = 1;
  clock.advance(0);
  expect(frames.length).toBe(count + 1);
  expect(frames.at(-1)?.seconds).toBeCloseTo(0.02, 9); // without the 50 ms that had no viewers
  clock.advance(20);
  const times = frames.map((frame) => frame.seconds);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)).toBeCloseTo(0.04, 2);
  expect(frames.some((frame) => frame.still)).toBeFalse();
  loop.stop();
  expect(loop.busy).toBeFalse();
});

test("after an animation ends, one full-quality frame follows", async () => {
  let alive = true;
  const { loop, frames, next } = loopWith({ isAnimated: () => alive, framesPerSecond: 500 });
  loop.viewers = 1;
  loop.start();
  while (frames.length < 3) await next();
  alive = false;
  while (!frames.at(-1)?.still) await next();
  expect([stills(frames).filter(Boolean).length, loop.busy]).toEqual([1, false]);
});

test("a frame knows whether the view is steered or only animated", async () => {
  let alive = true;
  const { loop, frames, next } = loopWith({
    isAnimated: () => alive,
    framesPerSecond: 500,
    stillDelayMs: 20,
  });
  const steered = () => frames.map((frame) => frame.steered);
  loop.viewers = 1;
  const first = next();
  loop.start();
  await first;
  const changed = next();
  loop.invalidate();
  await changed;
  expect(steered()).toEqual([false, true]);
  while (steered().at(-1)) await next();
  alive = false;
  while (!frames.at(-1)?.still) await next();
  expect(frames.at(-1)).toMatchObject({ still: true, steered: false });
});

test("frames are rendered on average no faster than framesPerSecond", async () => {
  const { loop, frames, next } = loopWith({ isAnimated: () => true, framesPerSecond: 20 });
  loop.viewers = 1;
  loop.start();
  await next();
  const start = performance.now();
  for (let frame = 0; frame < 8; frame++) await next();
  const took = performance.now() - start;
  loop.stop();
  expect(frames.length).toBe(9);
  // One may come half an interval sooner where one before it came late; timers a few ms early, and late as they like.
  expect(took).toBeGreaterThan(7.5 * 50 - 20);
});

test("stop cancels a pending frame and returns whether the loop ran; start resumes", async () => {
  const { loop, frames, next } = loopWith();
  loop.viewers = 1;
  expect(loop.stop()).toBeFalse();
  loop.start();
  loop.start();
  expect([loop.stop(), loop.busy, loop.stop(), frames.length]).toEqual([true, false, false, 0]);
  loop.invalidate();
  expect(loop.busy).toBeFalse();
  const first = next();
  loop.start();
  await first;
  expect(frames.length).toBe(1);
  loop.stop();
});

test("invalid rates and delays are refused", () => {
  expect(() => loopWith({ framesPerSecond: 0 })).toThrow("framesPerSecond must be more than 0; it is 0.");
  expect(() => loopWith({ stillDelayMs: -1 })).toThrow("stillDelayMs must be 0 or more; it is -1.");
});
