import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { NativeLibraryError } from "../../src/native/errors.ts";
import { startTicks } from "../../src/native/interval-timer.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { openDescriptors, timerThreads, untilTimerThreads } from "./processes.ts";

// Terminating Workers and building an executable are slow on a busy machine.
setDefaultTimeout(60_000);

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname;

/** Starts a timer; closes it and resolves at its `count`th tick. */
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

test("concurrent native timers tick until they are closed, also from their own tick", async () => {
  await untilTimerThreads(0);
  const all = Promise.all([ticked(1, 20), ticked(2, 10), ticked(0.5, 5)]);
  expect(timerThreads()).toBe(3);
  await all;
  await untilTimerThreads(0);
});

test("ticks missed while this thread was busy result in one call", async () => {
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
  // One call for the missed ticks, and one more if the native thread itself was late.
  expect(calls).toBeLessThanOrEqual(ticks - missed + 3);
});

test("an exception of a tick is uncaught, and the other timers continue", async () => {
  const { exitCode, stdout } = await runFixture("throwing-tick.ts");
  expect([stdout, exitCode]).toEqual(["uncaught: first, second; both timers continued\n", 0]);
});

test("a thousand closed timers leave no thread and no descriptor", async () => {
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

test("a Worker that ends while its timers tick ends their threads and nothing else", async () => {
  const { exitCode, stdout } = await runFixture("end-ticking-workers.ts");
  expect([stdout, exitCode]).toEqual(["no thread is left\n", 0]);
});

test.each(["", "exit"])(
  "a timer neither keeps the process alive nor disturbs its exit (%p)",
  async (ending) => {
    expect(await runFixture("tick-and-end.ts", ending)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  },
);

test("timers tick in a compiled executable and its Workers", async () => {
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

test("an invalid timer period is an error", () => {
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
