import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import {
  type ImageBufferNames,
  SharedMemImageBufferManager,
} from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { firstWrongFrame } from "./changing-frames.ts";
import { takeInOrder } from "./ordered-rows.ts";
import { leftOver } from "./segments.ts";

function program(name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  return Bun.spawn([process.execPath, path, ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}

async function firstLine(child: { stdout: ReadableStream<Uint8Array> }): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

// A busy machine may take long to start the processes.
setDefaultTimeout(60_000);

test("every row of two processes that race on a small queue arrives once, in each sender's order", async () => {
  using queue = new SharedMemCircularQueue({ maxSize: 7 });
  const count = 1500;
  const producers = [0, 1].map((tag) =>
    program("queue-producer.ts", queue.bufferName, queue.headTailBufferName, String(count), String(tag)),
  );
  await takeInOrder(queue, count);
  expect(await Promise.all(producers.map((producer) => producer.exited))).toEqual([0, 0]);
  expect([queue.dequeue(), queue.isUnlocked(), queue.brokenLocks]).toEqual([null, true, 0]);
});

test("a process killed while it holds the lock blocks neither enqueue nor dequeue, and no row is lost", async () => {
  using queue = new SharedMemCircularQueue({ maxSize: 4 });
  queue.enqueue([3, 0, 0, 0, 0, 0, 1, 0]);
  for (const act of [
    () => queue.enqueue([4, 0, 0, 0, 0, 0, 2, 0]),
    () => queue.dequeue()?.[6] === 1 && queue.dequeue()?.[6] === 2,
  ]) {
    const holder = program("lock-holder.ts", queue.bufferName, queue.headTailBufferName);
    expect(await firstLine(holder)).toBe("locked");
    holder.kill("SIGKILL");
    await holder.exited;
    expect(queue.isUnlocked()).toBeFalse();
    expect(act()).toBeTrue();
    expect(queue.isUnlocked()).toBeTrue();
  }
  expect([queue.brokenLocks, queue.isEmpty]).toEqual([2, true]);
});

test.each([
  [1, "rgb"],
  [2, "rgb"],
  [2, "rgba"],
  [8, "rgb"],
] as const)(
  "with %i buffers, %s, another process writes as fast as it can and no frame is torn",
  async (n, format) => {
    const writer = program("frame-writer.ts", String(n), format);
    const names = JSON.parse(await firstLine(writer)) as ImageBufferNames;
    {
      using reader = new SharedMemImageBufferManager({
        imageBufferNames: names.image_buffer_names,
        infoBufferName: names.info_buffer_name,
      });
      expect(reader.pixelFormat).toBe(format);
      expect(await firstWrongFrame(reader, 200)).toBeNull();
    }
    writer.stdin.end();
    expect(await writer.exited).toBe(0);
    expect(leftOver([...names.image_buffer_names, names.info_buffer_name])).toEqual([]);
  },
);

test("after a writer is killed between moving the index and ending its frame, the previous frame is read", () => {
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [4, 4], numBuffers: 3 });
  const { imageBufferNames, infoBufferName } = manager;
  const killed = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  const whole = new Uint8Array(2 * 2 * 3).fill(5);
  killed.write(1, 1, Uint8Array.of(1, 1, 1));
  killed.write(2, 2, whole);
  killed.beginWrite(4, 4)?.data.fill(9);
  using info = SharedMemory.attach(infoBufferName);
  const words = new Uint32Array(info.buffer);
  words[3] = 0; // the third of three buffers, counted from 1 as FURY's first frame lands there
  words.set([4, 4], 4);
  killed.close();
  expect(manager.newestFrame).toMatchObject({ frame: 2, width: 2, height: 2 });
  expect(manager.read()).toMatchObject({ frame: 2, width: 2, height: 2, data: whole });
  using next = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  next.write(1, 1, Uint8Array.of(7, 7, 7));
  expect(manager.read()).toMatchObject({ frame: 3, width: 1, data: Uint8Array.of(7, 7, 7) });
});
