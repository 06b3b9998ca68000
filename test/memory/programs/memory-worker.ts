// A Worker that does one thing with memory that the program gave it, and says "ready" or what came of it.
import { ArrayCircularQueue, type QueueBuffers } from "../../../src/fury/array-circular-queue.ts";
import {
  type ImageBuffers,
  RawArrayImageBufferManager,
} from "../../../src/fury/raw-array-image-buffer-manager.ts";
import { firstWrongFrame, nextTurn, writeFrame, writeFrames } from "../changing-frames.ts";

export interface WorkerTask {
  task: keyof typeof TASKS;
  images: ImageBuffers;
  queue: QueueBuffers;
  /** Marks the rows of this Worker. */
  tag?: number;
  /** How many rows. */
  count?: number;
}

interface Given {
  images: RawArrayImageBufferManager;
  queue: ArrayCircularQueue;
  tag: number;
  count: number;
}

const TASKS = {
  writeFrames: ({ images }: Given) => writeFrames(images, () => false),
  writeTenFrames({ images }: Given) {
    for (let frame = 1; frame <= 10; frame++) writeFrame(images, frame);
    postMessage("written");
  },
  readFrames: async ({ images }: Given) => postMessage(await firstWrongFrame(images, 200)),
  /** Writes a whole frame, then the first half of another. */
  writeHalfAFrame({ images }: Given) {
    writeFrame(images, 1);
    const frame = images.beginWrite(640, 360);
    frame?.data.fill(99, 0, frame.data.length / 2);
    postMessage("half");
  },
  /** The row's number is its time stamp. */
  async enqueue({ queue, tag, count }: Given) {
    for (let index = 0; index < count; ) {
      if (queue.enqueue([2, tag, 0, 0, 0, 0, index, 0])) index++;
      else await nextTurn();
    }
    postMessage("sent");
  },
  /** Says which rows came, as [tag, number] each. */
  async dequeue({ queue, count }: Given) {
    const rows: [tag: number, index: number][] = [];
    while (rows.length < count) {
      const row = queue.dequeue();
      if (row) rows.push([row[1] ?? -1, row[6] ?? -1]);
      else await nextTurn();
    }
    postMessage(rows);
  },
  lock: ({ queue }: Given) => postMessage(queue.lock() ? "locked" : "refused"),
  /** Says which frame, and how many events, it was woken for. */
  watch({ images, queue }: Given) {
    images.watchFrames(() => postMessage({ frame: images.newestFrame?.frame ?? null }));
    images.watchRenderer(() => {
      for (let row = queue.dequeue(); row; row = queue.dequeue()) postMessage({ event: row[6] });
    });
    postMessage("ready");
  },
  /** Encodes JPEGs without end. */
  async encode({ images }: Given) {
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
  const { task, images, queue, tag = 0, count = 0 } = data;
  void TASKS[task]({
    images: new RawArrayImageBufferManager(images),
    queue: new ArrayCircularQueue(queue),
    tag,
    count,
  });
};
