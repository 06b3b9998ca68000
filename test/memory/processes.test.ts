import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { lines } from "../support/lines.ts";
import { firstWrongFrame } from "./changing-frames.ts";
import { openNamedImages } from "./kinds.ts";
import { leftOver } from "./segments.ts";

function program(name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  return Bun.spawn([process.execPath, path, ...args], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}

// Starting processes is slow on a busy machine.
setDefaultTimeout(60_000);

test("a process killed while it holds the lock blocks neither enqueue nor dequeue, and no row is lost", async () => {
  using queue = new SharedMemCircularQueue({ maxSize: 4 });
  queue.enqueue([3, 0, 0, 0, 0, 0, 1, 0]);
  for (const access of [
    () => queue.enqueue([4, 0, 0, 0, 0, 0, 2, 0]),
    () => queue.dequeue()?.[6] === 1 && queue.dequeue()?.[6] === 2,
  ]) {
    const holder = program("lock-holder.ts", queue.bufferName, queue.headTailBufferName);
    expect((await lines(holder.stdout).next()).value).toBe("locked");
    holder.kill("SIGKILL");
    await holder.exited;
    expect(queue.isUnlocked()).toBeFalse();
    expect(access()).toBeTrue();
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
  "frames that another process writes at full speed into %i %s buffers are read without tearing",
  async (n, format) => {
    const writer = program("frame-writer.ts", String(n), format);
    const names = JSON.parse(
      (await lines(writer.stdout).next()).value ?? "",
    ) as SharedMemImageBufferManager["names"];
    {
      using reader = openNamedImages(names);
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
  const complete = new Uint8Array(2 * 2 * 3).fill(5);
  killed.write(1, 1, Uint8Array.of(1, 1, 1));
  killed.write(2, 2, complete);
  killed.beginWrite(4, 4)?.data.fill(9);
  using info = SharedMemory.attach(infoBufferName);
  const words = new Uint32Array(info.buffer);
  words[3] = 0; // the third frame: FURY's first is written to buffer 1 of 0 to 2
  words.set([4, 4], 4);
  killed.close();
  expect(manager.newestFrame).toMatchObject({ frame: 2, width: 2, height: 2 });
  expect(manager.read()).toMatchObject({ frame: 2, width: 2, height: 2, data: complete });
  using next = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  next.write(1, 1, Uint8Array.of(7, 7, 7));
  expect(manager.read()).toMatchObject({ frame: 3, width: 1, data: Uint8Array.of(7, 7, 7) });
});
