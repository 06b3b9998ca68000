// A minimal server in a Worker: reports frames, returns the newest on request, and enqueues events.
import { ArrayCircularQueue, type QueueBuffers } from "../../../src/fury/circular-queue.ts";
import { type ImageBuffers, RawArrayImageBufferManager } from "../../../src/fury/image-buffer-manager.ts";

export type ViewerRequest =
  | { attach: { images: ImageBuffers; queue: QueueBuffers }; viewers: number }
  | { read: true }
  | { rows: number[][]; wake: boolean };

export type ViewerReply =
  | { attached: true }
  | { written: number }
  | { frame: { width: number; height: number; data: Uint8Array } | null };

declare const self: Worker;

const reply = (message: ViewerReply) => postMessage(message);
let manager: RawArrayImageBufferManager;
let queue: ArrayCircularQueue;

self.onmessage = ({ data: request }: MessageEvent<ViewerRequest>) => {
  if ("attach" in request) {
    manager = new RawArrayImageBufferManager(request.attach.images);
    queue = new ArrayCircularQueue(request.attach.queue);
    manager.watchFrames(() => reply({ written: manager.newestFrame?.frame ?? 0 }));
    if (request.viewers > 0) manager.viewers = request.viewers;
    reply({ attached: true });
  } else if ("read" in request) {
    reply({ frame: manager.read() });
  } else {
    for (const row of request.rows) while (!queue.enqueue(row));
    if (request.wake) manager.wakeRenderer();
  }
};
