import { ArrayCircularQueue, type QueueBuffers } from "../../../src/fury/array-circular-queue.ts";
import {
  type ImageBuffers,
  RawArrayImageBufferManager,
} from "../../../src/fury/raw-array-image-buffer-manager.ts";
import { type AttachQueue, SharedMemCircularQueue } from "../../../src/fury/shared-mem-circular-queue.ts";
import {
  type AttachImageBuffers,
  SharedMemImageBufferManager,
} from "../../../src/fury/shared-mem-image-buffer-manager.ts";
import type { EventQueue } from "../../../src/memory/event-queue.ts";
import type { SharedImage } from "../../../src/memory/shared-image.ts";

/** How long a job waits for the others before it gives up and answers with what it has, ms. */
const PATIENCE_MS = 20_000;

/** Of either kind of memory. */
export type SomeQueue = AttachQueue | QueueBuffers;
export type SomeImages = AttachImageBuffers | ImageBuffers;

/** How many rows are offered at once, more than any queue of these tests holds. */
const MOST_AT_ONCE = 16;

/** A part of a schedule: so much at once, then a pause. */
export interface Burst {
  count: number;
  /** ms. */
  pause: number;
}

export interface ProduceBurst extends Burst {
  how: "enqueue" | "tryEnqueue" | "feed";
}

/** Puts rows 0, 1, 2, … into a queue, marked with a tag. */
export interface Produce {
  do: "produce";
  queue: SomeQueue;
  tag: number;
  bursts: readonly ProduceBurst[];
}

/** Takes so many rows off a queue, by bursts over and over. */
export interface Consume {
  do: "consume";
  queue: SomeQueue;
  total: number;
  bursts: readonly Burst[];
}

/** Writes frames 1, 2, 3, …; frame k has the size k modulo the number of sizes, and its number in every pixel. */
export interface Paint {
  do: "paint";
  images: SomeImages;
  sizes: readonly (readonly [width: number, height: number])[];
  bursts: readonly (Burst & { how: "writeInto" | "beginWrite" })[];
}

/** Reads frames until it has seen frame `last`. */
export interface Watch {
  do: "watch";
  images: SomeImages;
  sizes: Paint["sizes"];
  last: number;
  /** Reads continuously, or only when its watch reports a frame. */
  how: "poll" | "watchFrames";
}

export type Job = Produce | Consume | Paint | Watch;

export interface Answers {
  /** How many rows were taken. */
  produce: number;
  /** [tag, number] of each row, in the order in which they came. */
  consume: [number, number][];
  /** How many frames were written. */
  paint: number;
  /** The numbers of the frames seen, and what was wrong with them. */
  watch: { seen: number[]; wrong: string[] };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function pauseFor(ms: number): Promise<void> {
  await (ms > 0 ? Bun.sleep(ms) : nextTurn());
}

function openQueue(queue: SomeQueue): EventQueue {
  return "buffer" in queue ? new ArrayCircularQueue(queue) : new SharedMemCircularQueue(queue);
}

function openImages(images: SomeImages): SharedImage {
  return "infoBuffer" in images
    ? new RawArrayImageBufferManager(images)
    : new SharedMemImageBufferManager(images);
}

/** What all jobs do, in whatever process or Worker they run. */
export async function runJob<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<Answers[Kind]>;
export async function runJob(job: Job): Promise<Answers[Job["do"]]> {
  switch (job.do) {
    case "produce":
      return produce(job);
    case "consume":
      return consume(job);
    case "paint":
      return paint(job);
    case "watch":
      return watch(job);
  }
}

async function produce({ queue: attached, tag, bursts }: Produce): Promise<number> {
  using queue = openQueue(attached);
  const deadline = performance.now() + PATIENCE_MS;
  let next = 0;
  for (const { count, pause, how } of bursts) {
    for (const end = next + count; next < end && performance.now() < deadline; ) {
      const rows = Array.from({ length: Math.min(end - next, MOST_AT_ONCE) }, (_, index) => [
        2,
        tag,
        0,
        0,
        0,
        0,
        next + index,
        0,
      ]);
      const [row = []] = rows;
      const before = next;
      if (how === "feed") next += queue.serverWriter.offer(rows);
      else if (how === "enqueue" ? queue.enqueue(row) : queue.tryEnqueue(row) === "queued") next++;
      if (next === before) await nextTurn();
    }
    await pauseFor(pause);
  }
  return next;
}

async function consume({ queue: attached, total, bursts }: Consume): Promise<[number, number][]> {
  using queue = openQueue(attached);
  const deadline = performance.now() + PATIENCE_MS;
  const taken: [number, number][] = [];
  while (taken.length < total && performance.now() < deadline) {
    for (const { count, pause } of bursts) {
      for (let left = count; left > 0; left--) {
        const row = queue.dequeue();
        if (row === null) break;
        taken.push([row[1] ?? -1, row[6] ?? -1]);
      }
      await pauseFor(pause);
    }
  }
  return taken;
}

/** `number` in every pixel, of as many bytes as the frame has. */
function fill(data: Uint8Array, number: number): void {
  const bytes = [number & 0xff, (number >> 8) & 0xff, 0xa5];
  Buffer.from(data.buffer, data.byteOffset, data.length).fill(Uint8Array.from(bytes));
}

async function paint({ images, sizes, bursts }: Paint): Promise<number> {
  using manager = openImages(images);
  let frame = 0;
  for (const { count, pause, how } of bursts) {
    for (let left = count; left > 0; left--) {
      const [width, height] = sizes[++frame % sizes.length] ?? [1, 1];
      if (how === "beginWrite") {
        const open = manager.beginWrite(width, height);
        if (open) fill(open.data, frame);
        manager.endWrite({ eventTimestamp: frame });
      } else {
        const data = new Uint8Array(width * height * 3);
        fill(data, frame);
        manager.write(width, height, data, { eventTimestamp: frame });
      }
    }
    await pauseFor(pause);
  }
  return frame;
}

async function watch({ images, sizes, last, how }: Watch): Promise<Answers["watch"]> {
  using manager = openImages(images);
  const seen: number[] = [];
  const wrong: string[] = [];
  const look = () => {
    const frame = manager.read();
    if (!frame || frame.frame === seen.at(-1)) return;
    const { data, width, height } = frame;
    const number = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
    const whole = new Uint8Array(data.length);
    fill(whole, number);
    if (!Buffer.from(data.buffer, data.byteOffset, data.length).equals(whole))
      wrong.push(`frame ${number} is torn`);
    if (`${width},${height}` !== `${sizes[number % sizes.length]}`) {
      wrong.push(`frame ${number} has the size of another, ${width}x${height}`);
    }
    if (frame.frame !== number || frame.eventTimestamp !== number) {
      wrong.push(`frame ${number} came with the facts of ${frame.frame} and ${frame.eventTimestamp}`);
    }
    seen.push(number);
  };
  const deadline = performance.now() + PATIENCE_MS;
  if (how === "poll") {
    while (seen.at(-1) !== last && performance.now() < deadline) {
      look();
      await nextTurn();
    }
  } else {
    const done = Promise.withResolvers<void>();
    const watch = manager.watchFrames(() => {
      look();
      if (seen.at(-1) === last) done.resolve();
    });
    look();
    const timer = setTimeout(done.resolve, seen.at(-1) === last ? 0 : PATIENCE_MS);
    await done.promise;
    clearTimeout(timer);
    watch.close();
  }
  return { seen, wrong };
}
