import { expect, test } from "bun:test";
import {
  type AnimationTime,
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

  /** Advances the clock to the next callback and runs it. */
  runNext(): void {
    this.advance((this.#scheduled?.at ?? this.#now) - this.#now, 1);
  }

  /** Runs the callbacks that are due within `ms`, each at its time. */
  advance(ms: number, limit = Number.POSITIVE_INFINITY): void {
    const end = this.#now + ms;
    for (let next = this.#scheduled, runs = 0; next !== null && next.at <= end && runs < limit; runs++) {
      this.#scheduled = null;
      this.#now = next.at;
      next.callback();
      next = this.#scheduled;
    }
    this.#now = end;
  }
}

/** A loop on a manual clock, and the frames that it renders. */
function loopWith(options: Omit<RenderLoopOptions, "renderFrame"> = {}) {
  const frames: LoopFrame[] = [];
  const clock = new ManualClock();
  const renderFrame = (frame: LoopFrame) => void frames.push(frame);
  const loop = new RenderLoop({ stillDelayMs: 5, clock, ...options, renderFrame });
  return { loop, frames, clock };
}

const stills = (frames: LoopFrame[]) => frames.map((frame) => frame.still);

test("without viewers the loop renders one full-quality frame at the start and then none", () => {
  const { loop, frames, clock } = loopWith();
  loop.start();
  clock.advance(0);
  expect([stills(frames), loop.busy, loop.frames]).toEqual([[true], false, 1]);
  loop.invalidate();
  expect(loop.busy).toBeFalse();
});

test("a change is rendered immediately, then in full quality when the view is still, and then nothing more", () => {
  const { loop, frames, clock } = loopWith();
  loop.viewers = 1;
  loop.start();
  clock.advance(0);
  expect(loop.busy).toBeFalse();
  clock.advance(100);
  loop.invalidate();
  clock.advance(0);
  expect([stills(frames), loop.busy]).toEqual([[true, false], true]);
  clock.advance(1000);
  expect([stills(frames), loop.busy]).toEqual([[true, false, true], false]);
});

test("a change without viewers is rendered when a viewer arrives", () => {
  const { loop, frames, clock } = loopWith();
  loop.start();
  clock.advance(0);
  loop.invalidate();
  loop.invalidate();
  expect([loop.busy, frames.length]).toEqual([false, 1]);
  loop.viewers = 2;
  clock.advance(1000);
  expect([stills(frames), loop.busy]).toEqual([[true, false, true], false]);
  loop.viewers = 0;
  loop.viewers = 1;
  expect([loop.busy, frames.length]).toEqual([false, 3]); // nothing changed: the frame is still valid
});

test("a hundred changes between two frames are rendered as one frame", () => {
  const { loop, frames, clock } = loopWith({ stillDelayMs: 1000 });
  loop.viewers = 1;
  loop.start();
  clock.advance(0);
  for (let change = 0; change < 100; change++) loop.invalidate();
  clock.advance(100);
  expect(stills(frames)).toEqual([true, false]);
});

test("an animation is rendered continuously with viewers, and its time is paused without viewers", () => {
  const { loop, frames, clock } = loopWith({ isAnimated: () => true, framesPerSecond: 500 });
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

test("says when the animation begins to play, and for how long it had played when it stops", () => {
  const reports: AnimationTime[] = [];
  let isAnimated = true;
  const { loop, clock } = loopWith({
    isAnimated: () => isAnimated,
    onAnimation: (time) => void reports.push(time),
    framesPerSecond: 500,
  });
  loop.start();
  clock.advance(30);
  expect(reports).toEqual([]);
  loop.viewers = 1;
  clock.advance(20);
  loop.viewers = 0;
  clock.advance(50);
  loop.viewers = 1;
  clock.advance(20);
  isAnimated = false;
  loop.invalidate();
  clock.advance(1000);
  expect(reports.map(({ isRunning }) => isRunning)).toEqual([true, false, true, false]);
  const [, first = Number.NaN, second, third] = reports.map(({ seconds }) => seconds);
  expect(first).toBeCloseTo(0.02, 9);
  expect([second, third]).toEqual([first, expect.closeTo(0.04, 2)]);
});

test("after an animation ends, one full-quality frame follows", () => {
  let isAnimated = true;
  const { loop, frames, clock } = loopWith({ isAnimated: () => isAnimated, framesPerSecond: 500 });
  loop.viewers = 1;
  loop.start();
  clock.advance(10);
  expect(frames.length).toBeGreaterThanOrEqual(3);
  isAnimated = false;
  clock.advance(1000);
  expect([stills(frames).filter(Boolean).length, frames.at(-1)?.still, loop.busy]).toEqual([1, true, false]);
});

test("a frame knows whether the view is steered or only animated", () => {
  let isAnimated = true;
  const { loop, frames, clock } = loopWith({
    isAnimated: () => isAnimated,
    framesPerSecond: 500,
    stillDelayMs: 20,
  });
  loop.viewers = 1;
  loop.start();
  clock.advance(0);
  loop.invalidate();
  clock.advance(1);
  expect(frames.map((frame) => frame.steered)).toEqual([false, true]);
  clock.advance(30);
  expect(frames.at(-1)).toMatchObject({ still: false, steered: false });
  isAnimated = false;
  clock.advance(1000);
  expect(frames.at(-1)).toMatchObject({ still: true, steered: false });
});

test("frames are rendered on average no faster than framesPerSecond", () => {
  const { loop, frames, clock } = loopWith({ isAnimated: () => true, framesPerSecond: 20 });
  loop.viewers = 1;
  loop.start();
  clock.advance(1000);
  expect(frames.length).toBeWithin(20, 23);
});

test("with the system clock a frame is rendered, but not synchronously", async () => {
  const rendered = Promise.withResolvers<LoopFrame>();
  const loop = new RenderLoop({ renderFrame: (frame) => void rendered.resolve(frame) });
  loop.start();
  expect(loop.frames).toBe(0);
  expect(await rendered.promise).toMatchObject({ still: true });
});

test("stop cancels a pending frame and returns whether the loop ran; start resumes", () => {
  const { loop, frames, clock } = loopWith();
  loop.viewers = 1;
  expect(loop.stop()).toBeFalse();
  loop.start();
  loop.start();
  expect([loop.stop(), loop.busy, loop.stop(), frames.length]).toEqual([true, false, false, 0]);
  loop.invalidate();
  clock.advance(100);
  expect([loop.busy, frames.length]).toEqual([false, 0]);
  loop.start();
  clock.advance(0);
  expect(frames.length).toBe(1);
});

test("invalid rates and delays are refused", () => {
  expect(() => loopWith({ framesPerSecond: 0 })).toThrow("framesPerSecond must be more than 0; it is 0.");
  expect(() => loopWith({ stillDelayMs: -1 })).toThrow("stillDelayMs must be 0 or more; it is -1.");
});

/** Makes a loop whose full views take five steps, and a list of what it did. */
function loopWithSteps(options: Partial<RenderLoopOptions> = {}) {
  const done: string[] = [];
  const clock = new ManualClock();
  const loop = new RenderLoop({
    stillDelayMs: 5,
    clock,
    renderFrame({ still }) {
      if (!still) {
        done.push("draft");
        return undefined;
      }
      return (function* () {
        for (let step = 1; step <= 5; step++) {
          done.push(`step ${step}`);
          if (step < 5) yield;
        }
      })();
    },
    ...options,
  });
  return { loop, done, clock };
}

const ALL_STEPS = ["step 1", "step 2", "step 3", "step 4", "step 5"];

test("a progressive frame returns to the event loop after each step and counts as one frame", () => {
  const { loop, done, clock } = loopWithSteps();
  loop.start();
  clock.runNext();
  expect(done).toEqual(["step 1"]);
  clock.runNext();
  expect([done, loop.busy, loop.frames]).toEqual([["step 1", "step 2"], true, 1]);
  clock.advance(0);
  expect([done, loop.busy, loop.frames]).toEqual([ALL_STEPS, false, 1]);
});

test("a change between two steps abandons the progressive frame: a draft follows, then a new full view", () => {
  const { loop, done, clock } = loopWithSteps();
  loop.viewers = 1;
  loop.start();
  clock.advance(100);
  done.length = 0;
  loop.invalidate();
  clock.runNext();
  for (let step = 0; step < 3; step++) clock.runNext();
  expect(done).toEqual(["draft", "step 1", "step 2", "step 3"]);
  loop.invalidate();
  clock.runNext();
  expect(done.slice(4)).toEqual(["draft"]);
  clock.advance(1000);
  expect([done.slice(5), loop.busy]).toEqual([ALL_STEPS, false]);
});

test("a progressive frame pauses without viewers and while the loop is stopped, except for the first frame", () => {
  const { loop, done, clock } = loopWithSteps();
  loop.viewers = 1;
  loop.start();
  clock.advance(100);
  loop.invalidate();
  clock.runNext();
  clock.runNext();
  done.length = 0;
  loop.viewers = 0;
  expect(loop.busy).toBeFalse();
  loop.viewers = 1;
  clock.runNext();
  expect(done).toEqual(["step 2"]);
  loop.stop();
  expect(loop.busy).toBeFalse();
  loop.start();
  clock.advance(0);
  expect(done).toEqual(ALL_STEPS.slice(1));
});

test("a progressive frame ends when an animation starts or a step fails", () => {
  let isAnimated = false;
  const { loop, done, clock } = loopWithSteps({ isAnimated: () => isAnimated });
  loop.viewers = 1;
  loop.start();
  clock.runNext();
  isAnimated = true;
  clock.runNext();
  expect(done).toEqual(["step 1", "draft"]);
  isAnimated = false;
  clock.advance(1000);
  expect(done.slice(-5)).toEqual(ALL_STEPS);
  const failing = loopWithSteps({
    *renderFrame() {
      yield;
      throw new Error("lost");
    },
  });
  failing.loop.start();
  failing.clock.runNext();
  expect(() => failing.clock.runNext()).toThrow("lost");
  expect(failing.loop.busy).toBeFalse();
});
