import { describe, expect, test } from "bun:test";
import { imageSegments, KINDS, queueSegments } from "./kinds.ts";
import { pixels } from "./segments.ts";

describe.each(KINDS)("%s", (_, kind) => {
  test("a fresh info segment is FURY's, word by word, and 8192 bytes long", () => {
    using manager = kind.images({ maxWindowSize: [5, 3], numBuffers: 3 });
    using segments = imageSegments(manager);
    const info = new DataView(segments.info.buffer);
    expect(info.byteLength).toBe(8192);
    const words = Array.from({ length: 10 }, (_, word) => info.getUint32(4 * word, true));
    // 2 + 2n, 1, components (never written), index, then width and height of each buffer (0 until written)
    expect(words).toEqual([8, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const image of segments.images) expect(image.buffer.byteLength).toBe(5 * 3 * 3);
  });

  test("the first frame goes into buffer 1, packed at byte 0, then its size, then the index", () => {
    using manager = kind.images({ maxWindowSize: [5, 3] });
    const frame = pixels(4 * 2 * 3, 1);
    manager.write(4, 2, frame);
    using segments = imageSegments(manager);
    const info = new DataView(segments.info.buffer);
    const words = Array.from({ length: 8 }, (_, word) => info.getUint32(4 * word, true));
    expect(words).toEqual([6, 1, 0, 1, 0, 0, 4, 2]);
    const content = new Uint8Array(segments.images[1]?.buffer ?? new ArrayBuffer());
    expect(content.subarray(0, frame.length)).toEqual(frame);
    expect(content.subarray(frame.length)).toEqual(new Uint8Array(45 - 24));
  });

  test("the extension is at byte 4096 with the offsets of native/scenecast_memory.h", () => {
    using manager = kind.images({
      maxWindowSize: [1920, 1080],
      numBuffers: 2,
      pixelFormat: "rgba",
    });
    manager.viewers = 3;
    manager.eventCapabilities = { resize: true, keys: false, doubleClick: true };
    manager.allowReducedResolution = true;
    manager.countRender();
    manager.camera = { position: [1, 2, 3], focalPoint: [4, 5, 6], viewUp: [0, 1, 0], viewAngle: 30 };
    manager.write(1, 1, new Uint8Array(4), {
      renderMs: 12.5,
      eventTimestamp: 99.25,
      still: true,
      viewSize: [2, 3],
    });
    using segments = imageSegments(manager);
    const info = new DataView(segments.info.buffer);
    const word = (offset: number) => info.getUint32(4096 + offset, true);
    const float = (offset: number) => info.getFloat64(4096 + offset, true);
    const magic = Array.from({ length: 8 }, (_, index) => String.fromCharCode(info.getUint8(4096 + index)));
    expect(magic.join("")).toBe("SCNECAST");
    expect({
      version: word(8),
      buffers: word(12),
      format: word(16),
      maxWidth: word(20),
      maxHeight: word(24),
      pid: word(28),
      frameWord: word(32),
      viewers: word(40),
      eventCapabilities: word(44),
      serverSignals: word(48),
      renders: word(52),
      cameraSequence: word(56),
      allowReducedResolution: word(152),
    }).toEqual({
      version: 1,
      buffers: 2,
      format: 1,
      maxWidth: 1920,
      maxHeight: 1080,
      pid: process.pid,
      frameWord: 1,
      viewers: 3,
      eventCapabilities: 1 | 4,
      serverSignals: 1,
      renders: 1,
      cameraSequence: 2,
      allowReducedResolution: 1,
    });
    expect(word(36)).toBeGreaterThan(0); // the renderer word: viewers changed
    expect(Array.from({ length: 11 }, (_, index) => float(64 + 8 * index))).toEqual([
      1, 2, 3, 4, 5, 6, 0, 1, 0, 30, 0,
    ]);
    const slot = 256 + 64; // of buffer 1
    expect([word(slot), word(slot + 4)]).toEqual([2, 1]);
    expect([float(slot + 8), float(slot + 24), float(slot + 32)]).toEqual([1, 12.5, 99.25]);
    expect([word(slot + 40), word(slot + 44)]).toEqual([2, 3]);
    expect(manager.newestFrame).toMatchObject({ width: 1, height: 1, viewSize: [2, 3] });
    for (const size of [0, 8193, 0xffffffff]) {
      info.setUint32(4096 + slot + 44, size, true);
      expect(manager.newestFrame?.viewSize).toBeNull();
    }
    const age = Date.now() - float(slot + 16);
    expect(Math.abs(age)).toBeLessThan(60_000);
    expect(word(256)).toBe(0); // nothing was written to buffer 0
  });

  test("queue segments have FURY's exact sizes and start values", () => {
    using queue = kind.queue({ maxSize: 20 });
    using segments = queueSegments(queue);
    const rows = new DataView(segments.rows.buffer);
    expect(rows.byteLength).toBe((2 + 8 * 21) * 8);
    expect([rows.getFloat64(0, true), rows.getFloat64(8, true)]).toEqual([20, 8]);
    const headTail = new DataView(segments.headTail.buffer);
    expect(headTail.byteLength).toBe(12);
    expect([0, 4, 8].map((offset) => headTail.getInt32(offset, true))).toEqual([-1, -1, 0]);
  });

  test("the first row is written at value 2, head becomes 0 and tail the newest row, and the lock is free again", () => {
    using queue = kind.queue({ maxSize: 2 });
    queue.enqueue([3, 0, 0.25, 0.5, 1, 0, 123.5, 0]);
    queue.enqueue([4, 0, 0.5, 0.5, 0, 1, 124.5, 0]);
    using segments = queueSegments(queue);
    const rows = new DataView(segments.rows.buffer);
    expect(Array.from({ length: 16 }, (_, index) => rows.getFloat64(16 + 8 * index, true))).toEqual([
      3, 0, 0.25, 0.5, 1, 0, 123.5, 0, 4, 0, 0.5, 0.5, 0, 1, 124.5, 0,
    ]);
    const headTail = new DataView(segments.headTail.buffer);
    expect([0, 4, 8].map((offset) => headTail.getInt32(offset, true))).toEqual([0, 1, 0]);
  });
});
