import type { QueueKeys } from "../../../src/memory/event-queue.ts";
import type { ImageKeys } from "../../../src/memory/image-memory.ts";
import type { SegmentKey } from "../../../src/memory/memory-backend.ts";
import { openImages, openQueue } from "../../memory/kinds.ts";

/** Time after which a job that waits for the others stops and returns what it has, ms. */
const JOB_TIMEOUT_MS = 20_000;

/** Number of rows per call of `offer`, more than any queue of these tests holds. */
const OFFERED_ROWS = 16;

/** A part of a schedule: `count` items without a pause, then a pause. */
export interface Burst {
  count: number;
  /** ms. */
  pause: number;
}

/** How a producer enqueues: a method of EventQueue, or `offer` of its server writer. */
export type EnqueueMethod = "enqueue" | "tryEnqueue" | "offer";

/** Enqueues rows 0, 1, 2, …, marked with a tag. */
export interface Produce {
  do: "produce";
  queue: QueueKeys<SegmentKey>;
  tag: number;
  bursts: readonly (Burst & { method: EnqueueMethod })[];
}

/** Dequeues `total` rows; the bursts are repeated. */
export interface Consume {
  do: "consume";
  queue: QueueKeys<SegmentKey>;
  total: number;
  bursts: readonly Burst[];
}

/** Writes frames 1, 2, 3, …; frame k has the size k modulo the number of sizes, and its number in every pixel. */
export interface Write {
  do: "write";
  images: ImageKeys<SegmentKey>;
  sizes: readonly (readonly [width: number, height: number])[];
  bursts: readonly (Burst & { method: "write" | "beginWrite" })[];
}

/** Reads frames until it has read frame `last`. */
export interface Read {
  do: "read";
  images: ImageKeys<SegmentKey>;
  sizes: Write["sizes"];
  last: number;
  /** Reads continuously, or only when its watch reports a frame. */
  method: "poll" | "watchFrames";
}

export type Job = Produce | Consume | Write | Read;

export interface JobResults {
  /** Number of enqueued rows. */
  produce: number;
  /** [tag, number] of each row, in the order of arrival. */
  consume: [number, number][];
  /** Number of written frames. */
  write: number;
  /** The numbers of the frames that were read, and their errors. */
  read: { numbers: number[]; errors: string[] };
}

export const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function pauseFor(ms: number): Promise<void> {
  await (ms > 0 ? Bun.sleep(ms) : nextTurn());
}

/** Runs a job, in any process or Worker. */
export async function runJob<Kind extends Job["do"]>(job: Job & { do: Kind }): Promise<JobResults[Kind]>;
export async function runJob(job: Job): Promise<JobResults[Job["do"]]> {
  switch (job.do) {
    case "produce":
      return produce(job);
    case "consume":
      return consume(job);
    case "write":
      return write(job);
    case "read":
      return read(job);
  }
}

async function produce({ queue: keys, tag, bursts }: Produce): Promise<number> {
  using queue = openQueue(keys);
  const deadline = performance.now() + JOB_TIMEOUT_MS;
  let next = 0;
  for (const { count, pause, method } of bursts) {
    for (const end = next + count; next < end && performance.now() < deadline; ) {
      const length = Math.min(end - next, OFFERED_ROWS);
      const rows = Array.from({ length }, (_, index) => [2, tag, 0, 0, 0, 0, next + index, 0]);
      const [row = []] = rows;
      const before = next;
      if (method === "offer") next += queue.serverWriter.offer(rows);
      else if (method === "enqueue" ? queue.enqueue(row) : queue.tryEnqueue(row) === "queued") next++;
      if (next === before) await nextTurn();
    }
    await pauseFor(pause);
  }
  return next;
}

async function consume({ queue: keys, total, bursts }: Consume): Promise<[number, number][]> {
  using queue = openQueue(keys);
  const deadline = performance.now() + JOB_TIMEOUT_MS;
  const rows: [number, number][] = [];
  while (rows.length < total && performance.now() < deadline) {
    for (const { count, pause } of bursts) {
      for (let left = count; left > 0; left--) {
        const row = queue.dequeue();
        if (row === null) break;
        rows.push([row[1] ?? -1, row[6] ?? -1]);
      }
      await pauseFor(pause);
    }
  }
  return rows;
}

/** Fills the frame's bytes with `number` in every pixel. */
function fill(data: Uint8Array, number: number): void {
  const bytes = [number & 0xff, (number >> 8) & 0xff, 0xa5];
  Buffer.from(data.buffer, data.byteOffset, data.length).fill(Uint8Array.from(bytes));
}

async function write({ images, sizes, bursts }: Write): Promise<number> {
  using manager = openImages(images);
  let frame = 0;
  for (const { count, pause, method } of bursts) {
    for (let left = count; left > 0; left--) {
      const [width, height] = sizes[++frame % sizes.length] ?? [1, 1];
      if (method === "beginWrite") {
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

async function read({ images, sizes, last, method }: Read): Promise<JobResults["read"]> {
  using manager = openImages(images);
  const numbers: number[] = [];
  const errors: string[] = [];
  const readNewest = () => {
    const frame = manager.read();
    if (!frame || frame.frame === numbers.at(-1)) return;
    const { data, width, height } = frame;
    const number = (data[0] ?? 0) | ((data[1] ?? 0) << 8);
    const whole = new Uint8Array(data.length);
    fill(whole, number);
    if (!Buffer.from(data.buffer, data.byteOffset, data.length).equals(whole))
      errors.push(`frame ${number} is torn`);
    if (`${width},${height}` !== `${sizes[number % sizes.length]}`) {
      errors.push(`frame ${number} has the size of another, ${width}x${height}`);
    }
    if (frame.frame !== number || frame.eventTimestamp !== number) {
      errors.push(`frame ${number} has the metadata of ${frame.frame} and ${frame.eventTimestamp}`);
    }
    numbers.push(number);
  };
  const deadline = performance.now() + JOB_TIMEOUT_MS;
  if (method === "poll") {
    while (numbers.at(-1) !== last && performance.now() < deadline) {
      readNewest();
      await nextTurn();
    }
  } else {
    const done = Promise.withResolvers<void>();
    const watch = manager.watchFrames(() => {
      readNewest();
      if (numbers.at(-1) === last) done.resolve();
    });
    readNewest();
    const timer = setTimeout(done.resolve, numbers.at(-1) === last ? 0 : JOB_TIMEOUT_MS);
    await done.promise;
    clearTimeout(timer);
    watch.close();
  }
  return { numbers, errors };
}
