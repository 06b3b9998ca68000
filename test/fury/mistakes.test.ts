import { expect, test } from "bun:test";
import {
  ArrayCircularQueue,
  GenericCircularQueue,
  SharedMemCircularQueue,
} from "../../src/fury/circular-queue.ts";
import {
  GenericImageBufferManager,
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import { GenericMultiDimensionalBuffer } from "../../src/fury/multi-dimensional-buffer.ts";
import { webServer, webServerRawArray } from "../../src/fury/web-server.ts";

/** Untyped options, as a program parses them from JSON of another program. */
const untyped = (json: string) => JSON.parse(json);

// A FURY program prints its names under the keys of Python.
const PYTHON_NAMES = '{"image_buffer_names":["psm_1","psm_2"],"info_buffer_name":"psm_3"}';

test("segment names under the wrong keys are refused with a message", async () => {
  await expect(webServer(untyped(PYTHON_NAMES))).rejects.toThrow(
    "imageBufferNames must be a list, one for each image buffer; it is undefined.",
  );
  const attach = () =>
    new SharedMemImageBufferManager({ ...untyped("{}"), imageBufferNames: [], infoBufferName: "a" });
  expect(attach).toThrow("There must be 1 to 510 image buffers; 0 were requested.");
  expect(
    () => new SharedMemImageBufferManager(untyped('{"imageBufferNames":["psm_1"],"infoBufferName":null}')),
  ).toThrow("A segment's name must be text, not null. Pass the name that its program prints.");
  expect(() => new SharedMemCircularQueue(untyped('{"bufferName":7,"headTailBufferName":"psm_1"}'))).toThrow(
    "A segment's name must be text, not 7.",
  );
});

test("missing arrays are refused with a message", async () => {
  await expect(webServerRawArray(untyped("{}"))).rejects.toThrow(
    "imageBuffers must be a list, one for each image buffer",
  );
  using manager = new RawArrayImageBufferManager();
  const { imageBuffers } = manager;
  await expect(
    webServerRawArray({ ...untyped("{}"), imageBuffers, infoBuffer: new ArrayBuffer(8192) }),
  ).rejects.toThrow("infoBuffer must be a non-empty SharedArrayBuffer");
});

test("an unknown pixel format is refused with a message", () => {
  expect(() => new RawArrayImageBufferManager(untyped('{"pixelFormat":"bgr"}'))).toThrow(
    'pixelFormat must be "rgb" or "rgba"; it is "bgr".',
  );
});

test("attaching to only one of a queue's two segments is refused; FURY would create the other one, which no producer reads", () => {
  using queue = new ArrayCircularQueue();
  using shared = new SharedMemCircularQueue();
  const { buffer, headTailBuffer } = queue.buffers;
  const raw = (options: object) => () => new ArrayCircularQueue(Object.assign(untyped("{}"), options));
  const named = (options: object) => () => new SharedMemCircularQueue(Object.assign(untyped("{}"), options));
  const message = "Attaching to a queue needs both buffer and headTailBuffer; only";
  expect(raw({ headTailBuffer })).toThrow(`${message} headTailBuffer was given.`);
  expect(raw({ buffer })).toThrow(`${message} buffer was given.`);
  expect(named({ headTailBufferName: shared.headTailBufferName })).toThrow("only headTailBufferName was");
  expect(named({ bufferName: shared.bufferName })).toThrow("only bufferName was given.");
});

test("FURY's generic classes throw an error that names the concrete classes when constructed or extended", () => {
  for (const [Generic, concrete] of [
    [GenericCircularQueue, "ArrayCircularQueue (between Workers) or SharedMemCircularQueue"],
    [
      GenericImageBufferManager,
      "RawArrayImageBufferManager (between Workers) or SharedMemImageBufferManager",
    ],
    [GenericMultiDimensionalBuffer, "RawArrayMultiDimensionalBuffer (between Workers) or SharedMem"],
  ] as const) {
    // Untyped, as in JavaScript; TypeScript rejects both.
    const Class = Generic as unknown as new (...args: unknown[]) => object;
    class Own extends Class {}
    expect(() => new Class({ maxSize: 10 })).toThrow(
      `${Generic.name} is abstract: create or extend ${concrete}`,
    );
    expect(() => new Own(10, 6, true)).toThrow(`${Generic.name} is abstract`);
  }
});

test("a class that extends a concrete queue class accepts its options", () => {
  class CountingQueue extends SharedMemCircularQueue {
    dequeued = 0;
    override dequeue() {
      const row = super.dequeue();
      if (row !== null) this.dequeued++;
      return row;
    }
  }
  using queue = new CountingQueue({ maxSize: 3 });
  queue.enqueue([2, 0, 0, 0, 0, 0, 0, 0]);
  expect([queue.dequeue()?.[0], queue.dequeue(), queue.dequeued]).toEqual([2, null, 1]);
});
