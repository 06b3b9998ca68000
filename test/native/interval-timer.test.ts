import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { NativeLibraryError } from "../../src/native/errors.ts";
import { startTicks } from "../../src/native/interval-timer.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { openDescriptors, timerThreads, untilTimerThreads } from "./process-facts.ts";

// Terminating Workers, and building an executable, take long on a busy machine.
setDefaultTimeout(60_000);

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname;

/** Resolves at the `count`th tick, and fails at a further one. */
function ticked(ms: number, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let ticks = 0;
  const timer = startTicks(ms, () => {
    if (++ticks < count) return;
    timer.close();
    timer.close();
    resolve();
  });
  return promise;
}

test("a native thread ticks again and again, also several at once, until it is closed, which its tick may do", async () => {
  await untilTimerThreads(0);
  const all = Promise.all([ticked(1, 20), ticked(2, 10), ticked(0.5, 5)]);
  expect(timerThreads()).toBe(3);
  await all;
  await untilTimerThreads(0);
});

test("ticks that came while this thread was busy are one call", async () => {
  const period = 10;
  const missed = 10;
  const start = performance.now();
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = startTicks(period, () => {
    if (++calls === 2) {
      const until = performance.now() + missed * period;
      while (performance.now() < until);
    }
    if (calls === 12) resolve();
  });
  await promise;
  timer.close();
  const ticks = Math.floor((performance.now() - start) / period);
  // One call for those that were missed, and one more where the native thread itself came late.
  expect(calls).toBeLessThanOrEqual(ticks - missed + 3);
});

test("a tick that throws is uncaught, and the other timers of its thread tick on", async () => {
  const { exitCode, stdout } = await runFixture("throwing-tick.ts");
  expect([stdout, exitCode]).toEqual(["uncaught: first\nboth went on\n", 0]);
});

test("a thousand timers made and closed leave no thread and no descriptor", async () => {
  startTicks(1, () => {}).close();
  await untilTimerThreads(0);
  const descriptors = openDescriptors();
  for (let round = 0; round < 100; round++) {
    const timers = Array.from({ length: 10 }, (_, index) => startTicks(0.2 + index, () => {}));
    expect(timerThreads()).toBeGreaterThanOrEqual(10);
    for (const timer of timers) timer.close();
  }
  await untilTimerThreads(0);
  expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
});

test("Workers that end while they tick, terminated or by themselves, take their threads with them and nothing else", async () => {
  const { exitCode, stdout } = await runFixture("end-ticking-workers.ts");
  expect([stdout, exitCode]).toEqual(["no thread is left\n", 0]);
});

test.each(["", "exit"])("it does not keep the process alive, nor disturb its end (%p)", async (how) => {
  expect(await runFixture("tick-and-end.ts", how)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

test("in a compiled executable it ticks, in its Workers too", async () => {
  using directory = new TemporaryDirectory();
  const outfile = join(directory.path, "ticking");
  const built = await Bun.build({
    entrypoints: [fixture("end-ticking-workers.ts"), fixture("ticking-worker.ts")],
    compile: { outfile },
  });
  expect(built.success).toBeTrue();
  const { exitCode, stdout } = await runCommand([outfile], { XDG_CACHE_HOME: directory.path });
  expect([stdout, exitCode]).toEqual(["no thread is left\n", 0]);
});

test("a period that no timer has is refused", () => {
  for (const ms of [0, -1, 2 ** 31]) {
    expect(() => startTicks(ms, () => {})).toThrow(NativeLibraryError);
    expect(() => startTicks(ms, () => {})).toThrow("a timer's period is 1 to 2147483647000000 ns");
  }
});

function runFixture(name: string, ...args: string[]) {
  return runCommand([process.execPath, fixture(name), ...args]);
}

async function runCommand(command: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn(command, { env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}
