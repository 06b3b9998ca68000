import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { ArrayCircularQueue, SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { RawArrayImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { PlainFuryProducer, solid, TestRenderer } from "../encode/producers.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";

let server: ScenecastServer;
let opened: DisposableStack;

beforeEach(async () => {
  opened = new DisposableStack();
  server = await startServer({ port: 0 });
});

afterEach(async () => {
  await server.stop();
  opened.dispose();
});

/** Name of a new segment with this content, or of this size in bytes. */
function segment(content: ArrayBufferView | number): string {
  const bytes = typeof content === "number" ? content : content.byteLength;
  const memory = SharedMemory.create(bytes);
  opened.defer(() => {
    memory.unlink();
    memory.close();
  });
  if (typeof content !== "number") {
    new Uint8Array(memory.buffer).set(new Uint8Array(content.buffer, content.byteOffset, bytes));
  }
  return memory.name;
}

/** Waits for a frame of this grey. A still view is sent again in full quality before the next one. */
async function waitForGrey(client: MjpegClient, value: number): Promise<void> {
  for (let part = await client.next(); part !== null; part = await client.next()) {
    if (Math.abs((decodeJpeg(part.body).data[0] ?? -1) - value) < 4) return;
  }
  throw new Error(`The stream ended before a frame of grey ${value}.`);
}

const grey = (value: number, side = 4) => solid(side, side, [value, value, value]);
const CLICK = { type: "mouseLeftClick", mouseButton: 0, x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0 };

describe("attaching invalid memory", () => {
  let renderer: TestRenderer;
  let client: MjpegClient;
  let lastGrey = 50;
  beforeEach(async () => {
    renderer = opened.use(new TestRenderer());
    renderer.writeGrey(lastGrey);
    server.attach(renderer.names);
    client = await MjpegClient.open(server.url);
    await client.next();
  });
  afterEach(() => client.close());

  async function expectRefusal(names: object, error: new (...args: never[]) => Error, message: string) {
    const attach = () => server.attach({ ...renderer.names, ...names });
    expect(attach).toThrow(error);
    expect(attach).toThrow(message);
    // A different frame, since an unchanged one is not sent again.
    renderer.writeGrey(++lastGrey % 256);
    expect(await client.next()).not.toBeNull();
    expect(server.state.renderer.state).toBe("running");
  }

  for (const [key, value] of [
    ["info_buffer_name", "psm_nothing1"],
    ["image_buffer_names", ["psm_nothing1"]],
    ["queue_buffer_name", "psm_nothing1"],
    ["queue_head_tail_buffer_name", "psm_nothing1"],
  ] as const) {
    test(`a name of a segment that does not exist is refused: ${key}`, () =>
      expectRefusal({ [key]: value }, SharedMemoryError, "psm_nothing1"));
  }

  test("a segment name that is empty or a path is refused", async () => {
    for (const name of ["../etc/passwd", "a/b", "", ".", "x".repeat(300)]) {
      await expectRefusal({ info_buffer_name: name }, SharedMemoryError, "");
    }
  });

  test("no image buffer, or more than the info segment has space for, is refused", async () => {
    const [image] = renderer.names.image_buffer_names;
    for (const count of [0, 511, 5000]) {
      const names = { image_buffer_names: Array.from({ length: count }, () => image) };
      await expectRefusal(names, RangeError, `There must be 1 to 510 image buffers; ${count} were`);
    }
  });

  test("a queue with only one of its two segments is refused", () =>
    expectRefusal(
      { queue_buffer_name: undefined },
      MemoryLayoutError,
      "only one was given. Give both or neither.",
    ));

  test("an info segment that is too small, or for another number of buffers, is refused", async () => {
    await expectRefusal({ info_buffer_name: segment(8) }, MemoryLayoutError, "has 8 bytes, but");
    await expectRefusal({ info_buffer_name: segment(32) }, MemoryLayoutError, "starts with 0");
    const info = Uint32Array.of(2 + 2 * 3, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    await expectRefusal(
      { info_buffer_name: segment(info) },
      MemoryLayoutError,
      "starts with 8, but for 2 image buffers",
    );
  });

  test("segments of another kind than their names' keys are refused", async () => {
    const { names } = renderer;
    await expectRefusal({ info_buffer_name: names.image_buffer_names[0] }, MemoryLayoutError, "starts with");
    await expectRefusal(
      { queue_buffer_name: names.queue_head_tail_buffer_name },
      MemoryLayoutError,
      "has 12 bytes, but",
    );
    await expectRefusal(
      { queue_buffer_name: names.info_buffer_name },
      MemoryLayoutError,
      "which is not a queue",
    );
  });

  test("a queue segment that is smaller than its header says, or with an invalid header, is refused", async () => {
    const withHeader = (maxSize: number, dimension: number, bytes: number) => {
      const values = new Float64Array(bytes / 8);
      values.set([maxSize, dimension]);
      return { queue_buffer_name: segment(values) };
    };
    await expectRefusal(
      withHeader(50, 8, 800),
      MemoryLayoutError,
      "has 800 bytes, but a queue of 50 rows of 8 values",
    );
    for (const [maxSize, dimension] of [
      [0, 8],
      [-1, 8],
      [2.5, 8],
      [Number.NaN, 8],
      [Number.POSITIVE_INFINITY, 8],
      [1e300, 8],
      [4, 0],
      [4, Number.NaN],
    ] as const) {
      await expectRefusal(withHeader(maxSize, dimension, 4096), MemoryLayoutError, "which is not a queue");
    }
    await expectRefusal(
      { queue_head_tail_buffer_name: segment(4) },
      MemoryLayoutError,
      "has 4 bytes, but head, tail",
    );
  });

  test("a queue whose rows are not events, as FURY's classes make it by default, is refused", async () => {
    const queue = opened.use(new SharedMemCircularQueue({ maxSize: 5, dimension: 6 }));
    await expectRefusal(
      queue.names,
      MemoryLayoutError,
      "rows of 6 values, but an event has 8. Make the queue with dimension 8",
    );
    // Events still reach the previous queue.
    const socket = await SocketClient.open(server.url);
    socket.send({ ...CLICK, on: 1, timestampInMs: 1 });
    expect(await socket.settle()).not.toContainEqual(expect.objectContaining({ type: "error" }));
    expect(renderer.queue.dequeue()?.[0]).toBe(3);
    socket.close();
  });
});

describe("a producer that writes invalid data", () => {
  let fury: PlainFuryProducer;
  let client: MjpegClient;
  let socket: SocketClient;
  beforeEach(async () => {
    fury = opened.use(new PlainFuryProducer(8, 8));
    server.attach(fury.names);
    client = await MjpegClient.open(server.url);
    socket = await SocketClient.open(server.url);
  });
  afterEach(() => {
    client.close();
    socket.close();
  });

  test("an invalid buffer index, and sizes that do not fit, are reported, and the next frame is shown", async () => {
    const CORRUPTIONS: [corrupt: (words: Uint32Array) => void, reason: string][] = [
      [(words) => words.fill(7, 3, 4), "buffer 7 is current, but the number of buffers is 2"],
      [(words) => words.fill(0xffffffff, 3, 4), "buffer 4294967295 is current"],
      [(words) => words.set([9, 8, 9, 8], 4), "9x8 px, 216 bytes, but"],
      [(words) => words.fill(0xffffffff, 4), "4294967295x4294967295 px"],
    ];
    await Promise.all(
      CORRUPTIONS.map(async ([corrupt, reason]) => {
        await using other = await startServer({ port: 0 });
        using producer = new PlainFuryProducer(8, 8);
        other.attach(producer.names);
        const viewer = await MjpegClient.open(other.url);
        const page = await SocketClient.open(other.url);
        producer.write(8, 8, grey(30, 8));
        await waitForGrey(viewer, 30);
        corrupt(producer.words);
        const { renderer } = await page.next("status", (m) => m.renderer.state === "unreadable");
        expect(renderer).toMatchObject({ reason: expect.stringContaining(reason) });
        const snapshot = await fetch(`${other.url}snapshot.jpg`);
        expect(snapshot.status).toBe(503);
        expect(await snapshot.text()).toContain(reason);
        producer.words[3] = 0;
        producer.write(4, 4, grey(200));
        await waitForGrey(viewer, 200);
        await page.next("status", (m) => m.renderer.state === "running");
        viewer.close();
        page.close();
      }),
    );
  });

  test("a size of zero is reported, and the next frame is shown", async () => {
    fury.write(8, 8, grey(30, 8));
    await client.next();
    fury.words.fill(0, 4);
    fury.words[3] = 1 - (fury.words[3] ?? 0);
    expect((await fetch(`${server.url}healthz`)).status).toBe(200);
    fury.write(8, 8, grey(90, 8));
    await waitForGrey(client, 90);
  });

  test("segments that are truncated while attached are reported, and the next renderer is shown", async () => {
    fury.write(8, 8, grey(30, 8));
    await client.next();
    for (const name of [...fury.names.image_buffer_names, fury.names.info_buffer_name]) {
      truncateSync(`/dev/shm/${name}`, 0);
    }
    await socket.next(
      "status",
      ({ renderer }) => renderer.state === "unreadable" || renderer.state === "gone",
    );
    expect((await fetch(`${server.url}state`)).status).toBe(200);
    // The viewer is still connected, and sees the next producer.
    const next = opened.use(new TestRenderer());
    server.attach(next.names);
    next.writeGrey(120, [8, 8]);
    await waitForGrey(client, 120);
  });
});

test("managers closed by their owner are reported as closed, and viewers see the next renderer", async () => {
  const images = opened.use(new RawArrayImageBufferManager({ maxWindowSize: [8, 8] }));
  const queue = opened.use(new ArrayCircularQueue());
  server.attach({ images, queue });
  images.write(4, 4, grey(60));
  const client = await MjpegClient.open(server.url);
  const socket = await SocketClient.open(server.url);
  await waitForGrey(client, 60);
  images.close();
  queue.cleanup();
  socket.send({ ...CLICK, on: 1, timestampInMs: 1 });
  await socket.settle();
  const snapshot = await fetch(`${server.url}snapshot.jpg`);
  expect(snapshot.status).toBe(503);
  expect(await snapshot.text()).toContain("was closed");
  const next = opened.use(new TestRenderer());
  server.attach(next.names);
  next.writeGrey(120);
  await waitForGrey(client, 120);
  client.close();
  socket.close();
});

for (const numBuffers of [1, 3, 8]) {
  test(`a FURY producer with ${numBuffers} buffer${numBuffers === 1 ? "" : "s"} is shown`, async () => {
    const fury = opened.use(new PlainFuryProducer(8, 8, numBuffers));
    server.attach(fury.names);
    const client = await MjpegClient.open(server.url);
    for (const value of [20, 60, 100, 140, 180, 220, 250, 40, 80, 120]) {
      fury.write(8, 8, grey(value, 8));
      // A single buffer does not signal changes, so that its frames are sent repeatedly.
      await waitForGrey(client, value);
    }
    client.close();
  });
}

describe("a queue with invalid contents", () => {
  let renderer: TestRenderer;
  let socket: SocketClient;
  let words: Int32Array;
  let rows: Float64Array;
  beforeEach(async () => {
    renderer = opened.use(new TestRenderer());
    server.attach(renderer.names);
    socket = await SocketClient.open(server.url);
    await socket.settle();
    const { queue_buffer_name, queue_head_tail_buffer_name } = renderer.names;
    words = new Int32Array(opened.use(SharedMemory.attach(queue_head_tail_buffer_name)).buffer);
    rows = new Float64Array(opened.use(SharedMemory.attach(queue_buffer_name)).buffer);
  });
  afterEach(() => socket.close());

  /** Sends a click, and waits until the renderer has received it. */
  async function expectClickToArrive(): Promise<void> {
    const timestampInMs = performance.now();
    for (const on of [1, 0]) socket.send({ ...CLICK, on, timestampInMs });
    expect(await socket.settle()).toEqual([]);
    const received: number[] = [];
    await eventually(() => {
      for (let row = renderer.queue.dequeue(); row !== null; row = renderer.queue.dequeue()) {
        if (row[6] === timestampInMs) received.push(row[0] ?? 0);
      }
      return received.length === 2;
    }, "both events are received");
    expect(received).toEqual([3, 4]);
  }

  test("NaN and Infinity in a queue's rows do not stop later events", async () => {
    await expectClickToArrive();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      renderer.queue.enqueue([2, 0, 0.5, 0.5, 0, 0, 1, 0]);
      rows.fill(value, 2);
      await expectClickToArrive();
    }
    expect(renderer.queue.refusedRows).toBe(2);
  });

  test("an invalid head or tail of a queue does not stop later events", async () => {
    for (const [head, tail] of [
      [1000, 3],
      [-7, 5],
      [2, 2 ** 31 - 1],
      [-(2 ** 31), -(2 ** 31)],
    ] as const) {
      words.set([head, tail]);
      await expectClickToArrive();
    }
  });

  test("a changed size and dimension in a queue's header are ignored", async () => {
    rows.set([Number.NaN, 1e9]);
    await expectClickToArrive();
  });

  test("a queue's lock that is never released is broken", async () => {
    words[2] = 1;
    await expectClickToArrive();
  });

  test("a truncated queue does not affect the next renderer's events", async () => {
    const { queue_buffer_name } = renderer.names;
    truncateSync(`/dev/shm/${queue_buffer_name}`, 0);
    socket.send({ ...CLICK, on: 1, timestampInMs: 1 });
    await socket.settle();
    expect((await fetch(`${server.url}state`)).status).toBe(200);
    const next = opened.use(new TestRenderer());
    server.attach(next.names);
    socket.send({ ...CLICK, on: 0, timestampInMs: 2 });
    await eventually(() => next.queue.dequeue()?.[0] === 4, "the next renderer gets events");
  });
});
