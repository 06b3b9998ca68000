import { expect, test } from "bun:test";
import { type LoopFrame, RenderLoop, type RenderLoopOptions } from "../../src/stream/render-loop.ts";

/** A loop that notes its frames, and lets one wait for the next. */
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

test("it renders one frame at the start, in full quality, though nobody looks, and then none", async () => {
  const { loop, frames, next } = loopWith();
  const first = next();
  loop.start();
  await first;
  expect([stills(frames), loop.busy, loop.frames]).toEqual([[true], false, 1]);
  loop.invalidate();
  expect(loop.busy).toBeFalse();
});

test("a change is rendered at once, and in full quality when the view has come to rest; then nothing is left to do", async () => {
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

test("what changed while nobody looked is rendered when somebody does", async () => {
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

test("a hundred changes between two frames are one frame", async () => {
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

test("what moves by itself is rendered on and on while somebody looks, and its time stands still while nobody does", async () => {
  const { loop, frames, next } = loopWith({ isAnimated: () => true, framesPerSecond: 500 });
  loop.viewers = 1;
  loop.start();
  while (frames.length < 5) await next();
  loop.viewers = 0;
  expect(loop.busy).toBeFalse();
  const paused = frames.at(-1)?.seconds ?? 0;
  const before = performance.now();
  await Bun.sleep(50); // time that must not count
  const slept = (performance.now() - before) / 1000;
  const resumedAt = performance.now();
  const resumed = next();
  loop.viewers = 1;
  const { seconds } = await resumed;
  // At most the little that went by since the last frame before the pause, and since the resume.
  expect(seconds - paused).toBeLessThan(slept + (performance.now() - resumedAt) / 1000);
  expect(seconds).toBeGreaterThanOrEqual(paused);
  const times = frames.map((frame) => frame.seconds);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(frames.some((frame) => frame.still)).toBeFalse();
  loop.stop();
  expect(loop.busy).toBeFalse();
});

test("when what moved has come to its end, one frame in full quality follows", async () => {
  let alive = true;
  const { loop, frames, next } = loopWith({ isAnimated: () => alive, framesPerSecond: 500 });
  loop.viewers = 1;
  loop.start();
  while (frames.length < 3) await next();
  alive = false;
  while (!frames.at(-1)?.still) await next();
  expect([stills(frames).filter(Boolean).length, loop.busy]).toEqual([1, false]);
});

test("a frame is told whether somebody steers, or it only moves by itself", async () => {
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

test("frames come no faster than the rate asked for, on average", async () => {
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

test("stop holds back what was due and says whether it ran; start goes on", async () => {
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

test("rates and rests that cannot be are refused", () => {
  expect(() => loopWith({ framesPerSecond: 0 })).toThrow("framesPerSecond must be more than 0; it is 0.");
  expect(() => loopWith({ stillDelayMs: -1 })).toThrow("stillDelayMs must be 0 or more; it is -1.");
});
