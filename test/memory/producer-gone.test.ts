import { expect, test } from "bun:test";
import {
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";

// With producers in CPython: test/native/shared-memory.test.ts and test/cli/serve-producers.test.ts.

const GREY = new Uint8Array(4 * 3 * 3).fill(80);

function attachTo(producer: SharedMemImageBufferManager, readOnly: boolean) {
  const { imageBufferNames, infoBufferName } = producer;
  return new SharedMemImageBufferManager({ imageBufferNames, infoBufferName, readOnly });
}

test.each([false, true])(
  "producerGone is true only after the producer has closed its memory, with readOnly %p",
  (readOnly) => {
    using producer = new SharedMemImageBufferManager({ maxWindowSize: [4, 3] });
    producer.write(4, 3, GREY);
    using reader = attachTo(producer, readOnly);
    expect([producer.producerGone, reader.producerGone]).toEqual([false, false]);
    producer.close();
    expect(reader.producerGone).toBe(true);
    expect(reader.read()?.data).toEqual(GREY);
  },
);

test("an image attached with readOnly is read and refuses writes", () => {
  using producer = new SharedMemImageBufferManager({ maxWindowSize: [4, 3] });
  producer.write(4, 3, GREY);
  using reader = attachTo(producer, true);
  expect(() => reader.write(4, 3, new Uint8Array(36))).toThrow(SharedMemoryError);
  expect(reader.read()?.data).toEqual(GREY);
  producer.write(4, 3, GREY);
  expect(reader.read()?.frame).toBe(2);
});

test("producerGone is false for SharedArrayBuffers", () => {
  using producer = new RawArrayImageBufferManager({ maxWindowSize: [4, 3] });
  const { imageBuffers, infoBuffer } = producer;
  using reader = new RawArrayImageBufferManager({ imageBuffers, infoBuffer });
  producer.close();
  expect([producer.producerGone, reader.producerGone]).toEqual([false, false]);
});
