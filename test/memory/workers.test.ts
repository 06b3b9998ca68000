import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ArrayCircularQueue } from "../../src/fury/circular-queue.ts";
import { RawArrayImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { nativeThreads } from "../native/processes.ts";
import { firstWrongFrame, LARGEST, nextTurn, writeFrame, writeFrames } from "./changing-frames.ts";
import type { WorkerTask } from "./programs/memory-worker.ts";

// Starting Workers is slow on a busy machine.
setDefaultTimeout(60_000);

/** A Worker that runs a task, and its messages. */
class TaskWorker {
  readonly #worker = new Worker(new URL("programs/memory-worker.ts", import.meta.url).href);
  readonly #messages: unknown[] = [];
  #onMessage: (() => void) | null = null;

  readonly #closed = new Promise((resolve) => this.#worker.addEventListener("close", resolve));

  constructor(task: WorkerTask) {
    this.#worker.addEventListener("message", ({ data }) => {
      this.#messages.push(data);
      this.#onMessage?.();
    });
    this.#worker.addEventListener("error", ({ message }) => {
      this.#messages.push(message);
      this.#onMessage?.();
    });
    this.#worker.postMessage(task);
  }

  /** Its next message. */
  async next(): Promise<unknown> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.#messages.shift();
  }

  /** May be called twice. */
  async terminate(): Promise<void> {
    this.#worker.terminate();
    await this.#closed;
  }
}

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Image buffers and a queue, and a function that starts Workers on them. */
function setUp(numBuffers = 2, maxSize = 10) {
  const images = new RawArrayImageBufferManager({ maxWindowSize: LARGEST, numBuffers });
  const queue = new ArrayCircularQueue({ maxSize });
  cleanups.push(
    () => images.close(),
    () => queue.cleanup(),
  );
  const start = (task: WorkerTask["task"], options: Partial<WorkerTask> = {}) => {
    const worker = new TaskWorker({ task, images: images.buffers, queue: queue.buffers, ...options });
    cleanups.unshift(() => worker.terminate());
    return worker;
  };
  return { images, queue, start };
}

