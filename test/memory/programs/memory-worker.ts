// A Worker that runs one task on memory of the program, and posts "ready" or the result.
import { ArrayCircularQueue, type QueueBuffers } from "../../../src/fury/circular-queue.ts";
import { type ImageBuffers, RawArrayImageBufferManager } from "../../../src/fury/image-buffer-manager.ts";
import { firstWrongFrame, writeFrame, writeFrames } from "../changing-frames.ts";

export interface WorkerTask {
  task: keyof typeof TASKS;
  images: ImageBuffers;
  queue: QueueBuffers;
}

interface TaskMemory {
  images: RawArrayImageBufferManager;
  queue: ArrayCircularQueue;
}

const TASKS = {
  writeFrames: ({ images }: TaskMemory) => writeFrames(images, () => false),
  writeTenFrames({ images }: TaskMemory) {
    for (let frame = 1; frame <= 10; frame++) writeFrame(images, frame);
    postMessage("written");
  },
  readFrames: async ({ images }: TaskMemory) => postMessage(await firstWrongFrame(images, 200)),
  /** Writes a complete frame, then the first half of another. */
  writeHalfAFrame({ images }: TaskMemory) {
    writeFrame(images, 1);
    const frame = images.beginWrite(640, 360);
    frame?.data.fill(99, 0, frame.data.length / 2);
    postMessage("half");
  },
  lock: ({ queue }: TaskMemory) => postMessage(queue.lock() ? "locked" : "refused"),
  /** Posts the number of each reported frame, and each event. */
  watch({ images, queue }: TaskMemory) {
    images.watchFrames(() => postMessage({ frame: images.newestFrame?.frame ?? null }));
    images.watchRenderer(() => {
      for (let row = queue.dequeue(); row; row = queue.dequeue()) postMessage({ event: row[6] });
    });
    postMessage("ready");
  },
  /** Encodes JPEGs in an endless loop. */
  async encode({ images }: TaskMemory) {
    writeFrame(images, 1);
    postMessage("ready");
    for (let frame = 2; ; frame++) {
      writeFrame(images, frame);
      await images.asyncGetJpeg(0);
    }
  },
};

declare const self: Worker;
self.onmessage = ({ data }: MessageEvent<WorkerTask>) => {
  const { task, images, queue } = data;
  void TASKS[task]({
    images: new RawArrayImageBufferManager(images),
    queue: new ArrayCircularQueue(queue),
  });
};
