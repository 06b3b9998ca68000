import { describe, expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { wakeWord, watchWord } from "../../src/native/word-watch.ts";
import { CreatedSegments } from "./created-segments.ts";
import { nativeThreads, openDescriptors, startFixture } from "./processes.ts";

const segments = new CreatedSegments();
const create = () => segments.create(8192);

/** Values reported by a watch, to be awaited one by one. */
class Reports {
  readonly all: number[] = [];
  #waiting: (() => void) | undefined;

  readonly push = (value: number): void => {
    this.all.push(value);
    this.#waiting?.();
  };

  async until(value: number): Promise<void> {
    while (this.all.at(-1) !== value) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}

describe("a watch", () => {
  for (const mode of ["futex", "poll"] as const) {
    test(`a ${mode} watch reports each change by another process`, async () => {
      const memory = create();
      const reports = new Reports();
      const watch = watchWord(memory, 0, mode, reports.push);
      const { child } = startFixture("wake-word.ts", [memory.name, mode === "poll" ? "store" : "wake"]);
      for (let value = 1; value <= 20; ++value) {
        child.stdin.write(`${value}\n`);
        child.stdin.flush();
        await reports.until(value);
      }
      watch.close();
      child.stdin.end();
      await child.exited;
      expect(reports.all).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });
  }

  test("changes while this thread is busy are reported together, with the newest value", async () => {
    const memory = create();
    const reports = new Reports();
    const watch = watchWord(memory, 4, "futex", reports.push);
    for (let count = 0; count < 1000; ++count) wakeWord(memory, 4);
    await reports.until(1000);
    watch.close();
    // One, or two if the native thread was still behind at the first.
    expect(reports.all.length).toBeLessThan(5);
  });

  test("a watch reports neither the initial value nor changes after close", async () => {
    const memory = create();
    wakeWord(memory, 0);
    const reports = new Reports();
    const watch = watchWord(memory, 0, "futex", reports.push);
    wakeWord(memory, 0);
    await reports.until(2);
    wakeWord(memory, 0);
    watch.close();
    watch.close();
    const second = new Reports();
    const other = watchWord(memory, 0, "futex", second.push);
    wakeWord(memory, 0);
    await second.until(4);
    other.close();
    expect(reports.all).toEqual([2]);
  });

  test("a watch outlives the segment's handle, and can be closed by its own callback", async () => {
    const memory = create();
    const other = SharedMemory.attach(memory.name, { readOnly: true });
    const { promise, resolve } = Promise.withResolvers<number>();
    const watch = watchWord(other, 4096, "futex", (value) => {
      watch.close();
      resolve(value);
    });
    other.close();
    wakeWord(memory, 4096);
    expect(await promise).toBe(1);
  });

  test("a closed watch leaves no thread and no descriptor", () => {
    const memory = create();
    const [threads, descriptors] = [nativeThreads().length, openDescriptors()];
    for (let round = 0; round < 50; ++round) {
      const watches = (["futex", "poll"] as const).map((mode) => watchWord(memory, 0, mode, () => {}));
      if (round === 0) expect(nativeThreads().length - threads).toBe(2);
      for (const watch of watches) watch.close();
    }
    expect(nativeThreads().length).toBe(threads);
    // Descriptors of earlier tests may be closed meanwhile.
    expect(openDescriptors()).toBeLessThanOrEqual(descriptors);
  });

  test("a watch survives that its segment is truncated and extended again", async () => {
    for (const mode of ["futex", "poll"] as const) {
      const memory = create();
      const reports = new Reports();
      const watch = watchWord(memory, 4096, mode, reports.push);
      truncateSync(`/dev/shm/${memory.name}`, 0);
      await Bun.sleep(20);
      truncateSync(`/dev/shm/${memory.name}`, 8192);
      wakeWord(memory, 4096);
      await reports.until(1);
      watch.close();
    }
  });

  test("a watch does not keep the process alive", async () => {
    const script = new URL("fixtures/watch-and-end.ts", import.meta.url).pathname;
    const child = Bun.spawn([process.execPath, script], { stdout: "pipe", stderr: "pipe" });
    expect(await new Response(child.stderr).text()).toBe("");
    expect(await child.exited).toBe(0);
  });
});

test("a word outside the segment is an error", () => {
  const memory = create();
  for (const offset of [2, 8190, 8192, 1e9]) {
    expect(() => watchWord(memory, offset, "poll", () => {})).toThrow(SharedMemoryError);
    expect(() => wakeWord(memory, offset)).toThrow(`has no 32-bit word at byte ${offset}.`);
  }
  const reader = SharedMemory.attach(memory.name, { readOnly: true });
  expect(() => wakeWord(reader, 0)).toThrow("is attached read-only");
  reader.close();
});