describe("frames", () => {
  test.each([1, 2, 8])(
    "frames that a Worker writes at full speed into %i buffers are read without tearing",
    async (numBuffers) => {
      const { images, start } = setUp(numBuffers);
      start("writeFrames");
      expect(await firstWrongFrame(images, 200)).toBeNull();
    },
  );

  test.each([1, 2, 8])(
    "frames written into %i buffers are read by a Worker without tearing",
    async (numBuffers) => {
      const { images, start } = setUp(numBuffers);
      const reader = start("readFrames");
      let done = false;
      const written = writeFrames(images, () => done);
      cleanups.unshift(() => {
        done = true;
        return written;
      });
      expect(await reader.next()).toBeNull();
    },
  );

  test.each([2, 3])(
    "frames that a Worker writes into %i plain FURY buffers are read without tearing",
    async (numBuffers) => {
      const { queue, start } = setUp();
      // As FURY's: without space for the extension.
      const infoBuffer = new SharedArrayBuffer((4 + 2 * numBuffers) * 4);
      new Uint32Array(infoBuffer).set([2 + 2 * numBuffers, 1]);
      const imageBuffers = Array.from({ length: numBuffers }, () => new SharedArrayBuffer(640 * 360 * 3));
      using images = new RawArrayImageBufferManager({ imageBuffers, infoBuffer });
      start("writeFrames", { images: images.buffers, queue: queue.buffers });
      const values = new Set<number>();
      for (let complete = 0; complete < 200 || values.size < 20; ) {
        const frame = images.read();
        if (frame === null) {
          await nextTurn();
          continue;
        }
        const [value = -1] = frame.data;
        expect(Buffer.alloc(frame.data.length, value).equals(frame.data)).toBeTrue();
        expect(frame.width).toBe(value % 2 === 0 ? 640 : 320);
        complete++;
        if (values.has(value)) await nextTurn();
        values.add(value);
      }
    },
  );

  test("frames that one Worker writes reach another Worker", async () => {
    const { start } = setUp();
    const reader = start("readFrames");
    start("writeFrames");
    expect(await reader.next()).toBeNull();
  });

  test("frames wake the watches of the program and of its Worker", async () => {
    const { images, start } = setUp();
    const watcher = start("watch");
    expect(await watcher.next()).toBe("ready");
    writeFrame(images, 1);
    expect(await watcher.next()).toEqual({ frame: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = images.watchFrames(() => {
      if (images.read()?.frame === 11) resolve();
    });
    expect(await start("writeTenFrames").next()).toBe("written");
    await promise;
    watch.close();
  });
});

describe("events", () => {
  test("events wake the Worker that waits for them", async () => {
    const { images, queue, start } = setUp();
    const renderer = start("watch");
    expect(await renderer.next()).toBe("ready");
    for (let index = 1; index <= 20; index++) {
      queue.enqueue([2, 0, 0, 0, 0, 0, index, 0]);
      images.wakeRenderer();
      expect(await renderer.next()).toEqual({ event: index });
    }
  });
});

describe("terminated Workers", () => {
  test("a Worker terminated in the middle of a frame leaves the previous frame readable, and another continues", async () => {
    const { images, start } = setUp();
    const writer = start("writeHalfAFrame");
    expect(await writer.next()).toBe("half");
    await writer.terminate();
    const frame = images.read();
    expect(frame).toMatchObject({ frame: 1, eventTimestamp: 1 });
    expect(frame?.data.every((byte) => byte === 1)).toBeTrue();
    expect(await start("writeTenFrames").next()).toBe("written");
    expect(images.read()).toMatchObject({ frame: 11, eventTimestamp: 10 });
  });

  test("a Worker terminated while it writes at full speed leaves only complete frames", async () => {
    const { images, start } = setUp();
    for (let round = 0; round < 5; round++) {
      const writer = start("writeFrames");
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = images.newestFrame?.frame ?? 0;
      const watch = images.watchFrames(() => {
        if ((images.newestFrame?.frame ?? 0) > before + 3 * round) resolve();
      });
      await promise;
      await writer.terminate();
      watch.close();
      const frame = images.read();
      const value = (frame?.eventTimestamp ?? -1) & 0xff;
      expect(frame?.data.every((byte) => byte === value)).toBeTrue();
    }
  });

  test("a Worker terminated while it holds the queue's lock blocks neither side, and no row is lost", async () => {
    const { queue, start } = setUp();
    queue.enqueue([3, 0, 0, 0, 0, 0, 1, 0]);
    for (const access of [
      () => queue.enqueue([4, 0, 0, 0, 0, 0, 2, 0]),
      () => queue.dequeue()?.[6] === 1 && queue.dequeue()?.[6] === 2,
    ]) {
      const holder = start("lock");
      expect(await holder.next()).toBe("locked");
      await holder.terminate();
      expect(queue.isUnlocked()).toBeFalse();
      expect(access()).toBeTrue();
      expect(queue.isUnlocked()).toBeTrue();
    }
    expect([queue.brokenLocks, queue.isEmpty]).toEqual([2, true]);
  });

  test("a Worker terminated while it watches leaves no native thread, and waking its words later is safe", async () => {
    const { images, start } = setUp();
    const before = nativeThreads().length;
    for (let round = 0; round < 10; round++) {
      const watcher = start("watch");
      expect(await watcher.next()).toBe("ready");
      expect(nativeThreads().length).toBeGreaterThan(before);
      const ended = watcher.terminate();
      for (let frame = 0; frame < 50; frame++) {
        writeFrame(images, frame);
        images.wakeRenderer();
        await nextTurn();
      }
      await ended;
      writeFrame(images, 50);
      images.wakeRenderer();
      expect(nativeThreads().length).toBe(before);
    }
  });

  test("a Worker terminated while it encodes leaves no native thread and does not end the program", async () => {
    const { start } = setUp();
    const before = nativeThreads().length;
    for (let round = 0; round < 10; round++) {
      const encoder = start("encode");
      expect(await encoder.next()).toBe("ready");
      for (let turn = 0; turn < 10 * round; turn++) await nextTurn();
      await encoder.terminate();
      expect(nativeThreads().length).toBe(before);
    }
  });
});

test("memory that is only referenced by a watch stays mapped", async () => {
  const open = () => {
    const images = new RawArrayImageBufferManager({ maxWindowSize: [256, 256] });
    const watches = [images.watchFrames(() => {}), images.watchRenderer(() => {})];
    return () => {
      for (const watch of watches) watch.close();
    };
  };
  const before = nativeThreads().length;
  const closes = Array.from({ length: 10 }, open);
  for (let round = 0; round < 20; round++) {
    Bun.gc(true);
    // Overwrites memory that was freed.
    new Uint8Array(new SharedArrayBuffer(8192)).fill(round);
    await nextTurn();
  }
  for (const close of closes) close();
  expect(nativeThreads().length).toBe(before);
});
