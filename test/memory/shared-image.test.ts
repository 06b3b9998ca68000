import { describe, expect, test } from "bun:test";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { attachImages, KINDS } from "./kinds.ts";
import { leftOver, pixels } from "./segments.ts";

describe.each(KINDS)("%s", (_, kind) => {
  test("before the first frame read returns null with a reason", () => {
    using manager = kind.images();
    expect(manager.read()).toBeNull();
    expect(manager.problem).toBe("no frame was written yet");
  });

  test.each([1, 2, 3, 8, 9, 61, 200])(
    "with %i buffers every frame is read as it was written",
    (numBuffers) => {
      using writer = kind.images({ maxWindowSize: [16, 9], numBuffers });
      using reader = attachImages(writer);
      expect(reader.numBuffers).toBe(numBuffers);
      for (let index = 1; index <= 20; index++) {
        const width = 1 + (index % 16);
        const frame = pixels(width * 9 * 3, index);
        expect(writer.nextBufferIndex).toBe((writer.bufferIndex + 1) % numBuffers);
        writer.write(width, 9, frame, { eventTimestamp: index });
        const read = reader.read();
        expect(read).toMatchObject({
          width,
          height: 9,
          format: "rgb",
          bottomUp: true,
          frame: index,
          eventTimestamp: index,
        });
        expect(read?.data).toEqual(frame);
        expect(reader.problem).toBe("");
      }
    },
  );

  test("an RGBA frame is written without a copy and read into the reader's own buffer", () => {
    using writer = kind.images({ maxWindowSize: [8, 8], pixelFormat: "rgba" });
    using reader = attachImages(writer);
    expect(reader.pixelFormat).toBe("rgba");
    const frame = writer.beginWrite(3, 5);
    expect(frame?.data.length).toBe(3 * 5 * 4);
    frame?.data.set(pixels(60, 4));
    expect(reader.read()).toBeNull();
    writer.endWrite({ renderMs: 3, still: true });
    const target = new Uint8Array(100);
    const read = reader.read(target);
    expect(read?.data.buffer).toBe(target.buffer);
    expect(target.subarray(0, 60)).toEqual(pixels(60, 4));
    expect(read).toMatchObject({ format: "rgba", renderMs: 3, still: true, eventTimestamp: null });
    expect(() => reader.read(new Uint8Array(59))).toThrow(
      "The frame has 60 bytes; the buffer given for it has 59.",
    );
  });

  test("newestFrame returns number, size, stillness and camera without a copy of the pixels", () => {
    using writer = kind.images({ maxWindowSize: [8, 8] });
    using reader = attachImages(writer);
    expect(reader.newestFrame).toBeNull();
    const camera = (x: number) =>
      ({ position: [x, 0, 0], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 }) as const;
    writer.write(3, 5, pixels(45, 1), { still: true, camera: camera(1) });
    expect(reader.newestFrame).toMatchObject({
      frame: 1,
      width: 3,
      height: 5,
      still: true,
      camera: camera(1),
    });
    writer.beginWrite(8, 8);
    expect(reader.newestFrame).toMatchObject({ frame: 1, still: true, camera: camera(1) });
    writer.endWrite({ camera: camera(2) });
    expect(reader.newestFrame).toMatchObject({ frame: 2, width: 8, still: false, camera: camera(2) });
    writer.write(8, 8, pixels(192, 1), { camera: { ...camera(3), viewAngle: Number.NaN } });
    expect(reader.newestFrame).toMatchObject({ frame: 3, camera: camera(2) });
  });

  test("a frame read without a target is not changed by later frames or reads", () => {
    using manager = kind.images({ maxWindowSize: [4, 4] });
    const frames = [];
    for (let index = 1; index <= 5; index++) {
      manager.write(4, 4, pixels(48, index));
      frames.push(manager.read()?.data);
    }
    expect(frames).toEqual([1, 2, 3, 4, 5].map((index) => pixels(48, index)));
  });

  test("a frame with more pixels than the maximum is replaced by a notice at the maximum size", () => {
    using manager = kind.images({ maxWindowSize: [320, 200] });
    manager.write(200, 320, new Uint8Array(200 * 320 * 3));
    expect(manager.read()).toMatchObject({ width: 200, height: 320 }); // fits: the number of pixels counts
    manager.write(321, 200, new Uint8Array(321 * 200 * 3));
    const frame = manager.read();
    expect(frame).toMatchObject({ width: 320, height: 200, frame: 2 });
    const bright = (frame?.data ?? new Uint8Array()).reduce(
      (count, value) => count + (value > 200 ? 1 : 0),
      0,
    );
    expect(bright).toBeGreaterThan(320 * 200 * 3 * 0.02);
    expect(bright).toBeLessThan(320 * 200 * 3 * 0.3);
    expect(manager.beginWrite(4000, 4000)).toBeNull();
    expect(manager.fits(320, 200)).toBeTrue();
    expect(manager.fits(320, 201)).toBeFalse();
  });

  test("the text of the oversize notice is upright: the top of the T is above its stem", () => {
    using manager = kind.images({ maxWindowSize: [320, 200] });
    manager.beginWrite(1000, 1000);
    const { data = new Uint8Array(), width = 0, height = 0 } = manager.read() ?? {};
    const isDrawn = (x: number, yDown: number) => (data[((height - 1 - yDown) * width + x) * 3] ?? 0) > 200;
    let first: [number, number] | undefined;
    for (let y = 0; y < height && !first; y++)
      for (let x = 0; x < width && !first; x++) if (isDrawn(x, y)) first = [x, y];
    const [left = 0, top = 0] = first ?? [];
    // The T of THIS begins with a bar of 5 columns; below it only the middle column is drawn.
    const scale = 2;
    expect([0, 1, 2, 3, 4].map((column) => isDrawn(left + column * scale, top))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect([0, 1, 2, 3, 4].map((column) => isDrawn(left + column * scale, top + 3 * scale))).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  test("invalid sizes, pixel counts and numbers of buffers are refused with a message", () => {
    expect(() => kind.images({ maxWindowSize: [0, 10] })).toThrow("maxWindowSize is 0x10");
    expect(() => kind.images({ numBuffers: 0 })).toThrow("1 to 510 image buffers; 0 were requested");
    expect(() => kind.images({ numBuffers: 511 })).toThrow("1 to 510 image buffers");
    using manager = kind.images({ maxWindowSize: [10, 10] });
    expect(() => manager.write(2, 2, new Uint8Array(11))).toThrow("has 12 bytes; 11 were given");
    expect(() => manager.write(0, 0, new Uint8Array(0))).toThrow("A frame of 0x0 px cannot be written");
    expect(() => manager.endWrite()).toThrow("endWrite was called without a beginWrite");
  });

  test("viewers, event capabilities, renders and camera are read by attached managers", () => {
    using renderer = kind.images();
    using server = attachImages(renderer);
    expect(server).toMatchObject({
      isExtended: true,
      viewers: 0,
      renders: 0,
      camera: null,
      producerPid: process.pid,
    });
    expect(renderer.serverSignals).toBeFalse();
    server.viewers = 2;
    expect([renderer.viewers, renderer.serverSignals]).toEqual([2, true]);
    renderer.eventCapabilities = { resize: true, keys: true, doubleClick: false };
    expect(server.eventCapabilities).toEqual({ resize: true, keys: true, doubleClick: false });
    renderer.countRender();
    expect(server.renders).toBe(1);
    const camera = {
      position: [1, 2, 3],
      focalPoint: [0, 0.5, 0],
      viewUp: [0, 1, 0],
      viewAngle: 30,
      parallelScale: 2.5,
    } as const;
    renderer.camera = camera;
    expect(server.camera).toEqual(camera);
    renderer.camera = { ...camera, position: [Number.NaN, 0, 0] };
    expect(server.camera).toEqual(camera);
  });

  test("a camera outlives the manager that wrote it as long as another is attached", () => {
    const renderer = kind.images();
    using server = attachImages(renderer);
    const camera = { position: [1, 2, 3], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 } as const;
    renderer.camera = camera;
    renderer.close();
    expect(server.camera).toEqual(camera);
  });

  test("a frame, an event and a change of the viewers each wake their watch", async () => {
    using renderer = kind.images({ maxWindowSize: [4, 4] });
    using server = attachImages(renderer);
    const frame = Promise.withResolvers<void>();
    const frames = server.watchFrames(frame.resolve);
    renderer.write(1, 1, pixels(3, 1));
    await frame.promise;
    frames.close();
    let woken = Promise.withResolvers<void>();
    const wakes = renderer.watchRenderer(() => woken.resolve());
    server.wakeRenderer();
    await woken.promise;
    woken = Promise.withResolvers<void>();
    server.viewers = 1;
    await woken.promise;
    wakes.close();
  });

  test("createMemResource creates new buffers of the same shape without a frame; attached managers keep the old", () => {
    using manager = kind.images({ maxWindowSize: [6, 4], numBuffers: 3, pixelFormat: "rgba" });
    using reader = attachImages(manager);
    manager.write(6, 4, pixels(96, 1));
    manager.createMemResource();
    expect(manager).toMatchObject({
      maxWindowSize: [6, 4],
      numBuffers: 3,
      pixelFormat: "rgba",
      bufferIndex: 0,
    });
    expect([manager.read(), manager.problem]).toEqual([null, "no frame was written yet"]);
    manager.write(2, 2, pixels(16, 2));
    expect(reader.read()?.data).toEqual(pixels(96, 1));
    using fresh = attachImages(manager);
    expect(fresh.read()).toMatchObject({ frame: 1, width: 2, data: pixels(16, 2) });
  });

  test("loadMemResource attaches to the same buffers again, also after a cleanup", () => {
    using manager = kind.images({ maxWindowSize: [4, 4] });
    using reader = attachImages(manager);
    manager.write(4, 4, pixels(48, 1));
    manager.loadMemResource();
    reader.loadMemResource();
    expect(reader.read()?.data).toEqual(pixels(48, 1));
    reader.close();
    expect(reader.read()).toBeNull();
    reader.loadMemResource();
    manager.write(4, 4, pixels(48, 2));
    expect(reader.read()).toMatchObject({ frame: 2, data: pixels(48, 2) });
  });

  test("a manager after cleanup accesses no memory and gives a reason", async () => {
    const manager = kind.images();
    manager.write(1, 1, new Uint8Array(3));
    manager.close();
    manager.close();
    expect([manager.read(), manager.newestFrame, manager.getJpeg()]).toEqual([null, null, null]);
    expect(await manager.asyncGetJpeg()).toBeNull();
    expect(manager.problem).toContain("was closed");
    expect(() => manager.write(1, 1, new Uint8Array(3))).toThrow("was closed");
    manager.wakeRenderer();
    manager.viewers = 1;
    expect([manager.viewers, manager.bufferIndex]).toEqual([0, 0]);
  });
});

test("cleanup removes the segments of the creator only, and may be called twice", () => {
  const manager = new SharedMemImageBufferManager({ numBuffers: 3 });
  const names = [...manager.imageBufferNames, manager.infoBufferName];
  const { imageBufferNames, infoBufferName } = manager;
  new SharedMemImageBufferManager({ imageBufferNames, infoBufferName }).close();
  expect(leftOver(names)).toEqual(names);
  manager.close();
  manager.close();
  expect(leftOver(names)).toEqual([]);
});

test("createMemResource removes the segment names of the old buffers and creates new ones", () => {
  using manager = new SharedMemImageBufferManager();
  const all = () => [...manager.imageBufferNames, manager.infoBufferName];
  const before = all();
  manager.createMemResource();
  expect(leftOver(before)).toEqual([]);
  expect(leftOver(all())).toEqual(all());
});
