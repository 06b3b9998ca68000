import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { IntervalTimer, IntervalTimerThreading } from "../../src/fury/interval-timer.ts";
import { openDescriptors, timerThreads, untilTimerThreads } from "../native/processes.ts";
import { severalTicks } from "./stream-options.ts";

setDefaultTimeout(60_000);

function busyFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe.each([
  { name: "IntervalTimer", Timer: IntervalTimer },
  { name: "IntervalTimerThreading", Timer: IntervalTimerThreading },
])("$name", ({ name, Timer }) => {
  test("a timer runs from its construction, calls with its arguments, and makes no call after stop", async () => {
    const calls: number[] = [];
    const ticked = Promise.withResolvers<void>();
    const timer = new Timer(
      0.001,
      (list: number[], step: number) => {
        if (list.push(list.length * step) === 5) ticked.resolve();
      },
      calls,
      10,
    );
    expect(timer.isRunning).toBeTrue();
    await ticked.promise;
    timer.stop();
    timer.stop();
    expect(timer.isRunning).toBeFalse();
    const count = calls.length;
    expect(calls.slice(0, 5)).toEqual([0, 10, 20, 30, 40]);
    await severalTicks();
    expect(calls.length).toBe(count);
  });

  test("start of a running timer does nothing, and after stop it resumes the timer", async () => {
    let calls = 0;
    let ticked = Promise.withResolvers<void>();
    using timer = new Timer(0.001, () => {
      calls++;
      ticked.resolve();
    });
    for (let again = 0; again < 50; again++) timer.start();
    await ticked.promise;
    timer.stop();
    const count = calls;
    await severalTicks();
    expect(calls).toBe(count);
    ticked = Promise.withResolvers();
    timer.start();
    expect(timer.isRunning).toBeTrue();
    await ticked.promise;
    expect(calls).toBeGreaterThan(count);
  });

  test("a timer makes no call after stop, not even a due one, nor after a using block", async () => {
    let calls = 0;
    const timer = new Timer(0.001, () => calls++);
    busyFor(10);
    timer.stop();
    {
      using _timer = new Timer(0.001, () => calls++);
      busyFor(10);
    }
    await severalTicks();
    expect(calls).toBe(0);
  });

  test("the callback of a timer may stop and start it", async () => {
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = new Timer(0.001, () => {
      timer.stop();
      if (++calls < 10) timer.start();
      else resolve();
    });
    await promise;
    await severalTicks();
    expect([calls, timer.isRunning]).toEqual([10, false]);
  });

  test("a thousand timers leave no thread and no file descriptor", async () => {
    new Timer(1, () => {}).stop();
    const descriptors = openDescriptors();
    for (let round = 0; round < 1000; round++) new Timer(0.001 + round, () => {}).stop();
    await untilTimerThreads(0);
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
  });

  test("invalid intervals are refused with a message", () => {
    for (const seconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483.648]) {
      expect(() => new Timer(seconds, () => {})).toThrow(
        `An interval must be more than 0 s and at most 2147483.647 s; it is ${seconds}. Give it in seconds.`,
      );
      expect(() => new Timer(seconds, () => {})).toThrow(RangeError);
    }
    for (const seconds of [1e-300, 2_147_483.647]) new Timer(seconds, () => {}).stop();
  });

  test("an error of a timer callback is an uncaught exception, and if handled the timer keeps running", async () => {
    const handled = await run("throwing-timer.ts", name, "listen");
    expect(handled).toMatchObject({
      exitCode: 0,
      stdout: "uncaught: the third call\nstopped at the sixth call\n",
    });
    const unhandled = await run("throwing-timer.ts", name);
    expect([unhandled.exitCode, unhandled.stdout]).toEqual([1, ""]);
    expect(unhandled.stderr).toContain("error: the third call");
  });
});

test("missed ticks of a native timer are one call after a busy event loop", async () => {
  const period = 10;
  const missed = 10;
  const start = performance.now();
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  using _timer = new IntervalTimerThreading(period / 1000, () => {
    if (++calls === 12) resolve();
  });
  setTimeout(() => busyFor(missed * period));
  await promise;
  const ticks = Math.floor((performance.now() - start) / period);
  // One call for all missed ticks, and one more if the native thread itself was late.
  expect(calls).toBeLessThanOrEqual(ticks - missed + 3);
});

test("timers in a Worker call back on its thread, and end when the Worker is terminated", async () => {
  await untilTimerThreads(0);
  const worker = new Worker(new URL("programs/timer-worker.ts", import.meta.url).href);
  const messages: string[] = [];
  await new Promise<void>((resolve) => {
    worker.addEventListener("message", ({ data }: MessageEvent<string>) => {
      if (messages.push(data) === 2) resolve();
    });
  });
  expect(messages.sort()).toEqual([
    "IntervalTimer in the main thread: false",
    "IntervalTimerThreading in the main thread: false",
  ]);
  expect(timerThreads()).toBe(1);
  const closed = new Promise((resolve) => worker.addEventListener("close", resolve));
  worker.terminate();
  await closed;
  await untilTimerThreads(0);
});

async function run(name: string, ...args: string[]) {
  const program = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  const child = Bun.spawn([process.execPath, program, ...args], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}
